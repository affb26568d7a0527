"""Accreditation in the portal's database: what is taken down, what a host then is, and what is traced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import msgspec
import pytest

from carnet.audit.events import NO_RECORD, done
from carnet.errors import InvalidInput
from carnet.hosting.accreditation.accredit import Brought, Wished, statement_for
from carnet.hosting.accreditation.rules import last_day
from carnet.hosting.accreditation.steps import APPLICATION, Role, Step, broken
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.hosting.directory import Standing
from carnet.journal.database import Database
from carnet.roles.hosts import traced
from carnet.roles.wiring import open_pool
from tests.conftest import CreateDatabase
from tests.hosting.accreditations import ROLE_OF, SIRENS, People, file_of, report_of, signed_report
from tests.running import professional


@dataclass
class Office:
    """Where steps are taken down."""

    pool: asyncpg.Pool
    people: People = field(default_factory=People)

    @property
    def store(self) -> AccreditationStore:
        return AccreditationStore(Database(self.pool))

    async def wished(self, host: str, step: Step) -> Wished:
        """This step, with the document it needs."""
        today = await self.store.today()
        documents = {
            Step.APPLIED: file_of(host),
            Step.CONFORMANCE: signed_report(self.people, report_of(host, at=f"{today}T00:00:00Z"))}
        until = last_day(today) if step is Step.DECISION else None
        who = self.people.of(ROLE_OF.get(step, Role.MINISTER), host)
        return Wished(host, step, who, documents.get(step, step.encode()), until=until)

    async def brought(self, host: str, step: Step, *, document: bytes = b"") -> Brought:
        """The same, signed."""
        wished = await self.wished(host, step)
        statement = await statement_for(wished, self.store)
        return Brought(self.people.signs(statement), wished.signatory, document or wished.document)

    async def take(self, host: str, *steps: Step) -> None:
        """Take these steps. Raises InvalidInput."""
        for step in steps:
            await traced(await self.brought(host, step), self.store, by="test")

    async def standing(self, host: str) -> Standing | None:
        """What the host is held for."""
        return next((each for each in await self.store.standings() if each.host == host), None)

    async def traces(self) -> list[tuple[str, dict[str, object]]]:
        """The traces, in order, as outcome and detail."""
        rows = await self.pool.fetch(
            "select outcome, detail::text as detail from audit_event where act = 'accredit_host'"
            " and record_id = '00000000-0000-0000-0000-000000000000' order by at")
        return [(row["outcome"], msgspec.json.decode(row["detail"])) for row in rows]


@pytest.fixture
async def office(create_database: CreateDatabase) -> AsyncIterator[Office]:
    async with open_pool(await create_database("portal"), 4) as pool:
        yield Office(pool)


async def test_a_host_is_active_after_its_last_step_and_not_before(office: Office) -> None:
    for step in APPLICATION:
        assert not await office.pool.fetch("select from active_host")
        await office.take("alpha", step)
    standing = await office.standing("alpha")
    assert standing is not None
    assert (standing.state, standing.is_active, standing.siren) == ("active", True, SIRENS["alpha"])
    assert [row["host_id"] for row in await office.pool.fetch("select host_id from active_host")] == ["alpha"]


async def test_each_step_leaves_a_trace_about_no_record(office: Office) -> None:
    await office.take("alpha", *APPLICATION)
    traces = await office.traces()
    assert [(outcome, detail["step"]) for outcome, detail in traces] == [("done", step.value) for step in APPLICATION]
    assert traces[0][1]["signatory"] == "applicant-alpha"
    assert "until" in traces[-1][1]


async def test_a_refused_step_changes_nothing_and_leaves_a_trace_too(office: Office) -> None:
    await office.take("alpha", Step.APPLIED)
    with pytest.raises(InvalidInput):
        await office.take("alpha", Step.DECISION)
    assert [outcome for outcome, _ in await office.traces()] == ["done", "refused"]
    assert (await office.traces())[1][1]["reasons"] == ["business-rule step"]
    dossier = await office.store.dossier("alpha")
    assert dossier is not None
    assert dossier.life.state == "applied"


async def test_only_a_report_that_the_registered_kit_signed_is_read(office: Office) -> None:
    await office.take("alpha", Step.APPLIED)
    today = await office.store.today()
    forged = signed_report(People(), report_of(at=f"{today}T00:00:00Z"))
    wished = Wished("alpha", Step.CONFORMANCE, office.people.of(Role.CONFORMANCE), forged)
    statement = await statement_for(wished, office.store)
    with pytest.raises(InvalidInput, match="not signed by the key"):
        await traced(Brought(office.people.signs(statement), wished.signatory, forged), office.store, by="test")


async def test_another_document_than_the_one_signed_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInput, match="not the document"):
        await traced(
            await office.brought("alpha", Step.APPLIED, document=file_of("alpha", siren=SIRENS["beta"])),
            office.store, by="test")


async def test_a_host_that_never_applied_takes_no_step(office: Office) -> None:
    with pytest.raises(InvalidInput, match="never applied"):
        await office.take("alpha", Step.CONFORMANCE)


async def test_a_step_waits_for_the_one_before_and_is_judged_on_it(office: Office) -> None:
    first = await office.brought("alpha", Step.APPLIED)
    wished = await office.wished("reference", Step.APPLIED)
    same = file_of("reference", siren=SIRENS["alpha"])
    statement = await statement_for(Wished("reference", Step.APPLIED, wished.signatory, same), office.store)
    second = Brought(office.people.signs(statement), wished.signatory, same)
    async with asyncio.timeout(20), office.store.turn("alpha") as turn:
        waiting = asyncio.create_task(traced(second, office.store, by="test"))
        while not waiting.done() and not await office.pool.fetchval(        # noqa: ASYNC110  nothing else says so
                "select count(*) from pg_locks where locktype = 'advisory' and not granted"):
            await asyncio.sleep(0.01)
        await turn.write(first.signed, first.document, done(professional(), "accredit_host", NO_RECORD).columns())
    with pytest.raises(InvalidInput, match="never one company"):
        await waiting


async def test_what_was_handed_in_and_signed_is_never_changed(office: Office) -> None:
    await office.take("alpha", Step.APPLIED)
    for order in (
        "update host_step set is_favourable = true", "delete from host_step", "delete from host_application",
        "update host_application set content = ''"):
        with pytest.raises(asyncpg.RaiseError, match="only ever appended"):
            await office.pool.execute(order)


async def test_what_is_kept_is_read_again_as_it_was_signed(office: Office) -> None:
    await office.take("alpha", *APPLICATION)
    dossier = await office.store.dossier("alpha")
    assert dossier is not None
    assert broken(dossier.steps) == ""
    assert dossier.file.company.siren == SIRENS["alpha"]


async def test_a_decision_or_a_certificate_that_ended_makes_a_host_inactive_by_the_clock_of_the_database(
    office: Office,
) -> None:
    await office.take("alpha", *APPLICATION)
    standing = await office.standing("alpha")
    assert standing is not None
    assert str(standing.active_until) == "2029-06-30 22:00:00+00:00"      # the certificate ends before the decision
    begins_later = "active_until = 'infinity', active_from = now() + interval '1 h'"
    for moved in ("active_until = clock_timestamp()", begins_later):
        await office.pool.execute(f"update host_standing set {moved}")
        standing = await office.standing("alpha")
        assert standing is not None
        assert (standing.state, standing.is_active) == ("active", False)


async def test_a_suspended_or_withdrawn_host_is_not_active(office: Office) -> None:
    await office.take("alpha", *APPLICATION)
    for step, is_active in ((Step.SUSPENDED, False), (Step.RESUMED, True), (Step.WITHDRAWN, False)):
        await office.take("alpha", step)
        standing = await office.standing("alpha")
        assert standing is not None
        assert standing.is_active is is_active


async def test_a_company_that_runs_a_home_host_cannot_run_the_reference(office: Office) -> None:
    await office.take("alpha", *APPLICATION)
    wished = await office.wished("reference", Step.APPLIED)
    same = file_of("reference", siren=SIRENS["alpha"])
    wished = Wished(wished.host, wished.step, wished.signatory, same)
    statement = await statement_for(wished, office.store)
    with pytest.raises(InvalidInput, match="never one company"):
        await traced(Brought(office.people.signs(statement), wished.signatory, same), office.store, by="test")


async def test_reminders_are_told_by_one_worker_a_day(office: Office) -> None:
    told = await asyncio.gather(*(office.store.take_reminding() for _ in range(4)))
    assert sorted(told) == [False, False, False, True]
    assert not await office.store.take_reminding()
