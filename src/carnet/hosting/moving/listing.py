"""The list of a campaign: which records it moves, and to which host each goes.

Made before the first record moves, so that what is done at the end can be compared with it. Made again it adds what is
new, and takes nothing away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from carnet.errors import InvalidInput, Issue
from carnet.hosting.directory import Directory, Host, Placement
from carnet.hosting.moving.campaign import Campaign, Listed, Plan
from carnet.hosting.moving.store import FIRST, MoveStore


async def list_records(campaign: Campaign, moves: MoveStore, directory: Directory) -> tuple[int, bytes]:
    """Put every record that this campaign is about on its list: how many there are now, and the hash of the list."""
    if campaign.kind == "requests":
        await _list_requests(campaign, moves)
    else:
        await _list_placed(campaign, moves, directory)
    return await moves.listed(campaign.id)


async def looked_at(plan: Plan, moves: MoveStore, directory: Directory) -> Counter[tuple[str, str]]:
    """How many records a campaign would move, by part and by the host each would go to. Changes nothing."""
    looked: Counter[tuple[str, str]] = Counter()
    after = FIRST
    if plan.kind == "requests":
        while requests := await moves.asked_for(after=after):
            after = requests[-1].record
            looked.update((each.part, each.to_host) for each in requests)
        return looked
    while (page := await moves.placed_at(plan.from_host, after=after)) and (
        not plan.most or looked.total() < plan.most
    ):
        after = page[-1][0].record
        looked.update(
            (part, destination(placement, part, plan, directory)) for placement, part in page
            if plan.part in ("any", part))
    return looked


def destination(
    placement: Placement, part: str, campaign: Plan | Campaign, directory: Directory, *, full: Collection[str] = (),
) -> str:
    """The host that takes this part of a record over from the one that leaves; empty when there is none.

    The one the campaign names; else one that is able to and is not `full`, spread by record.
    """
    if part == "stand_in" or campaign.to_host:
        return campaign.to_host if part != "stand_in" else ""
    hosts = [host for host in able(placement, part, directory) if host.id not in full]
    fit = [host for host in hosts if host.is_reference == (part == "reference")]
    return next((host.id for host in fit or hosts), "")


def able(placement: Placement, part: str, directory: Directory) -> list[Host]:
    """Active hosts of another company than the other copy's, in an order of the record's own."""
    other = placement.reference if part == "home" else placement.home
    company = directory.standings[other].siren if other in directory.standings else ""
    return [host for host in directory.stand_ins(placement) if directory.standings[host.id].siren != company]


def check(plan: Plan, directory: Directory) -> None:
    """Raise InvalidInput when the hosts of a plan are not what it needs: known, and active where records go."""
    issues = [
        Issue("value", f"there is no host {host}; accepted: {', '.join(directory.hosts)}", name)
        for name, host in (("from", plan.from_host), ("to", plan.to_host)) if host and host not in directory.hosts]
    if plan.to_host in directory.hosts and not directory.is_active(plan.to_host):
        issues.append(Issue("business-rule", f"host {plan.to_host} is not accredited now: it is given no record", "to"))
    elif plan.part == "home" and plan.to_host and _is_of_the_reference(plan.to_host, directory):
        told = f"host {plan.to_host} is of the reference operator, who holds the other copy: they must be two companies"
        issues.append(Issue("business-rule", told, "to"))
    if issues:
        raise InvalidInput(*issues)


def _is_of_the_reference(host: str, directory: Directory) -> bool:
    ours, theirs = (directory.standings.get(each) for each in (host, directory.reference.id))
    is_same_company = ours is not None and theirs is not None and ours.siren == theirs.siren
    return host == directory.reference.id or is_same_company


async def _list_placed(campaign: Campaign, moves: MoveStore, directory: Directory) -> None:
    after, room = FIRST, campaign.most or None
    while page := await moves.placed_at(campaign.from_host, after=after):
        after = page[-1][0].record
        wanted = [
            Listed(placement.record, part, campaign.from_host, destination(placement, part, campaign, directory))
            for placement, part in page if campaign.part in ("any", part)][:room]
        await moves.add(campaign.id, wanted)
        if room is not None:
            room -= len(wanted)
            if room <= 0:
                return


async def _list_requests(campaign: Campaign, moves: MoveStore) -> None:
    after: UUID = FIRST
    while page := await moves.asked_for(after=after):
        after = page[-1].record
        await moves.add(campaign.id, page)
