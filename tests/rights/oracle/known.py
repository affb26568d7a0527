"""What follows from a situation, before any rule: sections 1 and 3 of docs/rights.md, in the order of the page."""

from __future__ import annotations

from calendar import monthrange
from functools import cache

from tests.rights.oracle.situation import Asking, Delegated, Document, Proxied, Record

LETTERS = {
    "holder": "H", "application": "A", "doctor": "P", "software": "O", "officer": "F", "worker": "S",
    "relative_application": "-", "namesake": "-",
}
OWN_NAMES = {
    "holder": "holder", "application": "holder", "relative": "relative", "relative_application": "relative",
    "namesake": "namesake", "doctor": "doctor", "software": "hospital", "officer": "officer", "worker": "worker",
}


class Known:
    """A situation without its document, understood: what the rules speak of, by its name on the page."""

    def __init__(self, asking: Asking, record: Record) -> None:
        self.asking = asking
        self.record = record
        self.act = asking.act
        self.mode = asking.mode
        self.state = record.state
        self.is_minor = record.manages_minors and is_minor(record.birth, record.today, record.majority)
        self.is_dependant = self.is_minor or record.is_protected
        self.party = party(asking.who, record.proxies, self.is_dependant)
        self.is_professional = self.party == "P"
        self.direct = direct_state(record, "doctor")
        self.standing = standing(record, asking.works_for)
        said = [each for each in record.said if each.professional == "doctor"]
        self.is_blocked = self.is_professional and self.direct == "forbidden"
        self.is_trusted = self.is_professional and not self.is_blocked and any(
            each.is_medecin_traitant or (each.is_administrator and self.direct == "valid") for each in said)

    def said_no(self, choice: str) -> bool:
        """Opposed: the last word of the holder was no."""
        return (choice, False) in self.record.consents

    def said_yes(self, choice: str) -> bool:
        """Consented: the holder said yes in so many words."""
        return (choice, True) in self.record.consents

    def said_no_there(self, choice: str) -> bool:
        """Opposed at the organisation that asks, or that the professional acts for."""
        where = self.asking.works_for if self.is_professional else "hospital" if self.party == "O" else ""
        return bool(where) and any(each == (where, choice, True) for each in self.record.there)

    def deposited(self, document: Document) -> bool:
        """Section 7, *deposited by*. A proxy once accepted was one, whatever became of it."""
        if document.depositor == OWN_NAMES[self.asking.who]:
            return True
        return self.party in "HR" and (document.depositor == "holder" or any(
            each.person == document.depositor and each.state in ("accepted", "revoked") for each in
            self.record.proxies))

    def wrote(self, document: Document) -> bool:
        """Section 7, *author*."""
        if self.deposited(document):
            return True
        if self.party == "P":
            return any(each.person == "doctor" and each.is_national for each in document.authors)
        return self.party == "O" and any(
            each.institution == "hospital" and each.is_national for each in document.authors)

    def may(self, what: str, document: Document) -> bool:
        """The cell of the matrix for the one who asks."""
        column = "software" if self.party == "O" else self.asking.profession
        return (column, document.type_code, what) in self.record.cells


@cache
def is_minor(birth: str, today: str, majority: int) -> bool:
    """Not yet of age today; what is not known of a birth is as late as can be. 29 February comes of age on 1 March."""
    parts = [int(each) for each in birth.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else monthrange(year, month)[1]
    return tuple(int(each) for each in today.split("-")) < (year + majority, month, day)


@cache
def party(who: str, proxies: tuple[Proxied, ...], is_dependant: bool) -> str:
    """Section 1, as the letters of section 2; `-` is a stranger."""
    if who != "relative":
        return LETTERS[who]
    theirs = [each for each in proxies if each.person == "relative"]
    powers = {each.kind for each in theirs if each.state == "accepted" and (each.ends is None or each.ends > 0)}
    if "legal_representative" in powers and is_dependant:
        return "R"
    if "caregiver" in powers:
        return "C"
    return "I" if any(each.state == "pending" and each.answer_by > 0 for each in theirs) else "-"


def direct_state(record: Record, professional: str) -> str:
    """Section 3, *direct state*."""
    for said in record.said:
        if said.professional == professional:
            if said.is_forbidden:
                return "forbidden"
            if said.is_medecin_traitant:
                return "valid"
            if said.ends is not None:
                return "valid" if said.ends > 0 else "expired"
    return "none"


def standing(record: Record, works_for: str) -> str:
    """Section 3, *state* of the doctor."""
    direct = direct_state(record, "doctor")
    if direct in ("forbidden", "valid"):
        return direct
    naming = [each for each in record.delegated if _names(each, works_for)]
    if any(each.ends > 0 and direct_state(record, each.giver) == "valid" for each in naming):
        return "valid"
    return "expired" if naming else direct


def _names(delegated: Delegated, works_for: str) -> bool:
    if delegated.kind == "care_team":
        return "doctor" in delegated.members
    return bool(delegated.subject) and delegated.subject == (
        "doctor" if delegated.kind == "professional" else works_for)
