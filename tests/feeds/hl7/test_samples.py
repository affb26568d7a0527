"""The official messages of the guide through a real socket: what is kept is found through FHIR, the rest is refused."""

from __future__ import annotations

from pathlib import Path

import pybase64
import pytest

from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from carnet.record.inbox.message import Partner
from tests.feeds.hl7.ground import Ack, Feed, documents, feeding
from tests.fhir.client import Client
from tests.fhir.conftest import BASE
from tests.running import Platform

OFFICIAL = Patient(
    Ins("279035121518989", InsOid.TEST),
    Traits(
        birth_family="PAT-TROIS", birth_given="DOMINIQUE", birth_date="1979-03-28", sex=Sex.FEMALE,
        birthplace="63220"))
LABORATORY = Partner("labo", "1120459876", "Laboratoire des charmes", "SIL-Y")
INITIAL, REPLACEMENT, DELETION = (f"SEGUR_ORU_CR_Bio_{name}_N3.hl7" for name in ("INIT", "RPLC", "DEL"))
IMAGING = "SEGUR_MDM_CR_Radio_INIT_N1_Base64.er7"

# What each message that changes nothing is answered: ERR-3 and ERR-5 of each ERR.
REFUSED = {
    DELETION: [("207", "904")],                                     # its CDA is about another person than its PID
    "MSS10_MDM_message_placeholder.hl7": [("207", "906")],
    "MSS11_MDM_CR_Radio_INIT_N1_placeholder.er7": [("207", "906")],
    "V12_ORU_message_placeholder.hl7": [("207", "906")],
    "V20_MDM_CR_Radio_INIT_N1_placeholder.er7": [("207", "906")],
    "V20_ORU_CR_Bio_INIT_N1_N3_placeholder.hl7": [("102", "")],     # MSH-2 has a sign that is not of ASCII
    "V21_ORU_CR_Bio_INIT_N1_N3_placeholder.hl7": [("207", "906"), ("207", "906")],
    REPLACEMENT: [("207", "900")],                                  # it replaces a document that no example brings
}
SAID = (
    "PAMFR_SGL_admission_A01.er7", "PAMFR_consent_IC_INO.er7", "PAMFR_consent_INC_IO.er7", "PAMFR_consent_NA_NA.er7")
ANSWERS = ("MSS11_MDM_ACK_INIT.er7", "SEGUR_MDM_ACK_RPLC.er7", "V12_ORU_ack.hl7")


@pytest.fixture
def samples(shared_data: Path) -> Path:
    """The folder of the official messages."""
    return shared_data / "hl7v2-fr"


async def sent(feed: Feed, folder: Path, name: str) -> Ack:
    return await feed.send((folder / name).read_bytes())


async def test_every_official_message_is_answered_as_its_row_says(
    platform: Platform, doctor: Client, samples: Path,
) -> None:
    await platform.opened(OFFICIAL)
    async with feeding(platform, recognise=lambda _: LABORATORY) as feed:
        assert {each.name for each in samples.iterdir()} == {*REFUSED, *SAID, *ANSWERS, INITIAL, IMAGING}
        told = {name: (await sent(feed, samples, name)).errors for name in REFUSED}
        assert told == REFUSED
        assert await documents(doctor, OFFICIAL.ins) == {}
        for name in (INITIAL, IMAGING):
            ack = await sent(feed, samples, name)
            assert (ack.code, ack.about) == ("AA", "015"), str(ack)
        found = await documents(doctor, OFFICIAL.ins)
        assert set(found) == {"1.2.250.1.213.1.1.9", "1.2.250.1.71.4.2.2.120456789.71024000081"}
        for name in ANSWERS:
            assert await feed.says(b"\x0b" + (samples / name).read_bytes() + b"\x1c\r") == b""
        for name in SAID:
            assert (await sent(feed, samples, name)).code == "AA", name
        said = await platform.portal.fetchval(
            "select count(*) from audit_event where act = 'say_to_organisation' and outcome = 'done'")
        assert said > 0


async def test_the_official_replacement_and_deletion_follow_once_their_documents_are_there(
    platform: Platform, doctor: Client, samples: Path,
) -> None:
    """The examples name documents that no other example brings: the initial one is given the identifier they name."""
    await platform.opened(OFFICIAL)
    async with feeding(platform, recognise=lambda _: LABORATORY) as feed:
        first = (samples / INITIAL).read_bytes()
        data = first.partition(b"Base64^")[2].partition(b"|")[0]
        named = pybase64.b64decode(data).replace(
            b'<id root="1.2.250.1.213.1.1.9"', b'<id root="1.2.250.1.213.1.1.12"', 1)
        assert (await feed.send(first.replace(data, pybase64.b64encode(named)))).code == "AA"
        assert list(await documents(doctor, OFFICIAL.ins)) == ["1.2.250.1.213.1.1.12"]
        assert (await sent(feed, samples, REPLACEMENT)).code == "AA"
        [found] = (await documents(doctor, OFFICIAL.ins)).values()
        assert found["masterIdentifier"]["value"] == "urn:oid:1.2.250.1.213.1.1.13"
        address = found["content"][0]["attachment"]["url"].removeprefix(f"{BASE}/")
        replacement = (samples / REPLACEMENT).read_bytes()
        document = replacement.partition(b"Base64^")[2].partition(b"|")[0]
        assert (await doctor.get(address)).body == pybase64.b64decode(document + b"==")
        deletion = replacement.replace(b"ORC|RO|", b"ORC|CA|").replace(b"||||||C|", b"||||||D|", 1)
        assert (await feed.send(deletion)).code == "AA"
        assert await documents(doctor, OFFICIAL.ins) == {}
