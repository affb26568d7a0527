"""A real browser on the pages: the system's Chromium, driven by Playwright, and axe to judge each page of a tour."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, async_playwright, expect

AXE = Path(__file__).resolve().parents[1] / "web" / "vendor" / "axe.min.js"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_LATER, _PATIENCE = "Le service est momentanément indisponible", 5
_JUDGE = """async (rules) => {
    const found = await axe.run(document, {iframes: false, runOnly: {type: 'tag', values: rules}});
    return found.violations.filter(each => ['serious', 'critical'].includes(each.impact))
        .map(each => `${each.id}: ${each.nodes.map(node => node.html).slice(0, 3).join(' | ')}`);
}"""


@dataclass
class Tourist:
    """Somebody who looks at every page of a tour, and at what axe says of it."""

    page: Page
    portal: str
    prefix: str
    judged: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def sees(self, name: str, heading: str, *, picture: bool = False) -> None:
        """This page has that heading, nothing serious is wrong with it, and its picture is kept if pictures are."""
        title = self.page.get_by_role("heading", level=1)
        either = re.compile(f"^({re.escape(heading)}|{re.escape(_LATER)})$")
        for _ in range(_PATIENCE):
            await expect(title).to_have_text(either, timeout=15_000)
            if await title.inner_text() == heading:
                break
            await self.page.wait_for_timeout(2000)   # what the page asks for: a busy machine may need a second try
            await self.page.reload()
        await expect(title).to_have_text(heading)
        await self._judge(name)
        folder = os.environ.get("PICTURES")
        if picture and folder:
            await self.page.screenshot(path=Path(folder) / f"{self.prefix}-{name}.png")

    async def goes(self, path: str) -> None:
        """Type an address of the portal."""
        await self.page.goto(f"{self.portal}{path}")

    async def logs_in(self, link: str, login: str, password: str) -> None:
        """From the front page, through the identity provider, by keyboard."""
        await self.goes("/")
        await self.page.get_by_role("link", name=link).focus()
        await self.page.keyboard.press("Enter")
        await self.page.get_by_label("Identifiant").fill(login)
        await self.page.get_by_label("Mot de passe").fill(password)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(f"{self.portal}/**")

    async def _judge(self, name: str) -> None:
        await self.page.evaluate(AXE.read_text())   # through the debugger: the pages' own policy lets no script in
        self.faults += [f"{name}: {fault}" for fault in await self.page.evaluate(_JUDGE, list(_RULES))]
        self.judged.append(name)


def chromium() -> str:
    """The system's Chromium. Without one the test is skipped, saying how to get it."""
    for name in CHROMIUMS:
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium on this machine: on Debian, `apt-get install chromium`")


@asynccontextmanager
async def touring(
    portal: str, prefix: str, *, viewport: ViewportSize = WIDE, scheme: str = "light"
) -> AsyncIterator[Tourist]:
    """A fresh browser, speaking French, whose pages may not complain of anything."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--lang=fr-FR"])
        context = await browser.new_context(
            viewport=viewport, locale="fr-FR", timezone_id="Europe/Paris",
            color_scheme="dark" if scheme == "dark" else "light")
        context.set_default_timeout(15_000)
        elsewhere: list[str] = []
        context.on("request", lambda request: elsewhere.append(request.url))
        tourist = Tourist(await context.new_page(), portal, prefix)
        yield tourist
        await browser.close()
    assert not tourist.faults, "\n".join(tourist.faults)
    strangers = [url for url in elsewhere if url.startswith("http") and not url.startswith("http://127.0.0.1:")]
    assert not strangers, "\n".join(strangers)
