"""What a protocol must say before it is registered, and what an allocation never loses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidInput
from carnet.ledger.category import Category
from carnet.steering.comparison.allocation import allocate
from carnet.steering.comparison.facts import AtHost, Spent
from carnet.steering.comparison.figure import Figure, Verdict
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.protocol import CountedPart, Protocol, read_canonical, read_toml
from carnet.steering.comparison.rules import check
from tests.steering.comparison.desk import PROTOCOL, facts_of

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "comparison.toml"
BEFORE = date(2027, 11, 30)
REAL = read_toml(EXAMPLE.read_bytes())
LEFT, RIGHT = REAL.cohorts


def changed(**fields: object) -> Protocol:
    return msgspec.structs.replace(REAL, **fields)


def other(**fields: object) -> Protocol:
    return changed(cohorts=(msgspec.structs.replace(LEFT, **fields), RIGHT))


def test_the_example_of_the_page_is_accepted_before_its_first_day_and_survives_its_bytes() -> None:
    check(REAL, BEFORE, demonstration=False)
    assert read_canonical(REAL.content) == REAL


@pytest.mark.parametrize(("protocol", "why"), [
    (other(records=499_999), "499999 records; accepted: 500000 to 1000000"),
    (other(records=1_000_001), "1000001 records; accepted"),
    (changed(until=date(2028, 11, 30)), "a year at least"),
    (changed(until=date(2028, 12, 30)), "ends on the last of one"),
    (other(opened_until=date(2028, 1, 1)), "opened before the first day"),
    (other(approach="portal"), "one is of consortia"),
    (other(consortium=""), "names its own"),
    (other(hosts=RIGHT.hosts), "in both cohorts"),
    (other(departements=("99",)), "no département"),
    (other(departements=(*LEFT.departements, "01")), "in no stratum"),
    (changed(costs=REAL.costs[1:]), "governance has no rule"),
    (changed(costs=(*REAL.costs, REAL.costs[0])), "governance has two rules"),
    (changed(strata=(*REAL.strata, msgspec.structs.replace(REAL.strata[0], id="x", departements=("01", "02")))),
     "nothing to compare"),
    (changed(is_demonstration=True), "is no demonstration"),
    (changed(charges=(msgspec.structs.replace(REAL.charges[0], cohort="c"),)), "there is no cohort c"),
])
def test_a_protocol_that_is_not_fair_is_refused_with_its_reason(protocol: Protocol, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        check(protocol, BEFORE, demonstration=False)


def test_a_protocol_is_registered_before_its_first_day() -> None:
    with pytest.raises(InvalidInput, match="before its first day"):
        check(REAL, REAL.from_, demonstration=True)


def test_a_protocol_with_a_word_too_many_is_refused_where_it_stands() -> None:
    with pytest.raises(InvalidInput, match="surprise"):
        read_toml(EXAMPLE.read_bytes().replace(b"[differences]", b"[differences]\nsurprise = 1"))
    with pytest.raises(InvalidInput, match="not the canonical bytes"):
        read_canonical(msgspec.json.format(REAL.content))


PARTS = st.sampled_from(["spent", "committed", "estimated", "in_kind"])
SPENT = st.builds(
    Spent, host=st.sampled_from(["", "demo-est", "demo-sud", "elsewhere"]),
    consortium=st.sampled_from(["", "Santé-Est (inventé)", "another"]), category=st.sampled_from([*Category, None]),
    part=PARTS, cents=st.integers(-10**12, 10**12))
AT_HOSTS = st.builds(
    AtHost, host=st.sampled_from(["demo-est", "demo-sud", "demo-ouest"]), cohort=st.sampled_from(["", "left", "right"]),
    records=st.integers(0, 10**6))


@given(st.lists(SPENT, max_size=12), st.lists(AT_HOSTS, max_size=6))
def test_no_cent_of_the_ledger_appears_or_goes(spent: list[Spent], at_hosts: list[AtHost]) -> None:
    facts = msgspec.structs.replace(facts_of(), spent=tuple(spent), at_hosts=tuple(at_hosts))
    found = allocate(PROTOCOL, facts)
    for category in [*Category, None]:
        parts: list[CountedPart] = ["spent", "committed", "estimated", "in_kind"]
        for part in parts:
            said = sum(each.cents for each in spent if (each.category, each.part) == (category, part))
            assert sum(each.cents for (_, of, which), each in found.items() if (of, which) == (category, part)) == said


def named(figures: list[Figure], measure: str) -> dict[str, Figure]:
    return {each.who: each for each in figures if each.measure == measure}


def test_a_cohort_bears_its_lines_its_share_and_its_charge() -> None:
    """By hand: the shared 1,999,999 cents by 5,507, 4,112 + 1,500 and 900 records; and 1,150,000 are charged."""
    of = named(figures_of(PROTOCOL, facts_of()), "cost.software")
    shared = 1_999_999 * 5_507 / (5_507 + 5_612 + 900)
    assert int(of["left"].numerator) == round(shared) + 1_150_000
    assert of["left"].denominator == "5507"
    hosting = named(figures_of(PROTOCOL, facts_of()), "cost.hosting")
    assert hosting["left"].numerator == "2912340"       # its consortium's
    assert int(hosting["right"].numerator) == 801_507 + round(2_204_181 * 4_112 / 5_012)    # the rest is of no cohort


def test_a_standardised_share_weighs_the_strata_alike_for_both() -> None:
    figures = figures_of(PROTOCOL, facts_of())
    dense, sparse = 4_155 + 4_243, 1_352 + 1_369
    by_hand = (dense * (1_395 + 866 + 802) / 4_155 + sparse * (402 + 185 + 244) / 1_352) / (dense + sparse)
    assert float(named(figures, "fill.with_1")["left"].value) == pytest.approx(by_hand, abs=1e-6)


def test_what_is_called_a_difference_follows_the_protocol() -> None:
    strict = msgspec.structs.replace(PROTOCOL.differences, cents=10_000, points=90.0)
    for differences, verdict in ((PROTOCOL.differences, Verdict.DIFFERENT), (strict, Verdict.TOO_SMALL)):
        figures = figures_of(msgspec.structs.replace(PROTOCOL, differences=differences), facts_of())
        assert {named(figures, each)["difference"].verdict for each in ("cost.total", "fill.with_1")} == {verdict}
    same = facts_of()
    same = msgspec.structs.replace(same, counts=tuple(
        msgspec.structs.replace(each, with_1=each.records // 2 + place % 3) for place, each in enumerate(same.counts)))
    assert named(figures_of(PROTOCOL, same), "fill.with_1")["difference"].verdict is Verdict.NOT_SHOWN
