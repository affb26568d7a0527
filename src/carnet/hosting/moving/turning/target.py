"""Targets: what becomes of records that may not be given to the host they were to go to.

A host may stop being active, or fill up, after the list was made. Where the campaign names no host, another one is
chosen as the list chose it. A patient who asked for that very host is told that it cannot be; a new wish is theirs to
make. Where an officer named the host, the record waits, and says why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from carnet.hosting.directory import Directory, Placement
from carnet.hosting.moving.campaign import Campaign, Move
from carnet.hosting.moving.listing import able, destination
from carnet.hosting.moving.store import MoveStore
from carnet.hosting.placement import Against
from carnet.hosting.store import HostingStore

_SAID = {
    Against.UNKNOWN: "there is no such host", Against.NOT_ACTIVE: "it is not active",
    Against.SAME_COMPANY: "it is of the company that holds the other copy", Against.FULL: "it has no room",
}


class Targets:
    """Deals with moves that cannot go where they were to go."""

    def __init__(self, directory: Directory, hosting: HostingStore, moves: MoveStore) -> None:
        self._directory = directory
        self._hosting = hosting
        self._moves = moves

    async def turn(self, campaign: Campaign, moves: Sequence[Move]) -> int:
        """Give these another host, or end them, where theirs may not have them: of how many that is decided now."""
        if not moves:
            return 0
        self._directory.learn(await self._hosting.accreditation.standings())
        full = await self._moves.turning.full()
        against = [(move, why) for move in moves if (why := why_not(move, self._directory, full)) is not None]
        if campaign.kind == "requests":
            refused = [(move.record, why.value, _told(move, why)) for move, why in against]
            await self._moves.turning.refuse(campaign.id, refused)
            return len(refused)
        aimed: dict[UUID, str] = {}
        for move, why in against:
            if not campaign.to_host and (host := _another(move, campaign, self._directory, full)):
                aimed[move.record] = host
            else:
                await self._moves.say_why(campaign.id, [move.record], _told(move, why))
        await self._moves.turning.aim(campaign.id, aimed)
        return len(aimed)


def why_not(move: Move, directory: Directory, full: Collection[str]) -> Against | None:
    """Why the target of this move may not be given the record; None when it may, as far as is known."""
    if move.to_host not in directory.hosts:
        return Against.UNKNOWN
    if not directory.is_active(move.to_host):
        return Against.NOT_ACTIVE
    if move.to_host not in move.both and move.to_host not in {
        host.id for host in able(_placement(move), move.part, directory)
    }:
        return Against.SAME_COMPANY
    return Against.FULL if move.to_host in full else None


def _another(move: Move, campaign: Campaign, directory: Directory, full: Collection[str]) -> str:
    return destination(_placement(move), move.part, campaign, directory, full=full)


def _told(move: Move, why: Against) -> str:
    if not move.to_host:
        return "no other host may be given it now"
    return f"host {move.to_host} may not be given it: {_SAID[why]}"


def _placement(move: Move) -> Placement:
    return Placement(move.record, move.version, *move.both)
