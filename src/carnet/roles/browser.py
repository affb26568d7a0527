"""A browser of a few lines: it logs an invented person in on the portal's pages and fills in forms, as people do.

The command line and the demonstration open records by it, through the same pages, rights and traces as everybody.
May import: errors, and `demo_people` of this room. Touches the world: the network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp
from lxml import html

from carnet.errors import InvalidInput, Issue, Unauthenticated, Unavailable
from carnet.roles.demo_people import Identity

_DOORS = {"patient": "patient", "professional": "professionnel"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that came back: where it is, its status, and what it says."""

    url: str
    status: int
    text: str

    def form(self, action: str) -> dict[str, str]:
        """The fields of its form that goes to an address, as they stand, secrets of the session included."""
        for form in self._tree.forms:
            if urljoin(self.url, form.action or "") == urljoin(self.url, action):
                return {name: value or "" for name, value in form.form_values()}
        raise Unavailable(f"the page {self.url} has no form that goes to {action}")

    def has_form(self, action: str) -> bool:
        """True if it has a form that goes to this address."""
        return any(urljoin(self.url, form.action or "") == urljoin(self.url, action) for form in self._tree.forms)

    @property
    def refusal(self) -> str:
        """What the page says against what was asked, in its own words, or its title."""
        said = self._tree.xpath('//*[@role="alert"]//text()') or self._tree.xpath("//h1//text()")
        return " ".join(" ".join(said).split())

    @property
    def _tree(self) -> Any:
        return html.fromstring(self.text, base_url=self.url)


class Browser:
    """One person's session on the pages of one portal."""

    def __init__(self, portal: str, http: aiohttp.ClientSession) -> None:
        self._portal = portal
        self._http = http

    async def get(self, path: str) -> Page:
        """Open a page."""
        async with self._http.get(urljoin(self._portal, path)) as answer:
            return Page(str(answer.url), answer.status, await answer.text())

    async def send(self, page: Page, action: str, answers: Mapping[str, str]) -> Page:
        """Send the form of a page, filled in. Raises InvalidInput with what the next page says against it."""
        filled = {**page.form(action), **answers}
        async with self._http.post(urljoin(page.url, action), data=filled) as answer:
            result = Page(str(answer.url), answer.status, await answer.text())
        if result.status >= 400:
            raise InvalidInput(Issue("invalid", result.refusal or f"status {result.status}", action))
        return result


@asynccontextmanager
async def logged_in(who: Identity, portal: str) -> AsyncIterator[Browser]:
    """A browser in which this person is logged in. Raises Unauthenticated if the portal does not take them."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=timeout) as http:
        browser = Browser(portal, http)
        page = await browser.get(f"/connexion/{_DOORS[who.kind]}")
        login = page.url.partition("?")[0]
        page = Page(login, page.status, page.text)
        back = await browser.send(page, login, {"login": who.login, "password": who.password})
        if not back.url.startswith(portal):
            raise Unauthenticated(f"{who.login} could not log in: {back.refusal}")
        yield browser
