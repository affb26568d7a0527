"""A count of something on a day, and where it was counted. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

PLATFORM = "platform"       # the data set that this platform counts itself


class Measure(StrEnum):
    """What is counted: all that there is, or was up to that day. A year's own is the difference of two days."""

    RECORDS_OPENED = "records_opened"               # ever opened
    RECORDS_REFUSED = "records_refused"
    RECORDS_CLOSED = "records_closed"
    RECORDS_ACTIVATED = "records_activated"         # whose holder came
    RECORDS_READ = "records_read"                   # read by somebody in the 90 days before
    RECORDS_WITH_1 = "records_with_1"               # open, with a document in force or more
    RECORDS_WITH_5 = "records_with_5"
    RECORDS_OPEN = "records_open"                   # opened and neither closed nor erased
    DOCUMENTS = "documents"                         # in force
    CONSULTATIONS = "consultations"                 # visits of a professional who opened a document: useful ones


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """So many, on this day, at this place: `region` is a code of INSEE (a département is below it), empty for all.

    `data_set` is `platform`, or the name of what was published; `note` its source, in words.
    """

    measure: Measure
    on: date
    count: int
    data_set: str = PLATFORM
    host: str = ""
    consortium: str = ""
    region: str = ""
    departement: str = ""
    note: str = ""
