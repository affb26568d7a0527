"""A visitor without a browser: cookies, forms, and what came back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
from lxml import html

from carnet.roles.demo_people import PASSWORD
from carnet.web.session import CSRF_FIELD


@dataclass(frozen=True)
class Page:
    """An answer: `tree` is there for pages of HTML."""

    status: int
    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def tree(self) -> Any:
        """The page as elements."""
        return html.fromstring(self.content.decode())

    @property
    def text(self) -> str:
        """What one reads on it."""
        main = self.tree.get_element_by_id("main")
        return " ".join(main.text_content().split())

    def field(self, name: str) -> str:
        """The value of a field of its forms."""
        return str(self.tree.xpath(f"//input[@name='{name}']/@value")[0])


@dataclass
class Visitor:
    """Somebody with a cookie jar."""

    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str, **options: Any) -> Page:
        """Read a page, following where it leads."""
        async with self.http.get(self.url + path, **options) as answer:
            return await _page(answer)

    async def send(self, path: str, *, csrf: str | None = None, **fields: Any) -> Page:
        """Send a form as the page's own would, with the token of the session (or another, or none at all: '')."""
        if csrf is None:
            csrf = (await self.get("/")).field(CSRF_FIELD)
        data = aiohttp.FormData(quote_fields=False)
        for name, value in {CSRF_FIELD: csrf, **fields}.items():
            filename, content = value if isinstance(value, tuple) else ("fichier", value)
            if isinstance(content, bytes):
                data.add_field(name, BytesIO(content), filename=filename, content_type="application/octet-stream")
            else:
                data.add_field(name, value)
        async with self.http.post(self.url + path, data=data) as answer:
            return await _page(answer)

    async def log_in(self, login: str, door: str, *, path: str = "") -> Page:
        """Log in for real, at the demonstration's identity provider."""
        async with self.http.get(f"{self.url}{path or '/connexion/' + door}") as answer:
            form = (await _page(answer)).tree.forms[0]
            asked = {name: value for name, value in form.form_values() if name not in ("login", "password")}
            address = str(answer.url.with_query(None))
        async with self.http.post(address, data={**asked, "login": login, "password": PASSWORD}) as answer:
            return await _page(answer)


async def _page(answer: aiohttp.ClientResponse) -> Page:
    return Page(answer.status, answer.url.path_qs, answer.headers, await answer.read())


@asynccontextmanager
async def visiting(url: str, **headers: str) -> AsyncIterator[Visitor]:
    """A new visitor, speaking French unless the headers say otherwise."""
    jar = aiohttp.CookieJar(unsafe=True)   # the pages are at an IP address here
    sent = {"accept-language": "fr", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with aiohttp.ClientSession(cookie_jar=jar, headers=sent) as http:
        yield Visitor(url, http)
