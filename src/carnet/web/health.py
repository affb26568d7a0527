"""What both sides show of what documents say: results, vaccinations, treatments, allergies, problems, care reimbursed.

The record room decides and traces each of these, as a reading of the documents. May import: record, the rest of this
room.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException

from carnet.people.ins import Ins
from carnet.record.contents import About, contents
from carnet.record.results import results
from carnet.web.presenters.care import CarePresenter, CareView, Shown
from carnet.web.presenters.contents import ContentsPresenter, ListView
from carnet.web.presenters.health import HealthPaths
from carnet.web.presenters.results import LabTestView, ResultsPresenter, ResultsView
from carnet.web.site import Visit

LISTS = {"vaccinations": About.VACCINATIONS, "traitements": About.MEDICATIONS, "allergies": About.CONDITIONS}
"""What is looked for, by the last part of the page's address."""


async def listed_results(visit: Visit, ins: Ins, paths: HealthPaths) -> ResultsView:
    """The tests, with the last value of each."""
    return _presenter(visit, paths).view(await results(visit.asker, ins, visit.stores))


async def one_test(visit: Visit, ins: Ins, paths: HealthPaths) -> LabTestView:
    """The test of the address. One that no document of this reader has is as unknown as one that never was."""
    found = await results(visit.asker, ins, visit.stores)
    test = found.test(visit.request.path_params["test"])
    if test is None:
        raise HTTPException(404)
    return _presenter(visit, paths).test(test, found)


async def listed(visit: Visit, ins: Ins, paths: HealthPaths) -> ListView:
    """The list of the address: vaccinations, treatments, allergies and problems."""
    name = name_of(visit)
    found = await contents(visit.asker, ins, LISTS[name], visit.stores)
    return ContentsPresenter(visit.words, visit.calendar, paths).view(name, LISTS[name], found)


async def care(visit: Visit, ins: Ins, paths: HealthPaths) -> CareView:
    """What was reimbursed, of the year and the kind that the address asks for."""
    found = await contents(visit.asker, ins, About.CARE, visit.stores)
    asked = visit.request.query_params
    return CarePresenter(visit.words, visit.calendar, paths).view(
        found, Shown(asked.get("nature", ""), asked.get("annee", "")))


def name_of(visit: Visit) -> str:
    """Which of the lists the address asks for."""
    return visit.request.url.path.rpartition("/")[2]


def _presenter(visit: Visit, paths: HealthPaths) -> ResultsPresenter:
    return ResultsPresenter(visit.words, visit.calendar, paths)
