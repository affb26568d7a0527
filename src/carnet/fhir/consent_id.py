"""Ids of Consents: what it is about, and whose it is, sealed. The same for the same thing, as long as the key is.

FHIR reads a Consent by its id alone, so the id must say whose it is; no INS stands in it, and none can be made by
guessing (AES-SIV, RFC 5297). May import: this room, people, rights, errors.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from carnet.errors import NotFound
from carnet.fhir.consent_resource import AUTHORISATION, DELEGATION
from carnet.people.ins import Ins, InsOid
from carnet.rights.held import Authorisation, Choice, Delegation

_PURPOSE = b"carnet fhir consent 1"
_AUTHORITIES = {int(oid.rpartition(".")[2]): oid for oid in InsOid}
_LENGTH = 15        # of an INS; in base 36, which takes Corsica's letters too, it is at most 10 bytes
_BYTES = 10


def choice_name(choice: Choice) -> str:
    """What the id of a choice begins with."""
    return f"choice-{choice.value.replace('_', '-')}"


class ConsentIds:
    """Makes ids of one platform, and reads them back. `key` has 64 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_choice(self, ins: Ins, choice: Choice) -> str:
        """The id of a choice."""
        return f"{choice_name(choice)}.{self._sealed(ins)}"

    def of_authorisation(self, ins: Ins, given: Authorisation) -> str:
        """The id of what was said of a professional: it tells no number of theirs either."""
        return f"{AUTHORISATION}-{self._digest(given.professional)}.{self._sealed(ins)}"

    def of_delegation(self, ins: Ins, given: Delegation) -> str:
        """The id of a delegation."""
        return f"{DELEGATION}-{self._digest(str(given.delegation_id))}.{self._sealed(ins)}"

    def patient_of(self, id_: str) -> Ins:
        """Whose Consent this is. Raises NotFound for an id that was not made here."""
        try:
            sealed = b64decode(id_.partition(".")[2], altchars=b"-.", validate=True)
            plain = AESSIV(self._key).decrypt(sealed, [_PURPOSE])
        except (ValueError, InvalidTag):
            raise NotFound("no such consent") from None
        return Ins(_in_base_36(int.from_bytes(plain[1:], "big")), _AUTHORITIES[plain[0]])

    def _sealed(self, ins: Ins) -> str:
        plain = bytes([int(ins.oid.rpartition(".")[2])]) + int(ins.value, 36).to_bytes(_BYTES, "big")
        return b64encode(AESSIV(self._key).encrypt(plain, [_PURPOSE]), altchars=b"-.").decode()

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, _PURPOSE + text.encode(), hashlib.sha256).hexdigest()[:12]


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits.zfill(_LENGTH)
