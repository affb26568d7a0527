"""A situation as docs/rights.md speaks of it: plain words and numbers, nothing of `carnet`.

People go by a part they play here: `holder`, `relative` (who asks for someone else's record), `aunt` (once a proxy),
`doctor` (who
asks), `colleague`, `hospital` (where the doctor works, and whose software asks), `clinic`. Times are seconds from now.
"""

from __future__ import annotations

from typing import NamedTuple

DAY = 86_400
LATER, NOW, EARLIER = DAY, 0, -DAY
TODAY = "2026-11-22"

PARTS = (
    "holder", "application", "relative", "relative_application", "namesake", "doctor", "software", "officer", "worker")
"""Who may ask. `namesake` has the number of the holder, given by another authority: another INS."""

NEW_TYPES = {"DOCPAT01": True, "18842-5": False, "11502-2": False}
"""Types of documents, and whether patients may add them."""


class Said(NamedTuple):
    """What the holder said of one professional. `ends` None: no authorisation."""

    professional: str
    ends: int | None = None
    is_forbidden: bool = False
    is_medecin_traitant: bool = False
    is_administrator: bool = False


class Delegated(NamedTuple):
    """A delegation to a `professional`, an `organisation`, or a `care_team` of `members`."""

    giver: str
    kind: str
    subject: str
    ends: int
    members: tuple[str, ...] = ()


class Proxied(NamedTuple):
    """A proxy, or the invitation to be one."""

    person: str
    kind: str
    state: str
    answer_by: int = LATER
    ends: int | None = None


class Opened(NamedTuple):
    """An emergency access, opened `ago` seconds ago for an hour."""

    professional: str
    mode: str
    ago: int


class There(NamedTuple):
    """What was last said at an organisation of `feeding` or of `consultation`."""

    organisation: str
    choice: str
    is_opposed: bool = True


class Asking(NamedTuple):
    """Who asks, for what, how. `login_ago` None: nobody said when they logged in."""

    who: str
    act: str
    mode: str = "normal"
    is_secret: bool = False
    target: str = ""
    choice: str = ""
    login_ago: int | None = None
    emergencies_today: int = 0
    has_second_person: bool = False
    is_regulator: bool = False
    works_for: str = "hospital"
    profession: str = "10"


class Record(NamedTuple):
    """What is known of the record. `cells` of the matrix: (profession or `software`, type, `read` or `write`)."""

    state: str = "active"
    is_of_the_dead: bool = False
    today: str = TODAY
    birth: str = "1980-05-05"
    majority: int = 18
    manages_minors: bool = True
    is_protected: bool = False
    consents: tuple[tuple[str, bool], ...] = ()
    said: tuple[Said, ...] = ()
    delegated: tuple[Delegated, ...] = ()
    proxies: tuple[Proxied, ...] = ()
    opened: tuple[Opened, ...] = ()
    there: tuple[There, ...] = ()
    ceiling: int | None = None
    platform_ceiling: int = 5
    pair_is_allowed: bool = False
    cells: frozenset[tuple[str, str, str]] = frozenset()


class Named(NamedTuple):
    """One author as a document names them: identifiers, and whether these are of the national registers."""

    person: str = ""
    institution: str = ""
    is_national: bool = True


class Document(NamedTuple):
    """One document: of the record, or new for `feed`."""

    status: str = "approved"
    visibility: frozenset[str] = frozenset()
    depositor: str = "colleague"
    authors: tuple[Named, ...] = ()
    type_code: str = "18842-5"


class Situation(NamedTuple):
    """Everything that one decision rests on."""

    asking: Asking
    record: Record
    document: Document | None
