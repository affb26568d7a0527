"""Who keeps my record, why, and asking that another host keep it."""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import InvalidInput
from carnet.record.keeper import ask_move, stay, who_keeps
from carnet.web import forms, hosts
from carnet.web.patient.standing import decides, is_active, status_of
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

PATH = "/moi/hebergeur"
_DONE = {"demande": "keeper.done", "annule": "keeper.stays"}


async def mine(visit: Visit) -> Response:
    """Both hosts, the reason, and the request that waits."""
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return await _page(visit, notice=Tag(visit.words(done), "good") if done else None)


async def ask(visit: Visit) -> Response:
    """Ask for another host."""
    try:
        await ask_move(visit.asker, visit.own_ins, visit.text("host"), visit.stores)
    except InvalidInput as error:
        answers = forms.Answers({"host": visit.text("host")}, forms.in_words(visit.words, "keeper", error.issues))
        return await _page(visit, answers, code=422)
    return see_other(f"{PATH}?fait=demande")


async def keep(visit: Visit) -> Response:
    """Take the request back."""
    await stay(visit.asker, visit.own_ins, visit.stores)
    return see_other(f"{PATH}?fait=annule")


FORMS = {"changer": ask, "rester": keep}


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, *, code: int = 200, notice: Tag | None = None,
) -> Response:
    status = await status_of(visit)
    keeper = await who_keeps(visit.asker, visit.own_ins, visit.stores)
    may = decides(status) and is_active(status)
    view = hosts.presenter(visit).view(keeper, decides=may, answers=answers, notice=notice)
    return visit.page("patient/keeper.html", status=code, view=view, path=PATH)
