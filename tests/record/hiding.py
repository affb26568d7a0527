"""Two records that differ only by a document that one reader may not see; and what that reader gets of each."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec

from carnet.documents.cda import entry_from_cda
from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import AvailabilityStatus, Visibility
from carnet.documents.submission import SubmittedDocument
from carnet.documents.time import Dtm
from carnet.documents.validation import DEMONSTRATION
from carnet.errors import CarnetError
from carnet.people.caller import ProfessionalCaller
from carnet.people.patient import Patient
from carnet.record.authorise import authorise
from carnet.record.criteria import Criteria, Token
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.notifications import my_notifications
from carnet.record.open_record import open_record
from carnet.record.place_record import Preference
from carnet.record.retrieve import describe, retrieve
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility, mask_all
from carnet.rights.access import Act, Asker
from tests.record.life import MOTHER, child, represented
from tests.running import AUTHOR, CONSENT, OTHER_DOCTOR, Platform, lot, patient, professional, with_entry

PHARMACIST = msgspec.structs.replace(
    OTHER_DOCTOR, ps_id="810000000033", profession=msgspec.structs.replace(OTHER_DOCTOR.profession, code="21"))
CLOSED_TO_PHARMACISTS = "83901-9"       # a psychological assessment
MASKED = frozenset({Visibility.MASQUE_PS})
WITHHELD = frozenset({Visibility.INVISIBLE_PATIENT})
SECRET = frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})
DOCUMENT_ACTS = (
    Act.MASK, Act.UNMASK, Act.ANNOUNCE, Act.SHOW_TO_REPRESENTATIVES, Act.ARCHIVE, Act.UNARCHIVE, Act.DELETE)
ALL = tuple(AvailabilityStatus)
_RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|2\.25\.\d+|\b[0-9a-f]{40}\b|\b2990775\d{8}\b")
_TIME = re.compile(r"datetime\([^()]*(?:\([^()]*\))?[^()]*\)")
_numbers = iter(range(1, 100_000))


@dataclass
class World:
    """A minor's record: the doctor feeds it, the mother represents, another doctor and a pharmacist may read."""

    platform: Platform
    who: Patient
    parent: Patient = MOTHER
    doctor: ProfessionalCaller = OTHER_DOCTOR
    pharmacist: ProfessionalCaller = PHARMACIST
    names: list[str] = field(default_factory=list)

    @property
    def mother(self) -> Asker:
        return patient(self.parent)

    async def keep(
        self, visibility: frozenset[Visibility] = frozenset(), *, year: int = 2026, type_code: str = "11488-4",
        replaces: str | None = None,
    ) -> str:
        """The uniqueId of a document that the doctor deposits."""
        document = letter(self.who, type_code, year)
        document = msgspec.structs.replace(with_entry(document, visibility=visibility), replaces=replaces)
        await submit(professional(), lot(document), self.platform.stores)
        return document.entry.unique_id

    async def change(self, unique_id: str, act: Act, by: Asker | None = None) -> None:
        """Do this to a document."""
        await change_visibility(by or professional(), unique_id, act, self.platform.stores)

    async def hide(self, *unique_ids: str) -> None:
        """Note every name of these documents."""
        view = await self.platform.stores.views.at(
            known := await self.platform.stores.known(await self.platform.stores.record_of(self.who.ins), fresh=True),
            await self.platform.stores.keys.keys_of(known.record))
        hidden = [each.entry for each in view.documents.values() if each.entry.unique_id in unique_ids]
        self.names = [*unique_ids, *(str(entry.entry_uuid) for entry in hidden)]


async def world(platform: Platform) -> World:
    """A record with two documents that everybody sees."""
    return await begun(World(platform, child(20_000 + next(_numbers))))


async def begun(made: World) -> World:
    """The same, of these people."""
    platform = made.platform
    # At the same host each time: which one it is stands in a history, and is otherwise left to chance.
    await open_record(professional(), made.who, CONSENT, platform.stores, preference=Preference("alpha"))
    await represented(platform, made.who, made.parent)
    for reader in (made.doctor, made.pharmacist):
        await authorise(made.mother, made.who.ins, reader.ps_id, platform.stores)
    for year in (2020, 2021):
        await made.keep(year=year)
    return made


def letter(of: Patient, type_code: str, year: int) -> SubmittedDocument:
    """A document of this type and year; all are of one size."""
    content = compose(
        Letterhead(
            unique_id=f"2.25.{10**37 + next(_numbers)}", type_code=type_code, title="Document d'essai", patient=of,
            author=AUTHOR, made_at=Dtm.parse(f"{year}0102093000+0100")),
        (Section("Motif", ("Toux.",)),))
    return SubmittedDocument(entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION.ins), content)


