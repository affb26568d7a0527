"""The first story: a doctor opens a record, a laboratory feeds it, its patient reads it and sees who came.

By HTTP alone, as the software of professionals and the browser of a patient see the platform.
"""

from __future__ import annotations

from uuid import uuid4

from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.time import Dtm
from carnet.roles.opening import patient_of
from carnet.roles.tokens import known
from tests.demonstration import Demonstration
from tests.flows.doors import Doors, addresses, doors_of
from tests.web.visitor import visiting

INES = patient_of(known("ines"))     # nobody else opens her record
TITLE = "Dosage de la ferritine"
BIOLOGIST = Author(
    Person("899700399900", "1.2.250.1.71.4.2.1", "SPECIMEN", "Aurore"),
    Institution("Laboratoire de l'Étoile (fictif)", "1990001042"), (),
    (Code("G15_21/SM03", "1.2.250.1.213.1.1.4.5", "Pharmacien - Biologie médicale (SM)"),))


def result() -> tuple[str, bytes]:
    """A laboratory's result for Inès: its uniqueId, and its bytes."""
    unique_id = f"2.25.{uuid4().int}"
    head = Letterhead(
        unique_id=unique_id, type_code="11502-2", title=TITLE, patient=INES, author=BIOLOGIST,
        made_at=Dtm.parse("20260105080000+0100"))
    return unique_id, compose(head, (Section("Résultat", ("Ferritine : 48 µg/L.",)),))


async def test_a_record_lives_from_its_opening_to_the_eyes_of_its_patient(
    demonstration: Demonstration, doctor: Doors, laboratory: Doors
) -> None:
    unique_id, content = result()
    assert (await laboratory.publish(content, INES.ins)).status == 404      # no record yet: nothing to feed
    assert (await doctor.open_record(INES)).status == 201
    assert (await laboratory.publish(content, INES.ins)).status == 201

    found = addresses(await doctor.find(INES.ins))
    assert set(found) == {unique_id}
    assert (await doctor.get(found[unique_id])).body == content

    await a_stranger_is_refused(demonstration, found[unique_id])

    async with visiting(demonstration.told["portal"]) as patient:
        await patient.log_in("ines", "patient")
        documents = await patient.get("/moi/documents")
        assert TITLE in documents.text
        [link] = documents.tree.xpath(f"//main//a[contains(., '{TITLE}')]/@href")
        shown = await patient.get(link)
        assert TITLE in shown.text
        original = await patient.get(f"{link.partition('?')[0]}/original")
        assert original.content == content

        who_came = (await patient.get("/moi/acces")).text
        assert "Claire MOREAU" in who_came
        assert "Laboratoire de l'Étoile" in who_came
        assert "Karim BENALI" in who_came       # the stranger came to nothing, and not unseen


async def a_stranger_is_refused(demonstration: Demonstration, address: str) -> None:
    """A doctor whom the patient did not authorise, another patient, and somebody without a token."""
    asked = {"patient.identifier": f"urn:oid:{INES.ins.oid}|{INES.ins.value}"}
    for login, status in (("benali", 403), ("camille", 200)):
        async with doors_of(demonstration, login) as stranger:
            answer = await stranger.get("DocumentReference", asked)
            # A patient learns nothing of whether someone else has a record: an empty list, as for nobody.
            assert (answer.status, b'"total":0' in answer.body) == (status, status == 200)
            # As if there were no such document: its existence is a secret too.
            known_one, unknown_one = await stranger.get(address), await stranger.get(f"Binary/{uuid4()}")
            assert (known_one.status, known_one.body) == (404, unknown_one.body)
    async with doors_of(demonstration, "benali") as nobody:
        nobody.forget_token()
        assert (await nobody.get("DocumentReference", asked)).status == 401
        assert (await nobody.get(address)).status == 401


async def test_what_the_insurer_reimbursed_is_shown_by_kind(demonstration: Demonstration) -> None:
    async with visiting(demonstration.told["portal"]) as patient:
        await patient.log_in("marcel", "patient")
        care = (await patient.get("/moi/soins")).text
    for told in ("PROTHESE VASCULAIRE", "ATORVASTATINE", "ELECTROCARDIOGRAPHIE", "ANOMALIE LIPIDIQUE"):
        assert told in care
