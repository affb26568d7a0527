"""What the programme costs: the first page of figures, the page of an axis, and what was published of the first one."""

from __future__ import annotations

from starlette.responses import Response

from carnet.ledger.costs import Cost
from carnet.ledger.figures import AXES, Asked, Figures, Span
from carnet.ledger.history.claims import published
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.parts import Part
from carnet.web.presenters.costs import CostsPresenter
from carnet.web.presenters.first_programme import FirstProgramme, claims_table
from carnet.web.presenters.words import Way
from carnet.web.site import Visit
from carnet.web.transparency.asked import (
    asked_of,
    axis_of,
    first_programme,
    part_of,
    span_query,
    table_path,
)
from carnet.web.transparency.ceiling import gauge_of


async def first(visit: Visit) -> Response:
    """What it costs now, by category and by host, under which ceiling; and what the first attempt was."""
    figures, presenter = figures_of(visit), CostsPresenter(visit.words)
    now = Asked(PROGRAMME)
    by_category, by_host = await figures.table(now, "category"), await figures.table(now, "host")
    history = await figures.table(first_programme(), "funding_line")
    hosting = await figures.table(first_programme(), "category")
    return visit.page(
        "costs/first.html", is_empty=by_category.whole.cost == Cost(), figures=presenter.figures(by_category.whole),
        parts=presenter.parts(now, by_category.whole), exact=presenter.exact(by_category.whole),
        uncounted=presenter.uncounted(by_category.whole),
        categories=presenter.by_axis(now, by_category), hosts=presenter.by_axis(now, by_host),
        more=table_path(now, "category"), gauge=await gauge_of(visit),
        then=FirstProgramme(visit.words).present(first_programme(), history, hosting))


async def by_axis(visit: Visit) -> Response:
    """The costs of some books by one axis, for a year or for all up to one, and per unit."""
    query = visit.request.query_params
    asked, axis, part = asked_of(visit.request.path_params, query), axis_of(query), part_of(query)
    figures, presenter = figures_of(visit), CostsPresenter(visit.words)
    table = await figures.table(asked, axis)
    years = await figures.by_year(asked.books)
    return visit.page(
        "costs/axis.html", title=visit.words(f"cost.books.{asked.books}"), span=_span_words(visit, asked),
        amounts=presenter.by_axis(asked, table, part=part), units=presenter.units_by_axis(asked, table, part),
        exact=presenter.exact(table.whole, part),
        uncounted=presenter.uncounted(table.whole), axes=presenter.ways(asked, AXES, axis, part),
        parts=tuple(
            Way(visit.words(f"cost.part.{each}"), table_path(asked, axis, each), is_current=each is part)
            for each in Part),
        years=presenter.by_year(asked, years), spans=_spans(visit, asked, axis, part, list(years)),
        data=f"/transparence/donnees#{asked.books}")


async def claims(visit: Visit) -> Response:
    """Everything that was published, with its source, and which of it the books hold."""
    return visit.page(
        "costs/claims.html", tables=claims_table(published(), visit.words), counts=published().count,
        calendar=visit.calendar)


def figures_of(visit: Visit) -> Figures:
    """What figures are read from."""
    return Figures(visit.site.ledger, visit.site.counts)


def _span_words(visit: Visit, asked: Asked) -> str:
    if asked.span.is_a_year:
        return visit.words("cost.in_year", year=str(asked.span.last))
    if asked.span.last is not None:
        return visit.words("cost.up_to", year=str(asked.span.last))
    return visit.words("cost.up_to_today")


def _spans(visit: Visit, asked: Asked, axis: str, part: Part, years: list[int]) -> tuple[Way, ...]:
    spans = [Span(), *(span for year in years for span in (Span(year, year), Span(None, year)))]
    return tuple(
        Way(_span_words(visit, Asked(asked.books, span)), table_path(Asked(asked.books, span), axis, part),
            is_current=span_query(span) == span_query(asked.span))
        for span in spans)

