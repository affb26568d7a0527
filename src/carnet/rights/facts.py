"""The facts a decision rests on, as they were read in one transaction."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.rights.held import (
    Authorisation,
    DelegateKind,
    Delegation,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
)
from carnet.rights.matrix import NOTHING_OPEN, Matrix

DAY = timedelta(hours=24)


class AuthorisationState(StrEnum):
    """How a professional stands (TD0.2: NON_EXISTE, VALIDE, EXPIRE, INTERDIT)."""

    NONE = "none"
    VALID = "valid"
    EXPIRED = "expired"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class RightsPolicy:
    """What a platform may set. `manages_minors` and `invisible_and_masked` are the national record's parameters
    `fonctions-gestion-mineurs` and `cumul-invisible_patient-masque_ps`."""

    manages_minors: bool = True
    majority_years: int = 18
    invisible_and_masked: bool = False
    login_seconds: int = 300
    emergency_seconds: int = 3600
    emergencies_a_day: int = 5


AS_THE_LAW_SAYS = RightsPolicy()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a record that a decision may rest on, at `now` of the portal's database.

    `birth_date` is ISO and may lack its day or month (`people/patient.py`).
    """

    holder: Ins
    birth_date: str
    now: datetime
    rights: RecordRights
    matrix: Matrix = NOTHING_OPEN
    policy: RightsPolicy = AS_THE_LAW_SAYS

    @property
    def state(self) -> RecordState:
        """The record's state."""
        return self.rights.state

    @property
    def is_minor(self) -> bool:
        """True until the day the holder certainly comes of age."""
        if not self.policy.manages_minors:
            return False
        return self.now.date() < coming_of_age(self.birth_date, self.policy.majority_years)

    @property
    def is_dependant(self) -> bool:
        """True while others may decide for the holder: a minor, or a protected adult."""
        return self.rights.is_protected or self.is_minor

    def direct_state(self, professional: str) -> AuthorisationState:
        """What the holder said of this professional in person."""
        given = self.rights.authorisations.get(professional)
        return AuthorisationState.NONE if given is None else _state_of(given, self.now)

    def authorisation_of(self, caller: ProfessionalCaller) -> AuthorisationState:
        """The same, or what another professional delegated to this one, to their organisation or to a team of
        theirs.
        """
        direct = self.direct_state(caller.ps_id)
        if direct in (AuthorisationState.FORBIDDEN, AuthorisationState.VALID) or not self.rights.delegations:
            return direct
        named = [each for each in self.rights.delegations if _names(each, caller)]
        if any(self.is_in_force(each) for each in named):
            return AuthorisationState.VALID
        return AuthorisationState.EXPIRED if named else direct

    def is_in_force(self, delegation: Delegation) -> bool:
        """A delegation lives no longer than its giver's own authorisation."""
        return delegation.valid_until > self.now and (
            self.direct_state(delegation.delegated_by) is AuthorisationState.VALID)

    def is_medecin_traitant(self, professional: str) -> bool:
        """True when the holder named this professional as médecin traitant, and did not block them."""
        given = self.rights.authorisations.get(professional)
        return given is not None and given.is_medecin_traitant and not given.is_forbidden

    def is_trusted(self, professional: str) -> bool:
        """True for the médecin traitant, and for an administrator whose authorisation is valid."""
        given = self.rights.authorisations.get(professional)
        if given is None or not (given.is_medecin_traitant or given.is_administrator):
            return False
        return _state_of(given, self.now) is AuthorisationState.VALID

    def proxy_of(self, person: Ins, kind: ProxyKind) -> Proxy | None:
        """The accepted proxy of this person that is not ended."""
        return next((each for each in self.rights.proxies if (
            each.person == person and each.kind is kind and self.is_acting(each))), None)

    def is_acting(self, proxy: Proxy) -> bool:
        """True for an accepted proxy that is not ended; a legal representative acts for a dependant only."""
        if proxy.state is not ProxyState.ACCEPTED or (proxy.ends_at is not None and proxy.ends_at <= self.now):
            return False
        return proxy.kind is ProxyKind.CAREGIVER or self.is_dependant

    def invitation_of(self, person: Ins) -> Proxy | None:
        """The invitation that this person may still answer."""
        return next((each for each in self.rights.proxies if (
            each.person == person and each.state is ProxyState.PENDING and each.answer_by > self.now)), None)

    def open_emergency(self, professional: str, mode: str) -> Emergency | None:
        """The emergency access that this professional opened in this mode, and that is not over."""
        return next((each for each in self.rights.emergencies if (
            each.professional == professional and each.mode == mode and each.ends_at > self.now)), None)

    def emergencies_in_a_day(self, mode: str) -> int:
        """How many accesses in this mode were opened to the record in the last 24 hours."""
        return sum(each.mode == mode and each.opened_at > self.now - DAY for each in self.rights.emergencies)


def _state_of(given: Authorisation, now: datetime) -> AuthorisationState:
    if given.is_forbidden:
        return AuthorisationState.FORBIDDEN
    if given.is_medecin_traitant:
        return AuthorisationState.VALID
    if given.valid_until is None:
        return AuthorisationState.NONE
    return AuthorisationState.VALID if given.valid_until > now else AuthorisationState.EXPIRED


def _names(delegation: Delegation, caller: ProfessionalCaller) -> bool:
    match delegation.kind:
        case DelegateKind.PROFESSIONAL:
            return delegation.subject == caller.ps_id
        case DelegateKind.ORGANISATION:
            return delegation.subject == caller.organisation
        case DelegateKind.CARE_TEAM:
            return caller.ps_id in delegation.members


def coming_of_age(birth_date: str, majority_years: int) -> date:
    """The first day of majority. An unknown day or month counts as the last possible: nobody is of age too early."""
    year, month, day = (*(int(part) for part in birth_date.split("-")), 0, 0)[:3]
    month = month or 12
    day = day or monthrange(year, month)[1]
    year += majority_years
    try:
        return date(year, month, day)
    except ValueError:      # born on a 29 February
        return date(year, 3, 1)
