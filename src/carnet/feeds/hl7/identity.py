"""Whose message it is: the INS and the traits of PID (PAM-FR, CI-SIS annex INS). Pure.

A message feeds a record only under an INS that the sender has verified (PID-32 VALI), with the traits that go with it.
May import: this room, people, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carnet.errors import InvalidIdentifier, InvalidInput, Issue
from carnet.feeds.hl7.er7 import Segment, Value
from carnet.people.ins import Ins, InsOid, InsPolicy
from carnet.people.patient import Sex, Traits, parse_birth_date
from carnet.people.same_traits import differing

_OIDS = frozenset(InsOid)
_INS, _NAME, _BIRTH, _SEX, _ADDRESS, _RELIABILITY = 3, 5, 7, 8, 11, 32
VALIDATED = "VALI"
NOT_THE_SAME = "business-rule"      # the code of an issue about a patient who is not the one it should be: 904


@dataclass(frozen=True, slots=True)
class Person:
    """Whom PID names."""

    ins: Ins
    traits: Traits


def read_pid(pid: Segment, policy: InsPolicy) -> Person:
    """The verified identity of a PID. Raises InvalidInput with everything that it lacks."""
    issues: list[Issue] = []
    ins = _ins(pid, policy, issues)
    if VALIDATED not in (value() for value in pid.every(_RELIABILITY)):
        code = "code-invalid" if pid.raw(_RELIABILITY) else "required"
        issues.append(Issue(code, "the identity is not verified: VALI is needed", pid.at(_RELIABILITY)))
    traits = traits_of(pid)
    issues += _missing(traits, pid)
    if issues or ins is None:
        raise InvalidInput(*issues)
    return Person(ins, traits)


def names_ins(pid: Segment | None) -> bool:
    """True when there is an INS in this PID, good or not."""
    return pid is not None and any(_oid(value) in _OIDS for value in pid.every(_INS))


def traits_of(pid: Segment) -> Traits:
    """The traits as PID has them; empty where it says nothing."""
    names = pid.every(_NAME)
    legal = next((name for name in names if name(7) == "L"), names[0] if names else None)
    used = next((name for name in names if name(7) in ("D", "U")), None)
    given = legal(3) if legal is not None else ""
    return Traits(
        birth_family=legal(1, 1) if legal is not None else "", birth_given=legal(2) if legal is not None else "",
        given_names=tuple(given.split()), birth_date=parse_birth_date(pid(_BIRTH)) or "", sex=_sex(pid(_SEX)),
        birthplace=next((address(9) for address in pid.every(_ADDRESS) if address(7) == "BDL"), ""),
        used_family=used(1, 1) if used is not None else "", used_given=used(2) if used is not None else "")


def against(person: Person, ins: Ins | None, traits: Traits | None, where: str) -> Iterator[Issue]:
    """What in a document is not of this person."""
    if ins is not None and ins != person.ins:
        yield Issue(NOT_THE_SAME, "the INS of the document is not that of PID-3", where)
    elif traits is None or not (traits.birth_family and traits.birth_given and traits.birth_date):
        yield Issue("required", "traits of identity are missing in the document", f"{where} {PATIENT}")
    elif differing(person.traits, traits):
        yield Issue(NOT_THE_SAME, "the traits of the document are not those of PID", where)


PATIENT = "/ClinicalDocument/recordTarget/patientRole/patient"


def _ins(pid: Segment, policy: InsPolicy, issues: list[Issue]) -> Ins | None:
    found = next((value for value in pid.every(_INS) if _oid(value) in _OIDS), None)
    if found is None:
        issues.append(Issue("required", "there is no INS, with its assigning authority", pid.at(_INS)))
        return None
    try:
        return Ins.parse(found(1), _oid(found), policy)
    except InvalidIdentifier as error:
        issues += (Issue("value", each.message, pid.at(_INS)) for each in error.issues)
        return None


def _oid(value: Value) -> str:
    return value(4, 2)


def _missing(traits: Traits, pid: Segment) -> Iterator[Issue]:
    for name, number, what in (
        ("birth_family", _NAME, "the family name of birth"), ("birth_given", _NAME, "the first name of birth"),
        ("birth_date", _BIRTH, "the date of birth"),
    ):
        if not getattr(traits, name):
            yield Issue("required", f"{what} is missing: the traits are incomplete", pid.at(number))
    if traits.sex is Sex.UNKNOWN:
        yield Issue("required", "the sex is missing: the traits are incomplete", pid.at(_SEX))


def _sex(code: str) -> Sex:
    return {"F": Sex.FEMALE, "M": Sex.MALE}.get(code, Sex.UNKNOWN)
