"""A host against the smallest thing that could be one: dictionaries. Any sequence of orders, any of them repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.files import Files
from carnet.host.outside import Outside
from carnet.host.store import open_pool
from carnet.journal.chain import genesis
from tests.host.portal import Answer, Entry, Portal, chain

RECORDS = (UUID(int=1), UUID(int=2))
BODIES = (b"one", b"two", b"three", b"four")

record = st.sampled_from(RECORDS)
body = st.sampled_from(BODIES)
versions = st.integers(1, 3)
times = st.integers(0, 4)


@dataclass
class Kept:
    """What a host should hold of one record. `tickets` are those of bodies that were held when nothing named them."""

    version: int = 0
    entries: list[Entry] = field(default_factory=list)
    bodies: set[bytes] = field(default_factory=set)
    named: set[bytes] = field(default_factory=set)
    tickets: dict[bytes, int] = field(default_factory=dict)
    tombstone: int = -1
    erased: tuple[int, int] = (0, 0)

    @property
    def head(self) -> bytes | None:
        return self.entries[-1].head if self.entries else None


class HostMachine(RuleBasedStateMachine):
    """Orders in any sequence; after each, all that can be read is compared."""

    runner: asyncio.Runner
    pool: asyncpg.Pool
    config: HostConfig
    portal: Portal
    outside: Outside | None

    def run(self, asked: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.run(asked)

    @initialize()
    def begin(self) -> None:
        self.runner.run(self.pool.execute(
            "DELETE FROM record; DELETE FROM entry; DELETE FROM body; DELETE FROM named_body; DELETE FROM ticket;"
            "DELETE FROM erasure_day; DELETE FROM loose_object; UPDATE body_store SET is_claimed = false"))
        self.kept = {record: Kept() for record in RECORDS}
        self.made: dict[UUID, list[tuple[Entry, list[bytes]]]] = {record: [] for record in RECORDS}

    @rule(record=record, sealed=st.lists(body, min_size=1, max_size=3), version=versions, end=times)
    def put(self, record: UUID, sealed: list[bytes], version: int, end: int) -> None:
        answer = self.run(self.portal.put(*((record, body) for body in sealed), version=version, end=end))
        kept = self.kept[record]
        if kept.tombstone >= version:
            assert answer.status == 410
            return
        assert answer.status == 200
        kept.version = max(kept.version, version)
        kept.bodies |= set(sealed)
        for body in set(sealed) - kept.named:
            kept.tickets[body] = max(end, kept.tickets.get(body, end))

    @rule(record=record, names=st.lists(st.lists(body, unique=True, max_size=2), min_size=1, max_size=3),
          version=versions)
    def append_new(self, record: UUID, names: list[list[bytes]], version: int) -> None:
        kept = self.kept[record]
        entries = chain(record, *names, after=kept.entries[-1] if kept.entries else None)
        self.made[record] += zip(entries, names, strict=True)
        self._append(record, entries, version)

    @rule(record=record, first=st.integers(0, 9), count=st.integers(1, 4), backwards=st.booleans(), version=versions)
    def append_again(self, record: UUID, first: int, count: int, backwards: bool, version: int) -> None:
        """Entries that were made before: stored already, or of a branch that lost, or of a life before erasure."""
        entries = [entry for entry, _ in self.made[record][first : first + count]]
        if entries:
            self._append(record, entries[::-1] if backwards else entries, version)

    @rule(record=record, version=versions)
    def append_after_a_gap(self, record: UUID, version: int) -> None:
        kept = self.kept[record]
        *_, last = chain(record, [], [], after=kept.entries[-1] if kept.entries else None)
        self.made[record].append((last, []))
        self._append(record, [last], version)

    def _append(self, record: UUID, entries: list[Entry], version: int) -> None:
        answer = self.run(self.portal.append(*entries, version=version))
        kept = self.kept[record]
        names = {entry.head: bodies for entry, bodies in self.made[record]}
        statuses = []
        for entry, result in zip(entries, answer.content["results"], strict=True):
            statuses.append(self._appended(kept, entry, names[entry.head], version))
            own_head = kept.head or genesis(record)
            assert (result["status"], result["place"], result["head"]) == (statuses[-1], len(kept.entries), own_head)
        lacking = {sha256(body).digest() for body in kept.named - kept.bodies}
        for entry, result in zip(entries, answer.content["results"], strict=True):
            if result["status"] in ("appended", "already"):
                named = {sha256(body).digest() for body in names[entry.head]}
                assert set(result["lacking"]) == named & lacking
        assert answer.status == (409 if statuses == ["conflict"] else 200)

    def _appended(self, kept: Kept, entry: Entry, names: list[bytes], version: int) -> str:
        if kept.tombstone >= version:
            return "erased"
        if entry in kept.entries:
            kept.version = max(kept.version, version)
            return "already"
        if (entry.place, entry.previous) != (len(kept.entries) + 1, kept.head or genesis(entry.record)):
            return "conflict"
        kept.entries.append(entry)
        kept.version = max(kept.version, version)
        kept.named |= set(names)
        kept.tickets = {body: end for body, end in kept.tickets.items() if body not in kept.named}
        return "appended"

    @rule(record=record, names=st.lists(st.lists(body, unique=True, max_size=2), max_size=2), again=st.integers(0, 3),
          came=st.sets(body), version=versions, end=times, forks=st.booleans())
    def fill(
        self, record: UUID, names: list[list[bytes]], again: int, came: set[bytes], version: int, end: int, forks: bool,
    ) -> None:
        """Some of what is there already, then what is new, or what would be if it were not of another branch."""
        kept = self.kept[record]
        new = chain(record, *names, after=kept.entries[-1] if kept.entries else None)
        if forks:
            new = chain(record, *names, after=new[-1])[1:] if new else []
        self.made[record] += zip(new, names[1:] if forks else names, strict=False)
        entries = (kept.entries[-again:] if again else []) + new
        if not entries or (forks and new and again):
            return
        [result] = self.run(self.portal.fill((entries, sorted(came)), version=version, end=end)).content["results"]
        bodies_of = {entry.head: bodies for entry, bodies in self.made[record]}
        statuses = [] if kept.tombstone < version else ["erased"]
        if not statuses and not (forks and new):
            kept.bodies |= came
            statuses = [self._appended(kept, entry, bodies_of[entry.head], version) for entry in entries]
            for body in came - kept.named:
                kept.tickets[body] = max(end, kept.tickets.get(body, end))
        status = "conflict" if not statuses else "appended" if "appended" in statuses else statuses[-1]
        own_head = kept.head or genesis(record)
        assert (result["status"], result["place"], result["head"]) == (status, len(kept.entries), own_head)
        if status in ("appended", "already"):
            named = {name for entry in entries for name in bodies_of[entry.head]}
            assert set(result["lacking"]) == {sha256(body).digest() for body in named - kept.bodies}

    @rule(record=record, place=st.integers(1, 6), is_lost=st.booleans())
    def damage_and_mend_an_entry(self, record: UUID, place: int, is_lost: bool) -> None:
        kept = self.kept[record]
        if place > len(kept.entries):
            return
        how = "DELETE FROM entry" if is_lost else "UPDATE entry SET sealed = 'x'"
        self.runner.run(self.pool.execute(f"{how} WHERE record_id = $1 AND place = $2", record, place))
        assert place in self.run(self.portal.head(record, 9, query="?verify=true")).content["damaged"]
        self._append(record, kept.entries, kept.version)

    @rule(record=record, until=times, version=versions, stale=st.booleans())
    def collect(self, record: UUID, until: int, version: int, stale: bool) -> None:
        kept = self.kept[record]
        head = kept.head or genesis(record)
        answer = self.run(self.portal.collect(record, b"s" * 32 if stale else head, until, version))
        if kept.tombstone >= version:
            assert answer.status == 410
        elif stale:
            assert (answer.status, answer.content["head"]) == (409, head.hex())
        else:
            gone = {body for body, end in kept.tickets.items() if end <= until}
            assert set(answer.content["collected"]) == {sha256(body).digest() for body in gone}
            kept.bodies -= gone
            kept.tickets = {body: end for body, end in kept.tickets.items() if body not in gone}

    @rule(record=record, version=versions)
    def erase(self, record: UUID, version: int) -> None:
        kept = self.kept[record]
        answer = self.run(self.portal.erase(record, version))
        if kept.tombstone > version:
            assert answer.status == 410
        elif kept.tombstone < version < kept.version:
            assert answer.status == 409
        else:
            if kept.tombstone < version:
                kept = self.kept[record] = Kept(
                    version=max(kept.version, version), tombstone=version,
                    erased=(len(kept.entries), len(kept.bodies)))
            assert self.portal.receipt(answer, "erase") == [[str(record), version, *kept.erased]]

    @rule(record=record, body=body)
    def damage_and_repair_a_body(self, record: UUID, body: bytes) -> None:
        lost = self.runner.run(self.pool.fetchval(
            "UPDATE body SET sealed = 'x', object = NULL WHERE record_id = $1 AND body_id = $2 RETURNING 1",
            record, sha256(body).digest()))
        assert (lost == 1) == (body in self.kept[record].bodies)
        read = self.run(self.portal.read((record, body), version=9))
        assert read.content == {"bodies": [None]}
        if lost:
            self.put(record, [body], self.kept[record].version, 0)

    @rule()
    def start_again(self) -> None:
        again = build(self.pool, self.config, self.outside)
        type(self).portal = replace(self.portal, app=again, epoch=self.portal.epoch + 1)

    @invariant()
    def all_that_is_read_is_as_it_should_be(self) -> None:
        for record, kept in self.kept.items():
            head = self.run(self.portal.head(record, 9)).content
            lacking = kept.named - kept.bodies
            assert head["place"] == len(kept.entries)
            assert head["head"] == (kept.head or genesis(record)).hex()
            assert head["bodies"] == len(kept.bodies)
            assert head["lacking"] == sorted(sha256(body).hexdigest() for body in lacking)
            journal = self.run(self.portal.journal(record, version=9)).content["entries"]
            assert [entry["sealed"] for entry in journal] == [entry.sealed for entry in kept.entries]
            [copy] = self.run(self.portal.export((record, 0), version=9)).content["copies"]
            assert copy["entries"] == journal
            assert {body["sealed"] for body in copy["bodies"]} == kept.named & kept.bodies
            assert set(copy["lacking"]) == {sha256(body).digest() for body in lacking}
            read = self.run(self.portal.read(*((record, body) for body in BODIES), version=9)).content["bodies"]
            assert read == [body if body in kept.bodies else None for body in BODIES]
        inventory = self.run(self.portal.inventory()).content
        assert [(UUID(line["record"]), line["version"], line["place"]) for line in inventory["records"]] == [
            (record, kept.version, len(kept.entries))
            for record, kept in self.kept.items() if kept.version > kept.tombstone and kept.version
        ]
        assert [(UUID(tomb["record"]), tomb["version"]) for tomb in inventory["tombstones"]] == [
            (record, kept.tombstone) for record, kept in self.kept.items() if kept.tombstone >= 0
        ]
        for before in range(6):
            ended = {str(r) for r, kept in self.kept.items() if any(end < before for end in kept.tickets.values())}
            assert set(self.run(self.portal.unnamed(before)).content["records"]) == ended


@pytest.fixture(params=["in the database", "in a folder"])
def machine(
    host_database: str, unconnected: Portal, config: HostConfig, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[type[HostMachine]]:
    with asyncio.Runner() as runner:
        pool = runner.run(open_pool(host_database, size=1))
        runner.run(pool.execute("UPDATE portal SET epoch = 0"))
        HostMachine.runner, HostMachine.pool, HostMachine.config = runner, pool, config
        HostMachine.outside = Outside(pool, Files(tmp_path)) if request.param == "in a folder" else None
        HostMachine.portal = replace(unconnected, app=build(pool, config, HostMachine.outside))
        yield HostMachine
        runner.run(pool.close())


def test_a_host_keeps_what_a_few_dictionaries_would(machine: type[HostMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )
