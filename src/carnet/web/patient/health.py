"""My health as my documents tell it: results with their curves, vaccinations, treatments, allergies, care."""

from __future__ import annotations

from starlette.responses import Response

from carnet.web import health
from carnet.web.presenters.health import HealthPaths
from carnet.web.site import Visit

PATH = "/moi/resultats"
_PATHS = HealthPaths("/moi")


async def my_results(visit: Visit) -> Response:
    """Each test with its last value."""
    view = await health.listed_results(visit, visit.own_ins, _PATHS)
    return visit.page("patient/results.html", view=view, ways=_PATHS.ways(visit.words, "resultats"))


async def one_test(visit: Visit) -> Response:
    """One test: its curves, and every result with its document."""
    view = await health.one_test(visit, visit.own_ins, _PATHS)
    return visit.page("patient/lab_test.html", view=view, back=PATH)


async def my_list(visit: Visit) -> Response:
    """Vaccinations, treatments, or allergies and problems."""
    view = await health.listed(visit, visit.own_ins, _PATHS)
    return visit.page("patient/contents.html", view=view, ways=_PATHS.ways(visit.words, health.name_of(visit)))


async def my_care(visit: Visit) -> Response:
    """What was reimbursed, by year, month and day."""
    view = await health.care(visit, visit.own_ins, _PATHS)
    return visit.page("patient/care.html", view=view, ways=_PATHS.ways(visit.words, "soins"))
