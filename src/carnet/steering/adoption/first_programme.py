"""The first programme, 2004 to 2014, as its adoption was published (data set `history`). What was planned is not a
count of anything: it stands here.

Source: press of January 2014, on figures of the national health insurance; see ledger/history/claims.toml.
"""

from __future__ import annotations

from datetime import date

HISTORY = "history"
PLANNED_RECORDS = 5_000_000
PLANNED_BY = date(2013, 12, 31)
COUNTED_ON = date(2014, 1, 2)       # when it was counted last
