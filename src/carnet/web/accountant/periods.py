"""Closing months, and the signed note of each, which is everybody's for the programme's own books."""

from __future__ import annotations

from base64 import b64encode

from starlette.responses import PlainTextResponse, Response

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.period import Period, month_of
from carnet.web.accountant.keeping import done, keeper_of, refused
from carnet.web.presenters.periods import PATH, PeriodsPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

CLOSED = "ledger_close"
OF_EVERYBODY = (PROGRAMME, "history")


async def periods(visit: Visit) -> Response:
    """The closed months, and what may be closed."""
    notice = Tag(visit.words("accounts.is_closed"), "good") if "fait" in visit.request.query_params else None
    return await _page(visit, notice)


async def close(visit: Visit) -> Response:
    """Close a month of some books."""
    try:
        await keeper_of(visit, visit.text("books")).close(month_of(visit.text("month")))
    except (InvalidInput, Conflict) as error:
        refusals = await refused(visit, CLOSED, error)
        words = " ".join((*refusals.problems, *refusals.errors.values()))
        return await _page(visit, Tag(words, "bad"), status=409 if isinstance(error, Conflict) else 422)
    await done(visit, CLOSED)
    return see_other(f"{PATH}?fait=1")


async def note(visit: Visit) -> Response:
    """The signed note of a closed month, to keep."""
    return _note(await _period(visit))


async def everybody(visit: Visit) -> Response:
    """The closed months of the books that are everybody's."""
    ledger = visit.site.ledger
    found = [each for each in await ledger.periods() if each.books in OF_EVERYBODY]
    view = PeriodsPresenter(visit.words, visit.calendar).public(found, await ledger.all_books())
    return visit.page("public/periods.html", lines=view)


async def public_note(visit: Visit) -> Response:
    """The signed note of a closed month of these books."""
    period = await _period(visit)
    if period.books not in OF_EVERYBODY:
        raise NotFound("no such closed month")
    return _note(period)


async def _page(visit: Visit, notice: Tag | None, *, status: int = 200) -> Response:
    ledger = visit.site.ledger
    view = PeriodsPresenter(visit.words, visit.calendar).accountants(
        await ledger.periods(), await ledger.all_books(), await ledger.today())
    return visit.page("accountant/periods.html", status=status, view=view, notice=notice)


async def _period(visit: Visit) -> Period:
    books, month = visit.request.path_params["books"], visit.request.path_params["month"]
    for each in await visit.site.ledger.periods(books):
        if f"{each.month:%Y-%m}" == month and each.books == books and each.signature is not None:
            return each
    raise NotFound("no such closed month, or it is not signed yet")


def _note(period: Period) -> Response:
    """What was signed, an empty line, the signature: as the notes of the audit log are written."""
    signature = b64encode(period.signature or b"").decode()
    return PlainTextResponse(f"{period.text}\n{signature}\n", headers={
        "content-disposition": f'attachment; filename="cloture-{period.books}-{period.month:%Y-%m}.txt"'})
