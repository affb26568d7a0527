"""Adoption for other programs: tables as CSV and Parquet, with nothing that may not be shown. Pure.

An empty cell is one that is not shown; what is zero is written as zero.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyarrow import parquet

from carnet.ledger.counts.count import Measure
from carnet.steering.adoption.hiding import COLUMNS
from carnet.steering.adoption.places import PLACES, region_of
from carnet.steering.adoption.told import Adoption

Cell = str | int | None
Grown = Mapping[Measure, Sequence[tuple[date, int]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, which of them hold numbers, its rows."""

    columns: tuple[str, ...]
    numbers: frozenset[str]
    rows: tuple[tuple[Cell, ...], ...]


NAMES = ("whole", "departements", "hosts", "growth", "sources", "types", "reasons", "plan")


def table_of(name: str, adoption: Adoption, grown: Grown) -> Table:
    """One of NAMES. Raises KeyError for another."""
    return {
        "whole": _whole, "departements": _departements, "hosts": _hosts, "growth": lambda _: _growth(grown),
        "sources": _sources, "types": _types, "reasons": _reasons, "plan": _plan}[name](adoption)


def as_csv(table: Table) -> bytes:
    """RFC 4180, in UTF-8, the columns first."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return written.getvalue().encode()


def as_parquet(table: Table) -> bytes:
    """The same, as Parquet: numbers are 64 bits, what is not shown is null."""
    fields = [(name, pa.int64() if name in table.numbers else pa.string()) for name in table.columns]
    columns = [pa.array([row[place] for row in table.rows], type=kind) for place, (_, kind) in enumerate(fields)]
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), sink, compression="zstd")
    return sink.getvalue()


def _table(names: Sequence[str], numbers: Sequence[str], rows: Iterable[tuple[Cell, ...]]) -> Table:
    return Table((*names, *numbers), frozenset(numbers), tuple(rows))


def _whole(of: Adoption) -> Table:
    return _table(("day", "what"), ("count",), ((f"{of.day}", name, count) for name, count in of.whole.items()))


def _departements(of: Adoption) -> Table:
    return _table(("day", "departement", "name", "region"), COLUMNS, (
        (f"{of.day}", code, PLACES[code].name if code in PLACES else "", region_of(code),
         *(shown[column] for column in COLUMNS))
        for code, shown in of.departements.items()))


def _hosts(of: Adoption) -> Table:
    return _table(("day", "host"), COLUMNS, (
        (f"{of.day}", host, *(shown[column] for column in COLUMNS)) for host, shown in of.hosts.items()))


def _growth(grown: Grown) -> Table:
    return _table(("day", "measure"), ("count",), (
        (f"{day}", measure.value, count) for measure, points in grown.items() for day, count in points))


def _sources(of: Adoption) -> Table:
    return _table(("day", "source"), ("documents", "records", "departements"), (
        (f"{of.day}", each.source, each.in_force, each.records, each.departements) for each in of.sources))


def _types(of: Adoption) -> Table:
    return _table(("day", "type_code"), ("documents", "structured", "records"), (
        (f"{of.day}", each.type_code, each.documents, each.structured, each.records) for each in of.types))


def _reasons(of: Adoption) -> Table:
    return _table(("day", "reason"), ("empty", "thin"), (
        (f"{of.day}", each.reason.value, each.empty, each.thin) for each in of.reasons))


def _plan(of: Adoption) -> Table:
    return _table(("day", "what", "departement", "region", "by"), ("planned", "reached"), (
        (f"{of.day}", each.target.what, each.target.departement, each.target.region, f"{each.target.by}",
         each.target.count, each.reached)
        for each in of.stands))
