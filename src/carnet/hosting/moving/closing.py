"""Closing: what a campaign came to, as an exit file, and whether a host that leaves altogether holds anything still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import HostUnavailable
from carnet.hosting.client import HostClient
from carnet.hosting.moving.campaign import Campaign
from carnet.hosting.moving.exit_file import ExitWriter, Head, ReceiptLine, head_counts, told
from carnet.hosting.moving.store import MoveStore

_PAGE = 1000
_MOST_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Signing:
    """In whose name the file is, and when: keys are base64url, the hosts' as settings have them."""

    key: Ed25519PrivateKey
    portal_key: str
    receipt_keys: Mapping[str, str]
    epoch: int
    now: datetime


async def exit_lines(
    campaign: Campaign, moves: MoveStore, signing: Signing, *, held: tuple[UUID, ...] | None = None,
) -> AsyncIterator[bytes]:
    """The lines of the campaign's exit file, as things are now. `held`: what the host that left says it still holds."""
    writer = ExitWriter(campaign.id)
    counts = await moves.counts(campaign.id)
    hosts = await moves.hosts_of(campaign.id)
    yield writer.line(Head(
        campaign=campaign.id, kind=campaign.kind, from_host=campaign.from_host, to_host=campaign.to_host,
        part=campaign.part, epoch=signing.epoch, began=told(campaign.began_at), ended=told(signing.now),
        by=campaign.by, listed=campaign.listed, inventory=campaign.inventory.hex(), counts=head_counts(counts),
        portal_key=signing.portal_key,
        receipt_keys={host: key for host, key in signing.receipt_keys.items() if host in hosts},
        at_host=None if held is None else len(held), unknown=(held or ())[:_MOST_TOLD]))
    numbers: dict[bytes, int] = {}
    async for sha, host, receipt in moves.receipts(campaign.id):
        numbers[sha] = writer.lines + 1
        yield writer.line(ReceiptLine(numbers[sha], host, receipt))
    async for page in moves.lines(campaign.id):
        for line, sha in page:
            yield writer.line(msgspec.structs.replace(line, erased=numbers.get(sha)))
    yield writer.signature(signing.key)


async def still_held(client: HostClient) -> tuple[UUID, ...] | None:
    """The records that a host says it holds, tombstones left out; None when it does not answer."""
    held: list[UUID] = []
    after = ""
    try:
        while True:
            page = await client.inventory(after=after, limit=_PAGE)
            held += [line.record for line in page.records]
            if page.next is None or str(page.next) <= after:
                return tuple(held)
            after = str(page.next)
    except HostUnavailable:
        return None
