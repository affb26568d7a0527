"""Refusal: a host does what the portal's token orders for it, here, now, and nothing else.

One check for each way in which a token does not hold; each tries it on every call of the host, and then looks whether
anything was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import ENDED, Body, Entry, entry_after, new_body
from carnet.hosting.conformance.check import Check, Subject
from carnet.hosting.conformance.client import HostUnderTest
from carnet.hosting.conformance.must import must
from carnet.hosting.conformance.orders import Asked, Order
from carnet.hosting.conformance.tokens import WRONG
from carnet.hosting.wire import AppendAnswer, BodiesRead, HeadAnswer, ReceiptAnswer

CHECKS = Subject("refusal")
PAST_DAY = "1970-01-09"     # a day whose counts and root mean nothing to anybody


@dataclass(frozen=True, slots=True)
class _Sample:
    """A record on which every call would do or give something."""

    record: UUID
    entry: Entry
    named: Body
    ended: Body

    @property
    def orders(self) -> list[Order]:
        following, added = entry_after(self.entry), new_body(self.record)
        asked = Asked(self.record, (self.named.id,))
        return [
            orders.put(added), orders.append(following), orders.read(self.named), orders.head(self.record),
            orders.journal(self.record), orders.inventory(limit=1), orders.unnamed(ENDED + 1),
            orders.collect(self.record, self.entry.head, ENDED), orders.erase(self.record, 1),
            orders.export((self.record, 1, 0)), orders.fill([following], [added]),
            orders.erase_all([(self.record, 1)]), orders.challenge(b"\1" * 32, [asked]), orders.counts(PAST_DAY),
            orders.witness(PAST_DAY, b"\2" * 32, 1), orders.witnessed(),
        ]


async def _sample(host: HostUnderTest) -> _Sample:
    """The one that is there, as long as nothing was done to it."""
    if found := host.remembered.get("sample"):
        return found    # type: ignore[no-any-return]
    record = host.new_record()
    named, ended = new_body(record, ticket_end=ENDED), new_body(record, ticket_end=ENDED)
    entry = entry_after(record, named)
    await host.ask(orders.put(named, ended), ReceiptAnswer)
    await host.ask(orders.append(entry), AppendAnswer)
    host.remembered["sample"] = _Sample(record, entry, named, ended)
    return _Sample(record, entry, named, ended)


async def _refuses(kind: str, host: HostUnderTest) -> None:
    _, words, make = WRONG[kind]
    sample = await _sample(host)
    wrong = []
    for order in sample.orders:
        token = make(host.signer, order)
        if not token and kind != "no-token":
            continue
        answer = await host.send(order, token)
        if answer.status != 401:
            wrong.append(f"{answer.name} {answer.told}")
    try:
        some = ", ".join(wrong[:4]) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
        must(not wrong, f"an order {words} was not refused with 401: {some}")
        await _is_untouched(host, sample, words)
    finally:
        if wrong:
            host.remembered.pop("sample")


async def _is_untouched(host: HostUnderTest, sample: _Sample, words: str) -> None:
    head = await host.ask(orders.head(sample.record), HeadAnswer)
    must((head.place, head.head, head.bodies) == (1, sample.entry.head.hex(), 2),
         f"it answered 401 to orders {words}, and did something of what they said")
    given = await host.ask(orders.read(sample.named, sample.ended), BodiesRead)
    must(given.bodies == (sample.named.sealed, sample.ended.sealed), f"orders {words} changed what it gives")


for kind, (rule, words, _) in WRONG.items():
    CHECKS.add(Check(
        f"refuses-a-token-{kind}", "refusal", rule, f"Every call refuses an order {words} with 401, and does nothing.",
        partial(_refuses, kind)))


@CHECKS.proves("EPOCH")
async def the_epoch_is_said(host: HostUnderTest) -> None:
    """The host says the greatest epoch of the portal that it saw in a token that holds."""
    await host.do(orders.head(host.new_record()))
    status = (await host.call("GET", "/v1/status")).of(dict)
    must(status.get("epoch") == host.signer.epoch,
         f"after orders of epoch {host.signer.epoch} it says {status.get('epoch')!r}")


@CHECKS.proves("Orders and receipts")
async def a_token_of_its_last_seconds_holds(host: HostUnderTest) -> None:
    """A token that ends in two seconds still holds: clocks differ a little, and calls take time."""
    order = orders.head(host.new_record())
    claims = host.signer.claims(order, exp=int(host.signer.now()) + 2)
    answer = await host.send(order, host.signer.signed(claims, order))
    must(answer.status == 200, f"a token that ends in two seconds was answered {answer.told}")
