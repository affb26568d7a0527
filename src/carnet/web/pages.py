"""Templates and static files: how a view's values become a page.

Static files are served under a name that holds their hash, so that a browser may keep them for ever.
May import: the catalogue and session of this room.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from carnet.web.session import CSRF_FIELD, Session
from carnet.web.words import Language, Words

_STYLES = ("tokens.css", "base.css", "layout.css", "lists.css", "forms.css", "document.css", "curves.css", "costs.css",
    "adoption.css")
_HOMES = {"patient": "/moi", "professional": "/pro", "officer": "/agent", "accountant": "/comptes"}
_KINDS = {"css": "text/css; charset=utf-8", "woff2": "font/woff2", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry of the navigation."""

    words: str
    path: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page: its language, its side of the portal, who is logged in, where else to go."""

    words: Words
    path: str
    session: Session | None
    tabs: tuple[Tab, ...]
    is_demonstration: bool
    unread: int = 0

    @property
    def language(self) -> Language:
        """The language of this page."""
        return self.words.language

    @property
    def space(self) -> str:
        """`patient`, `professional`, `officer`, `accountant`, or `public` for who has not logged in."""
        return str(self.session.space) if self.session else "public"

    @property
    def person(self) -> str:
        """The name of the person logged in."""
        return f"{self.session.caller.given} {self.session.caller.family}" if self.session else ""  # type: ignore[union-attr]

    @property
    def acting_for(self) -> str:
        """The name of the person they act for; empty when it is for themselves."""
        return self.session.acting_for.name if self.session and self.session.acting_for else ""

    @property
    def home(self) -> str:
        """Where the name of the site leads."""
        return _HOMES.get(self.space, "/")

    @property
    def messages_path(self) -> str:
        """Where what this person was told is read; empty for who is told nothing."""
        return {"patient": "/moi/messages", "professional": "/pro/messages"}.get(self.space, "")

    @property
    def switch_language_path(self) -> str:
        """The same page in the other language; after a form that failed, its page anew."""
        return f"/langue/{self.language.other}?{urlencode({'retour': self.path})}"

    @property
    def csrf(self) -> str:
        """The token of this session's forms."""
        return self.session.csrf if self.session else ""


@cache
def environment() -> Environment:
    """Jinja2 with escaping always on, and an error for anything that a view forgot to give."""
    made = Environment(
        loader=PackageLoader("carnet.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["csrf_field"] = CSRF_FIELD
    made.globals["stylesheet"] = f"/static/{_static_names()['carnet.css']}"
    made.globals["icon"] = f"/static/{_static_names()['icon.svg']}"
    return made


def render(template: str, frame: Frame, *, status: int = 200, **values: object) -> Response:
    """A page, whole."""
    page = environment().get_template(template)
    return HTMLResponse(page.render(frame=frame, t=frame.words, **values), status_code=status)


async def static_file(request: Request) -> Response:
    """One stylesheet or font, under its hashed name."""
    found = _static_files().get(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    content, kind = found
    return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})


@cache
def _static_files() -> dict[str, tuple[bytes, str]]:
    """Hashed name -> bytes and media type. The stylesheet is one, made of the small ones that people edit."""
    sources = _sources()
    return {name: (sources[plain], _KINDS[plain.rsplit(".", 1)[1]]) for plain, name in _static_names().items()}


@cache
def _static_names() -> dict[str, str]:
    return {name: _hashed(name, content) for name, content in _sources().items()}


@cache
def _sources() -> dict[str, bytes]:
    folder = files("carnet.web") / "static"
    found = {
        item.name: item.read_bytes() for item in folder.iterdir()
        if item.name.rsplit(".", 1)[-1] in ("woff2", "svg")
    }
    style = b"\n".join((folder / name).read_bytes() for name in _STYLES)
    for name, content in found.items():   # the stylesheet names the other files, so their hashes come first
        style = style.replace(f"url({name})".encode(), f"url({_hashed(name, content)})".encode())
    return {**found, "carnet.css": style}


def _hashed(name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
