"""A patient's health as the documents tell it that this professional may read: results, vaccinations, treatments…"""

from __future__ import annotations

from starlette.responses import Response

from carnet.web import health
from carnet.web.presenters.health import HealthPaths
from carnet.web.professional.standing import page, patient_path, reading
from carnet.web.site import Visit


async def their_results(visit: Visit) -> Response:
    """Each test with its last value."""
    visit, status = await reading(visit)
    paths = HealthPaths(patient_path(visit))
    view = await health.listed_results(visit, visit.patient, paths)
    return page(visit, status, "results", view=view, ways=paths.ways(visit.words, "resultats"))


async def one_test(visit: Visit) -> Response:
    """One test: its curves, and every result with its document."""
    visit, status = await reading(visit)
    paths = HealthPaths(patient_path(visit))
    view = await health.one_test(visit, visit.patient, paths)
    return page(visit, status, "lab_test", view=view, back=paths.page("resultats"))


async def their_list(visit: Visit) -> Response:
    """Vaccinations, treatments, or allergies and problems."""
    visit, status = await reading(visit)
    paths = HealthPaths(patient_path(visit))
    view = await health.listed(visit, visit.patient, paths)
    return page(visit, status, "contents", view=view, ways=paths.ways(visit.words, health.name_of(visit)))


async def their_care(visit: Visit) -> Response:
    """What was reimbursed, by year, month and day."""
    visit, status = await reading(visit)
    paths = HealthPaths(patient_path(visit))
    view = await health.care(visit, visit.patient, paths)
    return page(visit, status, "care", view=view, ways=paths.ways(visit.words, "soins"))
