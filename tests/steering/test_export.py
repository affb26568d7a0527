"""The scoreboard for other programs: nothing small in it, and nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

from carnet.record.inbox.message import MessageState
from carnet.steering.cells import shown, shown_fill
from carnet.steering.export import COLUMNS, Scoreboard, as_csv, as_json
from carnet.steering.figure import Figure, Line, Span
from carnet.steering.fill import Fill
from carnet.steering.silence import Silence, Watched

FEW = Figure(Line("1", "S", "hl7", "ORU^R01", "11502-2"), "Labo", {MessageState.REFUSED: 2}, {"value x": 2}, 3, 3, 0, 4)
MANY = Figure(Line("2", "=cmd()"), "+Labo", {MessageState.DEPOSITED: 9}, {}, 9, 4, 1, 7, {30: 9})
SPAN = Span(date(2026, 11, 1), date(2026, 12, 1))


def test_a_row_has_every_column_and_hides_what_is_small() -> None:
    few, many = csv.DictReader(io.StringIO(as_csv([shown(FEW), shown(MANY)])))
    assert tuple(few) == COLUMNS
    assert (few["documents"], few["records"], few["received"], few["refused"], few["reasons"]) == (
        "<5", "<5", "<5", "2", "value x: 2")
    assert (many["documents"], many["structured"], many["records"], many["median_minutes"]) == ("9", "4", "7", "30")


def test_a_name_is_never_a_formula() -> None:
    [_, many] = csv.DictReader(io.StringIO(as_csv([shown(FEW), shown(MANY)])))
    assert (many["software"], many["organisation_name"]) == ("'=cmd()", "'+Labo")


def test_json_has_all_of_it_and_null_for_what_is_small() -> None:
    silence = Silence(Watched("labo", "1", "Labo", "S", 9), 12, datetime(2026, 11, 1, tzinfo=UTC))
    fill = shown_fill(Fill(date(2026, 11, 22), "", 100, 97, 3, 0, {"laboratory": 40}))
    told = json.loads(as_json(Scoreboard(SPAN, [shown(FEW)], [silence], fill)))
    assert (told["lines"][0]["documents"], told["lines"][0]["is_small"], told["lines"][0]["refused"]) == (None, True, 2)
    assert told["silent"] == [{"partner": "labo", "days": 12, "last_at": "2026-11-01T00:00:00+00:00"}]
    assert (told["fill"]["empty"], told["fill"]["any"], told["fill"]["fed"]) == (None, None, {"laboratory": 40})
    assert json.loads(as_json(Scoreboard(SPAN, [])))["fill"] is None
