"""What a record's holder, and the law, said of it: consents, authorisations, delegations, proxies, and its state.

All of it is one value, `RecordRights`. A change is a new value (`changes.py`); each change is an entry of the journal,
and folding these gives the value again. The portal keeps it as one column of the record's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from carnet.people.code import Code
from carnet.people.ins import Ins


class RecordState(StrEnum):
    """Life of a record (SPEC 3.2). To most, notice, refused and erased are no record at all."""

    NOTICE = "notice"
    REFUSED = "refused"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    ERASED = "erased"


class Choice(StrEnum):
    """What a holder consents to or opposes (SPEC 3.3), and the standing wish that what comes be masked."""

    OPENING = "opening"
    FEEDING = "feeding"
    CONSULTATION = "consultation"
    BREAK_THE_GLASS = "break_the_glass"
    REGULATION_CENTRE = "regulation_centre"
    MASKED_IN_EMERGENCY = "masked_in_emergency"
    MASK_WHAT_COMES = "mask_what_comes"


# What holds while the holder said nothing: the law presumes consent (CSP L1111-17, R1111-46), but for what is masked.
PRESUMED = frozenset({
    Choice.OPENING, Choice.FEEDING, Choice.CONSULTATION, Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE})


PORTAL = "portal"       # said by the patient's side, on the pages or through FHIR


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One choice, made: yes or no, when, which text was shown, said how (`oral`, `written`, `portal`), and why."""

    given: bool
    at: datetime
    text_version: str = ""
    channel: str = "portal"
    reason: str = ""


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder said of one professional, by PS_IdNat.

    Forbidden is a block: it beats everything. `valid_until` None is no authorisation; the médecin traitant needs none.
    """

    professional: str
    is_forbidden: bool = False
    valid_until: datetime | None = None
    is_medecin_traitant: bool = False
    is_administrator: bool = False
    professional_name: str = ""
    profession: Code | None = None
    specialties: tuple[Code, ...] = ()


class DelegateKind(StrEnum):
    """To whom a professional may delegate (CSP L1111-17 II)."""

    PROFESSIONAL = "professional"
    ORGANISATION = "organisation"
    CARE_TEAM = "care_team"


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """A professional's authorisation, shared with another: with `subject`, a PS_IdNat, a Struct_IdNat or a team's name.

    `members` are the PS_IdNat of a care team.
    """

    delegation_id: UUID
    kind: DelegateKind
    subject: str
    delegated_by: str
    valid_until: datetime
    name: str = ""
    members: tuple[str, ...] = ()


class ProxyKind(StrEnum):
    """In what capacity someone acts for the holder."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    CAREGIVER = "caregiver"


class ProxyState(StrEnum):
    """Life of an invitation. It is over at its `answer_by`, and the power at its `ends_at`, without a further word."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REVOKED = "revoked"


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who acts, or is invited to act, for the holder. `relationship` is an HL7 v3 RoleCode (MTH, FTH,
    GRMTH…).
    """

    proxy_id: UUID
    person: Ins
    kind: ProxyKind
    state: ProxyState
    answer_by: datetime
    ends_at: datetime | None = None
    name: str = ""
    relationship: str = ""
    invited_by: str = ""


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """One emergency access, opened by a professional for an hour. `mode` is a code of TRE_R248."""

    emergency_id: UUID
    professional: str
    mode: str
    opened_at: datetime
    ends_at: datetime
    reason: str = ""


class SaidThere(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder said at one organisation, by Struct_IdNat. It holds there alone, and opens nothing.

    `consents` are to feeding and to consultation, each with when it was said there, not when we heard of it.
    """

    organisation: str
    name: str = ""
    consents: Mapping[Choice, Consent] = {}


class RecordRights(msgspec.Struct, frozen=True, kw_only=True):
    """Everything said of one record, at one place of its chain.

    `motive` is the code of the last closing or suspension. `notice_ends_at` and `erasure_due_at` are when the worker
    acts if nobody says otherwise. `break_glass_ceiling` is the holder's: accesses in 24 hours, None for none of theirs.
    `emergencies` are those of the last day. `said_there` is by organisation.
    """

    state: RecordState
    since: datetime
    is_activated: bool = False
    is_protected: bool = False
    motive: str = ""
    notice_ends_at: datetime | None = None
    erasure_due_at: datetime | None = None
    break_glass_ceiling: int | None = None
    consents: Mapping[Choice, Consent] = {}
    authorisations: Mapping[str, Authorisation] = {}
    delegations: tuple[Delegation, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    said_there: Mapping[str, SaidThere] = {}

    def consents_to(self, choice: Choice) -> bool:
        """The holder's choice, or what the law presumes while there is none."""
        said = self.consents.get(choice)
        return said.given if said is not None else choice in PRESUMED

    def is_opposed_there(self, organisation: str, choice: Choice) -> bool:
        """True when the holder said no at this organisation, which says nothing of any other."""
        there = self.said_there.get(organisation)
        said = there.consents.get(choice) if there is not None else None
        return said is not None and not said.given
