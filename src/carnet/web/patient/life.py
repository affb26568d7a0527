"""The life of my record: what state it is in; close it, reopen it, have it erased; answer an announced one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.responses import Response

from carnet.people.patient import Patient
from carnet.record.ask_erasure import ask_erasure, cancel_erasure
from carnet.record.close_record import close_record, motives_of
from carnet.record.open_record import OpeningConsent, open_record
from carnet.record.refuse_record import refuse_record
from carnet.record.reopen_record import reopen_record
from carnet.rights.access import Act
from carnet.web import forms, traces
from carnet.web.patient.standing import decides, status_of
from carnet.web.presenters import life as presented
from carnet.web.presenters.confirm import Confirm, confirm
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

PATH = presented.PATH


@dataclass(frozen=True, slots=True)
class Step:
    """Something done to the whole record, after a page that says what it does in `points`."""

    act: Act
    points: tuple[str, ...]
    do: Callable[[Visit], Awaitable[object]]
    asks_consent: bool = False


async def my_record(visit: Visit) -> Response:
    """The state of the record, and what may be done."""
    status = await status_of(visit)
    done = visit.request.query_params.get("fait", "")
    notice = Tag(visit.words(f"step.{done}.done"), "good") if done in STEPS else None
    view = presented.LifePresenter(visit.words, visit.calendar).view(status, decides=decides(status), notice=notice)
    return visit.page("patient/life.html", view=view)


async def ask(visit: Visit) -> Response:
    """What this step does, before it is done."""
    name, step = _step(visit)
    await status_of(visit)      # a page about no record is none
    return _page(visit, name, step)


async def do(visit: Visit) -> Response:
    """Do it."""
    name, step = _step(visit)
    if step.asks_consent and not visit.text("agreement"):
        await traces.refused(visit, step.act, "form")
        return _page(visit, name, step, wrong=visit.words("opening.agreement_wrong"))
    await step.do(visit)
    return see_other(f"{PATH}?fait={name}")


def _step(visit: Visit) -> tuple[str, Step]:
    name = visit.request.path_params["step"]
    if name not in STEPS:
        raise HTTPException(404)
    return name, STEPS[name]


def _page(visit: Visit, name: str, step: Step, *, wrong: str = "") -> Response:
    view: Confirm = confirm(visit.words, f"step.{name}", step.points, path=f"{PATH}/{name}", back=PATH)
    if step.asks_consent:
        answers = forms.Answers({}, {"agreement": wrong} if wrong else {})
        view = replace(view, tone="", agreement=forms.field(visit.words, "opening", "agreement", answers))
    if step.act is Act.CLOSE_RECORD:
        view = replace(view, fields=_about_closing(visit))
    if step.act is Act.CANCEL_ERASURE:
        view = replace(view, tone="")
    return visit.page("patient/confirm.html", status=422 if wrong else 200, view=view)


def _about_closing(visit: Visit) -> tuple[forms.Field, ...]:
    motives = tuple(
        (motive, visit.words(f"step.fermer.motive_{motive.replace('-', '_')}"))
        for motive in motives_of(visit.logged_in.caller))
    motive = forms.field(visit.words, "step.fermer", "motive", choices=(("", motives),))
    return (motive, forms.field(visit.words, "step.fermer", "reason"))


def _consent(visit: Visit) -> OpeningConsent:
    return OpeningConsent(visit.words("consent.version"), "portal", visit.stores.clock.now())


async def _open(visit: Visit) -> None:
    """Open the record that was announced: who it is for is known already."""
    status = await status_of(visit)
    await open_record(visit.asker, Patient(status.ins, status.traits), _consent(visit), visit.stores)


async def _refuse(visit: Visit) -> None:
    await refuse_record(visit.asker, visit.own_ins, visit.stores)


async def _close(visit: Visit) -> None:
    await close_record(
        visit.asker, visit.own_ins, motive=visit.text("motive"), stores=visit.stores, reason=visit.text("reason")[:500])


async def _reopen(visit: Visit) -> None:
    await reopen_record(visit.asker, visit.own_ins, _consent(visit), visit.stores)


async def _erase(visit: Visit) -> None:
    await ask_erasure(visit.asker, visit.own_ins, visit.stores)


async def _keep(visit: Visit) -> None:
    await cancel_erasure(visit.asker, visit.own_ins, visit.stores)


STEPS = {
    "ouvrir": Step(Act.OPEN_RECORD, ("now",), _open, asks_consent=True),
    "refuser": Step(Act.REFUSE_RECORD, ("nothing", "care", "later"), _refuse),
    "fermer": Step(Act.CLOSE_RECORD, ("nobody", "permissions", "ten_years", "reopen", "erase"), _close),
    "rouvrir": Step(Act.REOPEN_RECORD, ("documents", "permissions", "blocks"), _reopen, asks_consent=True),
    "effacer": Step(Act.ASK_ERASURE, ("all", "delay", "keep_copy"), _erase),
    "garder": Step(Act.CANCEL_ERASURE, ("stays",), _keep),
}
"""By the last part of their address."""
