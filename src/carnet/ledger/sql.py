"""SQL of the ledger: what `store.py` sends."""

from __future__ import annotations

from collections.abc import Iterable

from carnet.ledger.dimensions import AXES

BOOKS = "select books, name, siren, entries, head, closed_through from ledger_books"
OPEN_BOOKS = """
insert into ledger_books (books, name, siren, head) values ($1, $2, $3, $4)
on conflict (books) do nothing returning true
"""
LOCK = BOOKS + " where books = $1 for update"
MOVE = "update ledger_books set entries = $2, head = $3 where books = $1"

DIMENSIONS = (*AXES, "share_reason")
KNOWN_DIMENSIONS = "select dimensions_id, digest from ledger_dimensions where digest = any($1::bytea[])"
KEEP_DIMENSIONS = (
    f"insert into ledger_dimensions (digest, {', '.join(DIMENSIONS)})"  # noqa: S608  our own names
    f" values ({', '.join(f'${place}' for place in range(1, len(DIMENSIONS) + 2))})"
    " on conflict (digest) do nothing returning dimensions_id")

ENTRY_COLUMNS = (
    "books", "place", "entry_id", "journal", "journal_label", "number", "fiscal_year", "dated", "label", "piece",
    "piece_on", "valid_on", "committed_on", "invoiced_on", "paid_on", "accrued_on", "proof", "reverses", "settles",
    "entered_by", "batch", "salt", "head")
LINE_COLUMNS = (
    "books", "place", "line", "dated", "dimensions_id", "share_millionths", "account", "debit_cents", "credit_cents",
    "label", "account_label", "auxiliary", "auxiliary_label", "lettering", "lettered_on", "currency",
    "currency_amount", "source_line", "piece", "piece_on")

_ENTRY = "select * from ledger_entry"
ENTRY = f"{_ENTRY} where entry_id = $1"
_NOT_TAKEN_BACK = "not exists (select from ledger_entry r where r.reverses = e.entry_id)"
SETTLING = f"{_ENTRY} e where settles = $1 and {_NOT_TAKEN_BACK}"
REVERSAL = f"{_ENTRY} where reverses = $1"
ENTRIES = f"{_ENTRY} where books = $1 and place > $2 order by place limit $3"
LINES = (
    f"select l.*, {', '.join(f'd.{name}' for name in DIMENSIONS if name != 'share_millionths')}"  # noqa: S608  ours
    " from ledger_line l join ledger_dimensions d using (dimensions_id)")
LINES_AT = f"{LINES} where l.books = $1 and l.place = any($2::bigint[]) order by l.place, l.line"

CLOSE = """
with sums as (select coalesce(sum(debit_cents), 0) as debit, coalesce(sum(credit_cents), 0) as credit
  from ledger_sum where books = $1 and month <= $2),
closed as (update ledger_books set closed_through = $3 where books = $1 and closed_through < $3 returning entries, head)
insert into ledger_period (books, month, entries, head, debit_cents, credit_cents, closed_by)
select $1, $2, entries, head, debit, credit, $4 from closed, sums
returning books, month, entries, head, debit_cents, credit_cents, closed_by, signature
"""
PERIODS = """
select books, month, entries, head, debit_cents, credit_cents, closed_by, signature from ledger_period
"""
SIGN = "update ledger_period set signature = $3 where books = $1 and month = $2 and signature is null"

OF_SUMS = {
    "books": "s.books", "month": "s.month", "year": "extract(year from s.month)::int", "account": "s.account",
    **{name: f"d.{name}" for name in AXES}}


def sums(by: Iterable[str], where: Iterable[str]) -> str:
    """The sums by these axes, of what has these values: `where`'s are $1, $2…, as arrays; the first two are months."""
    columns = [OF_SUMS[name] for name in by]
    filters = [f"{OF_SUMS[name]} = any(${place})" for place, name in enumerate(where, start=3)]
    groups = f" group by {', '.join(columns)} order by {', '.join(columns)}" if columns else ""
    return (
        f"select {''.join(f'{each}, ' for each in columns)}sum(s.debit_cents), sum(s.credit_cents),"  # noqa: S608  ours
        " sum(s.attributable_cents), sum(s.lines) from ledger_sum s join ledger_dimensions d using (dimensions_id)"
        f" where s.month between $1 and $2{''.join(f' and {each}' for each in filters)}{groups}")


OF_LINES = {
    "books": "l.books", "year": "extract(year from l.dated)::int", "account": "l.account", "place": "l.place",
    "dimensions": "l.dimensions_id"}


def dimensions_with(names: Iterable[str]) -> str:
    """The sets of dimensions with these values: `names`' are $1, $2…, as arrays."""
    filters = [f"{name} = any(${place})" for place, name in enumerate(names, start=1)]
    return f"select dimensions_id from ledger_dimensions where {' and '.join(filters)}"  # noqa: S608  our own names


def lines(where: Iterable[str], *, one_books: bool) -> str:
    """Lines of the days $1 to $2, after books $3, place $4 and line $5, at most $6: `where`'s values are $7, $8….

    Of one books (`one_books`), which $3 then names, the index is entered at the very place.
    """
    after = "l.books = $3 and (l.place, l.line) > ($4, $5)" if one_books else (
        "(l.books, l.place, l.line) > ($3, $4, $5)")
    filters = "".join(f" and {OF_LINES[name]} = any(${place})" for place, name in enumerate(where, start=7))
    return (
        f"{LINES} where l.dated between $1 and $2 and {after}{filters}"
        " order by l.books, l.place, l.line limit $6")
