"""The facts a decision rests on, as they were read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from carnet.people.ins import Ins


class RecordState(StrEnum):
    """Life of a record (SPEC 3.2). A record that does not exist has no facts at all."""

    ACTIVE = "active"
    CLOSED = "closed"


class AuthorisationState(StrEnum):
    """What the holder said of one professional (TD0.2: NON_EXISTE, VALIDE, EXPIRE, INTERDIT)."""

    NONE = "none"
    VALID = "valid"
    EXPIRED = "expired"
    FORBIDDEN = "forbidden"


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder said of one professional, by PS_IdNat.

    `valid_until` is None for what has no end (a block). Forbidden is a block: it beats everything.
    """

    professional: str
    is_forbidden: bool = False
    valid_until: datetime | None = None
    is_medecin_traitant: bool = False
    professional_name: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a record that a decision may rest on, at `now` of the portal's database."""

    holder: Ins
    state: RecordState
    now: datetime
    authorisations: Mapping[str, Authorisation] = field(default_factory=dict)

    def authorisation_of(self, professional: str) -> AuthorisationState:
        """The state of this professional's authorisation at `now`."""
        given = self.authorisations.get(professional)
        if given is None:
            return AuthorisationState.NONE
        if given.is_forbidden:
            return AuthorisationState.FORBIDDEN
        if given.valid_until is None or given.valid_until > self.now:
            return AuthorisationState.VALID
        return AuthorisationState.EXPIRED

    def is_medecin_traitant(self, professional: str) -> bool:
        """True when the holder named this professional as médecin traitant, and did not block them."""
        given = self.authorisations.get(professional)
        return given is not None and given.is_medecin_traitant and not given.is_forbidden
