"""Bucket: objects in a bucket that speaks S3.

Whether a bucket forces to disk what it answers for is for its operator to see to: S3 does not say.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from carnet.host.errors import BodyStoreAway
from carnet.host.objects import Credentials

if TYPE_CHECKING:
    from obstore.store import S3Config

Done = TypeVar("Done")
_NOT_THERE = (FileNotFoundError, NotFoundError)

CALL_SECONDS = 20
"""With its repetitions, a call ends long before `outside` gives up what it writes."""


class Bucket:
    """One bucket. Without an endpoint it is Amazon's; without credentials nothing is signed."""

    def __init__(
        self, bucket: str, credentials: Credentials | None, *, endpoint: str | None = None, region: str = "us-east-1"
    ) -> None:
        config: S3Config = {"region": region, "virtual_hosted_style_request": False}
        if endpoint is not None:
            config["endpoint"] = endpoint
        if credentials is None:
            config["skip_signature"] = True
        else:
            config["access_key_id"], config["secret_access_key"] = credentials.key_id, credentials.secret
        self._store = S3Store(
            bucket,
            config=config,
            client_options={"allow_http": True, "timeout": timedelta(seconds=CALL_SECONDS)},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=CALL_SECONDS)},
        )

    async def put(self, name: str, content: bytes) -> None:
        """Keep it, in one request: an object is there whole or not at all."""
        await _told(self._store.put_async(name, content, use_multipart=False))

    async def get(self, name: str) -> bytes | None:
        """Its content, None when there is no such object."""
        try:
            return bytes(await _told(self._content(name)))
        except _NOT_THERE:
            return None

    async def delete(self, name: str) -> None:
        """See that there is no such object any more."""
        try:
            await _told(self._store.delete_async(name))
        except _NOT_THERE:
            return

    async def _content(self, name: str) -> bytes:
        found = await self._store.get_async(name)
        return bytes(await found.bytes_async())


async def _told(call: Awaitable[Done]) -> Done:
    try:
        return await call
    except _NOT_THERE:
        raise
    except (BaseError, OSError, ValueError) as error:     # What it says may name objects: only its kind goes on.
        raise BodyStoreAway(f"the bucket of the body store does not answer ({type(error).__name__})") from None
