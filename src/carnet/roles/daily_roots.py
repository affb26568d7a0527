"""Daily roots from the command line: print the one of a day, and verify it against what the portal keeps and kept.

May import: the root, hosting, and `settings`, `wiring`, `audit_log`, `overseeing` of this room.
"""

from __future__ import annotations

from datetime import date

from carnet.errors import HostUnavailable, IntegrityError, NotFound
from carnet.hosting.client import HostClient
from carnet.hosting.tokens import verify_receipt
from carnet.record.daily_root import DailyRoot
from carnet.record.stores import Stores
from carnet.roles.audit_log import audit_key
from carnet.roles.overseeing import tree_on
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of


async def root_note(settings: Settings, day: date) -> str:
    """The root of this day as a signed note. Raises NotFound when there is none."""
    async with stores_of(settings) as (stores, _):
        return (await _root_of(stores, day)).note(audit_key(settings).public_key())


async def verify_root(settings: Settings, day: date | None, kept_note: str, *, asks: bool) -> int:
    """Compute the root of a day again, and compare it with what was signed, witnessed, and kept outside (`kept_note`).

    With `asks` the reference operator says what it keeps. Prints what was found; 1 if anything is not as it was.
    Raises InvalidInput for a note that is none, NotFound for a day without root.
    """
    kept = DailyRoot.parse(kept_note) if kept_note else None
    day = kept.day if kept is not None and day is None else day
    if day is None:
        raise NotFound("which day? Give one, or a note that was kept")
    async with stores_of(settings) as (stores, _):
        root = await _root_of(stores, day)
        reference = stores.copies.clients[stores.copies.directory.reference.id]
        faults = [
            *await _computed_again(stores, root), *_signed(root, settings), *_witnessed(root, reference),
            *(_as_kept(root, kept) if kept is not None else []), *(await _as_told(root, reference) if asks else []),
        ]
    for fault in faults:
        print(fault)
    verdict = "NOT sound" if faults else "sound"
    print(f"{verdict}: {day.isoformat()}, {root.size} words of hosts, root {root.root.hex()}")
    return 1 if faults else 0


async def _root_of(stores: Stores, day: date) -> DailyRoot:
    kept = await stores.hosting.roots.root_of(day)
    if kept is None:
        raise NotFound(f"there is no root of {day.isoformat()}: a worker makes it when the day is over")
    return DailyRoot(kept.day, kept.size, kept.root, kept.signature, kept.witness or "")


async def _computed_again(stores: Stores, root: DailyRoot) -> list[str]:
    tree = await tree_on(stores.hosting.roots, root.day)
    if (tree.size, tree.root) == (root.size, root.root):
        return []
    return [f"the receipts that are kept now ({tree.size}) do not lead to the root that was signed ({root.size})"]


def _signed(root: DailyRoot, settings: Settings) -> list[str]:
    return [] if root.is_signed_by(audit_key(settings).public_key()) else ["the audit key did not sign this root"]


def _witnessed(root: DailyRoot, reference: HostClient) -> list[str]:
    if not root.witness:
        return ["the reference operator did not sign this root"]
    try:
        said = verify_receipt(root.witness, reference.host.id, reference.host.receipt_key)
    except IntegrityError as error:
        return [str(error)]
    right = said.method == "witness" and said.items == [[root.day.isoformat(), root.root.hex(), root.size]]
    return [] if right else ["the reference operator signed another root"]


def _as_kept(root: DailyRoot, kept: DailyRoot) -> list[str]:
    if (kept.day, kept.size, kept.root) == (root.day, root.size, root.root):
        return []
    return [f"the root that was kept is another one: {kept.root.hex()} over {kept.size}"]


async def _as_told(root: DailyRoot, reference: HostClient) -> list[str]:
    try:
        told = await reference.witnessed(date.fromordinal(root.day.toordinal() - 1).isoformat())
    except HostUnavailable as error:
        return [f"the reference operator cannot be asked: {error}"]
    found = [each for each in told if each.day == root.day.isoformat()]
    if not found:
        return ["the reference operator keeps no root of that day"]
    return [] if found[0].root == root.root.hex() else [f"the reference operator keeps another root: {found[0].root}"]
