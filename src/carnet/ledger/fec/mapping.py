"""Mappings: which dimensions the lines of an operator's accounts have. Edited as TOML, kept in versions.

A rule names the start of an account, and may name a journal and the start of an auxiliary account; the most precise one
counts. Charges under no rule are no cost of the record, and are told: nothing is guessed. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Said
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.ledger.accounts import COSTS, Kind, kind_of
from carnet.ledger.dimensions import WHOLE, Dimensions, issues_of

UNMAPPED = Dimensions(share_millionths=0, share_reason="Aucune règle de correspondance ne vise ce compte.")
ELSEWHERE = Dimensions(share_millionths=0, share_reason="Écriture sans charge visée par une règle.")
LINK = "181"        # comptes de liaison: between sets of dimensions where an entry has nothing else between them
_COUNTERPARTS = frozenset({Kind.VAT, Kind.THIRD_PARTY, Kind.TREASURY})
_SELECTORS = ("account", "journal", "auxiliary")
_SHARE = "share_percent"
EXAMPLE = """\
# Which dimensions lines have. The most precise rule counts: the longest account, then auxiliary account, then journal.
[all]                               # what every rule says, unless it says something else
payer = ""                          # SIREN
phase = ""

[[rule]]
account = "611"                     # accounts that begin so
# journal = "HA"                    # only in this journal
# auxiliary = "F0012"               # only where the auxiliary account begins so
category = "hosting"
host = ""
share_percent = "100"               # of it that is the record's; below 100, say why
share_reason = ""
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """Lines it is about, and what they are."""

    account: str
    journal: str
    auxiliary: str
    dimensions: Dimensions

    @property
    def precision(self) -> tuple[int, int, int]:
        """The greater one counts."""
        return len(self.account), len(self.auxiliary), len(self.journal)

    def is_about(self, account: str, journal: str, auxiliary: str) -> bool:
        """True for a line that it is about."""
        return (account.startswith(self.account) and auxiliary.startswith(self.auxiliary)
                and self.journal in ("", journal))


@dataclass(frozen=True)
class Mapping:
    """Rules, the most precise first."""

    rules: tuple[Rule, ...] = ()
    _found: dict[tuple[str, str, str], Rule | None] = field(default_factory=dict, compare=False, repr=False)
    _said: dict[tuple[str, str, str], Dimensions | None] = field(default_factory=dict, compare=False, repr=False)

    def rule_of(self, account: str, journal: str, auxiliary: str) -> Rule | None:
        """The rule that counts for such a line."""
        key = account, journal, auxiliary
        if key not in self._found:
            self._found[key] = next((each for each in self.rules if each.is_about(*key)), None)
        return self._found[key]

    def dimensions_of(self, account: str, journal: str, auxiliary: str) -> Dimensions | None:
        """What a charge, an asset, an income is; None for what only stands against them: tax, third parties, treasury.
        """
        key = account, journal, auxiliary
        try:
            return self._said[key]
        except KeyError:
            rule = self.rule_of(*key)
            is_against = kind_of(account) in _COUNTERPARTS
            said = self._said[key] = None if is_against else rule.dimensions if rule else UNMAPPED
            return said

    def is_unmapped(self, account: str, journal: str, auxiliary: str) -> bool:
        """True for a cost that no rule is about, so that somebody must be told."""
        kind = kind_of(account)
        return kind in COSTS and kind not in _COUNTERPARTS and self.rule_of(account, journal, auxiliary) is None

    @cached_property
    def all_dimensions(self) -> frozenset[Dimensions]:
        """Every set that lines may be given."""
        return frozenset({UNMAPPED, ELSEWHERE, *(rule.dimensions for rule in self.rules)})


def mapping_of(text: str) -> Mapping:
    """Read a mapping. Raises InvalidInput with everything that is wrong with it."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(Issue("structure", f"is no TOML: {error}", "mapping")) from error
    every, tables = said.pop("all", {}), said.pop("rule", [])
    issues = [Issue("structure", f"{name!r} is neither [all] nor [[rule]]", "mapping") for name in said]
    shaped = isinstance(every, dict) and isinstance(tables, list) and all(isinstance(each, dict) for each in tables)
    if not shaped:
        raise InvalidInput(*issues, Issue("structure", "[all] is one table, [[rule]] a list of them", "mapping"))
    rules = [rule for place, each in enumerate(tables, 1) for rule in _rule({**every, **each}, f"rule {place}", issues)]
    seen: dict[tuple[str, str, str], int] = {}
    for place, rule in enumerate(rules, 1):
        if (first := seen.setdefault((rule.account, rule.journal, rule.auxiliary), place)) != place:
            issues.append(Issue("duplicate", f"is about the same lines as rule {first}", f"rule {place}"))
    if issues:
        raise InvalidInput(*issues)
    return Mapping(tuple(sorted(rules, key=lambda rule: rule.precision, reverse=True)))


def _rule(said: Said[str, Any], where: str, issues: list[Issue]) -> Iterator[Rule]:
    selectors = {name: said.get(name, "") for name in _SELECTORS}
    if not all(isinstance(each, str) for each in selectors.values()) or not any(selectors.values()):
        issues.append(Issue("required", "names an account, a journal or an auxiliary account, as text", where))
        return
    rest = {name: value for name, value in said.items() if name not in _SELECTORS}
    if _SHARE in rest:
        rest["share_millionths"] = millionths(rest.pop(_SHARE), where, issues)
    unknown = rest.keys() - set(Dimensions.__struct_fields__)
    issues += [Issue("structure", f"{name!r} is no dimension", where) for name in sorted(unknown)]
    rest = {name: value for name, value in rest.items() if name not in unknown and value != ""}
    try:
        dimensions = msgspec.convert(rest, Dimensions)
    except msgspec.ValidationError as error:
        issues.append(Issue("value", str(error), where))
        return
    issues += issues_of(dimensions, where)
    yield Rule(**selectors, dimensions=dimensions)


def millionths(text: object, where: str, issues: list[Issue]) -> int:
    """A share of the record as millionths of the whole; what is wrong with it is added to `issues`."""
    try:
        share = Decimal(str(text).replace(",", ".")) * (WHOLE // 100)
    except InvalidOperation:
        share = Decimal(-1)
    if isinstance(text, float) or not 0 <= share <= WHOLE or share != int(share):
        issues.append(Issue("value", "a share is a text from \"0\" to \"100\", with four decimals at most", where))
        return WHOLE
    return int(share)
