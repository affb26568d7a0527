"""The scoreboard for other programs: CSV and JSON, with nothing that may not be shown. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from carnet.steering.cells import ShownFigure, ShownFill
from carnet.steering.figure import Span
from carnet.steering.silence import Silence

SMALL = "<5"
COLUMNS = (
    "organisation", "organisation_name", "software", "channel", "kind", "type_code", "received", "refused", "waiting",
    "deposited", "replaced", "documents", "structured", "records", "median_minutes", "ninety_percent_minutes",
    "reasons")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """What is told of some days: lines, silent partners, how full records are (None: not summed up yet)."""

    span: Span
    lines: Sequence[ShownFigure]
    silent: Sequence[Silence] = ()
    fill: ShownFill | None = None


def as_csv(lines: Sequence[ShownFigure]) -> str:
    """RFC 4180, one row for each line. `<5` stands for what is of one to four records, an empty cell for nothing."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for each in lines:
        writer.writerow([_cell(value, each) for value in _values(each)])
    return written.getvalue()


def as_json(board: Scoreboard) -> str:
    """All of it; null for what is of too few records, and for a delay of no document."""
    lines = [dict(zip(COLUMNS, _values(each), strict=True)) | {"is_small": each.is_small} for each in board.lines]
    fill = None if board.fill is None else {
        "day": board.fill.fill.day, "active": board.fill.active, "empty": board.fill.empty, "any": board.fill.any,
        "five": board.fill.five, "fed": board.fill.fed}
    return msgspec.json.encode({
        "since": board.span.since, "until": board.span.until, "lines": lines,
        "silent": [
            {"partner": each.watched.partner, "days": each.days, "last_at": _moment(each.last_at)}
            for each in board.silent],
        "fill": fill}).decode()


def _values(each: ShownFigure) -> list[object]:
    line = each.figure.line
    return [
        line.organisation, each.figure.organisation_name, line.software, line.channel, line.kind, line.type_code,
        each.received, each.figure.refused, each.figure.waiting, each.deposited, each.replaced, each.documents,
        each.structured, each.records, each.median_minutes, each.ninety_minutes,
        "; ".join(f"{reason}: {number}" for reason, number in sorted(each.figure.reasons.items()))]


def _cell(value: object, each: ShownFigure) -> object:
    """Names come from senders: a spreadsheet must not take one for a formula."""
    if value is None:
        return SMALL if each.is_small else ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
