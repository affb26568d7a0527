"""Order: each entry after the head it was decided on, once, whoever sends it and however often."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec

from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import Entry, chain, entry_after
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import Answer, HostUnderTest
from carnet.hosting.conformance.must import must, the_one
from carnet.hosting.wire import AppendAnswer, HeadAnswer, JournalPage
from carnet.journal.chain import genesis

CHECKS = Subject("order")


@CHECKS.proves("CAS")
async def an_entry_out_of_its_turn_is_a_conflict(host: HostUnderTest) -> None:
    """An entry that does not follow the host's head is not appended; the answer says the host's own place and head."""
    record = host.new_record()
    first, second, third = chain(record, 3)
    await _refused_as_conflict(host, second, 0, genesis(record))
    await _appended(host, first)
    await _refused_as_conflict(host, third, 1, first.head)
    await _refused_as_conflict(host, replace(second, place=3), 1, first.head)
    await _refused_as_conflict(host, replace(second, previous=genesis(record)), 1, first.head)
    await _is(host, first)


@CHECKS.proves("CAS")
async def nothing_is_overwritten(host: HostUnderTest) -> None:
    """Another entry at a place that is taken is a conflict, and what was there stays."""
    record = host.new_record()
    first, second = chain(record, 2)
    await _appended(host, first, second)
    await _refused_as_conflict(host, entry_after(record), 2, second.head)
    await _refused_as_conflict(host, entry_after(first), 2, second.head)
    await _is(host, first, second)


@CHECKS.proves("CAS")
async def an_entry_twice_is_stored_once(host: HostUnderTest) -> None:
    """An entry that is there already, sent again in any call, is answered `already`, and is there once."""
    record = host.new_record()
    entries = chain(record, 3)
    await _appended(host, *entries)
    for again in (entries[:1], entries, entries[1:], [entries[2], entries[2]]):
        answer = await host.ask(orders.append(*again), AppendAnswer)
        said = [result.status for result in answer.results]
        must(said == ["already"] * len(again), f"entries that were there already were answered {', '.join(said)}")
        must(all((each.place, each.head) == (3, entries[2].head) for each in answer.results),
             "with `already` it does not say its own place and head")
    await _is(host, *entries)


@CHECKS.proves("CAS")
async def entries_of_a_call_are_judged_one_by_one(host: HostUnderTest) -> None:
    """In one call, what follows is appended and what does not is a conflict, record by record and in order."""
    left, right = host.new_record(), host.new_record()
    first, second, third = chain(left, 3)
    alone, skipped = chain(right, 3)[0], chain(right, 3)[2]
    answer = await host.ask(orders.append(first, alone, third, second, skipped, third), AppendAnswer)
    said = [result.status for result in answer.results]
    wanted = ["appended", "appended", "conflict", "appended", "conflict", "appended"]
    must(said == wanted, f"it answered {', '.join(said)}, and should have answered {', '.join(wanted)}")
    await _is(host, first, second, third)
    await _is(host, alone)


@CHECKS.proves("CAS")
async def of_two_at_once_one_is_appended(host: HostUnderTest) -> None:
    """Of different entries sent at once for the same place, one is appended, and the others are conflicts."""
    for _ in range(4):
        record = host.new_record()
        rivals = [entry_after(record) for _ in range(6)]
        answers = await asyncio.gather(*(host.do(orders.append(each)) for each in rivals))
        won = [each for each, answer in zip(rivals, answers, strict=True) if _statuses(answer) == ["appended"]]
        must(len(won) == 1, f"of six entries at once for the first place, {len(won)} were answered `appended`")
        others = [_statuses(answer) for answer in answers if _statuses(answer) != ["appended"]]
        must(all(each in (["conflict"], ["unavailable"]) for each in others), f"the others were answered {others}")
        await _is(host, won[0])


@CHECKS.proves("CAS")
async def the_same_at_once_is_stored_once(host: HostUnderTest) -> None:
    """The same entries, sent several times at once, are there once."""
    record = host.new_record()
    entries = chain(record, 3)
    answers = await asyncio.gather(*(host.do(orders.append(*entries)) for _ in range(6)))
    for said in map(_statuses, answers):
        wanted = (["appended"] * 3, ["already"] * 3, ["unavailable"])
        must(said in wanted, f"one of six equal calls at once was answered {said}")
    await _is(host, *entries)


@CHECKS.proves("HEAD")
async def a_journal_keeps_its_order(host: HostUnderTest) -> None:
    """Entries of a long journal are given in the order in which they were appended, from any place on."""
    record = host.new_record()
    entries = chain(record, 120)
    for start in range(0, 120, 40):
        await _appended(host, *entries[start:start + 40])
    for after in (0, 1, 59, 118):
        page = await host.ask(orders.journal(record, after=after), JournalPage)
        places = [each.place for each in page.entries]
        must(places == list(range(after + 1, 121)), f"after place {after} it gives other places than follow")
        same = [(each.header, each.sealed) for each in page.entries] == [
            (each.header, each.sealed) for each in entries[after:]]
        must(same, f"after place {after} it gives other entries than were appended, or in another order")


@CHECKS.proves("HEAD")
async def beyond_its_end_there_is_nothing(host: HostUnderTest) -> None:
    """A journal asked from beyond the end of the copy is refused with 404; at its end it is empty."""
    record = host.new_record()
    [first] = chain(record, 1)
    await _appended(host, first)
    page = await host.ask(orders.journal(record, after=1), JournalPage)
    must((page.entries, page.place, page.head) == ((), 1, first.head), "at the end of its copy it gives something else")
    answer = await host.do(orders.journal(record, after=2))
    must(answer.status == 404, f"asked from beyond the end of its copy it answered {answer.told}, not 404")
    never = host.new_record()
    head = await host.ask(orders.head(never), HeadAnswer)
    must((head.place, head.head) == (0, genesis(never).hex()), "a record it never saw is not at place 0 and head(0)")


async def _appended(host: HostUnderTest, *entries: Entry) -> None:
    answer = await host.ask(orders.append(*entries), AppendAnswer)
    said = [result.status for result in answer.results]
    must(said == ["appended"] * len(entries), f"entries that follow its head were answered {', '.join(said)}")
    last = answer.results[-1]
    must((last.place, last.head) == (entries[-1].place, entries[-1].head), "its head after an append is another one")


async def _refused_as_conflict(host: HostUnderTest, entry: Entry, place: int, head: bytes) -> None:
    answer = await host.do(orders.append(entry))
    said = _statuses(answer)
    must(said == ["conflict"], f"an entry for place {entry.place}, that does not follow its head, was answered {said}")
    must(answer.status == 409, f"the only entry of a call is in conflict, and the answer is {answer.status}, not 409")
    result = the_one(answer.read_as(AppendAnswer).results, "results for one entry")
    must((result.place, result.head) == (place, head), "with a conflict it does not say its own place and head")


async def _is(host: HostUnderTest, *entries: Entry) -> None:
    """The host's copy is these entries and nothing else."""
    page = await host.ask(orders.journal(entries[0].record), JournalPage)
    given = [(each.place, each.header, each.sealed) for each in page.entries]
    must(given == [(each.place, each.header, each.sealed) for each in entries],
         "its journal is not what was appended and nothing else")
    head = await host.ask(orders.head(entries[0].record), HeadAnswer)
    must((head.place, head.head) == (len(entries), entries[-1].head.hex()), "its head is not the hash of its journal")


def _statuses(answer: Answer) -> list[str]:
    """What became of each entry; of the whole call, when it was refused."""
    if answer.status == 503:
        return ["unavailable"]
    try:
        return [each.status for each in msgspec.msgpack.decode(answer.raw, type=AppendAnswer).results]
    except msgspec.MsgspecError:
        return [answer.told]
