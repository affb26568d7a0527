"""Keys: one per record, wrapped; what is derived from it is of that record, that version and that purpose alone."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from carnet.errors import Gone, IntegrityError
from carnet.journal.database import Database
from carnet.journal.key_backup.format import BackedUpKey
from carnet.journal.key_backup.store import BackupStore
from carnet.journal.keys import RecordKeys, new_record_key, unwrapped_with, wrapped_with
from carnet.journal.platform_key import HeldKeys, PlatformKey
from carnet.journal.store import KeyStore
from carnet.roles.wiring import open_pool
from tests.conftest import CreateDatabase

PLATFORM = os.urandom(32)


def test_a_wrapped_key_opens_with_the_platform_key_alone() -> None:
    key = new_record_key()
    wrapped = wrapped_with(PLATFORM, key)
    assert key not in wrapped
    assert unwrapped_with(PLATFORM, wrapped) == key
    with pytest.raises(IntegrityError):
        unwrapped_with(os.urandom(32), wrapped)


def test_a_key_is_wrapped_as_rfc_3394_says() -> None:
    key = new_record_key()
    assert aes_key_unwrap(PLATFORM, wrapped_with(PLATFORM, key)) == key


@pytest.mark.parametrize("place", [0, 20, 39])
def test_an_altered_wrapped_key_is_refused(place: int) -> None:
    wrapped = bytearray(wrapped_with(PLATFORM, new_record_key()))
    wrapped[place] ^= 1
    with pytest.raises(IntegrityError):
        unwrapped_with(PLATFORM, bytes(wrapped))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_platform_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(IntegrityError):
        HeldKeys({1: bytes(length)})


def test_nothing_opens_with_the_keys_of_another_record_version_or_purpose() -> None:
    record, key, nonce = uuid4(), new_record_key(), bytes(12)
    keys = RecordKeys.derive(record, 1, key)
    sealed = keys.entries.encrypt(nonce, b"content", None)
    assert RecordKeys.derive(record, 1, key).entries.decrypt(nonce, sealed, None) == b"content"
    others = (
        keys.bodies, RecordKeys.derive(record, 2, key).entries, RecordKeys.derive(uuid4(), 1, key).entries,
        RecordKeys.derive(record, 1, new_record_key()).entries,
    )
    for other in others:
        with pytest.raises(InvalidTag):
            other.decrypt(nonce, sealed, None)


async def test_a_key_is_durable_before_it_is_used_and_gone_for_every_process_once_destroyed(
    create_database: CreateDatabase,
) -> None:
    record = uuid4()
    async with open_pool(await create_database("keys"), 2) as pool:
        store, other = (KeyStore(Database(pool), PlatformKey(HeldKeys({1: PLATFORM}))) for _ in range(2))
        made = await store.create(record)
        sealed = made.entries.encrypt(bytes(12), b"content", None)
        assert (await other.keys_of(record)).entries.decrypt(bytes(12), sealed, None) == b"content"
        await store.destroy(record)
        with pytest.raises(Gone):
            await store.keys_of(record)
        with pytest.raises(Gone):
            await KeyStore(Database(pool), PlatformKey(HeldKeys({1: PLATFORM}))).keys_of(record)
        assert await pool.fetchval("select count(*) from wrapped_key where wrapped is not null") == 0


async def test_a_record_without_a_key_is_gone(create_database: CreateDatabase) -> None:
    async with open_pool(await create_database("keys"), 2) as pool:
        with pytest.raises(Gone):
            await KeyStore(Database(pool), PlatformKey(HeldKeys({1: PLATFORM}))).keys_of(uuid4())


async def test_a_key_that_was_lost_can_be_destroyed_too_and_never_comes_back(create_database: CreateDatabase) -> None:
    record = uuid4()
    async with open_pool(await create_database("keys"), 2) as pool:
        store = KeyStore(Database(pool), PlatformKey(HeldKeys({1: PLATFORM})))
        await store.create(record)
        row = await pool.fetchrow("delete from wrapped_key returning wrapped, created_at")
        await store.destroy(record)
        backed_up = BackedUpKey(record, 1, 1, row["wrapped"], row["created_at"], None)
        assert await BackupStore(Database(pool)).bring_back([backed_up]) == (0, 0)
        with pytest.raises(Gone):
            await store.keys_of(record)
