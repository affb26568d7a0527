"""The plan: how many records were to be opened, activated or fed by which day, and where; and what stands against it.

The file is TOML (docs/adoption.md): a name, and targets. A target without a place is of the whole country. Targets are
never added up: what is planned for a region is what a target of that region says. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.steering.adoption.places import PLACES, REGIONS

MOST_BYTES = 1_000_000
What = Literal["opened", "activated", "fed"]
COLUMN_OF: dict[What, str] = {"opened": "opened", "activated": "activated", "fed": "with_1"}


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many by this day. `fed` records hold a document in force or more."""

    what: What
    by: date
    count: int
    departement: str = ""
    region: str = ""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was planned."""

    name: str
    target: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan as it was loaded."""

    version: int
    plan: Plan
    loaded_by: str
    loaded_on: date


def plan_of(text: str) -> Plan:
    """Read a plan. Raises InvalidInput with every issue."""
    try:
        plan = msgspec.convert(tomllib.loads(text), Plan)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidInput(Issue("value", f"the plan cannot be read: {error}")) from None
    issues = [issue for number, target in enumerate(plan.target, start=1) for issue in _issues(number, target)]
    seen: set[tuple[str, date, str, str]] = set()
    for number, target in enumerate(plan.target, start=1):
        key = target.what, target.by, target.departement, target.region
        if key in seen:
            issues.append(Issue("duplicate", f"target {number}: the same is planned twice", f"target[{number}]"))
        seen.add(key)
    if not plan.target:
        issues.append(Issue("required", "a plan has at least one target", "target"))
    if issues:
        raise InvalidInput(*issues)
    return plan


def _issues(number: int, target: Target) -> Iterator[Issue]:
    where = f"target[{number}]"
    if target.count <= 0:
        yield Issue("value", f"target {number}: a count is above 0", where)
    if target.departement and target.region:
        yield Issue("value", f"target {number}: a département or a region, not both", where)
    if target.departement and target.departement not in PLACES:
        yield Issue("code-invalid", f"target {number}: no département has the code {target.departement!r}", where)
    if target.region and target.region not in REGIONS:
        yield Issue("code-invalid", f"target {number}: no region has the code {target.region!r} (INSEE)", where)


def due(plan: Plan, what: What, day: date, *, departement: str = "", region: str = "") -> Target | None:
    """The target that this day is measured against: the next one, or after all of them, the last. None without any."""
    of_place = sorted(
        (each for each in plan.target if (each.what, each.departement, each.region) == (what, departement, region)),
        key=lambda each: each.by)
    return next((each for each in of_place if each.by >= day), of_place[-1] if of_place else None)


def due_at(plan: Plan, day: date, *, departement: str = "", region: str = "") -> list[Target]:
    """What this day is measured against at this place: a target for each of opened, activated and fed that has one."""
    found = (due(plan, what, day, departement=departement, region=region) for what in COLUMN_OF)
    return [each for each in found if each is not None]
