"""Adoption, for everybody and for officers: who has a record, who reads it, what it holds, against the plan.

Aggregates alone, and no cell of one to four records: officers see no more than everybody does.
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from carnet.errors import NotFound
from carnet.ledger.counts.count import PLATFORM, Measure
from carnet.steering.adoption.export import NAMES, as_csv, as_parquet, table_of
from carnet.steering.adoption.first_programme import HISTORY
from carnet.steering.adoption.told import Adoption, told
from carnet.steering.cells import is_small
from carnet.web.presenters.adoption import GROWN, ON_THE_MAP, AdoptionPresenter
from carnet.web.presenters.first_adoption import first_adoption
from carnet.web.presenters.words import Way
from carnet.web.site import Visit

PATH, OF_OFFICERS = "/transparence/adoption", "/agent/adoption"
FILE = "{name}.{kind}"
_KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


async def page(visit: Visit) -> Response:
    """The page; with `carte`, another column of the map. Raises NotFound for one that there is not."""
    column = visit.request.query_params.get("carte", ON_THE_MAP[0])
    if column not in ON_THE_MAP:
        raise NotFound("no such map")
    path = OF_OFFICERS if visit.request.url.path.startswith(OF_OFFICERS) else PATH
    presenter = AdoptionPresenter(visit.words, visit.calendar)
    adoption = await _told(visit)
    growth, curve = presenter.growth(await _growth(visit))
    published = await visit.site.counts.growth(Measure.RECORDS_OPENED, HISTORY)
    return visit.page(
        "adoption/page.html", path=path, of=adoption, growth=growth, curve=curve, column=column, show=presenter,
        maps=tuple(
            Way(visit.words(f"adoption.column.{each}"), f"{path}?carte={each}#carte", is_current=each == column)
            for each in ON_THE_MAP),
        files=tuple((visit.words(f"adoption.file.{name}"), f"{path}/{name}") for name in NAMES),
        then=first_adoption(published, visit.words, visit.calendar))


async def file(visit: Visit) -> Response:
    """A table of the page, as CSV or Parquet. Raises NotFound."""
    name, kind = visit.request.path_params["name"], visit.request.path_params["kind"]
    adoption = await _told(visit)
    if name not in NAMES or kind not in _KINDS or adoption is None:
        raise NotFound("no such file")
    table = table_of(name, adoption, await _growth(visit))
    content = as_csv(table) if kind == "csv" else as_parquet(table)
    return Response(content, media_type=_KINDS[kind], headers={
        "content-disposition": f'attachment; filename="adoption-{name}-{adoption.day}.{kind}"'})


async def _told(visit: Visit) -> Adoption | None:
    counted = await visit.site.adoption.counted()
    if counted is None:
        return None
    plans = await visit.site.adoption.plans()
    return told(counted, plans[0].plan if plans else None)


async def _growth(visit: Visit) -> dict[Measure, list[tuple[date, int]]]:
    """How each measure grew; days on which it was of one to four are left out."""
    return {
        measure: [point for point in await visit.site.counts.growth(measure, PLATFORM) if not is_small(point[1])]
        for measure in GROWN}
