"""Whatever is sent, a door refuses it in our own words or takes it: it never fails."""

from __future__ import annotations

import copy
import random
from contextlib import suppress
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.documents.validation import DEMONSTRATION, check_submission
from carnet.errors import CarnetError
from carnet.fhir.bundle_in import read_bundle
from carnet.fhir.consent_in import patient_of, read_consent, read_said
from carnet.fhir.consent_search import PARAMETERS as CONSENT_PARAMETERS
from carnet.fhir.consent_search import read_consent_search
from carnet.fhir.iti105_publish import read_document
from carnet.fhir.json_patch import read_json_patch
from carnet.fhir.outcome import outcome_of
from carnet.fhir.paging import open_page
from carnet.fhir.parse import parse, read_as
from carnet.fhir.resources import Bundle, DocumentReference
from carnet.fhir.search import read_search
from carnet.fhir.search_values import PARAMETERS
from tests.fhir.messages import PDF, bundle, cda, publication
from tests.fhir.test_consent import actor, consent
from tests.fhir.test_patch import ARCHIVE, DELETE, MASK
from tests.running import DOCTOR, PATIENT

INS = f"urn:oid:{PATIENT.ins.oid}|{PATIENT.ins.value}"
MESSAGES = [bundle(PDF), bundle(cda("2.25.1"), PDF), publication(), publication(cda("2.25.1"), unique_id="2.25.1")]
VALUES: list[Any] = [
    None, True, 0, -1, 1e300, "", " ", "a", "é", "\0", "#author", "urn:uuid:x", "urn:oid:1.2.3", "2026", "2026-02-30",
    "9999-12-31T23:59:60Z", "0001-01-01", "Patient?identifier=|", "%", "^&|~\\", "A" * 5000, [], {}, [{}], [[]],
    {"reference": "#author"}, {"resourceType": "Patient"}, [{"coding": [{"code": "N"}]}], "AAAA", "AAAB", "AA==",
    {"extension": [{"url": "x"}]}, "Parameters", "List", "application/xml", "text/plain", "replaces",
]


TEXTS = [value for value in VALUES if isinstance(value, str)]


def nodes(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a JSON tree, as its holder and its key."""
    found: list[tuple[Any, Any]] = []
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        found.append((tree, key))
        found += nodes(tree[key])
    return found


def spoil(message: Any, chance: random.Random) -> Any:
    """A copy with one to three places removed, doubled, exchanged or replaced."""
    made = copy.deepcopy(message)
    for _ in range(chance.randint(1, 3)):
        places = nodes(made)
        if not places:
            break
        holder, key = chance.choice(places)
        other, other_key = chance.choice(places)
        match chance.randint(0, 9):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 2:
                holder[key] = copy.deepcopy(other[other_key])
            case 3:
                holder[key] = copy.deepcopy(chance.choice(VALUES))
            case _ if isinstance(holder[key], str):   # still FHIR, most often
                texts = [held[place] for held, place in places if isinstance(held[place], str)]
                holder[key] = chance.choice(TEXTS + texts)
    return made


def take(body: bytes) -> None:
    """What the doors do with a body, up to the record."""
    message = parse(body)
    with suppress(CarnetError):
        read_document(read_as(message, DocumentReference, "DocumentReference"), message, DOCTOR, DEMONSTRATION.ins)
    found = read_as(message, Bundle, "Bundle")
    submission, _ = read_bundle(found, message, DOCTOR, DEMONSTRATION.ins)
    check_submission(submission, DEMONSTRATION)


def answered(body: bytes) -> None:
    """Take a body; a refusal must have words."""
    refusal = None
    try:
        take(body)
    except CarnetError as error:
        refusal = error
    assert refusal is None or outcome_of(refusal).issue[0].details.text


def test_spoilt_messages_are_refused_or_taken() -> None:
    chance = random.Random(20260102)
    for number in range(3000):
        answered(msgspec.json.encode(spoil(MESSAGES[number % len(MESSAGES)], chance)))


def test_messages_with_changed_bytes_are_refused_or_taken() -> None:
    chance = random.Random(20260103)
    bodies = [msgspec.json.encode(message) for message in MESSAGES]
    for number in range(1500):
        body = bytearray(bodies[number % len(bodies)])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body))
            body[at:at + chance.randint(0, 2)] = bytes(chance.randrange(256) for _ in range(chance.randint(0, 2)))
        answered(bytes(body))


def test_spoilt_consents_are_refused_or_understood() -> None:
    chance = random.Random(20260104)
    messages = [consent("feeding"), consent("delegation", actor=[actor(DOCTOR.ps_id), actor(DOCTOR.ps_id, "x")]),
                consent("authorisation", period={"end": "2027-01-01"}, actor=[actor(DOCTOR.ps_id)])]
    for number in range(1500):
        with suppress(CarnetError):
            found = read_consent(msgspec.json.encode(spoil(messages[number % 3], chance)))
            patient_of(found, DEMONSTRATION.ins)
            read_said(found, DOCTOR, replaces=number % 2 == 0)


def test_spoilt_patches_are_refused_or_understood() -> None:
    chance = random.Random(20260105)
    for number in range(1500):
        with suppress(CarnetError):
            read_json_patch(msgspec.json.encode([spoil((MASK, ARCHIVE, DELETE)[number % 3], chance)]))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*CONSENT_PARAMETERS, "_summary", "patient:x", "x"]), st.text(max_size=20)),
                max_size=5), st.booleans())
def test_any_search_of_consents_is_refused_or_understood(parameters: list[tuple[str, str]], strict: bool) -> None:
    with suppress(CarnetError):
        read_consent_search([("patient", INS), *parameters], DEMONSTRATION.ins, strict=strict)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_refused_or_taken(body: bytes) -> None:
    answered(body)


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("Bundle"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["resourceType", "entry", "resource", "data", "type", "content", "id"]), inner, max_size=5),
    max_leaves=20))
def test_any_json_is_refused_or_taken(tree: Any) -> None:
    answered(msgspec.json.encode(tree))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from([*PARAMETERS, "_count", "_sort", "_summary", "isArchived", "patient", "type:not", "x"]),
    st.text(max_size=30) | st.sampled_from([
        INS, "|", "a|b|c", ",,", "\\,", "ge2026", "eq", "sa9999", "lt0001-01-01T00:00:00+14:00", "le9999-12-31",
        "2026-01-01T10:00 02:00", "99999999999", "Practitioner?identifier=|", "DocumentReference/"]),
), max_size=6), st.booleans())
def test_any_search_is_refused_or_understood(parameters: list[tuple[str, str]], strict: bool) -> None:
    with suppress(CarnetError):
        read_search([("patient.identifier", INS), *parameters], DEMONSTRATION.ins, strict=strict)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_page_that_was_not_made_here_is_refused(token: str) -> None:
    with suppress(CarnetError):
        open_page(token, bytes(64))
        raise AssertionError
