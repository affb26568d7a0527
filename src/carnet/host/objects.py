"""Objects: what a body store does for a host, and which one its address names.

Two kinds: a folder of this machine (`files`), and a bucket that speaks S3 (`bucket`). Names are new for each object and
never used again, so that none is ever written twice, and deleting one can harm no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from carnet.errors import InvalidSetting, Issue

SETTING = "host_body_store_url"
_OPTIONS = {"endpoint", "region"}


class ObjectStore(Protocol):
    """Objects by name. Each call raises BodyStoreAway when the store does not answer, Full when it has no room."""

    async def put(self, name: str, content: bytes) -> None:
        """Keep it. A store that is set up as its page says has it on disk before this returns."""

    async def get(self, name: str) -> bytes | None:
        """Its content, None when there is no such object."""

    async def delete(self, name: str) -> None:
        """See that there is no such object any more."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a bucket."""

    key_id: str
    secret: str


def opened(url: str, credentials: Credentials | None = None) -> ObjectStore:
    """The store at `file:///folder` or `s3://bucket?endpoint=...&region=...`. Raises InvalidSetting."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError as error:
        raise _refused(str(error)) from error
    if parts.username or parts.password:
        raise _refused("credentials do not belong here; accepted: host_body_store_credentials_file")
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc and not options:
        from carnet.host.files import Files

        return Files(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc and parts.path in ("", "/") and options.keys() <= _OPTIONS:
        from carnet.host.bucket import Bucket

        return Bucket(parts.netloc, credentials, **options)
    raise _refused("accepted: file:///folder, or s3://bucket?endpoint=https://...&region=...")


def _refused(why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", why, SETTING))
