"""The rules of docs/rights.md as a table: its section, the reason, the acts, when. Written from the page alone.

Where the page leaves room, it was read so:
- sections 3, 4.2 to 4.5 and 5 speak of professionals: the mode of others is refused by 4.1, their secret by the first
line of 5;
- a replacement's new document (section 5) is decided as `feed`; the entry of `replace` is that of the record;
- who is blocked is told so, and not that an authorisation is missing;
- "any person who was ever a proxy" is one whose proxy was accepted once, not one who was invited.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import NamedTuple

from tests.rights.oracle.acts import (
    ACTS_OF_THE_AUTHOR,
    ACTS_OF_WHO_DECIDES,
    ALL_ACTS,
    READING_ACTS,
    ROWS,
)
from tests.rights.oracle.known import Known, direct_state
from tests.rights.oracle.situation import DAY, NEW_TYPES, Document

HOUR = 3_600
PATIENT_SIDE = "HARC"


class Rule(NamedTuple):
    """One rule: against these acts, when that is so, this reason."""

    name: str
    reason: str
    acts: tuple[str, ...]
    when: Callable[[Known], bool]


class DocumentRule(NamedTuple):
    """The same, of a document."""

    name: str
    reason: str
    acts: tuple[str, ...]
    when: Callable[[Known, Document], bool]


def _all_but(*acts: str) -> tuple[str, ...]:
    return tuple(act for act in ALL_ACTS if act not in acts)


def _is_named(k: Known) -> bool:
    return k.party in ROWS[k.act].who


def _is_in_state(k: Known) -> bool:
    return k.state in ROWS[k.act].states


def _target_is_blocked(k: Known) -> bool:
    return bool(k.asking.target) and direct_state(k.record, k.asking.target) == "forbidden"


def _is_special(k: Known) -> bool:
    return k.is_professional and k.mode != "normal"


def _is_break_glass(k: Known) -> bool:
    return k.is_professional and k.mode == "bris_de_glace"


def _is_centre_15(k: Known) -> bool:
    return k.is_professional and k.mode == "centre_15"


def _has_opened(k: Known) -> bool:
    return any(
        each.professional == "doctor" and each.mode == k.mode and each.ago < HOUR for each in k.record.opened)


def _break_glass_today(k: Known) -> int:
    return sum(each.mode == "bris_de_glace" and each.ago < DAY for each in k.record.opened)


IN_MODES = ("list", "read", "see_status", "open_emergency")
NEEDS_AUTHORISATION = ("see_choices", "change_choice", "delegate", "invite")
SECRETLY = ("see_status", "list", "read", "feed", "replace")
CHOICES_OF_PROFESSIONALS = ("feeding", "consultation", "break_the_glass", "regulation_centre")
NO_RECORD = ("notice", "refused", "erased")
IN_EMERGENCY = ("list", "read", "open_emergency")

RULES = (
    Rule("2 stranger", "not_the_holder", ALL_ACTS, lambda k: k.party in "-I" and not _is_named(k)),
    Rule("2 software", "software_does_not_read", ("list", "read"), lambda k: k.party == "O" and not _is_named(k)),
    Rule("2 others", "only_the_holder", ALL_ACTS, lambda k: k.party not in "-I" and not _is_named(k) and not (
        k.party == "O" and k.act in ("list", "read"))),
    Rule("2 active", "record_active", ALL_ACTS, lambda k: k.state == "active" and not _is_in_state(k)),
    Rule("2 suspended", "record_suspended", ALL_ACTS, lambda k: k.state == "suspended" and not _is_in_state(k)),
    Rule("2 closed", "record_closed", ALL_ACTS, lambda k: k.state == "closed" and not _is_in_state(k)),
    Rule("2 deceased", "holder_deceased", ("reopen_record",), lambda k: (
        k.state == "closed" and k.record.is_of_the_dead and k.party != "F")),
    Rule("2 dependant", "holder_is_represented", ACTS_OF_WHO_DECIDES, lambda k: k.party == "H" and k.is_dependant),

    Rule("3.1", "blocked_by_patient", _all_but("see_status"), lambda k: k.is_blocked),
    Rule("3.2 none", "no_authorisation", READING_ACTS, lambda k: (
        k.is_professional and k.mode == "normal" and k.standing == "none")),
    Rule("3.2 expired", "authorisation_expired", READING_ACTS, lambda k: (
        k.is_professional and k.mode == "normal" and k.standing == "expired")),
    Rule("3.3 none", "no_authorisation", NEEDS_AUTHORISATION, lambda k: k.is_professional and k.direct == "none"),
    Rule("3.3 expired", "authorisation_expired", NEEDS_AUTHORISATION, lambda k: (
        k.is_professional and k.direct == "expired")),
    Rule("3.4", "only_the_holder", ("change_choice",), lambda k: (
        k.is_professional and k.asking.choice not in CHOICES_OF_PROFESSIONALS)),
    Rule("3.5", "only_the_holder", ("see_authorisations", "block"), lambda k: k.is_professional and not k.is_trusted),
    Rule("3.6 oneself", "only_for_oneself", ("authorise", "withdraw"), lambda k: (
        k.is_professional and k.asking.target != "doctor" and not k.is_trusted)),
    Rule("3.6 blocked", "target_is_blocked", ("authorise",), lambda k: k.is_professional and _target_is_blocked(k)),
    Rule("3.8", "consultation_opposed", READING_ACTS, lambda k: k.is_professional and k.said_no("consultation")),
    Rule("3.9 person", "feeding_opposed", ("feed", "replace"), lambda k: (
        k.is_professional and k.standing != "valid" and k.said_no("feeding"))),
    Rule("3.9 software", "feeding_opposed", ("feed", "replace"), lambda k: k.party == "O" and k.said_no("feeding")),
    Rule("3.10", "consultation_opposed_there", READING_ACTS, lambda k: (
        k.is_professional and k.said_no_there("consultation"))),
    Rule("3.11 person", "feeding_opposed_there", ("feed", "replace"), lambda k: (
        k.is_professional and k.said_no_there("feeding"))),
    Rule("3.11 software", "feeding_opposed_there", ("feed", "replace"), lambda k: (
        k.party == "O" and k.said_no_there("feeding"))),
    Rule("3.12", "only_for_oneself", ("say_to_organisation",), lambda k: (
        k.party == "O" and k.asking.target != "hospital")),

    Rule("4.1", "mode_not_offered", ALL_ACTS, lambda k: k.mode != "normal" and not k.is_professional),
    Rule("4.2 reads", "mode_only_reads", _all_but(*IN_MODES), _is_special),
    Rule("4.2 needed", "mode_needed", ("open_emergency",), lambda k: (
        k.is_professional and k.mode == "normal")),
    Rule("4.3 glass", "break_the_glass_opposed", IN_EMERGENCY, lambda k: (
        _is_break_glass(k) and k.said_no("break_the_glass"))),
    Rule("4.3 centre", "regulation_centre_opposed", IN_EMERGENCY, lambda k: (
        _is_centre_15(k) and k.said_no("regulation_centre"))),
    Rule("4.3 regulator", "not_a_regulation_centre", IN_EMERGENCY, lambda k: (
        _is_centre_15(k) and not k.asking.is_regulator)),
    Rule("4.4", "emergency_not_opened", ("list", "read"), lambda k: _is_special(k) and not _has_opened(k)),
    Rule("4.5 login", "login_too_old", ("open_emergency",), lambda k: _is_break_glass(k) and (
        k.asking.login_ago is None or k.asking.login_ago > 300)),
    Rule("4.5 patient", "patient_ceiling_reached", ("open_emergency",), lambda k: (
        _is_break_glass(k) and k.record.ceiling is not None and _break_glass_today(k) >= k.record.ceiling)),
    Rule("4.5 platform", "second_person_needed", ("open_emergency",), lambda k: (
        _is_break_glass(k) and k.asking.emergencies_today >= k.record.platform_ceiling
        and not k.asking.has_second_person)),

    Rule("5 minor", "secret_needs_a_minor", ALL_ACTS, lambda k: (
        k.asking.is_secret and not (k.is_professional and k.is_minor))),
    Rule("5 acts", "not_in_a_secret_connection", _all_but(*SECRETLY), lambda k: (
        k.is_professional and k.asking.is_secret)),
)

REPRESENTATIVES, PATIENT, MASKED = "INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_PATIENT", "MASQUE_PS"
OF_THE_RECORD = _all_but("feed")


def _is_masked_from(k: Known, d: Document) -> bool:
    if MASKED not in d.visibility or k.wrote(d) or k.is_trusted:
        return False
    if k.is_professional:
        return not (k.mode != "normal" and k.said_yes("masked_in_emergency"))
    return k.party == "O"


DOCUMENT_RULES = (
    DocumentRule("5 deposits", "secret_deposits_only", ("feed",), lambda k, d: (
        k.asking.is_secret and REPRESENTATIVES not in d.visibility)),
    DocumentRule("6.1 matrix", "type_not_written", ("feed",), lambda k, d: k.party in "PO" and not k.may("write", d)),
    DocumentRule("6.1 patient", "type_not_for_patients", ("feed",), lambda k, d: (
        k.party in PATIENT_SIDE and not NEW_TYPES[d.type_code])),
    DocumentRule("6.2 patient", "only_professionals_hide", ("feed",), lambda k, d: (
        k.party in PATIENT_SIDE and PATIENT in d.visibility)),
    DocumentRule("6.2 minor", "secret_needs_a_minor", ("feed",), lambda k, d: (
        REPRESENTATIVES in d.visibility and not k.is_minor)),

    DocumentRule("7.1", "deleted", OF_THE_RECORD, lambda k, d: d.status == "deleted"),
    DocumentRule("7.2", "masked_from_professionals", OF_THE_RECORD, _is_masked_from),
    DocumentRule("7.3", "not_yet_announced", OF_THE_RECORD, lambda k, d: (
        PATIENT in d.visibility and k.party in PATIENT_SIDE)),
    DocumentRule("7.4", "hidden_from_representatives", OF_THE_RECORD, lambda k, d: (
        REPRESENTATIVES in d.visibility and k.party in "RC")),
    DocumentRule("7.5", "type_not_open", OF_THE_RECORD, lambda k, d: (
        k.is_professional and not k.is_trusted and not k.wrote(d) and not k.may("read", d))),
    DocumentRule("7.7", "not_the_author", ACTS_OF_THE_AUTHOR, lambda k, d: not k.wrote(d)),
    DocumentRule("7.8", "forbidden_pair", ("mask",), lambda k, d: (
        PATIENT in d.visibility and not k.record.pair_is_allowed)),
)

SILENCE = "2 no record"
DEPOSITORS_READ = "7.6"
LEARNS_NOTHING = "7.7 reading"
RULES_ABOUT_RULES = (SILENCE, DEPOSITORS_READ, LEARNS_NOTHING)
NOT_FOR_DEPOSITORS = frozenset({
    "no_authorisation", "authorisation_expired", "consultation_opposed", "consultation_opposed_there"})


class Oracle:
    """The page, or the page less one of its rules."""

    def __init__(self, without: str = "") -> None:
        self.without = without
        self._rules = {act: tuple((each.reason, each.when) for each in RULES if (
            act in each.acts and each.name != without)) for act in ALL_ACTS}
        self._of_documents = {act: tuple((each.reason, each.when) for each in DOCUMENT_RULES if (
            act in each.acts and each.name != without)) for act in ALL_ACTS}

    def about_the_record(self, k: Known) -> frozenset[str]:
        """Every reason against that no document changes."""
        return frozenset(reason for reason, when in self._rules[k.act] if when(k))

    def reasons(self, k: Known, document: Document | None, known: Set[str] | None = None) -> Set[str]:
        """Every reason against; `known` are those about the record, when they were asked for already."""
        if self.without != SILENCE and _does_not_exist(k):
            return {"no_record"}
        against = set(self.about_the_record(k) if known is None else known)
        if document is None:
            return against
        against.update(reason for reason, when in self._of_documents[k.act] if when(k, document))
        if self.without != DEPOSITORS_READ and _reads_their_own(k, document):
            against -= NOT_FOR_DEPOSITORS
        if self.without != LEARNS_NOTHING and k.act in ACTS_OF_THE_AUTHOR and not k.wrote(document):
            against |= self.reasons(Known(k.asking._replace(act="read", mode="normal"), k.record), document)
        return against


UNTOLD = frozenset({
    "no_authorisation", "authorisation_expired", "consultation_opposed", "consultation_opposed_there",
    "blocked_by_patient", "software_does_not_read",
    "break_the_glass_opposed", "regulation_centre_opposed", "not_a_regulation_centre", "emergency_not_opened",
    "deleted", "masked_from_professionals", "not_yet_announced", "hidden_from_representatives", "type_not_open"})
"""Section 8: reasons about reading, of which none is told of a document."""


def is_untold(act: str, document: Document | None, against: Set[str]) -> bool:
    """Section 8: whether the answer is *not found*."""
    if against & {"no_record", "not_the_holder"}:
        return True
    return document is not None and act != "feed" and bool(against & UNTOLD)


def is_left_out(k: Known, document: Document) -> bool:
    """Section 7, rule 9: whether a list that names no status goes without this document."""
    is_medecin_traitant = any(each.professional == "doctor" and each.is_medecin_traitant for each in k.record.said)
    return k.is_professional and document.status == "archived" and not k.wrote(document) and not is_medecin_traitant


def _does_not_exist(k: Known) -> bool:
    """Section 2: no record, but for the acts and parties that the table names for that very state."""
    if k.state not in NO_RECORD:
        return False
    opens_status = k.act != "see_status" or k.party in "HR"
    return not (_is_named(k) and _is_in_state(k) and opens_status)


def _reads_their_own(k: Known, document: Document) -> bool:
    return (
        k.is_professional and k.mode == "normal" and k.act in READING_ACTS and k.act != "list"
        and k.deposited(document))
