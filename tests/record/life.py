"""Officers, minors, and time that passes, for tests of a record's life."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from carnet.journal.chain import SealedEntry
from carnet.journal.content import Content, decode
from carnet.journal.seal import unseal_entry
from carnet.people.caller import OfficerCaller, SystemCaller
from carnet.people.ins import Ins
from carnet.people.patient import Patient
from carnet.record.open_record import OpeningConsent, open_record
from carnet.record.proxies import answer_invitation, invite
from carnet.rights.access import Asker
from carnet.rights.due import next_due
from carnet.rights.held import Proxy, ProxyKind, RecordRights
from tests.running import CONSENT, PATIENT, Platform, another_patient, patient, professional

OFFICER = Asker(OfficerCaller("agent-1", "AGENTE", "Claire"), door="test")
WORKER = Asker(SystemCaller(), door="test")
AGAIN = OpeningConsent("2026-2", "written")
BORN_LATE = "2015-03-14"
MOTHER, FATHER, FRIEND = another_patient(701), another_patient(702), another_patient(703)


def child(number: int = 700, *, born: str = BORN_LATE) -> Patient:
    """An invented patient who is a minor."""
    made = another_patient(number)
    return Patient(made.ins, msgspec.structs.replace(made.traits, birth_date=born))


async def opened_for_child(platform: Platform, who: Patient) -> UUID:
    """A minor's record, opened by the doctor, who is authorised by it."""
    await open_record(professional(), who, CONSENT, platform.stores)
    return await platform.stores.record_of(who.ins)


async def represented(platform: Platform, who: Patient, by: Patient = MOTHER) -> Proxy:
    """Have this person represent the minor by law, invited by the doctor."""
    proxy = await invite(
        professional(), who.ins, by.ins, ProxyKind.LEGAL_REPRESENTATIVE, platform.stores, name="Mère",
        relationship="MTH")
    await answer_invitation(patient(by), who.ins, True, platform.stores)
    return proxy


async def helped(platform: Platform, who: Patient = PATIENT, by: Patient = FRIEND) -> Proxy:
    """Have this person help the holder, who invited them."""
    proxy = await invite(
        patient(who), who.ins, by.ins, ProxyKind.CAREGIVER, platform.stores, name="Un ami")
    await answer_invitation(patient(by), who.ins, True, platform.stores)
    return proxy


async def let_pass(platform: Platform, record: UUID, passed: timedelta) -> None:
    """Move all the times of a record's rights back: to the platform, that long has passed since they were written."""
    row = await platform.portal.fetchval("select rights::text from record where record_id = $1", record)
    rights = msgspec.json.decode(_moved_back(msgspec.json.decode(row), passed), type=RecordRights)
    await platform.portal.execute(
        "update record set rights = $2::text::jsonb, next_due = $3, rights_version = rights_version + 1"
        " where record_id = $1", record, msgspec.json.encode(rights).decode(), next_due(rights))


def _moved_back(value: object, passed: timedelta) -> bytes:
    return msgspec.json.encode(_back(value, passed))


def _back(value: object, passed: timedelta) -> object:
    match value:
        case dict():
            return {name: _back(each, passed) for name, each in value.items()}
        case list():
            return [_back(each, passed) for each in value]
        case str() if value[4:5] == "-" and "T" in value:
            return (datetime.fromisoformat(value) - passed).isoformat()
        case _:
            return value


async def known_rights(platform: Platform, ins: Ins) -> RecordRights:
    """The row of rights, as it is now."""
    return (await platform.stores.known(await platform.stores.record_of(ins), fresh=True)).rights


async def journal_of(platform: Platform, record: UUID) -> list[Content]:
    """All that the record's home host holds, unsealed."""
    await platform.quiet()
    known = await platform.stores.known(record, fresh=True)
    keys = await platform.stores.keys.keys_of(record)
    client = platform.stores.copies.clients[known.placement.home]
    entries: list[SealedEntry] = []
    while len(entries) < known.place:
        page = await client.journal(record, known.placement.version, after=len(entries))
        entries += [SealedEntry(each.header, each.sealed) for each in page.entries]
    return [decode(unseal_entry(keys, entry)) for entry in entries]


async def told(platform: Platform, who: Patient) -> list[str]:
    """What this person was told, the first thing first."""
    recipient = f"person|{who.ins.oid}|{who.ins.value}"
    rows = await platform.portal.fetch("select act from notification where recipient = $1 order by at", recipient)
    return [row["act"] for row in rows]