async def masked(of: World) -> None:
    await of.hide(await of.keep(MASKED))


async def masked_since(of: World) -> None:
    unique_id = await of.keep()
    for act in (Act.MASK, Act.UNMASK, Act.MASK):
        await of.change(unique_id, act, of.mother)
    await of.hide(unique_id)


async def replaced_then_masked(of: World) -> None:
    old = await of.keep()
    new = await of.keep(replaces=old)
    await of.change(old, Act.MASK, of.mother)
    await of.hide(old, new)


async def deleted(of: World) -> None:
    unique_id = await of.keep()
    await of.change(unique_id, Act.ARCHIVE)
    await of.change(unique_id, Act.DELETE)
    await of.hide(unique_id)


async def withheld(of: World) -> None:
    old = await of.keep(WITHHELD)
    new = await of.keep(replaces=old)
    await of.change(new, Act.ARCHIVE)
    await of.hide(old, new)


async def secret(of: World) -> None:
    old = await of.keep(SECRET)
    new = await of.keep(replaces=old)
    await of.change(new, Act.MASK)
    await of.hide(old, new)


async def of_a_closed_type(of: World) -> None:
    unique_id = await of.keep(type_code=CLOSED_TO_PHARMACISTS)
    await of.change(unique_id, Act.ARCHIVE)
    await of.change(unique_id, Act.UNARCHIVE)
    await of.hide(unique_id)


Hide = Callable[[World], Awaitable[None]]
HIDDEN: tuple[tuple[Hide, str], ...] = (
    (masked, "doctor"), (masked_since, "doctor"), (replaced_then_masked, "doctor"), (deleted, "doctor"),
    (deleted, "pharmacist"), (withheld, "holder"), (withheld, "mother"), (secret, "mother"),
    (of_a_closed_type, "pharmacist"))


def reader_of(of: World, reader: str) -> Asker:
    """Who looks."""
    return {
        "doctor": professional(of.doctor), "pharmacist": professional(of.pharmacist), "holder": patient(of.who),
        "mother": of.mother}[reader]


async def observed(of: World, asker: Asker, names: Iterable[str]) -> list[str]:
    """All that this reader gets of the record, asking also for these names, as text without what is random."""
    stores, ins = of.platform.stores, of.who.ins
    names = list(names)
    answers = [
        await said(find(asker, ins, criteria, stores)) for criteria in (
            Criteria(), Criteria(statuses=ALL), Criteria(statuses=(AvailabilityStatus.DEPRECATED,)),
            Criteria(title="essai"), Criteria(types=(Token("11488-4"), Token(CLOSED_TO_PHARMACISTS))),
            Criteria(identifiers=tuple(names)), Criteria(related=tuple(names), statuses=ALL),
            Criteria(security_labels=tuple(Visibility), statuses=ALL))]
    for name in names:
        answers += [await said(retrieve(asker, name, stores)), await said(describe(asker, name, stores))]
        answers += [await said(change_visibility(asker, name, act, stores)) for act in DOCUMENT_ACTS]
        answers.append(await said(change_visibility(asker, name, Act.MASK, stores, if_match=str(uuid4()))))
        replacing = msgspec.structs.replace(letter(of.who, "11488-4", 2026), replaces=name)
        answers.append(await said(submit(asker, lot(replacing), stores)))
    answers += [
        await said(mask_all(asker, ins, stores)),
        await said(submit(asker, lot(letter(of.who, "11488-4", 2025)), stores)),
        await said(find(asker, ins, Criteria(), stores)), await said(record_status(asker, ins, stores))]
    answers += [repr(line) for line in await history(asker, ins, stores, limit=5000)]
    record = await stores.record_of(ins)
    answers += [repr(each) for each in await my_notifications(asker, stores, limit=500) if each.record == record]
    return without_what_is_random(answers)


async def said(attempt: Awaitable[object]) -> str:
    """The answer, or the refusal as it is told."""
    try:
        return repr(await attempt)
    except CarnetError as error:
        return f"{type(error).__name__} {error} {getattr(error, 'issues', '')} {told_decision(error)}"


def told_decision(error: CarnetError) -> object:
    """The reasons that a door would say; those of what is not found are for the trace only."""
    return getattr(error, "decision", "") if type(error).__name__ == "NotPermitted" else ""


def without_what_is_random(answers: Iterable[str]) -> list[str]:
    """The same, identifiers named in the order in which they come, and no times: two may be the same by chance."""
    seen: dict[str, str] = {}
    return [
        _RANDOM.sub(lambda found: seen.setdefault(found[0], f"<{len(seen)}>"), _TIME.sub("<time>", answer))
        for answer in answers]
