"""What a message holds while it waits: sealed under a key of its day, which is destroyed when the day is over for good.

The key is one of the key store, under an identifier made of the day: rotation, backups and destruction are those of the
keys of records. The database alone opens nothing, and a backup of it opens nothing once the day's key is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4, uuid5

from carnet.errors import Gone
from carnet.journal.chain import Header, SealedEntry
from carnet.journal.seal import seal_entry, unseal_entry
from carnet.journal.store import KeyStore

_DAYS = UUID("6f0d5a52-31ff-5b0c-8d0e-8f6f6b0a4c11")    # namespace of the days' identifiers


@dataclass(frozen=True, slots=True)
class SealedContent:
    """Bytes that only the key of their day opens."""

    day: date
    header: bytes
    sealed: bytes


def key_of_day(day: date) -> UUID:
    """What the key of this day is under in the key store."""
    return uuid5(_DAYS, day.isoformat())


async def sealed(content: bytes, day: date, keys: KeyStore) -> SealedContent:
    """Seal under the day's key, which is made when it is the first of its day."""
    name = key_of_day(day)
    record_keys = await keys.keys_or_create(name)
    entry = seal_entry(record_keys, Header(name, uuid4(), record_keys.version), content)
    return SealedContent(day, entry.header, entry.sealed)


async def unsealed(content: SealedContent, keys: KeyStore) -> bytes:
    """The bytes again. Raises Gone when the day's key was destroyed, IntegrityError when they were altered."""
    record_keys = await keys.keys_of(key_of_day(content.day))
    return unseal_entry(record_keys, SealedEntry(content.header, content.sealed))


async def forget_day(day: date, keys: KeyStore) -> None:
    """Destroy the key of this day: nothing that came on it can be read any more, in no backup of the portal."""
    try:
        await keys.keys_of(key_of_day(day))
    except Gone:
        return
    await keys.destroy(key_of_day(day))
