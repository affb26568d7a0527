"""From a figure to its lines, from a line to its entry, from an entry to its hash."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import RedirectResponse, Response

from carnet.errors import NotFound
from carnet.ledger.counts.count import Count
from carnet.ledger.figures import HISTORY, PUBLIC_BOOKS, Asked
from carnet.ledger.kept import KeptEntry
from carnet.ledger.sharing import SHARED_AXES, weights_by
from carnet.ledger.unit_costs import units_of
from carnet.web.presenters.cost_lines import LinesPresenter
from carnet.web.site import Visit
from carnet.web.transparency.asked import PATH, after_of, asked_of, lines_path, part_of, unit_of
from carnet.web.transparency.costs import figures_of

_A_PAGE = 100


async def lines(visit: Visit) -> Response:
    """The lines that make a figure, a hundred at a time; their sum is the figure."""
    query = visit.request.query_params
    asked, part, after = asked_of(visit.request.path_params, query), part_of(query), after_of(query)
    figures, presenter = figures_of(visit), _presenter(visit, asked.books)
    made = await figures.made_of(asked, part)
    found = await visit.site.ledger.lines(made.wanted, after=(asked.books, *after), limit=_A_PAGE + 1)
    shown, unit = found[:_A_PAGE], unit_of(query)
    last = (shown[-1].place, shown[-1].line) if len(found) > _A_PAGE else None
    counts, before = await figures.counted(asked)
    division = None
    if unit is not None:
        there, then = _at_places(asked, counts), _at_places(asked, before)
        division = presenter.division(made.cents, unit, there, units_of(there, then).get(unit))
    axis = next((each for each in SHARED_AXES if asked.where.get(each) == ("",)), "")
    shares = presenter.shares(axis, weights_by(axis, counts), made.cents) if axis else None
    view = presenter.page(
        made, part, shown, next_path=lines_path(asked, part, unit=unit, after=last) if last else "", shares=shares,
        division=None if shares else division)
    return visit.page("costs/lines.html", view=view, back=f"{PATH}/{asked.books}")


async def place(visit: Visit) -> Response:
    """The entry at a place of its books' chain: go to its own address."""
    books, text = _books(visit), visit.request.path_params["place"]
    found = await _at(visit, books, int(text)) if text.isdecimal() and 0 < len(text) <= 15 else None
    if found is None:
        raise NotFound("no such entry")
    return RedirectResponse(f"{PATH}/{books}/ecritures/{found.entry.entry_id}", status_code=303)


async def entry(visit: Visit) -> Response:
    """One entry in its public form, and its hash."""
    books = _books(visit)
    try:
        kept = await visit.site.ledger.entry(UUID(visit.request.path_params["entry"]))
    except ValueError as error:
        raise NotFound("no such entry") from error
    if kept is None or kept.books != books:
        raise NotFound("no such entry")
    before = await _at(visit, books, kept.place - 1) if kept.place > 1 else None
    source = ""
    if books == HISTORY and kept.entry.proof is not None:
        # What proves these entries is what was published. The proofs of the programme are its own documents.
        _, _, content = await visit.site.ledger.proof(kept.entry.proof) or ("", "", b"")
        source = content.decode()
    return visit.page("costs/entry.html", view=_presenter(visit, books).entry(kept, before, source),
                      back=f"{PATH}/{books}")


def _at_places(asked: Asked, counts: list[Count]) -> list[Count]:
    """What was counted where the lines that are asked for are."""
    places = {axis: str(asked.where[axis][0]) for axis in SHARED_AXES if axis in asked.where}
    return [each for each in counts if all(getattr(each, axis) == place for axis, place in places.items())]


def _presenter(visit: Visit, books: str) -> LinesPresenter:
    return LinesPresenter(visit.words, visit.calendar, f"{PATH}/{books}/ecritures")


def _books(visit: Visit) -> str:
    books: str = visit.request.path_params["books"]
    if books not in PUBLIC_BOOKS:
        raise NotFound("no such page")
    return books


async def _at(visit: Visit, books: str, at: int) -> KeptEntry | None:
    return next(iter(await visit.site.ledger.entries(books, after=at - 1, limit=1)), None)
