"""What a patient said to the sender's organisation: segment ZFA of PAM-FR 2.11. Pure.

ZFA-9 IO (opposes feeding) or INO, since ZFA-10; ZFA-11 INC (opposes consultation) or IC, since ZFA-12; NA says nothing.
The rest of ZFA is about the record as the hospital last saw it, which this platform knows better.
May import: this room, record/inbox/message.py, errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.er7 import Er7, Segment
from carnet.feeds.hl7.headers import moment
from carnet.feeds.hl7.identity import Person
from carnet.record.inbox.message import Opposition

_FEEDING, _FEEDING_SINCE, _CONSULTATION, _CONSULTATION_SINCE = 9, 10, 11, 12
_FEEDING_SAID = {"IO": True, "INO": False}
_CONSULTATION_SAID = {"INC": True, "IC": False}
_NOTHING = ("", "NA", '""')


def says_something(message: Er7) -> bool:
    """True when a ZFA says that the patient opposes something, or opposes it no more."""
    return any(zfa(number) not in _NOTHING for zfa in message.every("ZFA") for number in (_FEEDING, _CONSULTATION))


def oppositions(message: Er7, person: Person) -> tuple[Opposition, ...]:
    """What is said, one step for each date. Raises InvalidInput for a code or a date that is none."""
    steps: list[Opposition] = []
    issues: list[Issue] = []
    for zfa in message.every("ZFA"):
        try:
            steps += _said(zfa, message.header, person)
        except InvalidInput as error:
            issues += error.issues
    if issues:
        raise InvalidInput(*issues)
    return tuple(steps)


def _said(zfa: Segment, header: Segment, person: Person) -> Iterator[Opposition]:
    feeding = _code(zfa, _FEEDING, _FEEDING_SAID)
    consultation = _code(zfa, _CONSULTATION, _CONSULTATION_SAID)
    fed = moment(zfa(_FEEDING_SINCE), zfa.at(_FEEDING_SINCE), header=header) if feeding is not None else None
    read = moment(zfa(_CONSULTATION_SINCE), zfa.at(_CONSULTATION_SINCE), header=header) if (
        consultation is not None) else None
    if fed is not None and fed == read:
        yield Opposition(person.ins, feeding, consultation, fed)
        return
    if fed is not None:
        yield Opposition(person.ins, feeding, None, fed)
    if read is not None:
        yield Opposition(person.ins, None, consultation, read)


def _code(zfa: Segment, number: int, said: dict[str, bool]) -> bool | None:
    code = zfa(number)
    if code in _NOTHING:
        return None
    if code not in said:
        raise InvalidInput(Issue("code-invalid", f"this field is {', '.join(said)} or NA", zfa.at(number)))
    return said[code]
