"""What feeds records: the scoreboard, partners who fell silent, how full records are. Of the platform, never of one."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.responses import Response

from carnet.errors import InvalidInput, Issue
from carnet.steering.cells import ShownFigure, shown, shown_fill
from carnet.steering.export import as_csv
from carnet.steering.figure import By, Span
from carnet.steering.scoreboard import figures
from carnet.steering.silence import Silence, silences
from carnet.web.presenters.feeding import FeedingPresenter, Told
from carnet.web.site import Visit

PATH = "/agent/alimentation"
_USUAL_DAYS = 30
_DAY = timedelta(days=1)
_SITE = (By.ORGANISATION, By.SOFTWARE)
TOLD_BY = {
    "site": _SITE, "logiciel": (By.SOFTWARE,), "canal": (By.CHANNEL, By.KIND), "type": (By.TYPE,),
    "detail": tuple(By)}
_FIRST = "site"


async def feeding(visit: Visit) -> Response:
    """The page. Days that are none are said; what is shown is then of the usual ones."""
    today = await visit.site.figures.today()
    error = ""
    try:
        span = _span(visit, today)
    except InvalidInput:
        span, error = _usual(today), visit.words("feeding.days_wrong")
    fill = await visit.site.figures.fill(today, visit.site.config.fill_months)
    told = Told(
        span, _told_by(visit), await _lines(visit, span), await _silent(visit), shown_fill(fill[0]) if fill else None,
        visit.site.config.fill_months, error)
    view = FeedingPresenter(visit.words, visit.calendar, PATH).view(told, list(TOLD_BY))
    return visit.page("officer/feeding.html", status=422 if error else 200, view=view)


async def as_file(visit: Visit) -> Response:
    """The same lines, as CSV. Raises InvalidInput for days that are none."""
    span = _span(visit, await visit.site.figures.today())
    last = span.until - _DAY
    return Response(as_csv(await _lines(visit, span)), media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="alimentation_{span.since}_{last}.csv"'})


async def _lines(visit: Visit, span: Span) -> list[ShownFigure]:
    return [shown(each) for each in await figures(visit.site.figures, span, TOLD_BY[_told_by(visit)])]


async def _silent(visit: Visit) -> list[Silence]:
    watched = visit.site.config.watched
    heard, now = await visit.site.figures.heard(watched)
    return silences(watched, heard, now)


def _told_by(visit: Visit) -> str:
    asked = visit.request.query_params.get("par", "")
    return asked if asked in TOLD_BY else _FIRST


def _usual(today: date) -> Span:
    return Span(today - (_USUAL_DAYS - 1) * _DAY, today + _DAY)


def _span(visit: Visit, today: date) -> Span:
    """The days asked for, the last one included. Raises InvalidInput."""
    asked, wrong = visit.request.query_params, InvalidInput(Issue("value", "the first day is before the last"))
    try:
        since = date.fromisoformat(asked["depuis"]) if asked.get("depuis") else _usual(today).since
        until = (date.fromisoformat(asked["jusqua"]) if asked.get("jusqua") else today) + _DAY
    except (ValueError, OverflowError):
        raise wrong from None
    if since >= until:
        raise wrong
    return Span(since, until)
