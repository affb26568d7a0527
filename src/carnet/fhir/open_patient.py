"""Open a record: `POST [base]/Patient`, with the identity and the patient's consent (TD1.1 of the national record,
SPEC 3.4).

The consent is an extension, `opening-consent`: the version of the text that the patient was shown, and how they agreed.
May import: this room, record, people, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from carnet.errors import Conflict, InvalidIdentifier, InvalidSubmission, Issue
from carnet.fhir.door import Visit
from carnet.fhir.elements import Extension, HumanName, Reference
from carnet.fhir.forms import read_fhir, refuse_other_forms
from carnet.fhir.outcome import FHIR_JSON, RecordExists
from carnet.fhir.parse import parse, read_as
from carnet.fhir.patient import to_patient
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings, ins_of
from carnet.fhir.resources import Patient
from carnet.fhir.source_patient import BIRTH_PLACE, GIVEN_NAMES, INSEE_CODE
from carnet.fhir.validate import binding_issues
from carnet.people.ins import InsPolicy
from carnet.people.patient import Patient as Person
from carnet.people.patient import Sex, Traits
from carnet.record.open_record import AT_OPENING, CHANNELS, OpeningConsent, open_record

OPENING_CONSENT = "https://carnet.example/fhir/StructureDefinition/opening-consent"
WHERE = "Patient"
_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}
_PLACES = {
    "birth_family": "name.family", "birth_given": "name.given", "birth_date": "birthDate", "birthplace": "extension"}


async def open_patient(visit: Visit) -> Response:
    """Open the record of a person who agreed: 201 and its state, 409 when they have one already."""
    refuse_other_forms(visit.request)
    config = visit.rooms.config
    message = parse(await read_fhir(visit.request, config.limit_bytes))
    person, consent = read_opening(read_as(message, Patient, WHERE), config.ins_policy)
    try:
        status = await open_record(visit.hand_over(), person, consent, visit.rooms.stores)
    except Conflict as error:
        raise RecordExists("this person has a record") from error
    opened = to_patient(status)
    identifier = quote(f"{opened.identifier[0].system}|{opened.identifier[0].value}", safe=":")
    headers = {"Location": f"{config.base}/Patient?identifier={identifier}", "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(opened), status_code=201, media_type=FHIR_JSON, headers=headers)


def read_opening(patient: Patient, policy: InsPolicy) -> tuple[Person, OpeningConsent]:
    """Who the record is for, and how they agreed. Raises InvalidSubmission with every issue."""
    problems = Problems()
    problems.issues += binding_issues(patient.gender, "Patient.gender", f"{WHERE}.gender")
    named = [Reference(identifier=identifier) for identifier in patient.identifier]
    known = (reference for reference in named if _is_ins(reference))
    subject = next(known, named[0] if named else None)
    ins = problems.attempt(lambda: ins_of(subject, Surroundings(()), policy, f"{WHERE}.identifier"))
    traits = _traits(patient)
    problems.attempt(lambda: _checked(traits))
    consent = problems.attempt(lambda: _consent(patient.extension))
    if problems.issues or ins is None or consent is None:
        raise InvalidSubmission(*problems.issues)
    return Person(ins, traits), consent


def _is_ins(reference: Reference) -> bool:
    system = reference.identifier.system if reference.identifier is not None else ""
    return system.startswith("urn:oid:1.2.250.1.213.1.4.")


def _checked(traits: Traits) -> Traits:
    try:
        return traits.checked()
    except InvalidIdentifier as error:
        raise InvalidIdentifier(*(
            Issue(issue.code, issue.message, f"{WHERE}.{_PLACES.get(issue.expression, issue.expression)}")
            for issue in error.issues)) from None


def _traits(patient: Patient) -> Traits:
    """Traits as the INS has them: the official name is the one of birth, a usual one may stand beside it."""
    official = _name(patient, "official") or next(iter(patient.name), HumanName())
    usual = _name(patient, "usual") or HumanName()
    listed = next((known.value_string for known in official.extension if known.url == GIVEN_NAMES), "")
    return Traits(
        birth_family=official.family,
        birth_given=official.given[0] if official.given else "",
        given_names=tuple(listed.split()) or official.given,
        birth_date=patient.birth_date,
        sex=_SEXES.get(patient.gender, Sex.UNKNOWN),
        birthplace=next(_birthplaces(patient.extension), ""),
        used_family=usual.family,
        used_given=usual.given[0] if usual.given else "",
    )


def _name(patient: Patient, use: str) -> HumanName | None:
    return next((name for name in patient.name if name.use == use), None)


def _birthplaces(extensions: tuple[Extension, ...]) -> Iterator[str]:
    """COG codes of the place of birth (fr-core: an INSEE code on the address of patient-birthPlace)."""
    for extension in extensions:
        if extension.url == BIRTH_PLACE and extension.value_address is not None:
            for part in extension.value_address.extension:
                if part.url == INSEE_CODE and part.value_coding is not None:
                    yield part.value_coding.code


def _consent(extensions: tuple[Extension, ...]) -> OpeningConsent:
    place = f"{WHERE}.extension"
    found = next((extension for extension in extensions if extension.url == OPENING_CONSENT), None)
    if found is None:
        raise InvalidSubmission(Issue("required", f"the patient's consent is missing ({OPENING_CONSENT})", place))
    return consent_of([(part.url, part.value_string or part.value_code) for part in found.extension], place)


def consent_of(parts: Sequence[tuple[str, str]], place: str) -> OpeningConsent:
    """The consent that these parts say: `textVersion`, `channel`, and any number of `opposed`, each a choice that may
    be opposed from the beginning. Raises InvalidSubmission with every issue.
    """
    said = {name: value for name, value in parts if name != "opposed"}
    opposed = {value for name, value in parts if name == "opposed"}
    known = {choice.value: choice for choice in AT_OPENING}
    issues = []
    if not said.get("textVersion", "").strip():
        issues.append(Issue("required", "textVersion: which text the patient agreed to", place))
    if said.get("channel") not in CHANNELS:
        issues.append(Issue("code-invalid", f"channel: one of {', '.join(CHANNELS)}", place))
    if not opposed <= set(known):
        issues.append(Issue("code-invalid", f"opposed: among {', '.join(sorted(known))}", place))
    if issues:
        raise InvalidSubmission(*issues)
    return OpeningConsent(
        said["textVersion"].strip(), said["channel"], opposed=frozenset(known[value] for value in opposed))
