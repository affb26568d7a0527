"""Who keeps a new record: rules as a table, in their order, each host that is passed over with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from carnet.errors import InvalidIdentifier, InvalidInput, NowhereToPlace
from carnet.hosting.placement import Against, Candidate, Cohort, Hosts, Rule, Wish, place
from carnet.hosting.placing.cohorts import read
from carnet.people.departement import Departement

TODAY = date(2026, 11, 22)
RECORD = UUID(int=7)
NORTH = Cohort(
    "north", "Consortium du Nord", ("beta", "gamma"), frozenset({"59", "62"}), TODAY, TODAY + timedelta(days=30), 10)


def hosts(**changes: Any) -> Hosts:
    names = ("alpha", "beta", "gamma")
    homes = {name: Candidate(name, f"company of {name}", is_active=True, room=10) for name in names}
    reference = Candidate("reference", "company of reference", is_active=True, room=10)
    return replace(Hosts(homes, reference, (NORTH,), ("gamma", "alpha"), TODAY), **changes)


def without(host: str, **changes: Any) -> Hosts:
    """All hosts, of which this one is not as the others."""
    there = hosts()
    return replace(there, homes={**there.homes, host: replace(there.homes[host], **changes)})


@pytest.mark.parametrize(("wish", "home", "by"), [
    (Wish(RECORD, "alpha", "59"), "alpha", Rule.PATIENT),
    (Wish(RECORD, "", "59"), "gamma", Rule.COHORT),         # 7 is odd: the second of the two
    (Wish(UUID(int=8), "", "62"), "beta", Rule.COHORT),
    (Wish(RECORD, "", "75"), "gamma", Rule.DEFAULT),
    (Wish(RECORD), "gamma", Rule.DEFAULT),
])
def test_rules_come_in_their_order(wish: Wish, home: str, by: Rule) -> None:
    placed = place(wish, hosts())
    assert (placed.home, placed.by, placed.reference) == (home, by, "reference")
    assert placed.cohort == ("north" if by is Rule.COHORT else "")
    assert placed.passed_over == ()


def test_without_a_default_records_are_spread_over_all() -> None:
    homes = Counter(place(Wish(uuid4()), hosts(defaults=())).home for _ in range(300))
    assert set(homes) == {"alpha", "beta", "gamma"}
    assert min(homes.values()) > 50


@pytest.mark.parametrize(("changes", "why"), [
    ({"is_active": False}, Against.NOT_ACTIVE),
    ({"room": 0}, Against.FULL),
    ({"siren": "company of reference"}, Against.SAME_COMPANY),
])
def test_a_chosen_host_that_may_not_have_it_is_passed_over_and_the_reason_is_kept(
    changes: dict[str, Any], why: Against,
) -> None:
    placed = place(Wish(RECORD, "alpha", "59"), without("alpha", **changes))
    assert (placed.home, placed.by) == ("gamma", Rule.COHORT)
    assert [(each.rule, each.host, each.why) for each in placed.passed_over] == [(Rule.PATIENT, "alpha", why)]
    assert placed.detail["passed_over"] == [f"patient alpha {why}"]


@pytest.mark.parametrize("chosen", ["reference", "nobody"])
def test_what_is_no_home_host_is_never_one(chosen: str) -> None:
    assert place(Wish(RECORD, chosen), hosts()).home == "gamma"


@pytest.mark.parametrize(("day", "room", "by"), [
    (NORTH.starts_on - timedelta(days=1), 10, Rule.DEFAULT),
    (NORTH.starts_on, 10, Rule.COHORT),
    (NORTH.ends_on, 10, Rule.COHORT),
    (NORTH.ends_on + timedelta(days=1), 10, Rule.DEFAULT),
    (TODAY, 1, Rule.COHORT),
    (TODAY, 0, Rule.DEFAULT),
])
def test_a_cohort_takes_its_own_between_its_days_and_up_to_its_quota(day: date, room: int, by: Rule) -> None:
    placed = place(Wish(RECORD, "", "59"), hosts(today=day, cohorts=(replace(NORTH, room=room),)))
    assert placed.by is by
    if room == 0:
        assert {each.why for each in placed.passed_over} == {Against.COHORT_FULL}


def test_a_full_host_of_a_consortium_leaves_its_records_to_the_other() -> None:
    placed = place(Wish(RECORD, "", "59"), without("gamma", room=0))
    assert (placed.home, placed.by, placed.cohort) == ("beta", Rule.COHORT, "north")


def test_when_all_are_full_nothing_is_placed_and_each_reason_is_said() -> None:
    there = hosts()
    full = replace(there, homes={name: replace(each, room=0) for name, each in there.homes.items()})
    with pytest.raises(NowhereToPlace, match="alpha: full") as error:
        place(Wish(RECORD), full)
    assert error.value.retry_after_seconds > 0


@pytest.mark.parametrize("changes", [{"is_active": False}, {"room": 0}])
def test_nothing_is_placed_without_room_at_the_reference_operator(changes: dict[str, Any]) -> None:
    with pytest.raises(NowhereToPlace, match="reference operator"):
        place(Wish(RECORD), hosts(reference=replace(hosts().reference, **changes)))


@pytest.mark.parametrize(("struct_id", "code"), [
    ("1750803447", "75"), ("1010007987", "01"), ("12A0000154", "2A"), ("12B0000020", "2B"),
    ("1970100228", "971"), ("1970211207", "972"), ("1970302022", "973"), ("1970408589", "974"), ("1976000012", "976"),
    ("19A0100228", "971"), ("19D0000012", "974"),
    ("1990000015", None), ("1200000015", None), ("1960000015", None), ("335600000000018", None), ("2356000000", None),
    ("", None), (None, None),
])
def test_the_departement_of_an_organisation_is_that_of_its_finess(struct_id: str | None, code: str | None) -> None:
    assert Departement.of_organisation(struct_id) == (Departement(code) if code else None)


@pytest.mark.parametrize(("text", "code"), [("59", "59"), (" 1 ", "01"), ("2a", "2A"), ("974", "974"), ("95", "95")])
def test_a_departement_is_read_as_people_write_it(text: str, code: str) -> None:
    assert Departement.parse(text).code == code


@pytest.mark.parametrize("text", ["", "20", "96", "0", "00", "970", "2C", "Nord", "59000", "999"])
def test_what_is_no_departement_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        Departement.parse(text)


COHORTS = """
[[cohorts]]
id = "north"
consortium = "Consortium du Nord"
hosts = ["beta"]
departements = ["59", "62"]
records = 500000
from = 2026-12-01
until = 2027-11-30
[[cohorts]]
id = "islands"
consortium = "Consortium des îles"
hosts = ["alpha", "beta"]
departements = ["2A", "974"]
records = 1000000
from = 2026-12-01
until = 2027-11-30
"""


def test_a_file_of_cohorts_is_read() -> None:
    north, islands = read(COHORTS.encode(), ["alpha", "beta"])
    assert (north.id, north.records, islands.departements) == ("north", 500_000, ("2A", "974"))


@pytest.mark.parametrize(("old", "new", "where"), [
    ("records = 500000", "records = 499999", "cohorts[0] north"),
    ("records = 1000000", "records = 1000001", "cohorts[1] islands"),
    ("until = 2027-11-30", "until = 2026-11-30", "cohorts[0] north"),
    ('"59", "62"', '"59", "620"', "cohorts[0] north"),
    ('"59", "62"', '"59", "2A"', "cohorts[1] islands"),
    ('["beta"]', '["reference"]', "cohorts[0] north"),
    ('id = "islands"', 'id = "north"', "cohorts[1] north"),
    ('id = "islands"', 'id = "The Islands"', "cohorts[1].id"),
    ("consortium", "consortum", "cohorts[0]"),
    ("[[cohorts]]", "[[cohort", "the file"),
])
def test_a_file_of_cohorts_that_is_wrong_is_refused_with_the_place_of_it(old: str, new: str, where: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read(COHORTS.replace(old, new, 1).encode(), ["alpha", "beta"])
    assert {issue.expression for issue in error.value.issues} == {where}
