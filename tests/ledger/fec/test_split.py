"""An entry of several sets of dimensions balances within each, and its lines stay what the file says."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidInput
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.fec.mapping import EXAMPLE, Mapping, mapping_of
from carnet.ledger.fec.split import split

SETS = [Dimensions(host=name) for name in ("alpha", "beta", "gamma")]
CENTS = st.integers(-10**9, 10**9)
_line = st.tuples(CENTS, st.sampled_from([None, *SETS]))


@given(st.lists(_line, min_size=1, max_size=12), st.sampled_from([None, *SETS]))
def test_every_set_balances_and_parts_sum_to_their_line(
        lines: list[tuple[int, Dimensions | None]], last: Dimensions | None) -> None:
    lines.append((-sum(cents for cents, _ in lines), last))
    if not any(said for _, said in lines):
        lines.append((0, SETS[0]))
    cents, said = [each[0] for each in lines], [each[1] for each in lines]
    parts = split(cents, said)
    assert [sum(part for _, part in own) for own in parts.lines] == cents
    sums: Counter[Dimensions] = Counter()
    for dimensions, part in [each for own in (*parts.lines, parts.link) for each in own]:
        sums[dimensions] += part
    assert not any(sums.values())
    assert sum(part for _, part in parts.link) == 0
    assert all(
        {dimensions for dimensions, _ in own} == {each} for own, each in zip(parts.lines, said, strict=True) if each)


def test_tax_is_shared_by_the_charges_and_a_link_stands_where_nothing_else_does() -> None:
    alpha, beta, _ = SETS
    parts = split([10_000, 5_001, 3_000, -18_001], [alpha, beta, None, None])
    assert parts.lines[2:] == [[(alpha, 2_000), (beta, 1_000)], [(alpha, -12_000), (beta, -6_001)]]
    moved = split([100, -100], [alpha, beta])
    assert (moved.lines, moved.link) == ([[(alpha, 100)], [(beta, -100)]], [(alpha, -100), (beta, 100)])


RULES = mapping_of("""
[all]
phase = "pilote"
[[rule]]
account = "6"
category = "hosting"
[[rule]]
account = "611"
host = "alpha"
[[rule]]
account = "611"
journal = "HA"
host = "beta"
[[rule]]
account = "6"
auxiliary = "F1"
host = "gamma"
share_percent = "12,5"
share_reason = "un huitième"
""")


@pytest.mark.parametrize(("line", "host", "share"), [
    (("613", "OD", ""), "", 1_000_000), (("6110", "OD", ""), "alpha", 1_000_000),
    (("611", "HA", ""), "beta", 1_000_000),
    (("625", "HA", "F12"), "gamma", 125_000)])
def test_the_most_precise_rule_counts(line: tuple[str, str, str], host: str, share: int) -> None:
    found = RULES.dimensions_of(*line)
    assert found is not None
    assert (found.host, found.share_millionths, found.phase) == (host, share, "pilote")


def test_what_no_rule_is_about_is_told_and_not_guessed() -> None:
    accounts = ("611", "2051", "401", "512", "44566", "701", "6811")
    told = [Mapping().is_unmapped(account, "HA", "") for account in accounts]
    assert told == [True, True, False, False, False, False, False]


@pytest.mark.parametrize(("text", "words"), [
    ("x = ", "mapping: is no TOML"), ("x = 1", "'x' is neither"), ("rule = 1", "a list of them"),
    ("[[rule]]\nhost = 'a'", "rule 1: names an account"), ("[[rule]]\naccount = 6", "rule 1: names an account"),
    ("[[rule]]\naccount = '6'\nhosts = 'a'", "rule 1: 'hosts' is no dimension"),
    ("[[rule]]\naccount = '6'\ncategory = 'x'", "rule 1: Invalid enum value"),
    ("[[rule]]\naccount = '6'\nshare_percent = '50'", "rule 1.share_reason: a share of the record"),
    ("[[rule]]\naccount = '6'\nshare_percent = 50.5\nshare_reason = 'x'", "rule 1: a share is a text"),
    ("[[rule]]\naccount = '6'\nshare_percent = '101'\nshare_reason = 'x'", "rule 1: a share is a text"),
    ("[[rule]]\naccount = '6'\npayer = '123456789'", "rule 1.payer: '123456789' is no SIREN"),
    ("[[rule]]\naccount = '6'\n[[rule]]\naccount = '6'", "rule 2: is about the same lines as rule 1"),
])
def test_a_mapping_that_is_wrong_says_where(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mapping_of(text)
    assert words in str(refused.value)


def test_the_example_is_a_mapping() -> None:
    assert [rule.account for rule in mapping_of(EXAMPLE).rules] == ["611"]
