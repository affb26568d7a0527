"""Messages through a real socket, and the documents that they make, found through FHIR."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from carnet.feeds.hl7.er7 import DEFAULT, read_er7
from carnet.people.caller import PatientCaller
from carnet.record.authorise import authorise
from carnet.record.choices import choose
from carnet.record.inbox.again import try_again
from carnet.record.inbox.message import MessageState, Partner
from carnet.rights.held import Choice
from carnet.roles.wiring import assembled
from tests.feeds.hl7.ground import Feed, documents, feeding
from tests.feeds.hl7.messages import (
    BIOLOGIST,
    LETTER,
    SENDER,
    adt,
    batch,
    carrier,
    mdm,
    msh,
    named,
    oru,
    pid,
    report,
    written,
)
from tests.fhir.client import Client
from tests.fhir.conftest import BASE, token_of
from tests.running import DOCTOR, OTHER_DOCTOR, PATIENT, Platform, another_patient, patient


async def test_a_report_is_found_through_fhir_and_read_byte_for_byte(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    content = report("Hémoglobine à surveiller.")
    ack = await feed.send(oru(content, number="ESSAI-A"))
    assert (ack.code, ack.about, ack.errors) == ("AA", "ESSAI-A", [])
    found = await documents(doctor)
    assert list(found) == [named(content)]
    address = found[named(content)]["content"][0]["attachment"]["url"]
    assert (await doctor.get(address.removeprefix(f"{BASE}/"))).body == content
    kept = await feed.kept("ESSAI-A")
    assert (kept.state, kept.kind, kept.type_code, kept.has_content) == (
        MessageState.DEPOSITED, "ORU^R01", LETTER, False)


async def test_the_answer_is_in_the_version_the_marks_and_the_character_set_of_the_sender(feed: Feed) -> None:
    message = oru(b"<a/>", number="ESSAI-B").decode().replace("UNICODE UTF-8", "8859/15")
    for old, new in (("^", "$"), ("|", "!")):
        message = message.replace(old, new)
    ack = await feed.send(message.encode("iso-8859-15"))
    header = ack.read.header.text
    assert header.startswith("MSH!$~\\&!CARNET!PORTAIL!SGL!LABO INVENTE!")
    assert header.split("!")[8:12:3] == ["ACK$R01$ACK", "2.5"]
    assert header.endswith("!8859/15")
    assert (ack.code, ack.about) == ("AE", "ESSAI-B")


async def test_a_replacement_and_a_deletion_follow_the_document(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    first, second, third = report("1"), report("2"), report("3")
    assert (await feed.send(mdm(first, name=named(first)))).code == "AA"
    replacing = mdm(second, "T10", parent=named(first))
    number = read_er7(replacing).header(10)
    assert (await feed.send(replacing)).code == "AA"
    assert list(await documents(doctor)) == [named(second)]
    late = await feed.send(mdm(third, "T10", parent=named(first)))
    assert (late.code, late.errors) == ("AE", [("207", "900")])
    old = await feed.send(mdm(first, "T04"))
    assert (old.code, old.errors) == ("AE", [("207", "900")])
    assert list(await documents(doctor)) == [named(second)]
    assert (await feed.send(mdm(second, "T04"))).code == "AA"
    assert await documents(doctor) == {}
    assert (await feed.kept(number)).state is MessageState.DELETED


async def test_a_cancellation_without_a_document_names_it_by_txa(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    content = report()
    await feed.send(mdm(content))
    assert (await feed.send(mdm(None, "T11", parent=named(content)))).code == "AA"
    assert await documents(doctor) == {}


async def test_a_laboratory_does_it_by_orders_and_results(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    first = report("1")
    second = report("2", replaces=named(first))
    assert (await feed.send(oru(first))).code == "AA"
    ack = await feed.send(oru(second, order="RO", status="C"))
    assert ack.code == "AA", str(ack)
    assert list(await documents(doctor)) == [named(second)]
    assert (await feed.send(oru(second, order="CA", status="D"))).code == "AA"
    assert await documents(doctor) == {}


async def test_two_forms_of_a_report_in_one_message_are_one_lot(feed: Feed, doctor: Client) -> None:
    record = await feed.platform.opened()
    whole, plain = report("N3"), report("N1")
    assert (await feed.send(oru(plain, whole))).code == "AA"
    found = await documents(doctor)
    assert set(found) == {named(whole), named(plain)}
    stores = feed.platform.stores
    view = await stores.views.at(await stores.known(record, fresh=True), await stores.keys.keys_of(record))
    [lot] = view.submission_sets.values()
    assert lot.author.person is not None
    assert lot.author.institution is not None
    assert lot.author.person.identifier == "899700218896"
    assert lot.author.institution.identifier == "1750712184"


async def test_a_document_of_another_laboratory_is_neither_replaced_nor_deleted(
    feed: Feed, doctor: Client,
) -> None:
    await feed.platform.opened()
    content = report()
    await feed.send(oru(content))
    other = Partner("autre", "1990001042", OTHER_DOCTOR.organisation_name, "Autre logiciel")
    async with feeding(feed.platform, recognise=lambda _: other) as theirs:
        for message in (mdm(report(), "T10", parent=named(content)), mdm(content, "T04")):
            ack = await theirs.send(message)
            assert (ack.code, len(ack.errors)) == ("AE", 1)
            assert ack.errors[0] in (("207", "900"), ("207", "901"))
    assert list(await documents(doctor)) == [named(content)]


async def test_a_document_is_deleted_only_in_the_record_of_whom_the_message_is_about(
    feed: Feed, doctor: Client,
) -> None:
    neighbour = another_patient(7)
    await feed.platform.opened()
    await feed.platform.opened(neighbour)
    content = report()
    await feed.send(oru(content))
    ack = await feed.send(mdm(None, "T11", parent=named(content), patient=neighbour))
    assert (ack.code, ack.errors) == ("AE", [("207", "900")])
    assert list(await documents(doctor)) == [named(content)]


async def test_sent_again_it_is_accepted_again_and_kept_once(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    content = report()
    message = oru(content, number="ESSAI-C")
    for again in (message, message, oru(content)):
        assert (await feed.send(again)).code == "AA"
    assert len(await documents(doctor)) == 1
    assert (await feed.kept("ESSAI-C")).times == 2


async def test_before_there_is_a_record_it_is_kept_and_says_so(feed: Feed, doctor: Client) -> None:
    content = report()
    ack = await feed.send(oru(content))
    assert (ack.code, ack.errors, ack.segments[0](4)) == ("AA", [("207", "902")], "W")
    await feed.platform.opened()
    assert await try_again(feed.inbox) == 1
    assert list(await documents(doctor)) == [named(content)]


async def test_what_the_patient_opposes_is_refused_and_not_kept(feed: Feed) -> None:
    await feed.platform.opened()
    await choose(
        patient(), PATIENT.ins, {Choice.FEEDING: False}, feed.platform.stores, text_version="2026-1", reason="essai")
    ack = await feed.send(oru(report(), number="ESSAI-D"))
    assert (ack.code, ack.errors) == ("AE", [("207", "906")])
    assert "opposes" in ack.segments[0](8)
    assert not (await feed.kept("ESSAI-D")).has_content


async def test_what_a_patient_told_the_hospital_at_admission_holds_there(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    said = adt("ZFA|ACTIF|20260101120000|||||||IO|20260101120000|IC|20260101120000")
    assert (await feed.send(said)).code == "AA"
    refused = await feed.send(oru(report()))
    assert (refused.code, refused.errors) == ("AE", [("207", "906")])
    lifted = adt("ZFA|ACTIF|20260102120000|||||||INO|20260102120000|IC|20260102120000")
    assert (await feed.send(lifted)).code == "AA"
    assert (await feed.send(oru(report()))).code == "AA"
    assert len(await documents(doctor)) == 1


async def test_what_one_process_was_told_holds_in_another_at_once(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    first, second = report("1"), report("2")
    async with (
        assembled(platform.parts, platform.portal, platform.keys) as stores,
        feeding(platform) as one, feeding(replace(platform, stores=stores)) as other,
    ):
        assert (await one.send(mdm(first))).code == "AA"
        assert (await other.send(mdm(second, "T10", parent=named(first)))).code == "AA"
        assert (await one.send(mdm(second, "T04"))).code == "AA"
        opposed = adt("ZFA|ACTIF|20260101120000|||||||IO|20260101120000|IC|20260101120000")
        assert (await other.send(opposed)).code == "AA"
        assert (await one.send(oru(report("3")))).errors == [("207", "906")]
    assert await documents(doctor) == {}


@pytest.mark.parametrize(("flags", "seen_by_doctor", "seen_by_patient"), [
    ({}, True, True), ({"INVISIBLE_PATIENT": "Y"}, True, False), ({"MASQUE_PS": "Y"}, False, True),
    ({"INVISIBLE_REP_LEGAUX": "Y"}, True, True), ({"DESTDMP": "N", "DESTMSSANTEPAT": "Y"}, False, False)])
async def test_flags_say_who_sees_the_document(
    feed: Feed, doctor: Client, flags: dict[str, str], seen_by_doctor: bool, seen_by_patient: bool,
) -> None:
    await feed.platform.opened(by=OTHER_DOCTOR)
    ack = await feed.send(oru(report(by=BIOLOGIST), flags=flags))
    assert ack.code == "AA", str(ack)
    await authorise(patient(), PATIENT.ins, DOCTOR.ps_id, feed.platform.stores)
    holder = doctor.bearing(token_of(PatientCaller(PATIENT.ins, "INVENTEE", "Camille")))
    assert (len(await documents(doctor)), len(await documents(holder))) == (seen_by_doctor, seen_by_patient)


async def test_traits_that_are_not_the_records_are_refused(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    someone = msgspec.structs.replace(PATIENT, traits=msgspec.structs.replace(PATIENT.traits, birth_given="Claude"))
    ack = await feed.send(oru(report(of=someone), patient=someone))
    assert (ack.code, ack.errors) == ("AE", [("207", "904")])
    assert "Camille" not in str(ack)
    assert await documents(doctor) == {}


async def test_a_batch_has_one_answer_with_that_of_each_message(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    good, bad = oru(report(), number="ESSAI-E"), oru(b"no document", number="ESSAI-F")
    answer = await feed.says(b"\x0b" + batch(good, bad, good) + b"\x1c\r")
    lines = answer.strip(b"\x0b\x1c\r").decode().split("\r")
    assert [line[:3] for line in lines] == ["BHS", "MSH", "MSA", "MSH", "MSA", "ERR", "MSH", "MSA", "BTS"]
    assert [line for line in lines if line[:3] in ("MSA", "BTS")] == [
        "MSA|AA|ESSAI-E", "MSA|AE|ESSAI-F", "MSA|AA|ESSAI-E", "BTS|3"]
    assert len(await documents(doctor)) == 1


async def test_a_batch_that_is_cut_short_changes_nothing(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    for cut in (batch(oru(report()), said=2), batch(oru(report())).partition(b"BTS")[0]):
        answer = await feed.says(b"\x0b" + cut + b"\x1c\r")
        assert b"MSA|AE|" in answer
        assert b"BTS|1" in answer
    assert await documents(doctor) == {}


async def test_a_document_as_escaped_text_is_kept_as_its_bytes(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    content = report("Température 39 °C & frissons | toux ~ 3 jours")
    lines = [
        msh("ORU^R01^ORU_R01", "2.5", "ESSAI-G"), pid(), "ORC|NW", f"OBR|1|||{LETTER}",
        carrier(DEFAULT.escaped(content.decode())), SENDER]
    ack = await feed.send(written(lines))
    assert ack.code == "AA", str(ack)
    address = next(iter((await documents(doctor)).values()))["content"][0]["attachment"]["url"]
    assert (await doctor.get(address.removeprefix(f"{BASE}/"))).body == content
