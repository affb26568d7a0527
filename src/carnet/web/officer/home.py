"""An officer's first page, and the figures of reviews, which are everybody's."""

from __future__ import annotations

from starlette.responses import Response

from carnet.people.caller import OfficerCaller
from carnet.record.review import review_figures
from carnet.web.presenters.reviews import present_figures
from carnet.web.site import Visit
from carnet.web.transparency.ceiling import OF_OFFICERS, alarm_of


async def home(visit: Visit) -> Response:
    """What waits for an officer."""
    caller = visit.logged_in.caller
    given = caller.given if isinstance(caller, OfficerCaller) else ""
    figures = present_figures(await review_figures(visit.stores), visit.words)
    return visit.page(
        "officer/home.html", given=given, figures=figures, alarm=await alarm_of(visit), ceiling=OF_OFFICERS)


async def transparency(visit: Visit) -> Response:
    """The figures of emergency accesses and of their reviews, open to all."""
    return visit.page("public/figures.html", figures=present_figures(await review_figures(visit.stores), visit.words))
