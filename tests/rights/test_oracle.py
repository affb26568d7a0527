"""`decide` is docs/rights.md: an oracle written from that page agrees with it, case after case, reason for reason.

`make test` compares a sample of each space, `make test-full` every case. How many is said at the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

import pytest

from carnet.rights.about_documents import is_shown_by_default
from carnet.rights.decision import decide, filter_for
from carnet.rights.party import party_of
from tests.rights.oracle.acts import ACTS_ON_DOCUMENTS
from tests.rights.oracle.comparison import Disagreement, compare
from tests.rights.oracle.known import Known
from tests.rights.oracle.rules import is_left_out, is_untold
from tests.rights.oracle.situation import Asking, Document, Record
from tests.rights.oracle.space import Space, every
from tests.rights.oracle.spaces import EVERYTHING, SPACES, sampled
from tests.rights.oracle.translated import access_of, entry_of, facts_of
from tests.rights.oracle.variants import AUTHORS, DEPOSITORS, STATUSES, VISIBILITIES

OF_EACH_SPACE = 14_000
DRAWN = 20_000
ALL_DOCUMENTS = every(
    Document(), visibility=VISIBILITIES, status=STATUSES, depositor=DEPOSITORS, authors=AUTHORS,
    type_code=("18842-5", "11502-2"))

Counting = Callable[[str, object], None]

each_space = pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name.replace(" ", "_"))


def _told(differences: list[Disagreement]) -> str:
    return "\n".join(map(str, differences))


@each_space
def test_the_code_gives_the_reasons_of_the_page(space: Space, record_property: Counting) -> None:
    count, found = compare(space.at(space.some(OF_EACH_SPACE)))
    record_property("decisions compared", count)
    assert not found, _told(found)


def test_the_code_gives_the_reasons_of_the_page_whatever_is_combined(record_property: Counting) -> None:
    count, found = compare(EVERYTHING.draw(DRAWN))
    record_property("decisions compared", count)
    assert not found, _told(found)


def test_the_answer_is_not_found_where_the_page_says_so() -> None:
    for asking, record, document in sampled(2_000):
        decision = decide(access_of(asking), None if document is None else entry_of(document), facts_of(record))
        assert decision.is_untold is is_untold(asking.act, document, frozenset(decision.against))


def test_no_reason_is_given_twice() -> None:
    for asking, record, document in sampled(2_000):
        against = decide(access_of(asking), None if document is None else entry_of(document), facts_of(record)).against
        assert len(against) == len(set(against)), against


def test_a_default_list_leaves_out_what_the_page_says() -> None:
    for asking, record, document in sampled(2_000):
        access, known = access_of(asking), Known(asking, record)
        if document is not None and not known.is_blocked:
            facts, entry = facts_of(record), entry_of(document)
            shown = is_shown_by_default(access, party_of(access.caller, facts), entry, facts)
            assert shown is not is_left_out(known, document)


@pytest.mark.slow
@pytest.mark.parametrize("space", [
    pytest.param(space, id=space.name.replace(" ", "_")) for space in SPACES])
def test_the_code_gives_the_reasons_of_the_page_in_every_case(
    space: Space, record_property: Counting,
) -> None:
    count, found = compare(space.at(range(len(space))))
    record_property("decisions compared", count)
    assert count == len(space)
    assert not found, _told(found)


@pytest.mark.slow
def test_the_code_gives_the_reasons_of_the_page_in_many_cases_whatever_is_combined(
    record_property: Counting,
) -> None:
    count, found = compare(EVERYTHING.draw(EVERYTHING.draws))
    record_property("decisions compared", count)
    assert not found, _told(found)


def _readers() -> Iterator[tuple[Asking, Record]]:
    """Those who list and read, and do one other thing, in situations of every space; then some who may read most."""
    chance = Random("readers")
    for situation in sampled(60):
        for act in ("list", "read", chance.choice(ACTS_ON_DOCUMENTS)):
            yield situation.asking._replace(act=act), situation.record
    for situation in islice(EVERYTHING.draw(2_000), 200):
        yield (situation.asking._replace(act=chance.choice(("list", "read")), mode="normal", is_secret=False),
               situation.record._replace(state="active"))


def test_a_filtered_view_has_the_documents_that_are_decided_one_by_one(record_property: Counting) -> None:
    chance = Random("views")
    entries = [entry_of(document) for document in ALL_DOCUMENTS]
    seen = {True: 0, False: 0}
    for asking, record in _readers():
        access, facts = access_of(asking), facts_of(record)
        allows = filter_for(access, facts)
        for entry in chance.sample(entries, 40):
            allowed = decide(access, entry, facts).allowed
            assert allows(entry) is allowed, (asking, record, entry)
            seen[allowed] += 1
    record_property("decisions compared", sum(seen.values()))
    assert min(seen.values()) > 1_000


@pytest.mark.slow
def test_a_filtered_view_of_all_documents_is_decided_one_by_one(record_property: Counting) -> None:
    entries = [entry_of(document) for document in ALL_DOCUMENTS]
    count = 0
    for asking, record in islice(_readers(), 0, None, 20):
        access, facts = access_of(asking), facts_of(record)
        allows = filter_for(access, facts)
        assert [entry for entry in entries if allows(entry)] == [
            entry for entry in entries if decide(access, entry, facts).allowed], (asking, record)
        count += len(entries)
    record_property("decisions compared", count)
