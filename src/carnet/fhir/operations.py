"""Operations on a person's record: open an emergency access, with a second person if it takes one; reopen a record.

`POST [base]/Patient/$emergency-access`, `$ask-second-person`, `$agree-as-second-person`, `$reopen`, each with
Parameters. docs/vendors/fhir.md. May import: this room, record, people, errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidInput, InvalidSubmission, Issue
from carnet.fhir.door import Visit
from carnet.fhir.elements import Reference
from carnet.fhir.forms import read_fhir, refuse_other_forms
from carnet.fhir.open_patient import consent_of
from carnet.fhir.outcome import FHIR_JSON, information
from carnet.fhir.parse import parse, read_as
from carnet.fhir.patient import to_patient
from carnet.fhir.references import Surroundings, ins_of
from carnet.fhir.resources import Parameter, Parameters, Resource
from carnet.people.ins import Ins
from carnet.record import second_person
from carnet.record.emergency import open_emergency
from carnet.record.reopen_record import reopen_record

WHERE = "Parameters"
LIMIT_BYTES = 64 * 1024


async def emergency_access(visit: Visit) -> Response:
    """Open this record to the asker for an hour, in the mode of their token: the holder is told."""
    given = await _read(visit, {"identifier", "reason"})
    ins = _ins(visit, given)
    reason = " ".join(each.value_string for each in given.parameter if each.name == "reason")
    with _in_fhir():
        opened = await open_emergency(visit.hand_over(), ins, reason, visit.rooms.stores)
    return _answer(Parameters(parameter=(
        Parameter(name="purpose", value_code=opened.mode),
        Parameter(name="opened", value_date_time=_moment(opened.opened_at)),
        Parameter(name="ends", value_date_time=_moment(opened.ends_at)))))


async def ask_second_person(visit: Visit) -> Response:
    """A code for a colleague, when the day's emergency accesses of the asker are used up."""
    ins = _ins(visit, await _read(visit, {"identifier"}))
    with _in_fhir():
        code = await second_person.ask_second_person(visit.hand_over(), ins, visit.rooms.stores)
    return _answer(Parameters(parameter=(Parameter(name="code", value_string=code),)))


async def agree_as_second_person(visit: Visit) -> Response:
    """Agree to the emergency access that a colleague's code is about: 200, nothing more is told."""
    given = await _read(visit, {"code"})
    with _in_fhir():
        code = "".join(each.value_string for each in given.parameter)
        await second_person.agree(visit.hand_over(), code, visit.rooms.stores)
    return information("the second person agreed", 200, {})


async def reopen(visit: Visit) -> Response:
    """Reopen a closed record, with the consent of its holder (REAC): 200 and its state."""
    given = await _read(visit, {"identifier", "textVersion", "channel", "opposed"})
    ins = _ins(visit, given)
    said = [(each.name, each.value_string or each.value_code) for each in given.parameter if each.name != "identifier"]
    consent = consent_of(said, f"{WHERE}.parameter")
    with _in_fhir():
        return _answer(to_patient(await reopen_record(visit.hand_over(), ins, consent, visit.rooms.stores)))


async def _read(visit: Visit, names: set[str]) -> Parameters:
    refuse_other_forms(visit.request)
    given = read_as(parse(await read_fhir(visit.request, LIMIT_BYTES)), Parameters, WHERE)
    unknown = [each.name for each in given.parameter if each.name not in names or each.part]
    if unknown:
        raise InvalidSubmission(Issue(
            "not-supported", f"these parameters are known here: {', '.join(sorted(names))}", f"{WHERE}.parameter"))
    return given


def _ins(visit: Visit, given: Parameters) -> Ins:
    named = [each.value_identifier for each in given.parameter if each.name == "identifier"]
    if len(named) != 1:
        raise InvalidSubmission(Issue("required", "the INS of one person: identifier", f"{WHERE}.parameter"))
    reference = Reference(identifier=named[0])
    return ins_of(reference, Surroundings(()), visit.rooms.config.ins_policy, f"{WHERE}.parameter")


@contextmanager
def _in_fhir() -> Iterator[None]:
    """What a use case refuses, as something wrong in the parameters."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidSubmission(*(
            Issue(issue.code, f"{issue.expression}: {issue.message}", f"{WHERE}.parameter")
            for issue in error.issues)) from error


def _answer(resource: Resource) -> Response:
    return Response(msgspec.json.encode(resource), media_type=FHIR_JSON, headers={"Cache-Control": "no-store"})


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
