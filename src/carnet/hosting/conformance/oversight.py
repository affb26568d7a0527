"""Oversight: what lets others find out that a host does not hold what it says, or gave what nobody asked for."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from carnet.hosting.bulk_wire import Answer, ChallengeAnswer, DailyCounts, ErasedAnswer, WitnessedAnswer
from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import Entry, chain, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import HostUnderTest
from carnet.hosting.conformance.must import must, the_one
from carnet.hosting.conformance.orders import Asked
from carnet.hosting.wire import AppendAnswer, BodiesRead, HeadAnswer, ReceiptAnswer

CHECKS = Subject("oversight")
_CHALLENGE = b"carnet challenge 1"
_DAY_SECONDS = 86_400
# Days long past, and roots that are always the same: the check leaves the same two lines however often it is made, and
# never stands in the way of a root of the portal.
WITNESSED = {day: sha256(f"carnet conformance {day}".encode()).digest() for day in ("1970-01-02", "1970-01-04")}


@CHECKS.proves("BODIES")
async def it_shows_that_it_holds_what_it_holds(host: HostUnderTest) -> None:
    """Challenged on bodies and on entries, it gives the digests that only who reads them now, under this nonce, can."""
    record = host.new_record()
    bodies = [new_body(record, size=5000) for _ in range(3)]
    first = entry_after(record, *bodies)
    entries = _following(first, 4)
    await host.ask(orders.put(*bodies), ReceiptAnswer)
    await host.ask(orders.append(*entries), AppendAnswer)
    asked = [Asked(record, tuple(each.id for each in bodies), 1, 5), Asked(record, (bodies[1].id,), 2, 4)]
    for time in ("first", "second", "third"):
        nonce = os.urandom(32)
        answers = await _challenged(host, nonce, asked)
        wanted = tuple(sha256(_CHALLENGE + nonce + each.sealed).digest() for each in bodies)
        must(answers[0].bodies == wanted and answers[1].bodies == wanted[1:2],
             f"the {time} time it was challenged its digests are not those of the bodies under this nonce")
        must([each.journal for each in answers] == [_of_range(nonce, entries), _of_range(nonce, entries[1:4])],
             f"the {time} time it was challenged its digests are not those of the entries under this nonce")


@CHECKS.proves("BODIES")
async def it_admits_what_it_does_not_hold(host: HostUnderTest) -> None:
    """Challenged on a body it never got, or on entries beyond its end, it says that it does not hold them."""
    record = host.new_record()
    held, absent = new_body(record), new_body(record)
    entry = entry_after(record, held, absent)
    await host.ask(orders.put(held), ReceiptAnswer)
    await host.ask(orders.append(entry), AppendAnswer)
    nonce = os.urandom(32)
    answer = the_one(await _challenged(host, nonce, [Asked(record, (absent.id, held.id), 1, 2)]), "answers to one")
    must(answer.bodies == (None, sha256(_CHALLENGE + nonce + held.sealed).digest()),
         "it gives a digest of a body that it does not hold, or none of one that it does")
    must(answer.journal is None, "it gives a digest of entries that it does not hold")


@CHECKS.proves("Oversight")
async def its_counts_are_right(host: HostUnderTest) -> None:
    """The signed counts of a day grow by exactly what was put, appended, read, exported, challenged and refused."""
    record = host.new_record()
    bodies = [new_body(record, size=1000) for _ in range(3)]
    entry = entry_after(record, *bodies)
    day, before = await signed_counts(host)
    await host.ask(orders.put(*bodies), ReceiptAnswer)
    await host.ask(orders.append(entry), AppendAnswer)
    await host.ask(orders.read(*bodies[:2]), BodiesRead)
    await host.do(orders.export((record, 1, 0)))
    await _challenged(host, os.urandom(32), [Asked(record, (bodies[0].id,))])
    await host.send(orders.read(*bodies), "no token")
    later, after = await signed_counts(host)
    if later != day:        # midnight went by: once more, on the new day
        return await its_counts_are_right(host)
    grown = {
        name: getattr(after, name) - getattr(before, name)
        for name in ("bodies_put", "entries_appended", "bodies_read", "exported", "challenged", "bytes_read")}
    wanted = {
        "bodies_put": 3, "entries_appended": 1, "bodies_read": 6, "exported": 3, "challenged": 1, "bytes_read": 6000}
    wrong = {name: number for name, number in grown.items() if number != wanted[name]}
    must(not wrong, f"its counts grew by {wrong}, and should have grown by { {name: wanted[name] for name in wrong} }")
    must(after.refused > before.refused, "a call that it refused is not in its counts")
    return None


@CHECKS.proves("Oversight")
async def it_keeps_daily_roots_for_ever(host: HostUnderTest) -> None:
    """A daily root is kept and signed for; another one for that day, or for a day before the last, is a conflict."""
    kept = {each.day for each in (await host.ask(orders.witnessed(), WitnessedAnswer)).roots}
    for day, root in WITNESSED.items():
        if day in kept or not kept or max(kept) < day:
            for _ in range(2):
                answer = await host.ask(orders.witness(day, root, 7), ReceiptAnswer)
                items = [list(item) for item in host.receipt(answer.receipt, "witness").items]
                must(items == [[day, root.hex(), 7]], "its receipt does not say the day, the root and the size")
            kept.add(day)
            host.remembered.setdefault("witnessed", []).append(day)
    for day, root in (("1970-01-04", b"\7" * 32), ("1970-01-03", b"\7" * 32), ("1970-01-01", b"\7" * 32)):
        status = (await host.do(orders.witness(day, root, 7))).status
        must(status == 409, f"another root, or one of a day before the last, was answered {status}, not 409")
    status = (await host.do(orders.witness(_day(host, ahead=3), b"\7" * 32, 7))).status
    must(status == 400, f"a root of a day to come was answered {status}, not 400")
    roots = {each.day: each.root for each in (await host.ask(orders.witnessed(), WitnessedAnswer)).roots}
    lost = [day for day in WITNESSED if day in kept and roots.get(day) != WITNESSED[day].hex()]
    must(not lost, f"it does not give the root that it signed for {', '.join(lost)}")


@CHECKS.proves("Oversight")
async def a_day_has_its_ceiling(host: HostUnderTest) -> None:
    """More erasures than its daily ceiling are refused whole with 403, unless an officer signed for as many, once."""
    records = host.new_records(host.ceiling + 1)
    await host.ask(orders.append(*chain(records[0], 2)), AppendAnswer)
    order = [(record, 1) for record in records]
    officer = host.signer.approval
    wrong = {
        "without an approval": None,
        "with an approval for fewer": officer(host.ceiling),
        "with an approval for another host": officer(len(records), aud="another-host"),
        "with an approval that ended": officer(len(records), exp=int(host.signer.now()) - 60),
        "with an approval that ends in 41 days": officer(
            len(records), exp=int(host.signer.now()) + 41 * _DAY_SECONDS),
        "with an approval that the portal signed": _by_portal(host, len(records)),
    }
    for words, approval in wrong.items():
        answer = await host.do(orders.erase_all(order, approval))
        must(answer.status in (401, 403), f"{len(records)} erasures in one order {words} were answered {answer.told}")
        if approval is None:
            must(answer.told == "403 (ceiling)", f"beyond its ceiling it answered {answer.told}, not 403 (ceiling)")
    head = await host.ask(orders.head(records[0]), HeadAnswer)
    must(head.place == 2, "of an order that it refused for its ceiling, it erased a record")
    approval = officer(len(records))
    answer = await host.do(orders.erase_all(order, approval))
    must(len(answer.of(ErasedAnswer).items) == len(records), "with an officer's approval it did not erase them all")
    status = (await host.do(orders.erase_all([(host.new_record(), 1)], approval))).status
    must(status == 403, f"one erasure more than an officer approved was answered {status}, not 403")


def _by_portal(host: HostUnderTest, most: int) -> str:
    keys = host.signer.keys
    return replace(host.signer, keys=replace(keys, officer=keys.portal)).approval(most)


async def _challenged(host: HostUnderTest, nonce: bytes, asked: list[Asked]) -> tuple[Answer, ...]:
    answer = await host.ask(orders.challenge(nonce, asked), ChallengeAnswer)
    must(len(answer.answers) == len(asked), "it answers other questions than those asked")
    said = [list(item) for item in host.receipt(answer.receipt, "challenge").items]
    wanted = [[str(question.record), each.journal.hex() if each.journal else ""]
              for question, each in zip(asked, answer.answers, strict=True)]
    must(said == wanted, "its receipt of a challenge does not say what it answered")
    return answer.answers


async def signed_counts(host: HostUnderTest, day: str = "") -> tuple[str, DailyCounts]:
    """The counts of a day, else of today, whose receipt says the same; and the day."""
    day = day or _day(host)
    counts = await host.ask(orders.counts(day), DailyCounts)
    said = [list(item) for item in host.receipt(counts.receipt, "counts").items]
    wanted = [counts.day, counts.bodies_read, counts.bytes_read, counts.bodies_put, counts.entries_appended,
              counts.refused, counts.exported, counts.challenged]
    must(said == [wanted] and counts.day == day, "the receipt of its counts does not say the same as its answer")
    return day, counts


def _day(host: HostUnderTest, *, ahead: int = 0) -> str:
    return datetime.fromtimestamp(host.signer.now() + ahead * _DAY_SECONDS, UTC).date().isoformat()


def _of_range(nonce: bytes, entries: list[Entry]) -> bytes:
    return sha256(_CHALLENGE + nonce + b"".join(each.header + each.sealed for each in entries)).digest()


def _following(first: Entry, number: int) -> list[Entry]:
    entries = [first]
    for _ in range(number):
        entries.append(entry_after(entries[-1]))
    return entries
