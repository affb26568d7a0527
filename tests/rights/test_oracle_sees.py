"""The oracle can see: a reason that it never expects, or a rule that it can do without, would prove nothing."""

from __future__ import annotations

from functools import cache

import pytest

from carnet.rights.access import Act
from carnet.rights.decision import decide
from carnet.rights.reasons import Reason
from tests.rights.oracle.acts import ALL_ACTS, ROWS, Row
from tests.rights.oracle.known import Known
from tests.rights.oracle.rules import DOCUMENT_RULES, RULES, RULES_ABOUT_RULES, Oracle
from tests.rights.oracle.situation import Asking, Document, Record
from tests.rights.oracle.spaces import sampled
from tests.rights.oracle.translated import access_of, entry_of, facts_of
from tests.rights.oracle.variants import INVITED, MINOR, REPRESENTATIVE, STANDINGS, STATES

OF_EACH_SPACE = 2_000
MEDECIN_TRAITANT = STANDINGS[4]
EACH_RULE = [*(rule.name for rule in (*RULES, *DOCUMENT_RULES)), *RULES_ABOUT_RULES]

Decided = tuple[Known, Document | None, frozenset[str]]


def _decided(asking: Asking, record: Record, document: Document | None = None) -> Decided:
    decision = decide(access_of(asking), None if document is None else entry_of(document), facts_of(record))
    return Known(asking, record), document, frozenset(decision.against)


@cache
def _decisions() -> list[Decided]:
    return [_decided(*situation) for situation in sampled(OF_EACH_SPACE)]


def test_the_page_and_the_code_know_the_same_acts() -> None:
    assert set(ALL_ACTS) == set(Act)


def test_every_rule_has_its_name() -> None:
    assert len(EACH_RULE) == len(set(EACH_RULE))


def test_every_reason_is_expected_somewhere() -> None:
    oracle = Oracle()
    expected = {reason for known, document, _ in _decisions() for reason in oracle.reasons(known, document)}
    assert set(Reason) - expected == set()


def test_every_act_is_allowed_somewhere() -> None:
    oracle = Oracle()
    cases = [*_decisions(), *(case for act in ALL_ACTS for case in _of_each_party(act))]
    allowed = {known.act for known, document, _ in cases if not oracle.reasons(known, document)}
    assert set(ALL_ACTS) - allowed == {"announce_record"}   # a record that is there is not announced


@pytest.mark.parametrize("rule", EACH_RULE)
def test_an_oracle_without_one_rule_disagrees(rule: str) -> None:
    oracle = Oracle(without=rule)
    assert any(oracle.reasons(known, document) != against for known, document, against in _decisions())


def _of_each_party(act: str) -> list[Decided]:
    """The act by everyone in every state, of a minor's record: by a médecin traitant, as professionals go."""
    return [
        _decided(
            Asking(who, act, choice="feeding"),
            Record(state=state, birth=MINOR, proxies=proxies, said=MEDECIN_TRAITANT))
        for who in ("holder", "application", "relative", "doctor", "software", "officer", "worker")
        for state in STATES for proxies in (REPRESENTATIVE, INVITED)]


def _others(row: Row) -> list[Row]:
    """The same row, less one or more one of the parties or of the states."""
    others = [row._replace(who=row.who.replace(each, "") if each in row.who else row.who + each) for each in "HARPOFS"]
    for state in STATES:
        less = tuple(each for each in row.states if each != state)
        others.append(row._replace(states=less if state in row.states else (*row.states, state)))
    return others


@pytest.mark.parametrize("act", ALL_ACTS)
def test_an_oracle_with_another_row_for_an_act_disagrees(act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    oracle, cases = Oracle(), _of_each_party(act)
    for other in _others(ROWS[act]):
        monkeypatch.setitem(ROWS, act, other)
        assert any(oracle.reasons(known, document) != against for known, document, against in cases), other
