"""The platform key in an HSM: a real PKCS#11 library, a real token, keys that cannot leave it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.exceptions import AttributeSensitive

from carnet.errors import IntegrityError, InvalidSetting, Unavailable
from carnet.journal.hsm import client
from carnet.journal.hsm.client import _THREAD, Hsm, HsmAddress
from carnet.journal.keys import new_record_key
from tests.journal.hsm import PIN, soft_hsm


@pytest.fixture
def address(tmp_path: Path) -> Iterator[HsmAddress]:
    with soft_hsm(tmp_path) as address:
        yield address


@pytest.fixture
async def hsm(address: HsmAddress) -> AsyncIterator[Hsm]:
    """An HSM in which version 1 was made."""
    hsm = Hsm(address, PIN)
    await hsm.make(1)
    yield hsm
    await hsm.close()


async def test_the_device_wraps_and_opens_and_no_two_wrappings_are_alike(hsm: Hsm) -> None:
    key = new_record_key()
    first, second = await hsm.wrap(1, key), await hsm.wrap(1, key)
    assert (first != second, key in first, await hsm.unwrap(1, first), await hsm.unwrap(1, second)) == (
        True, False, key, key)


async def test_what_was_altered_or_wrapped_by_another_version_is_said_to_be_and_not_taken_for_a_fault(hsm: Hsm) -> None:
    await hsm.make(2)
    wrapped = bytearray(await hsm.wrap(1, new_record_key()))
    with pytest.raises(IntegrityError):
        await hsm.unwrap(2, bytes(wrapped))
    for place in (0, 20, -1):
        altered = bytearray(wrapped)
        altered[place] ^= 1
        with pytest.raises(IntegrityError):
            await hsm.unwrap(1, bytes(altered))
    for nothing in (b"", bytes(12), bytes(20)):
        with pytest.raises(IntegrityError):
            await hsm.unwrap(1, nothing)


async def test_the_key_cannot_leave_the_device(hsm: Hsm, address: HsmAddress) -> None:
    def value() -> None:
        token = pkcs11.lib(address.module).get_token(token_label="carnet")
        with token.open() as session:
            [key] = session.get_objects({Attribute.LABEL: "test-platform-1", Attribute.CLASS: ObjectClass.SECRET_KEY})
            assert (key[Attribute.EXTRACTABLE], key[Attribute.SENSITIVE], key[Attribute.MODIFIABLE]) == (
                False, True, False)
            with pytest.raises(AttributeSensitive):
                key[Attribute.VALUE]

    await asyncio.get_running_loop().run_in_executor(_THREAD, value)


async def test_a_key_that_could_leave_the_device_is_not_used(hsm: Hsm, address: HsmAddress) -> None:
    def plant() -> None:
        token = pkcs11.lib(address.module).get_token(token_label="carnet")
        with token.open(rw=True) as session:
            session.create_object({
                Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, Attribute.TOKEN: True,
                Attribute.LABEL: "test-platform-2", Attribute.VALUE: os.urandom(32), Attribute.EXTRACTABLE: True,
                Attribute.SENSITIVE: False})

    await asyncio.get_running_loop().run_in_executor(_THREAD, plant)
    with pytest.raises(IntegrityError, match="could leave"):
        await hsm.look()


async def test_a_lost_session_is_opened_again(hsm: Hsm, address: HsmAddress) -> None:
    key = new_record_key()
    wrapped = await hsm.wrap(1, key)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(_THREAD, pkcs11.lib(address.module).reinitialize)    # ends every session of the process
    assert await hsm.unwrap(1, wrapped) == key
    await loop.run_in_executor(_THREAD, pkcs11.lib(address.module).reinitialize)
    assert await hsm.unwrap(1, await hsm.wrap(1, key)) == key


async def test_a_device_that_is_gone_is_unavailable_and_is_back_by_itself(
    hsm: Hsm, address: HsmAddress, tmp_path: Path
) -> None:
    key = new_record_key()
    wrapped = await hsm.wrap(1, key)
    tokens = tmp_path / "tokens"
    tokens.rename(tmp_path / "away")
    tokens.mkdir()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(_THREAD, pkcs11.lib(address.module).reinitialize)
    with pytest.raises(Unavailable):
        await hsm.unwrap(1, wrapped)
    tokens.rmdir()
    (tmp_path / "away").rename(tokens)
    assert await hsm.unwrap(1, wrapped) == key


async def test_a_wrong_pin_is_tried_once_and_said(address: HsmAddress) -> None:
    maker = Hsm(address, PIN)
    await maker.make(1)
    await maker.close()     # the login of a process is one for all its sessions
    wrong = Hsm(address, "000000000")
    with pytest.raises(InvalidSetting, match="refuses this PIN"):
        await wrong.look()
    with pytest.raises(InvalidSetting, match="not tried again"):     # a token locks itself after a few
        await wrong.look()
    right = Hsm(address, PIN)
    assert await right.look() == {1}
    await right.close()


async def test_many_at_once_are_answered(hsm: Hsm) -> None:
    keys = [new_record_key() for _ in range(50)]
    wrapped = await asyncio.gather(*(hsm.wrap(1, key) for key in keys))
    assert await asyncio.gather(*(hsm.unwrap(1, each) for each in wrapped)) == keys


async def test_a_device_that_hangs_keeps_nobody_waiting(hsm: Hsm, monkeypatch: pytest.MonkeyPatch) -> None:
    key, release = new_record_key(), threading.Event()
    wrapped = await hsm.wrap(1, key)
    _THREAD.submit(release.wait)
    monkeypatch.setattr(client, "CALL_SECONDS", 0.01)
    with pytest.raises(Unavailable, match="does not answer"):
        await hsm.unwrap(1, wrapped)
    release.set()
    monkeypatch.undo()
    assert await hsm.unwrap(1, wrapped) == key


async def test_a_version_is_made_once_and_destroyed_for_good(hsm: Hsm) -> None:
    wrapped = await hsm.wrap(1, new_record_key())
    await hsm.make(1)
    await hsm.make(2)
    assert await hsm.look() == {1, 2}
    await hsm.unwrap(1, wrapped)
    await hsm.destroy(1)
    assert await hsm.look() == {2}
    with pytest.raises(Unavailable):
        await hsm.unwrap(1, wrapped)
