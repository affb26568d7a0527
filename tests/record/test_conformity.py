"""Documents are held to the national rules after their deposit; who may know what was found knows it, and nobody else.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from carnet.documents.schematron.verdict import NotRun, Verdict
from carnet.errors import IntegrityError, NotFound, Unavailable
from carnet.people.caller import OrganisationCaller
from carnet.record.ask_erasure import ask_erasure
from carnet.record.close_record import close_record
from carnet.record.conformity.check import check_due
from carnet.record.conformity.client import Checker
from carnet.record.conformity.told import (
    NOT_CHECKED,
    Standing,
    conformity,
    conformity_of_bytes,
    conformity_of_sent,
)
from carnet.record.due import act_on_due
from carnet.record.intake import Intake
from carnet.record.retrieve import retrieve
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.rights.due import ERASURE
from tests.conftest import CreateDatabase
from tests.documents.rules import one_rule, small_rules, write
from tests.hosting.oversight.test_reads import compared
from tests.record.life import let_pass
from tests.record.reconcile.restored import backed_up, restored
from tests.running import (
    LABORATORY,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    letter,
    lot,
    patient,
    professional,
)

MEGABYTES = "1024"


def checker_of(folder: Path, *, seconds: float = 60, megabytes: str = MEGABYTES) -> Checker:
    return Checker([sys.executable, "-m", "carnet.roles.judging", str(folder), megabytes], seconds)


@asynccontextmanager
async def closing(checker: Checker) -> AsyncIterator[Checker]:
    try:
        yield checker
    finally:
        await checker.close()


@pytest.fixture
async def rules(tmp_path: Path) -> AsyncIterator[Checker]:
    """Rules that our own letters break once, in a process of their own."""
    write(small_rules(tmp_path), "schematrons/profils/all.sch", one_rule("cda:nothing", "nothing is there"))
    async with closing(checker_of(tmp_path)) as checker:
        yield checker


def checking(platform: Platform) -> Stores:
    return replace(platform.stores, intake=Intake(checks=True))


async def rows(platform: Platform) -> Sequence[tuple[UUID, bool, bytes | None]]:
    found = await platform.portal.fetch("select record_id, next_at is null, sealed from document_check")
    return [(row[0], row[1], row[2]) for row in found]


async def test_a_document_is_checked_after_its_deposit_and_its_readers_are_told(
    platform: Platform, rules: Checker,
) -> None:
    stores, document = checking(platform), letter()
    record = await platform.opened()
    await submit(professional(), lot(document), stores)
    unique_id = document.entry.unique_id
    assert (await conformity(patient(), unique_id, stores)).standing is Standing.WAITING
    assert await check_due(stores, rules) == 1
    for asker in (patient(), professional()):
        told = await conformity(asker, unique_id, stores)
        assert told.standing is Standing.BROKEN
        assert told.verdict is not None
        assert [(each.rules, each.text) for each in told.verdict.broken] == [("all", "nothing is there")]
        content = (await retrieve(asker, unique_id, stores)).content
        assert await conformity_of_bytes(PATIENT.ins, content, stores) == told
    [(kept, is_settled, sealed)] = await rows(platform)
    assert (kept, is_settled) == (record, True)
    assert b"nothing is there" not in (sealed or b"")
    assert await check_due(stores, rules) == 0


async def test_a_platform_without_rules_asks_for_nothing_and_says_not_checked(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    assert await rows(platform) == []
    assert await conformity(patient(), document.entry.unique_id, platform.stores) == NOT_CHECKED


async def test_the_same_bytes_are_judged_once_and_again_only_when_it_is_asked(
    platform: Platform, rules: Checker, tmp_path: Path,
) -> None:
    stores, document = checking(platform), letter()
    await platform.opened()
    await submit(professional(), lot(document), stores)
    await check_due(stores, rules)
    await submit(professional(), lot(document), stores)
    await change_visibility(patient(), document.entry.unique_id, Act.MASK, stores)      # a new version of its entry
    assert await check_due(stores, rules) == 0
    checks, version = stores.records.checks, await rules.version()
    assert await checks.again(30, version) == 0         # held to these very rules
    write(tmp_path, "schematrons/profils/all.sch", one_rule("true()"))
    await rules.close()
    assert await rules.version() != version
    assert await check_due(stores, rules) == 0          # new rules alone ask for nothing
    assert await checks.again(0, await rules.version()) == 0
    assert await checks.again(30, await rules.version()) == 1
    assert await check_due(stores, rules) == 1
    told = await conformity(patient(), document.entry.unique_id, stores)
    assert (told.standing, told.verdict and told.verdict.version) == (Standing.CONFORMING, await rules.version())


async def test_the_software_that_sent_a_document_is_told_and_no_other(platform: Platform, rules: Checker) -> None:
    stores, document = checking(platform), letter()
    record = await platform.opened()
    await submit(professional(LABORATORY), lot(document), stores)
    await check_due(stores, rules)
    unique_id, other = document.entry.unique_id, OrganisationCaller("1750803447", "Autre", "Autre")
    told = await conformity(professional(LABORATORY), unique_id, stores)
    assert told.standing is Standing.BROKEN
    for asker in (professional(other), professional(OTHER_DOCTOR)):
        with pytest.raises(NotFound):
            await conformity(asker, unique_id, stores)
    sent = await conformity_of_sent(professional(), LABORATORY.struct_id, [unique_id, "2.25.1"], stores)
    assert sent == {unique_id: told}
    assert await conformity_of_sent(professional(), other.struct_id, [unique_id], stores) == {}
    traces = await platform.portal.fetchval(
        "select count(*) from audit_event where record_id = $1 and act = 'see_conformity'", record)
    assert traces == 2


async def test_each_reading_by_the_worker_is_traced_and_is_nobodys_visit(platform: Platform, rules: Checker) -> None:
    stores = checking(platform)
    record = await platform.opened()
    await submit(professional(), lot(letter()), stores)
    await check_due(stores, rules)
    detail = await platform.portal.fetchval(
        "select detail::text from audit_event where record_id = $1 and act = 'check' and outcome = 'done'", record)
    assert '"segments": 1' in detail


async def test_bodies_that_are_read_to_be_checked_are_explained(platform: Platform, rules: Checker) -> None:
    stores = checking(platform)
    await platform.opened()
    await submit(professional(), lot(letter()), stores)
    await platform.quiet()
    await check_due(stores, rules)
    found = await compared(platform)
    assert sum(each.bodies_read or 0 for each in found.values()) >= 1
    assert {each.unexplained_reads for each in found.values()} == {0}


async def test_what_was_found_is_erased_with_the_record(platform: Platform, rules: Checker) -> None:
    stores, documents = checking(platform), [letter(), letter("Autre.")]
    record = await platform.opened()
    await submit(professional(), lot(documents[0]), stores)
    await check_due(stores, rules)
    await submit(professional(), lot(documents[1]), stores)
    [due] = await stores.records.checks.claim(10)      # a worker is at it while the record is erased
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=stores)
    await ask_erasure(patient(), PATIENT.ins, stores)
    await let_pass(platform, record, ERASURE + timedelta(seconds=1))
    while await act_on_due(stores):
        pass
    assert await rows(platform) == []
    await stores.records.checks.settle(due, "1", key_version=1, sealed=b"late")
    assert await rows(platform) == []
    assert await check_due(stores, rules) == 0


async def test_a_process_that_ended_is_begun_again(rules: Checker) -> None:
    version = await rules.version()
    assert rules._process is not None
    rules._process.kill()
    await rules._process.wait()
    verdict = await rules.check(letter().content)
    assert (verdict.version, verdict.run, verdict.not_run) == (version, ("all",), ())


@pytest.mark.slow
async def test_what_takes_too_much_memory_ends_and_stops_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "schematrons/profils/all.sch", one_rule("true()"))
    bloated = "string-length(string-join(for $i in 1 to 900000000 return concat('abcdefghij', $i), '')) gt 1"
    write(tmp_path, "schematrons/profils/bloated.sch", one_rule(bloated))
    async with closing(checker_of(tmp_path, megabytes="300")) as checker:
        for _ in range(2):
            verdict = await checker.check(letter().content)
            assert verdict.run == ("all",)
            assert verdict.not_run == (NotRun("bloated", "it took more time or memory than it may"),)


@pytest.mark.slow
async def test_what_takes_too_much_time_ends_and_stops_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "schematrons/profils/all.sch", one_rule("true()"))
    endless = "every $i in 1 to 1000000000 satisfies every $j in 1 to 1000000000 satisfies $i + $j ne number(@a)"
    write(tmp_path, "schematrons/profils/endless.sch", one_rule(endless))
    async with closing(checker_of(tmp_path, seconds=10)) as checker:
        verdict = await checker.check(letter().content)
    assert verdict.run == ("all",)
    assert verdict.not_run == (NotRun("endless", "it took more time or memory than it may"),)


async def test_where_rules_cannot_be_run_documents_wait_and_are_not_claimed(platform: Platform, tmp_path: Path) -> None:
    stores = checking(platform)
    await platform.opened()
    await submit(professional(), lot(letter()), stores)
    for command in ([sys.executable, "-c", "pass"], [str(tmp_path / "none")],
                    [sys.executable, "-m", "carnet.roles.judging", str(tmp_path), MEGABYTES]):
        with pytest.raises(Unavailable, match="not checked"):
            await check_due(stores, Checker(command))
    assert await platform.portal.fetchval("select attempts from document_check") == 0


async def test_an_altered_verdict_is_not_told(platform: Platform, rules: Checker) -> None:
    stores, documents = checking(platform), [letter(), letter("Autre.")]
    await platform.opened()
    await submit(professional(), lot(*documents), stores)
    await check_due(stores, rules)
    # One verdict put in the place of the other: each is bound to its document.
    await platform.portal.execute(
        "update document_check c set sealed = o.sealed from document_check o where o.fingerprint <> c.fingerprint")
    with pytest.raises(IntegrityError):
        await conformity(patient(), documents[0].entry.unique_id, stores)


def test_a_verdict_that_ran_nothing_is_not_clean() -> None:
    assert not Verdict("1").is_clean


async def test_what_was_lost_with_the_portals_rows_is_checked_again(
    platform: Platform, rules: Checker, create_database: CreateDatabase,
) -> None:
    await platform.opened()
    await platform.quiet()
    backup, document = await backed_up(platform, create_database), letter()
    await submit(professional(), lot(document), checking(platform))
    await check_due(checking(platform), rules)
    await platform.quiet()
    async with restored(platform, backup) as portal:
        portal.stores = checking(platform)
        assert await portal.walk()
        stores = checking(platform)
        assert (await conformity(patient(), document.entry.unique_id, stores)).standing is Standing.WAITING
        assert await check_due(stores, rules) == 1
        assert (await conformity(patient(), document.entry.unique_id, stores)).standing is Standing.BROKEN
