"""A machine that opens, feeds, masks, blocks, closes and breaks the glass, in any order, and looks for what must not
be seen.

What it expects is written here, shorter than the rules and apart from them: who must never see what. Everything it
drives is
real. After each step every party looks, and what they get is compared with what they would get if the document had
never been.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from carnet.documents.entry import Author, Institution, Person, Visibility
from carnet.errors import CarnetError, NotFound, NotPermitted
from carnet.people.caller import PatientCaller, ProfessionalCaller
from carnet.people.identifiers import PS_ID_OID
from carnet.people.ins import Ins
from carnet.people.patient import Patient
from carnet.record.authorise import authorise, block, name_medecin_traitant, unblock, withdraw
from carnet.record.choices import choose
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.emergency import open_emergency
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.notifications import my_notifications
from carnet.record.open_record import open_record
from carnet.record.proxies import answer_invitation, invite
from carnet.record.reopen_record import reopen_record
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility, mask_all
from carnet.rights.access import AccessMode, Act, Asker
from carnet.rights.held import Choice, ProxyKind
from tests.running import (
    AUTHOR,
    CONSENT,
    DOCTOR,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    with_entry,
)

T = TypeVar("T")
PROFESSIONALS = (DOCTOR, OTHER_DOCTOR)
WHO = st.sampled_from(PROFESSIONALS)
HIDES = st.sampled_from([
    frozenset[Visibility](), frozenset({Visibility.MASQUE_PS}), frozenset({Visibility.INVISIBLE_PATIENT}),
    frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})])


@dataclass
class Document:
    """A document of the record, as the machine knows it."""

    unique_id: str
    uuids: set[UUID]
    author: ProfessionalCaller
    visibility: frozenset[Visibility]
    is_deleted: bool = False


@dataclass
class Told:
    """What one party sees of the record: what they list, what their history and their notifications say."""

    listed: set[str] = field(default_factory=set)
    refused: str = ""
    written: str = ""


class LifeMachine(RuleBasedStateMachine):
    """One record of a child, its mother, two doctors."""

    run: ClassVar[Callable[[Coroutine[Any, Any, Any]], Any]]
    platform: ClassVar[Platform]
    numbers: ClassVar[list[int]] = [0]

    def __init__(self) -> None:
        super().__init__()
        self.documents: list[Document] = []
        self.blocked: set[str] = set()
        self.trusted = ""
        self.is_closed = False
        self.shown_in_emergency = False

    @initialize()
    def begin(self) -> None:
        self.numbers[0] += 2
        traits = msgspec.structs.replace(PATIENT.traits, birth_date="2014-03-04")
        self.child = Patient(another_patient(700_000 + self.numbers[0]).ins, traits)
        mother = another_patient(700_001 + self.numbers[0])
        self.holder = Asker(PatientCaller(self.child.ins, "INVENTEE", "Enfant"), door="test")
        self.mother = Asker(PatientCaller(mother.ins, "INVENTEE", "Mère"), door="test")
        self._do(self._opened(mother.ins))

    async def _opened(self, mother: Ins) -> None:
        stores = self.platform.stores
        await open_record(self._asker(DOCTOR), self.child, CONSENT, stores)
        await invite(
            self._asker(DOCTOR), self.ins, mother, ProxyKind.LEGAL_REPRESENTATIVE, stores, name="Mère",
            relationship="MTH")
        await answer_invitation(self.mother, self.ins, True, stores)

    @property
    def ins(self) -> Ins:
        return self.child.ins

    @rule(who=WHO, hides=HIDES)
    def deposit(self, who: ProfessionalCaller, hides: frozenset[Visibility]) -> None:
        document = with_entry(letter(of=self.child, author=_author(who)), visibility=hides)
        outcome = self._do(submit(self._asker(who), lot(document), self.platform.stores))
        assert (outcome is not None) is (who.ps_id not in self.blocked and not self.is_closed)
        if outcome is not None:
            [new] = outcome.documents
            self.documents.append(Document(new.unique_id, {new.entry_uuid}, who, hides))

    @precondition(lambda self: self.documents)
    @rule(who=WHO | st.just("mother"), data=st.data(), act=st.sampled_from([
        Act.MASK, Act.UNMASK, Act.ANNOUNCE, Act.SHOW_TO_REPRESENTATIVES, Act.DELETE]))
    def change(self, who: ProfessionalCaller | str, data: st.DataObject, act: Act) -> None:
        """By anyone: who may not is refused, and nothing changes."""
        document = data.draw(st.sampled_from(self.documents))
        asker = self.mother if isinstance(who, str) else self._asker(who)
        new = self._do(change_visibility(asker, document.unique_id, act, self.platform.stores))
        if new is None:
            return
        assert not isinstance(who, ProfessionalCaller) or who.ps_id not in self.blocked
        assert act is not Act.DELETE or who == document.author
        document.visibility, document.is_deleted = new.visibility, act is Act.DELETE
        document.uuids.add(new.entry_uuid)

    @rule()
    def mask_everything(self) -> None:
        if self._do(mask_all(self.mother, self.ins, self.platform.stores)) is None:
            return
        for document in self.documents:
            if not document.visibility & {Visibility.INVISIBLE_PATIENT, Visibility.INVISIBLE_REPRESENTANTS_LEGAUX}:
                document.visibility |= {Visibility.MASQUE_PS}

    @rule(who=WHO, say=st.sampled_from([authorise, withdraw, block, unblock, name_medecin_traitant]))
    def say_of(self, who: ProfessionalCaller, say: Callable[..., Coroutine[Any, Any, None]]) -> None:
        done = self._do(say(self.mother, self.ins, who.ps_id, self.platform.stores), answer=True)
        if not done:
            return
        if say is block:
            self.blocked.add(who.ps_id)
        if say in (unblock, authorise):
            self.blocked.discard(who.ps_id)
        if say is name_medecin_traitant:
            self.trusted = who.ps_id
        elif say in (block, withdraw) and self.trusted == who.ps_id:
            self.trusted = ""

    @rule(choice=st.sampled_from([Choice.CONSULTATION, Choice.BREAK_THE_GLASS, Choice.MASKED_IN_EMERGENCY]),
          given=st.booleans())
    def choose(self, choice: Choice, given: bool) -> None:
        done = self._do(choose(
            self.mother, self.ins, {choice: given}, self.platform.stores, text_version="2026-1"))
        if done is not None and choice is Choice.MASKED_IN_EMERGENCY:
            self.shown_in_emergency = given

    @rule(who=WHO)
    def break_the_glass(self, who: ProfessionalCaller) -> None:
        self._do(open_emergency(
            self._in_emergency(who), self.ins, "Enfant inconscient au cabinet.", self.platform.stores))

    @rule()
    def close(self) -> None:
        if self._do(close_record(self.mother, self.ins, motive="patient-demande", stores=self.platform.stores)):
            self.is_closed, self.trusted = True, ""

    @rule()
    def reopen(self) -> None:
        if self._do(reopen_record(self.mother, self.ins, CONSENT, self.platform.stores)):
            self.is_closed = False

    @invariant()
    def nobody_sees_what_they_must_not(self) -> None:
        if hasattr(self, "child"):
            self._do(self._all_look(), may_fail=())

    async def _all_look(self) -> None:
        """All of them at once: a document that is not there is waited for."""
        looks = [
            self._looks(asker, [each for each in self.documents if self._is_hidden_from_professional(who, asker, each)])
            for who in PROFESSIONALS for asker in (self._asker(who), self._in_emergency(who))]
        unannounced = frozenset({Visibility.INVISIBLE_PATIENT})
        secret = frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})
        for asker, hides in ((self.holder, unannounced), (self.mother, unannounced | secret)):
            looks.append(self._looks(asker, [
                each for each in self.documents if each.is_deleted or self.is_closed or hides & each.visibility]))
        await asyncio.gather(*looks)

    def _is_hidden_from_professional(self, who: ProfessionalCaller, asker: Asker, document: Document) -> bool:
        if document.is_deleted or self.is_closed or who.ps_id in self.blocked:
            return True
        if Visibility.MASQUE_PS not in document.visibility or who == document.author or who.ps_id == self.trusted:
            return False
        return asker.mode is AccessMode.NORMAL or not self.shown_in_emergency

    async def _looks(self, asker: Asker, hidden: list[Document]) -> None:
        """They find, open and read about the record: nothing says that what is hidden from them is there."""
        stores = self.platform.stores
        told = await self._told(asker)
        for document in hidden:
            assert document.unique_id not in told.listed
            # Who knew of a document is told what was done to it, also once it is deleted or the record closed.
            for uuid in () if document.is_deleted or self.is_closed else document.uuids:
                assert str(uuid) not in told.written or isinstance(asker.caller, ProfessionalCaller)
        names = [name for each in hidden for name in (each.unique_id, *map(str, each.uuids))]
        refused = await asyncio.gather(*(
            _refusal(retrieve(asker, name, stores)) for name in (str(uuid4()), *names)))
        assert set(refused) == {refused[0]}     # as what never was
        if isinstance(asker.caller, ProfessionalCaller) and asker.caller.ps_id in self.blocked:
            assert told.refused

    async def _told(self, asker: Asker) -> Told:
        stores, told = self.platform.stores, Told()
        try:
            found = await find(asker, self.ins, Criteria(), stores)
            told.listed = {entry.unique_id for entry in found.entries}
        except (NotFound, NotPermitted) as error:
            told.refused = type(error).__name__
        try:
            lines = await history(replace(asker, mode=AccessMode.NORMAL), self.ins, stores, limit=5000)
            assert [line.number for line in lines] == list(range(len(lines), 0, -1))
            told.written = repr(lines)
        except (NotFound, NotPermitted):
            pass
        told.written += repr(await my_notifications(asker, stores))
        return told

    def _asker(self, who: ProfessionalCaller) -> Asker:
        return Asker(who, door="test", authenticated_at=self.platform.stores.clock.now())

    def _in_emergency(self, who: ProfessionalCaller) -> Asker:
        return replace(self._asker(who), mode=AccessMode.BREAK_THE_GLASS)

    def _do(
        self, what: Coroutine[Any, Any, T], *, answer: Any = None,
        may_fail: tuple[type[CarnetError], ...] = (CarnetError,),
    ) -> T | Any:
        """What was answered, or `answer` for what answers nothing; None for what was refused."""
        try:
            done = type(self).run(what)
        except may_fail:
            return None
        return answer if answer is not None else done


def _author(who: ProfessionalCaller) -> Author:
    return msgspec.structs.replace(
        AUTHOR, person=Person(who.ps_id, PS_ID_OID, who.family, who.given),
        institution=Institution(who.organisation_name, who.organisation or ""))


async def _refusal(what: Coroutine[Any, Any, object]) -> tuple[str, str]:
    """How it was refused: the error and all its words."""
    try:
        await what
    except CarnetError as error:
        return type(error).__name__, str(error)
    return "", "answered"

