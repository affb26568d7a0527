"""One application to a call: scoring it, standing back from it; measuring, releasing and cancelling its tranches."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.people.caller import OfficerCaller
from carnet.steering.calls.granting import Granting
from carnet.steering.calls.life import Life
from carnet.steering.calls.scoring import Mark
from carnet.web import traces
from carnet.web.officer.calls import code_of, life_asked_for, officer_of, presenter_of, step_id_of
from carnet.web.presenters.calls import PATH
from carnet.web.presenters.grants import GrantsPresenter
from carnet.web.site import Visit, see_other

ONE = f"{PATH}/{{call}}/{{application}}"
ACTS = ("score", "recuse", "measure", "appeal", "release", "cancel")


async def application(visit: Visit) -> Response:
    """The application, what was said of it, its grant."""
    return _page(visit, await _asked_for(visit), {})


async def act(visit: Visit) -> Response:
    """Do one of these; or the page again with why not."""
    life, wished = await _asked_for(visit), visit.text("act")
    if wished not in ACTS:
        await traces.refused(visit, "call_act", "form")
        raise NotFound("no such act")
    try:
        await _do(visit, life, wished)
    except (InvalidInput, Conflict) as error:
        await traces.refused(visit, f"call_{wished}", code_of(error))
        typed = {name: visit.text(name) for name in visit.form}
        status = 409 if isinstance(error, Conflict) else 422
        return _page(
            visit, await life_asked_for(visit), typed, presenter_of(visit).problems(error), status=status)
    await traces.done(visit, f"call_{wished}", visit.logged_in.caller)
    return see_other(f"{visit.request.url.path}?fait={wished}")


async def _do(visit: Visit, life: Life, wished: str) -> None:
    call, name, milestone = life.call.call, visit.request.path_params["application"], visit.text("milestone")
    tranche, step_id, calls = (name, milestone), step_id_of(visit), visit.site.calls
    granting, by = Granting(calls.store, visit.site.ledger, visit.site.figures), officer_of(visit)
    reason = visit.text(f"reason-{wished}-{milestone}")
    match wished:
        case "score":
            await calls.score(call, name, scorer=_officer_id(visit), marks=_marks(visit, life), step_id=step_id)
        case "recuse":
            await calls.recuse(call, name, _officer_id(visit), visit.text("reason"), step_id)
        case "measure":
            await granting.measure(call, tranche, by, step_id)
        case "appeal":
            await granting.appeal(call, tranche, reason, by, step_id=step_id)
        case "release":
            await granting.release(call, tranche, by, step_id)
        case _:
            await granting.cancel(call, tranche, reason, by, step_id=step_id)


def _marks(visit: Visit, life: Life) -> list[Mark]:
    """What was typed; what is no number is a mark that the rules refuse."""
    marks = []
    for each in life.call.criteria:
        typed = visit.text(f"mark-{each.id}")
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else -1
        marks.append(Mark(criterion=each.id, mark=number, words=visit.text(f"why-{each.id}")))
    return marks


def _officer_id(visit: Visit) -> str:
    caller = visit.logged_in.caller
    return caller.officer_id if isinstance(caller, OfficerCaller) else ""


async def _asked_for(visit: Visit) -> Life:
    life = await life_asked_for(visit)
    if visit.request.path_params["application"] not in life.applications:
        raise NotFound("no such application")
    return life


def _page(
    visit: Visit, life: Life, typed: Mapping[str, str], problems: tuple[str, ...] = (), *, status: int = 200,
) -> Response:
    name = visit.request.path_params["application"]
    view = GrantsPresenter(presenter_of(visit), life, _officer_id(visit)).view(name, typed)
    done = visit.request.query_params.get("fait", "")
    return visit.page(
        "officer/application.html", status=status, view=view, back=f"{PATH}/{life.call.call}", call=life.call.call,
        problems=problems, notice=visit.words(f"calls.done.{done}") if done in ACTS else "",
        ids=[str(uuid4()) for _ in range(2 + 4 * len(view.tranches))] if not problems else
        [typed.get("step_id") or str(uuid4())] * (2 + 4 * len(view.tranches)))
