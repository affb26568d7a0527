"""The history of a record as a professional reads it: their own acts, or everybody's for the médecin traitant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from carnet.record.history import HistoryLine
from carnet.rights.reasons import Reason
from carnet.rights.words import explain
from carnet.web.days import Calendar
from carnet.web.presenters.history import Day, VisitLine, merged
from carnet.web.presenters.words import Tag
from carnet.web.words import Words


def present_own_history(lines: Sequence[HistoryLine], me: str, *, words: Words, calendar: Calendar) -> tuple[Day, ...]:
    """Days, newest first. Each line says what was done and, for what somebody else did, by whom."""
    presenter = _Presenter(me, words, calendar)
    by_day: dict[date, list[VisitLine]] = {}
    for line in merged(lines, me):
        by_day.setdefault(calendar.day_of(line.at), []).append(presenter.line(line))
    return tuple(
        Day(calendar.long(day).capitalize(), f"j{day.isoformat()}", tuple(visits)) for day, visits in by_day.items())


@dataclass(frozen=True, slots=True)
class _Presenter:
    me: str
    words: Words
    calendar: Calendar

    def line(self, line: HistoryLine) -> VisitLine:
        key = f"did.{line.act}"
        what = self.words(key, n=len(set(line.documents))) if self.words.has(key) else self.words(
            "did.unknown", act=line.act)
        sentence = what if line.actor_id == self.me else self.words("did.by", who=self._name(line), what=what)
        tag = Tag(self.words("history.refused"), "bad") if line.outcome != "done" else None
        reasons = tuple(
            explain(Reason(reason), self.words.language) for reason in line.reasons if reason in set(Reason))
        return VisitLine(
            self.calendar.hour(line.at), line.at.isoformat(), sentence, tag, (), tuple(dict.fromkeys(reasons)))

    def _name(self, line: HistoryLine) -> str:
        if line.actor_kind == "system":
            return self.words("history.platform")
        named = ", ".join(part for part in (line.actor_name, line.organisation) if part)
        return named or self.words("history.somebody")
