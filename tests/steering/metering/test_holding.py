"""What hosts hold of a record: each rule, and byte·days against a model that looks at every day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from carnet.journal.chain import BodyName, Header
from carnet.steering.metering.holding import (
    NOTHING,
    WHOLE,
    Batch,
    Change,
    Delivered,
    Event,
    Holding,
    Placed,
    Recounted,
    Role,
    Size,
    by_day,
    size_of,
)

FIRST = date(2026, 1, 1)
END = 40
HOSTS = ("alpha", "beta", "reference")
DOCUMENT = Size(1, 1000, 10)


def day(number: int) -> date:
    return FIRST + timedelta(number)


def entry(place: int, on: int = 0, *, holders: Sequence[str] = ("alpha", "reference"), late: int = 0,
          size: Size = DOCUMENT) -> Delivered:
    return Delivered(place, size, frozenset(holders), day(on), day(on + late))


def opened(on: int = 0) -> list[Event]:
    return [Placed("alpha", Role.KEEPS, day(on)), Placed("reference", Role.KEEPS, day(on))]


def learnt(*events: Event) -> Holding:
    record = Holding({})
    record.add(events)
    return record


def byte_days(record: Holding, host: str, before: int = END) -> int:
    return record.held[host].byte_days(day(before))


def test_a_body_counts_for_each_day_at_whose_end_it_is_held() -> None:
    record = learnt(*opened(), entry(1, 3))
    assert byte_days(record, "alpha", 4) == 1010
    assert byte_days(record, "alpha", 10) == byte_days(record, "reference", 10) == 7 * 1010


def test_a_host_that_had_no_body_before_the_commit_counts_from_its_delivery_on() -> None:
    record = learnt(*opened(), entry(1, 3, holders=("reference", "beta"), late=2))
    assert byte_days(record, "reference", 10) == 7 * 1010
    assert byte_days(record, "alpha", 10) == 5 * 1010


def test_a_stand_in_counts_bodies_until_both_hosts_have_them() -> None:
    record = learnt(*opened(), entry(1, 3, holders=("reference", "beta"), late=2))
    assert byte_days(record, "beta") == 2 * 1000
    assert record.held["beta"].size == NOTHING
    [there, gone] = [change for change in record.changes if change.host == "beta"]
    assert (there.deposits, there.entries, gone.deposits) == (1, 0, 0)
    assert [change.entries for change in record.changes if change.size == DOCUMENT] == [1, 1]


def test_a_move_counts_at_the_new_host_from_the_switch_and_at_the_old_one_until_its_receipt() -> None:
    record = learnt(
        *opened(), entry(1), Placed("alpha", Role.LEAVES, day(4)), Placed("beta", Role.KEEPS, day(4)),
        entry(2, 5, holders=("beta", "reference")), Placed("alpha", Role.GONE, day(6)))
    assert byte_days(record, "alpha", 20) == 6 * 1010
    assert byte_days(record, "beta", 20) == 16 * 1010 + 15 * 1010
    records = Counter(dict.fromkeys(HOSTS, 0))
    for change in record.changes:
        records[change.host] += change.records
    assert records == {"alpha": 0, "beta": 1, "reference": 1}


def test_an_entry_that_was_delivered_before_and_is_learnt_after_the_switch_is_at_the_new_host() -> None:
    record = learnt(*opened(), entry(1), Placed("beta", Role.KEEPS, day(4)), Placed("alpha", Role.LEAVES, day(4)),
                    entry(2, 3))
    assert record.held["beta"].size == record.held[WHOLE].size == DOCUMENT.times(2)


def test_an_erased_record_counts_at_each_host_until_its_own_receipt() -> None:
    record = learnt(*opened(), entry(1), Placed("alpha", Role.GONE, day(7)), Placed("reference", Role.GONE, day(9)))
    assert (byte_days(record, "alpha"), byte_days(record, "reference")) == (7 * 1010, 9 * 1010)


def test_a_host_that_is_filled_and_put_back_counts_for_nothing() -> None:
    record = learnt(*opened(), entry(1), Placed("beta", Role.LEAVES, day(2)))
    assert "beta" not in record.held


def test_being_said_twice_that_a_host_keeps_it_or_is_gone_changes_nothing() -> None:
    once, twice = learnt(*opened(), entry(1)), learnt(*opened(), entry(1), *opened(5))
    assert once.changes == twice.changes
    gone = [Placed("alpha", Role.GONE, day(5)), Placed("alpha", Role.GONE, day(9))]
    assert learnt(*opened(), entry(1), *gone).changes == learnt(*opened(), entry(1), gone[0]).changes


def test_what_is_counted_anew_takes_the_place_of_what_was_metered_and_is_not_added_to() -> None:
    counted = Recounted(2, DOCUMENT.times(5), day(3))
    record = learnt(*opened(), entry(1), counted, entry(2, 1), entry(3, 4))
    assert record.held[WHOLE].size == record.held["alpha"].size == DOCUMENT.times(6)
    assert byte_days(record, "alpha", 10) == 3 * 1010 + 7 * 5050 - 0 + 6 * 1010


def test_what_was_counted_before_the_last_entry_came_is_left() -> None:
    record = learnt(*opened(), entry(1), entry(2), Recounted(1, DOCUMENT.times(9), day(3)))
    assert record.held[WHOLE].size == DOCUMENT.times(2)


def test_an_entry_is_its_header_its_sealed_bytes_and_the_bodies_it_names() -> None:
    header = Header(UUID(int=1), UUID(int=2), 1, (BodyName(b"a" * 32, 500), BodyName(b"b" * 32, 70))).encode()
    assert size_of(header, 90) == Size(2, 570, len(header) + 90)


# A naive model: what is where at the end of every day, by looking at each day anew.


@dataclass(frozen=True)
class Said:
    """What happened on a day: a place given or left, or an entry that was committed on another, before."""

    on: int
    what: str
    host: str = ""
    committed: int = 0
    holders: frozenset[str] = frozenset()
    bytes: int = 0
    body: int = 0


@dataclass
class Daily:
    """All that happened, in order; each day is folded from the beginning."""

    said: list[Said] = field(default_factory=list)

    def bytes_at(self, host: str, end: int) -> int:
        kept: set[int] = set()
        stands, is_keeper = 0, False
        for number, each in enumerate(self.said):
            if each.what == "entry":
                holds = host in each.holders
                if is_keeper and (each.committed if holds else each.on) <= end:
                    kept.add(number)
                elif not is_keeper and holds and each.committed <= end < each.on:
                    stands += each.body
            elif each.host == host:
                is_keeper = each.what == "keeps"
                if each.what == "keeps" and each.on <= end:
                    kept = {place for place, before in enumerate(self.said[:number]) if before.what == "entry"}
                elif each.what == "gone" and each.on <= end:
                    kept = set()
        return sum(self.said[place].bytes for place in kept) + stands


@given(some.data())
def test_byte_days_are_those_of_a_model_that_looks_at_every_day(data: some.DataObject) -> None:
    daily = Daily()
    events: list[Event] = []
    keepers, leaving, today, place = {"alpha", "reference"}, set[str](), 0, 0
    for host in sorted(keepers):
        events.append(Placed(host, Role.KEEPS, day(0)))
        daily.said.append(Said(0, "keeps", host))
    for _ in range(data.draw(some.integers(0, 12), "steps")):
        today += data.draw(some.integers(0, 3), "days passing")
        what = data.draw(some.sampled_from(["deposit", "deposit", "change", "move", "release", "erase"]))
        if what in ("deposit", "change"):
            place += 1
            body = data.draw(some.integers(1, 10**9)) if what == "deposit" else 0
            size = Size(int(body > 0), body, data.draw(some.integers(1, 5000)))
            holders = frozenset(data.draw(some.sets(some.sampled_from(HOSTS), min_size=2, max_size=2)))
            holders = holders if body else frozenset()
            late = min(today, data.draw(some.integers(0, 2)))
            events.append(Delivered(place, size, holders, day(today - late), day(today)))
            daily.said.append(Said(today, "entry", "", today - late, holders, size.bytes, body))
        elif what == "move" and len(keepers) == 2:
            [to] = set(HOSTS) - keepers
            old = data.draw(some.sampled_from(sorted(keepers)))
            leaving = (leaving | {old}) - {to}
            keepers = (keepers | {to}) - {old}
            for host, role in ((old, Role.LEAVES), (to, Role.KEEPS)):
                events.append(Placed(host, role, day(today)))
                daily.said.append(Said(today, role.value, host))
        elif what in ("release", "erase"):
            for host in sorted(leaving if what == "release" else leaving | keepers):
                events.append(Placed(host, Role.GONE, day(today)))
                daily.said.append(Said(today, "gone", host))
            leaving, keepers = set(), keepers if what == "release" else set()
    record = learnt(*events)
    assert {change.host for change in record.changes} <= set(HOSTS)
    deltas = by_day(record.changes)
    for host in HOSTS:
        model = [daily.bytes_at(host, number) for number in range(END + 1)]
        held = record.held.get(host)
        assert (held.byte_days(day(END + 1)) if held else 0) == sum(model)
        at_end = 0
        for number in range(END + 1):       # the sums by day, of which months are made, say the same of each day
            at_end += deltas.get((host, day(number)), Change(host, day(number))).size.bytes
            assert at_end == model[number]


@given(some.lists(some.integers(1, 8), min_size=1, max_size=8, unique=True), some.data())
def test_in_however_many_parts_events_are_learnt_the_end_is_the_same(places: list[int], data: some.DataObject) -> None:
    one, events = UUID(int=1), [*opened(), *(entry(place, place) for place in places)]
    cut = data.draw(some.integers(0, len(events)))
    at_once, changes = Batch({}, {one: events}).folded()
    first, some_changes = Batch({}, {one: events[:cut]}).folded()
    then, other_changes = Batch(first, {one: events[cut:]}).folded()
    assert (then, by_day(some_changes + other_changes)) == (at_once, by_day(changes))
