"""What messages ask, without a platform: orders and events, flags, people, what patients said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from carnet.documents.entry import Visibility
from carnet.documents.validation import DEMONSTRATION
from carnet.errors import InvalidInput
from carnet.feeds.hl7.reading import Asked, read_message
from carnet.people.patient import Patient, Sex, Traits
from carnet.people.same_traits import differing
from carnet.record.inbox.message import Deletion, Deposit, Opposition, Reading
from tests.feeds.hl7.ground import PARTNER
from tests.feeds.hl7.messages import COPY, adt, mdm, named, oru, report
from tests.running import PATIENT

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PRODUCTION = msgspec.structs.replace(DEMONSTRATION, ins=msgspec.structs.replace(DEMONSTRATION.ins, demonstration=False))
CHILD = Patient(PATIENT.ins, msgspec.structs.replace(PATIENT.traits, birth_date="2015-07-02"))


def asked(raw: bytes) -> Asked:
    return read_message(raw, PARTNER, Reading(DEMONSTRATION, NOW))


@pytest.mark.parametrize(("flags", "of_child", "of_adult"), [
    ({}, set(), set()), ({"MASQUE_PS": "Y"}, {Visibility.MASQUE_PS}, {Visibility.MASQUE_PS}),
    ({"INVISIBLE_REP_LEGAUX": "Y"}, {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX}, set()),
    ({"CONNEXION_SECRETE": "Y"}, {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX}, set()),
    ({"INVISIBLE_PATIENT": "Y", "CONNEXION_SECRETE": "Y"},
     {Visibility.INVISIBLE_PATIENT, Visibility.INVISIBLE_REPRESENTANTS_LEGAUX}, {Visibility.INVISIBLE_PATIENT})])
def test_only_a_minor_has_representatives_to_hide_from(
    flags: dict[str, str], of_child: set[Visibility], of_adult: set[Visibility],
) -> None:
    for who, expected in ((CHILD, of_child), (PATIENT, of_adult)):
        [step] = asked(oru(report(of=who), flags=flags, patient=who)).message.steps
        assert isinstance(step, Deposit)
        assert step.submission.documents[0].entry.visibility == expected


def test_older_versions_name_their_flags_and_orders_otherwise() -> None:
    old = oru(report(), flags={"MASQUE_PS": "Y"}).decode()
    for new, former in (
        ("^MetaDMPMSS|", "|"), ("|2.1^CISIS", "|1.2^CISIS"), ("ORC|NW", "ORC|SC"),
        ("MODIF_CONF_CODE", "MODIF_CONFIDENTIALITYCODE"),
        ("INVISIBLE_REP_LEGAUX", "INVISIBLE_REPRESENTANTS_LEGAUX"), ("ACK_LECTURE_MSS", "ACK_LECTURE"),
    ):
        assert new in old
        old = old.replace(new, former)
    old = "\r".join(line for line in old.split("\r") if not line.startswith("PRT"))
    [step] = asked(old.encode()).message.steps
    assert isinstance(step, Deposit)
    assert step.submission.documents[0].entry.visibility == {Visibility.MASQUE_PS}


@pytest.mark.parametrize(("raw", "kind", "name"), [
    (lambda content: mdm(content, "T04"), Deletion, "own"),
    (lambda content: mdm(content, "T04", parent="1.2.3"), Deletion, "1.2.3"),
    (lambda content: mdm(None, "T11", name="1.2.3"), Deletion, "1.2.3"),
    (lambda content: mdm(None, "T11", parent="1.2.4", name="1.2.3"), Deletion, "1.2.4"),
    (lambda content: oru(content, order="CA", status="D"), Deletion, "own")])
def test_a_deletion_names_one_document_of_one_person(
    raw: Callable[[bytes], bytes], kind: type[Deletion], name: str,
) -> None:
    content = report()
    [step] = asked(raw(content)).message.steps
    assert step == kind(named(content) if name == "own" else name, PATIENT.ins)


def test_a_replacement_that_names_two_documents_or_none_is_refused() -> None:
    for raw in (mdm(report(), "T10"), mdm(report(replaces="1.2.3"), "T10", parent="1.2.4")):
        with pytest.raises(InvalidInput) as refused:
            asked(raw)
        assert [issue.code for issue in refused.value.issues] == ["conflict"]


@pytest.mark.parametrize(("zfa", "said"), [
    ("ZFA|ACTIF|20240306|||||||INO|20240306111154|IC|20240306111154", [(False, False)]),
    ("ZFA|ACTIF|20240306|||||||IO|20240306111154|NA|", [(True, None)]),
    ("ZFA|ACTIF|20240306|||||||IO|20240306111154|INC|20240307111154", [(True, None), (None, True)]),
    ("ZFA|ACTIF|20240306|||||||NA||NA|", []), ("ZFA|ACTIF", [])])
def test_what_a_patient_said_is_said_with_its_date(zfa: str, said: list[tuple[bool | None, bool | None]]) -> None:
    steps = asked(adt(zfa)).message.steps
    assert [(step.feeding, step.consultation) for step in steps if isinstance(step, Opposition)] == said


def test_a_time_without_a_zone_has_that_of_the_message_else_that_of_france() -> None:
    zfa = "ZFA|ACTIF|20240706|||||||IO|20240706120000|NA|"
    with_zone, without = adt(zfa), adt(zfa).replace(b"20260102103000+0100", b"20260102103000")
    moments = [asked(raw).message.steps[0] for raw in (with_zone, without)]
    assert [each.said_at.hour for each in moments if isinstance(each, Opposition)] == [11, 10]


@pytest.mark.parametrize("zfa", [
    "ZFA|ACTIF|20240306|||||||YES|20240306|NA|", "ZFA|ACTIF|20240306|||||||IO|yesterday|NA|",
    "ZFA|ACTIF|20240306|||||||IO||NA|"])
def test_an_opposition_that_cannot_be_read_is_refused(zfa: str) -> None:
    with pytest.raises(InvalidInput, match="ZFA"):
        asked(adt(zfa))


def test_an_opposition_of_somebody_who_is_not_verified_is_refused_and_a_movement_is_not() -> None:
    said = adt("ZFA|ACTIF|20240306|||||||IO|20240306|NA|").replace(b"|VALI", b"|PROV")
    with pytest.raises(InvalidInput, match="PID-32"):
        asked(said)
    assert asked(said.replace(b"|IO|", b"|NA|")).message.steps == ()


def test_the_patient_is_no_professional_who_gets_a_copy() -> None:
    patient = "PRT||UC||RCT^^participation|{}^X^Y^^^^^^{}^L^^^{}||||||||||^^X.400^other@box.example"
    more = (
        COPY.format("louis.fictif@box.example"), patient.format("1", "&1.2.250.1.213.1.4.8&ISO", "NH"),
        patient.format("1", "1.2.250.1.213.1.4.10", "INS"), COPY.format("a b@box.example"))
    assert asked(oru(report(), more=more)).participants.copies == ("louis.fictif@box.example",)


def test_test_numbers_and_test_messages_do_not_feed_production() -> None:
    for raw in (oru(report()), oru(report()).replace(b"|P|2.5|", b"|T|2.5|")):
        with pytest.raises(InvalidInput):
            read_message(raw, PARTNER, Reading(PRODUCTION, NOW))


@pytest.mark.parametrize(("changes", "differs"), [
    ({}, ()), ({"birth_family": "Inventée"}, ()), ({"birth_family": "INVENTE"}, ("birth_family",)),
    ({"birth_given": "Camille-Rose"}, ("birth_given",)), ({"birth_date": "1999-07-03"}, ("birth_date",)),
    ({"sex": Sex.MALE}, ("sex",)), ({"sex": Sex.UNKNOWN}, ()), ({"birthplace": ""}, ()),
    ({"birthplace": "75113"}, ("birthplace",))])
def test_traits_are_compared_to_the_letter_but_for_accents(changes: dict[str, str], differs: tuple[str, ...]) -> None:
    other: Traits = msgspec.structs.replace(PATIENT.traits, **changes)
    assert differing(PATIENT.traits, other) == differs
