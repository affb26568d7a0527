"""The review of emergency accesses: the list, one of them, and what the officer says of it."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from carnet.errors import InvalidInput, NotFound
from carnet.record.emergency_store import EmergencyUse
from carnet.record.notices import REVIEWED
from carnet.record.review import (
    JUSTIFIED,
    LOOKED_AT,
    UNJUSTIFIED,
    close_review,
    emergencies_to_review,
    emergency_to_review,
)
from carnet.web import forms, traces
from carnet.web.presenters.reviews import ReviewPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

PATH = "/controle"
_SAID = {"oui": JUSTIFIED, "non": UNJUSTIFIED}
_CLOSED = "clos"


async def reviews(visit: Visit) -> Response:
    """The accesses that wait, late ones first; or those that were reviewed."""
    closed = visit.request.query_params.get("voir") == _CLOSED
    uses = await emergencies_to_review(visit.asker, visit.stores, closed=closed)
    notice = Tag(visit.words("control.done"), "good") if "fait" in visit.request.query_params else None
    return visit.page("officer/reviews.html", view=_presenter(visit).listed(uses, notice, closed=closed))


async def review(visit: Visit) -> Response:
    """One access, with its reason, and what may be said of it."""
    record, emergency_id = await _named(visit, LOOKED_AT)
    use = await emergency_to_review(visit.asker, record, emergency_id, visit.stores)
    return _page(visit, use)


async def close(visit: Visit) -> Response:
    """Say whether it was justified, and why."""
    record, emergency_id = await _named(visit, REVIEWED)
    said, note = _SAID.get(visit.text("justified")), visit.text("note")
    errors = {} if said else {"justified": visit.words("control.justified_wrong")}
    try:
        if said is None:
            await traces.refused(visit, REVIEWED, "justified")
        else:
            await close_review(
                visit.asker, record, emergency_id, visit.stores, is_justified=said == JUSTIFIED, note=note)
            return see_other(f"{PATH}?fait=1")
    except InvalidInput as error:
        errors |= forms.in_words(visit.words, "control", error.issues)
    use = await emergency_to_review(visit.asker, record, emergency_id, visit.stores)
    answers = forms.Answers({"justified": visit.text("justified"), "note": note}, errors)
    return _page(visit, use, answers, status=422)


def _page(
    visit: Visit, use: EmergencyUse, answers: forms.Answers = forms.NOTHING, *, status: int = 200,
) -> Response:
    return visit.page("officer/review.html", status=status, view=_presenter(visit).one(use, answers))


def _presenter(visit: Visit) -> ReviewPresenter:
    return ReviewPresenter(visit.words, visit.calendar)


async def _named(visit: Visit, act: str) -> tuple[UUID, UUID]:
    """The record and the access that the address names. Raises NotFound when it names none."""
    parameters = visit.request.path_params
    try:
        return UUID(parameters["record"]), UUID(parameters["emergency"])
    except ValueError as error:
        await traces.refused(visit, act, "address")
        raise NotFound("no such emergency access") from error
