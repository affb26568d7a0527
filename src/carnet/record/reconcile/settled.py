"""Where a record is kept from now on, once it is known how far its chain goes. Pure (rules ALLHOSTS, EVER, TOMB).

Placement versions are the portal's own numbers: the greatest one that a host saw is of the last switch. Whoever holds
something is written down, so that bodies that only a forgotten stand-in has are found, and asked to go one day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carnet.hosting.directory import Placement
from carnet.record.reconcile.found import AtHost, Found

HOME, REFERENCE, STAND_IN, FORMER = "home", "reference", "stand_in", "former"


@dataclass(frozen=True, slots=True)
class Settled:
    """The placement, the part of each host that holds something, who lacks what, and who holds what nobody counts."""

    placement: Placement
    placed: Mapping[str, str]
    lacks: tuple[str, ...]
    released: tuple[str, ...]
    is_moved: bool


def settled(found: Found, place: int, head: bytes, *, reference: str, default_home: str) -> Settled:
    """Where the record is kept when its chain ends at `place` with `head`.

    `default_home` is for a record that no home holds and that the portal does not know.
    """
    row = found.row
    reference = row.placement.reference if row is not None else reference
    home = _home(found, (place, head), reference, default_home)
    is_moved = row is not None and home != row.placement.home
    both = (home, reference)
    # Also beyond what hosts erased that are neither of the two: a tombstone refuses what it should hold as a stand-in.
    versions = [here.least_version for here in found.at.values()]
    if row is not None:
        versions.append(row.placement.version + is_moved)
    placement = Placement(found.record, max(1, *versions), home, reference)
    before = row.placed if row is not None else {}
    parts = dict(before) | {
        host: STAND_IN for host, here in found.at.items()
        if host not in before or (here.holds and before[host] == FORMER)}
    if is_moved and row is not None:
        parts[row.placement.home] = STAND_IN
    parts |= {home: HOME, reference: REFERENCE}
    lacks = tuple(host for host in both if place and not _has_all(found, host, place, head))
    released = tuple(host for host in found.live if host not in both)
    return Settled(placement, parts, lacks, released, is_moved)


def _home(found: Found, end: tuple[int, bytes], reference: str, default_home: str) -> str:
    # A former home may have seen the last version too, as a stand-in: its journal then ends before the new home's.
    others = sorted(
        (host for host in found.live if host != reference),
        key=lambda host: (found.at[host].version, found.at[host].place), reverse=True)
    if found.row is None:
        return others[0] if others else default_home
    known = found.row.placement.home
    if not others:
        return known
    here, first = found.at.get(known, AtHost()), found.at[others[0]]
    is_gone = here.erased_version >= 0 and not here.is_live
    # A host that is only being filled has the next version too: until it holds all, the record stays where it was.
    is_later = (
        first.version > found.row.placement.version and (first.version, first.place) > (here.version, here.place)
        and _has_all(found, others[0], *end))
    return others[0] if is_gone or is_later else known


def _has_all(found: Found, host: str, place: int, head: bytes) -> bool:
    here = found.at.get(host)
    return here is not None and here.is_live and (here.place, here.head) == (place, head) and not here.lacking
