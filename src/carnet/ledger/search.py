"""Looking for entries: what an accountant remembers of one, and the statement that finds it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carnet.ledger.category import Category

NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Search:
    """What entries of these books must have. `text` stands in the number of their document or in their label;
    `cents` is on one of their lines. The newest first; `before` is the place in the chain after which they come.
    """

    books: str
    text: str = ""
    contract: str = ""
    beneficiary: str = ""
    category: Category | None = None
    since: date = date.min
    until: date = date.max
    cents: int | None = None
    before: int = NEWEST


def statement(search: Search) -> tuple[str, list[object]]:
    """The statement and its values; one more, last, says how many."""
    values: list[object] = [search.books, search.before, search.since, search.until]
    filters = []
    if search.text:
        values.append(search.text.casefold())
        filters.append(f"position(${len(values)} in lower(e.piece || ' ' || e.label)) > 0")
    said = {"contract": search.contract, "beneficiary": search.beneficiary,
            "category": search.category.value if search.category else ""}
    lines = []
    for name, value in said.items():
        if value:
            values.append(value)
            lines.append(f"d.{name} = ${len(values)}")
    if search.cents is not None:
        values.append(abs(search.cents))
        lines.append(f"${len(values)} in (abs(l.debit_cents), abs(l.credit_cents))")
    if lines:
        filters.append(
            "exists (select from ledger_line l join ledger_dimensions d using (dimensions_id)"
            f" where l.books = e.books and l.place = e.place and {' and '.join(lines)})")
    return (
        "select * from ledger_entry e where e.books = $1 and e.place < $2 and e.dated between $3 and $4"  # noqa: S608
        f"{''.join(f' and {each}' for each in filters)} order by e.place desc limit ${len(values) + 1}"), values
