"""The oracle and `decide`, side by side, case after case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from carnet.rights.decision import decide
from carnet.rights.facts import Facts
from tests.rights.oracle.known import Known
from tests.rights.oracle.rules import Oracle
from tests.rights.oracle.situation import Asking, Record, Situation
from tests.rights.oracle.translated import access_of, entry_of, facts_of

SHOWN = 5


class Disagreement(NamedTuple):
    """One case where they differ: the reasons that only one of them gives."""

    situation: Situation
    only_the_page: frozenset[str]
    only_the_code: frozenset[str]

    def __str__(self) -> str:
        parts = [part for part in self.situation if part is not None]
        told = "; ".join(f"{name}={value!r}" for part in parts for name, value in part._asdict().items() if (
            value != part._field_defaults.get(name)))
        return f"page only {sorted(self.only_the_page)}, code only {sorted(self.only_the_code)}: {told}"


def disagreements(situations: Iterable[Situation], oracle: Oracle) -> Iterator[Disagreement | None]:
    """For each situation, what they disagree on, or None."""
    asking: Asking | None = None
    record: Record | None = None
    for situation in situations:
        if situation.record is not record:
            record, asking = situation.record, None
            facts: Facts = facts_of(record)
        if situation.asking is not asking:
            asking = situation.asking
            known, access = Known(asking, record), access_of(asking)
            of_the_record = oracle.about_the_record(known)
        document = situation.document
        page = oracle.reasons(known, document, of_the_record)
        code = frozenset[str](decide(access, None if document is None else entry_of(document), facts).against)
        yield None if page == code else Disagreement(situation, frozenset(page - code), frozenset(code - page))


def compare(situations: Iterable[Situation]) -> tuple[int, list[Disagreement]]:
    """How many cases were compared, and the first of those where the page and the code differ, one of each kind."""
    count = 0
    found: dict[tuple[frozenset[str], frozenset[str], str], Disagreement] = {}
    for each in disagreements(situations, Oracle()):
        count += 1
        if each is not None and len(found) < SHOWN:
            found.setdefault((each.only_the_page, each.only_the_code, each.situation.asking.act), each)
    return count, list(found.values())
