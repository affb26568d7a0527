"""Letters through a real SMTP session, and the documents that they make, found through FHIR."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest

from carnet.documents.cda import sha1_hex
from carnet.feeds.mail.xdm_out import xdm_of
from carnet.record.inbox.again import try_again
from carnet.record.inbox.message import Channel, MessageState, Partner
from carnet.record.inbox.take import Arrived, take
from tests.feeds.hl7.ground import documents
from tests.feeds.mail.ground import MAILBOX, PARTNER, SENDER, Post, posting, with_archive, written, zipped
from tests.fhir.client import Client
from tests.fhir.conftest import BASE
from tests.running import PATIENT, another_patient, letter, lot, with_entry


async def test_a_letter_is_found_through_fhir_and_read_byte_for_byte(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    document = letter("Hémoglobine à surveiller.")
    answer = await post.send(written(lot(document)))
    assert answer.startswith("250 2.6.0 deposited"), answer
    found = await documents(doctor)
    assert list(found) == [document.entry.unique_id]
    address = found[document.entry.unique_id]["content"][0]["attachment"]["url"]
    assert (await doctor.get(address.removeprefix(f"{BASE}/"))).body == document.content
    kept = await post.kept()
    assert (kept.state, kept.kind, kept.type_code, kept.control_id, kept.has_content) == (
        MessageState.DEPOSITED, "XDM", "11488-4", "<1@labo.mssante.example>", False)


async def test_several_submission_sets_are_several_lots(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    first, second = letter("un"), letter("deux")
    members = {}
    for number, document in enumerate((first, second), 1):
        with ZipFile(BytesIO(xdm_of(lot(document)))) as archive:
            for name in archive.namelist():
                members[name.replace("SUBSET01", f"SUBSET0{number}")] = archive.read(name)
    answer = await post.send(with_archive(zipped(members)))
    assert answer.startswith("250 2.6.0 deposited"), answer
    assert set(await documents(doctor)) == {first.entry.unique_id, second.entry.unique_id}


async def test_a_replacement_by_its_association_follows_the_document(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    first, second = letter("1"), letter("2")
    await post.send(written(lot(first)))
    replacing = _with_metadata(xdm_of(lot(second)), b"</rim:RegistryObjectList>", (
        '<rim:Association id="r1" associationType="urn:ihe:iti:2007:AssociationType:RPLC" sourceObject="Document01"'
        f' targetObject="{first.entry.unique_id}"/></rim:RegistryObjectList>').encode())
    answer = await post.send(with_archive(replacing))
    assert answer.startswith("250 2.6.0 deposited"), answer
    assert list(await documents(doctor)) == [second.entry.unique_id]


async def test_the_same_document_by_mail_and_as_a_file_is_one(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    document = letter()
    await post.send(written(lot(document)))
    taken = await take(Arrived(document.content, Channel.FOLDER, PARTNER), post.inbox)
    assert (taken.state, taken.is_new) == (MessageState.DEPOSITED, False)     # nothing new
    await post.send(written(lot(document)))
    assert len(await documents(doctor)) == 1


async def test_what_the_metadata_does_not_say_is_read_in_the_document(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    document = letter()
    archive = _with_metadata(xdm_of(lot(document)), b"urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", b"urn:uuid:none")
    archive = _with_metadata(archive, b'name="creationTime"', b'name="other"')
    assert (await post.send(with_archive(archive))).startswith("250 2.6.0 deposited")
    assert list(await documents(doctor)) == [document.entry.unique_id]


@pytest.mark.parametrize(("old", "new", "expression"), [
    (b"299077512345678", another_patient(721).ins.value.encode(),
     "patientId: METADATA.XML and the document name two patients"),
    (b'name="hash">', b'name="hash"><rim:ValueList><rim:Value>00</rim:Value></rim:ValueList></rim:Slot><rim:Slot>',
     "hash"),
    (b"DOC00001.XML", b"DOC00002.XML", "URI"),
    (b'nodeRepresentation="N"', b'nodeRepresentation="SECRET"', "confidentialityCode"),
    (b"AssociationType:HasMember", b"AssociationType:XFRM", "Association"),
])
async def test_metadata_that_does_not_fit_the_document_is_refused_and_says_where(
    post: Post, doctor: Client, old: bytes, new: bytes, expression: str,
) -> None:
    await post.platform.opened()
    await post.platform.opened(another_patient(721))
    answer = await post.send(with_archive(_with_metadata(xdm_of(lot(letter())), old, new)))
    assert answer.startswith("250 2.6.0 refused"), answer
    kept = await post.kept()
    assert any(expression in str(each) for each in kept.issues), kept.issues
    assert not await documents(doctor)


async def test_a_letter_about_two_patients_is_refused(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    members = {}
    for number, document in enumerate((letter(), letter(of=another_patient(4))), 1):
        with ZipFile(BytesIO(xdm_of(lot(document)))) as archive:
            for name in archive.namelist():
                members[name.replace("SUBSET01", f"SUBSET0{number}")] = archive.read(name)
    assert (await post.send(with_archive(zipped(members)))).startswith("250 2.6.0 refused")
    assert [each.expression for each in (await post.kept()).issues] == ["patientId"]
    assert not await documents(doctor)


async def test_before_there_is_a_record_a_letter_waits(post: Post, doctor: Client) -> None:
    document = letter()
    assert (await post.send(written(lot(document)))).startswith("250 2.6.0 kept")
    await post.platform.opened()
    assert await try_again(post.inbox) == 1
    assert list(await documents(doctor)) == [document.entry.unique_id]


async def test_only_partners_write_and_only_to_the_mailbox(post: Post) -> None:
    raw = written(lot(letter()))
    assert (await post.send(raw, sender="autre@labo.mssante.example")).startswith("550 5.7.1")
    assert (await post.send(raw, to="quelquun@carnet.mssante.example")).startswith("550 5.1.1")
    assert (await post.send(raw, sender="")).startswith("550 5.7.1")
    assert await post.refusals() == ["unknown_sender", "unknown_sender"]
    assert await post.count() == 0


async def test_a_partner_does_not_write_in_the_name_of_another(post: Post) -> None:
    other = Partner("autre", "1990001042", "Autre laboratoire", "Autre logiciel")
    senders = {SENDER: PARTNER, "autre@autre.mssante.example": other}
    async with posting(post.platform, senders=senders) as both:
        answer = await both.send(written(lot(letter())), sender="autre@autre.mssante.example")
        assert answer.startswith("550 5.7.1"), answer
        assert await both.refusals() == ["other_sender"]


async def test_a_message_without_an_archive_is_not_for_a_record(post: Post) -> None:
    answer = await post.send(f"From: {SENDER}\r\nTo: {MAILBOX}\r\n\r\nBonjour\r\n".encode())
    assert answer.startswith("554 5.6.0 there is no IHE_XDM.zip"), answer
    assert (await post.refusals(), await post.count()) == (["no_archive"], 0)


@pytest.mark.parametrize("name", ["xdm_minimal.zip", "CCDA_Ambulatory_in_XDM.zip"])
async def test_an_archive_of_another_country_is_refused_with_all_reasons(
    post: Post, shared_data: Path, name: str,
) -> None:
    answer = await post.send(with_archive((shared_data / "xdm" / name).read_bytes()))
    assert answer.startswith("250 2.6.0 refused"), answer
    issues = (await post.kept()).issues
    lacking = {each.expression.rpartition(".")[2] for each in issues}
    assert "patientId" in lacking, issues
    assert len(issues) > 3, issues


async def test_a_document_that_is_no_cda_is_described_by_its_metadata_alone(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    said = letter()
    content = b"%PDF-1.4\n% un papier\n"
    bare = msgspec.structs.replace(
        with_entry(said, mime_type="application/pdf", size=len(content), unique_id="1.2.250.1.999.77"), content=content)
    archive = xdm_of(lot(bare))
    refused = await post.send(with_archive(archive))
    assert refused.startswith("250 2.6.0 refused")      # its hash is that of other bytes
    bare = with_entry(bare, hash=sha1_hex(content))
    answer = await post.send(with_archive(xdm_of(lot(bare))))
    assert answer.startswith("250 2.6.0 deposited"), (await post.kept()).issues
    assert list(await documents(doctor)) == ["1.2.250.1.999.77"]


def _with_metadata(archive: bytes, old: bytes, new: bytes) -> bytes:
    """The same archive, something in its metadata changed."""
    with ZipFile(BytesIO(archive)) as read:
        members = {name: read.read(name) for name in read.namelist()}
    name = "IHE_XDM/SUBSET01/METADATA.XML"
    assert old in members[name]
    return zipped({**members, name: members[name].replace(old, new)})


@pytest.mark.parametrize("where", ["everywhere", "metadata", "document"])
async def test_a_document_of_somebody_else_under_this_ins_is_refused(
    post: Post, doctor: Client, where: str,
) -> None:
    await post.platform.opened()
    other = msgspec.structs.replace(PATIENT, traits=msgspec.structs.replace(PATIENT.traits, birth_date="1961-05-30"))
    theirs = letter(of=PATIENT if where == "metadata" else other)
    said = letter(of=other).entry if where == "metadata" else (
        letter().entry if where == "document" else theirs.entry)
    document = with_entry(theirs, source_patient_info=said.source_patient_info)
    answer = await post.send(written(lot(document)))
    assert answer.startswith("250 2.6.0 refused"), answer
    [issue] = (await post.kept()).issues
    assert (issue.code, issue.expression.rpartition(".")[2]) == (
        "business-rule", "traits" if where == "everywhere" else "sourcePatientInfo")
    assert await documents(doctor) == {}
