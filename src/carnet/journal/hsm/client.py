"""Versions of the platform key in an HSM, by PKCS#11: they are made in it, used in it, and cannot leave it.

A record's key is encrypted and decrypted by the device (AES-256-GCM): that one does come out, for working keys are
derived in this process. All calls of a process to devices are made by one thread, one after the other: the library
initialises devices without telling them that several might call. The thread keeps the event loop free.
May import: errors, `keys`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass, Session, Token
from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error, UserAlreadyLoggedIn

from carnet.errors import IntegrityError, InvalidSetting, Issue, Unavailable
from carnet.journal.keys import DOES_NOT_OPEN

CALL_SECONDS = 5.0
_NONCE_BYTES = 12
_BOUND_TO = b"carnet platform key 1"
_MADE = {
    Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.MODIFIABLE: False, Attribute.PRIVATE: True,
    Attribute.ENCRYPT: True, Attribute.DECRYPT: True, Attribute.WRAP: False, Attribute.UNWRAP: False,
    Attribute.SIGN: False, Attribute.VERIFY: False, Attribute.DERIVE: False}
_THREAD = ThreadPoolExecutor(1, thread_name_prefix="hsm")
Result = TypeVar("Result")


class _AesKey(Protocol):
    """What the library's object of an AES key can do: the class is made as the device describes the key."""

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...


@dataclass(frozen=True, slots=True)
class HsmAddress:
    """A device: its PKCS#11 library, the label of its token, and what labels of keys begin with."""

    module: str
    token: str
    label: str

    def label_of(self, version: int) -> str:
        """What the device calls this version of the platform key."""
        return f"{self.label}-{version}"


class Hsm:
    """One token of an HSM. Its session is kept, and opened again when it was lost. The PIN stays in memory for that."""

    name = "hsm"

    def __init__(self, address: HsmAddress, pin: str) -> None:
        self._address = address
        self._pin = pin
        self._pin_is_wrong = False
        self._session: Session | None = None
        self._keys: dict[int, _AesKey] = {}

    async def look(self) -> frozenset[int]:
        """The versions in the device. Raises IntegrityError when one of them could leave it."""
        return await self._asked(self._look)

    async def wrap(self, version: int, record_key: bytes) -> bytes:
        """The record's key, readable only by the device: nonce and AES-GCM."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + await self._asked(lambda: self._encrypt(version, nonce, record_key))

    async def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """The record's key. Raises IntegrityError when the device did not wrap it with this version."""
        return await self._asked(lambda: self._decrypt(version, wrapped))

    async def make(self, version: int) -> None:
        """A fresh random key, made by the device, that it never gives out."""
        await self._asked(lambda: self._make(version))

    async def destroy(self, version: int) -> None:
        """Have the device destroy this version."""
        await self._asked(lambda: self._destroy(version))

    async def close(self) -> None:
        """Let go of the session."""
        await asyncio.get_running_loop().run_in_executor(_THREAD, self._drop)

    async def _asked(self, ask: Callable[[], Result]) -> Result:
        """What the device answers, asked by its thread, and once more after a lost session."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(_THREAD, self._twice, ask)
        except TimeoutError as error:
            raise Unavailable("the HSM does not answer", retry_after_seconds=5) from error

    def _twice(self, ask: Callable[[], Result]) -> Result:
        if self._session is not None:
            try:
                return ask()
            except PKCS11Error:
                self._drop()
        try:
            self._open()
            return ask()
        except PKCS11Error as error:
            raise Unavailable(f"the HSM: {type(error).__name__}", retry_after_seconds=5) from error

    def _open(self) -> None:
        """A session. Devices that were away may want the library to begin anew."""
        try:
            library = pkcs11.lib(self._address.module)
        except PKCS11Error:
            raise
        except RuntimeError as error:
            raise _wrong("hsm_module", "is no PKCS#11 library that can be loaded here") from error
        try:
            self._log_in(library.get_token(token_label=self._address.token))
        except PKCS11Error:
            library.reinitialize()
            self._log_in(library.get_token(token_label=self._address.token))
        self._find()

    def _log_in(self, token: Token) -> None:
        if self._pin_is_wrong:
            raise _wrong("hsm_pin_file", "the HSM refused this PIN before; it is not tried again")
        try:
            self._session = token.open(user_pin=self._pin)
        except UserAlreadyLoggedIn:     # by another session of this process, which is as good
            self._session = token.open()
        except (PinIncorrect, PinLocked) as error:
            # Tried once: a device locks itself after a few wrong PINs.
            self._pin_is_wrong = True
            raise _wrong("hsm_pin_file", f"the HSM refuses this PIN ({type(error).__name__})") from error

    def _look(self) -> frozenset[int]:
        self._find()
        return frozenset(self._keys)

    def _find(self) -> None:
        pattern = re.compile(re.escape(self._address.label) + r"-(\d{1,9})")
        found: dict[int, _AesKey] = {}
        for key in self._here().get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}):
            match = pattern.fullmatch(key[Attribute.LABEL])
            if match is None:
                continue
            if int(match[1]) in found:
                raise IntegrityError(f"two keys of the HSM are called {match[0]}")
            if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]:
                raise IntegrityError(f"the key {match[0]} could leave the HSM: it is not used")
            found[int(match[1])] = cast("_AesKey", key)
        self._keys = found

    def _encrypt(self, version: int, nonce: bytes, record_key: bytes) -> bytes:
        return bytes(self._key(version).encrypt(
            record_key, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, aad=_BOUND_TO)))

    def _decrypt(self, version: int, wrapped: bytes) -> bytes:
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return bytes(self._key(version).decrypt(
                sealed, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, aad=_BOUND_TO)))
        except PKCS11Error as error:
            # Devices say little, and not all the same: what one can do with a fresh value tells whose fault it is.
            if self._works(version):
                raise IntegrityError(DOES_NOT_OPEN) from error
            raise

    def _works(self, version: int) -> bool:
        nonce, probe = os.urandom(_NONCE_BYTES), os.urandom(32)
        parameters = GCMParams(nonce, aad=_BOUND_TO)
        try:
            sealed = self._key(version).encrypt(probe, mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
            opened = self._key(version).decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
        except PKCS11Error:
            return False
        return bytes(opened) == probe

    def _make(self, version: int) -> None:
        if version in self._look():
            return
        # What may write is a session of its own, for the time of this call; the login is the process's.
        with self._here().token.open(rw=True) as writing:
            writing.generate_key(
                KeyType.AES, 256, label=self._address.label_of(version), store=True, template=dict(_MADE))
        self._find()

    def _destroy(self, version: int) -> None:
        with self._here().token.open(rw=True) as writing:
            for key in writing.get_objects(
                {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._address.label_of(version)}):
                key.destroy()
        self._find()

    def _key(self, version: int) -> _AesKey:
        key = self._keys.get(version)
        if key is None:
            raise Unavailable(f"version {version} of the platform key is not in the HSM", retry_after_seconds=5)
        return key

    def _here(self) -> Session:
        if self._session is None:
            raise Unavailable("the HSM is closed", retry_after_seconds=5)
        return self._session

    def _drop(self) -> None:
        session, self._session = self._session, None
        self._keys = {}
        if session is not None:
            try:
                session.close()
            except PKCS11Error:
                return      # it was lost: there is nothing to close


def _wrong(setting: str, why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", why, setting))
