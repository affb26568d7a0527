"""Days and hours as people read them, in their language and where they live.

May import: documents (times), the catalogue of this room.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time

from carnet.documents.time import Dtm
from carnet.web.words import Language

_DAY_DIGITS = 8   # YYYYMMDD: a DTM with no more than that is a day, not a moment
_LOCALES = {Language.FR: "fr_FR", Language.EN: "en_GB"}   # in English too, the day comes before the month here


@dataclass(frozen=True, slots=True)
class Calendar:
    """Writes dates in one language and one time zone."""

    language: Language
    zone: ZoneInfo

    def day_of(self, moment: datetime) -> date:
        """The local day of an aware moment."""
        return moment.astimezone(self.zone).date()

    def day_of_document(self, time: Dtm) -> date:
        """The day that a document says. A bare date is not shifted by the zone."""
        if len(time.text) <= _DAY_DIGITS:
            return time.utc.date()
        return self.day_of(time.utc)

    def long(self, day: date) -> str:
        """`vendredi 21 novembre 2025`."""
        return str(format_date(day, "EEEE d MMMM y", locale=self._locale))

    def medium(self, day: date) -> str:
        """`21 novembre 2025`."""
        return str(format_date(day, "d MMMM y", locale=self._locale))

    def short(self, day: date) -> str:
        """`21 nov.`, for margins: the year stands in a heading nearby."""
        return str(format_skeleton("MMMd", day, locale=self._locale))

    def month(self, day: date) -> str:
        """`Novembre 2025`."""
        text = str(format_date(day, "MMMM y", locale=self._locale))
        return text[:1].upper() + text[1:]

    def short_month(self, day: date) -> str:
        """`nov. 2025`, for the marks of an axis."""
        return str(format_skeleton("yMMM", day, locale=self._locale))

    def hour(self, moment: datetime) -> str:
        """`14:32`."""
        return str(format_time(moment.astimezone(self.zone), "HH:mm", locale=self._locale))

    def moment(self, moment: datetime) -> str:
        """`21 novembre 2025, 14:32`."""
        return f"{self.medium(self.day_of(moment))}, {self.hour(moment)}"

    def document_time(self, time: Dtm) -> str:
        """A document's time with the precision it was given."""
        if len(time.text) == 4:
            return time.text
        if len(time.text) == 6:
            return self.month(time.utc.date())
        if len(time.text) <= _DAY_DIGITS:
            return self.medium(time.utc.date())
        return self.moment(time.utc)

    @property
    def _locale(self) -> str:
        return _LOCALES[self.language]
