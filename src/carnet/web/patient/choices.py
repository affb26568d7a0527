"""My choices: what each means today; several changed at once, with their consequence shown before they are saved."""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput
from carnet.record.choices import HIGHEST_CEILING, choose, my_choices, set_ceiling
from carnet.record.organisations import lift_from_organisation
from carnet.rights.access import Act
from carnet.rights.changes import ChoiceMade
from carnet.rights.held import Choice, Consent
from carnet.web import forms, traces
from carnet.web.patient.sight import look
from carnet.web.patient.standing import decides, status_of
from carnet.web.presenters.choices import OFFERED, ChoicesPresenter, ReviewView, answered
from carnet.web.presenters.words import Tag, Tone
from carnet.web.site import Visit, see_other

PATH = "/moi/choix"
_DONE = {"choix": "choices.saved", "plafond": "ceiling.saved", "etablissement": "there.lifted"}


async def mine(visit: Visit) -> Response:
    """Each choice, as it stands."""
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return await _page(visit, notice=_tag(visit, done, "good") if done else None)


async def review(visit: Visit) -> Response:
    """What the answers would change, and what a professional would see then. Saves nothing."""
    choices = await my_choices(visit.asker, visit.own_ins, visit.stores)
    said = answered({choice: visit.text(choice) for choice in OFFERED}, choices.consents_to)
    if not said:
        return await _page(visit, notice=_tag(visit, "choices.nothing_changed", "warn"))
    if choices.tag != visit.text("tag"):
        return await _moved(visit)
    return await _review(visit, said)


async def save(visit: Visit) -> Response:
    """Save the answers that were reviewed, unless the choices are no longer those that were seen."""
    said = {choice: visit.text(choice) == "yes" for choice in OFFERED if visit.text(choice) in ("yes", "no")}
    if not said:
        return see_other(PATH)
    try:
        await choose(
            visit.asker, visit.own_ins, said, visit.stores, text_version=visit.words("choices.version"),
            reason=visit.text("reason"), if_match=visit.text("tag"))
    except Conflict:
        return await _moved(visit)
    except InvalidInput:
        return await _review(visit, said, {"reason": visit.words("review.reason_wrong")})
    return see_other(f"{PATH}?fait=choix")


async def limit(visit: Visit) -> Response:
    """Set, or lift, the holder's own ceiling of break-glass accesses."""
    typed = visit.text("limit")
    ceiling = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else None
    if ceiling is None and typed:
        await traces.refused(visit, Act.CHANGE_CHOICE, "form")
        return await _wrong_limit(visit, typed)
    try:
        await set_ceiling(visit.asker, visit.own_ins, ceiling, visit.stores, if_match=visit.text("tag"))
    except Conflict:
        return await _moved(visit)
    except InvalidInput:
        return await _wrong_limit(visit, typed)
    return see_other(f"{PATH}?fait=plafond")


async def lift(visit: Visit) -> Response:
    """Take back what was said to one organisation."""
    try:
        await lift_from_organisation(
            visit.asker, visit.own_ins, visit.text("organisation"), visit.stores, if_match=visit.text("tag"))
    except Conflict:
        return await _moved(visit)
    return see_other(f"{PATH}?fait=etablissement")


async def _moved(visit: Visit) -> Response:
    return await _page(visit, notice=_tag(visit, "choices.moved", "warn"), status=409)


async def _wrong_limit(visit: Visit, typed: str) -> Response:
    answers = forms.Answers({"limit": typed}, {"limit": visit.words("ceiling.limit_wrong", most=HIGHEST_CEILING)})
    return await _page(visit, answers, status=422)


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None, *, status: int = 200
) -> Response:
    choices = await my_choices(visit.asker, visit.own_ins, visit.stores)
    may_change = decides(await status_of(visit))
    view = ChoicesPresenter(visit.words, visit.calendar).view(choices, answers, may_change=may_change, notice=notice)
    return visit.page("patient/choices.html", status=status, view=view)


async def _review(visit: Visit, said: dict[Choice, bool], errors: dict[str, str] | None = None) -> Response:
    now = visit.stores.clock.now()
    changes = [ChoiceMade(choice=choice, consent=Consent(given=given, at=now)) for choice, given in said.items()]
    choices = await my_choices(visit.asker, visit.own_ins, visit.stores)
    answers = forms.Answers({"reason": visit.text("reason")}, errors or {})
    view = ReviewView(
        ChoicesPresenter(visit.words, visit.calendar).altered(choices.consents_to, said),
        {choice.value: "yes" if given else "no" for choice, given in said.items()}, visit.text("tag"),
        forms.field(visit.words, "review", "reason", answers) if said.get(Choice.FEEDING) is False else None,
        await look(visit, visit.text("whom"), changes),
    )
    return visit.page("patient/choices_review.html", status=422 if errors else 200, view=view)


def _tag(visit: Visit, key: str, tone: Tone) -> Tag:
    return Tag(visit.words(key), tone)
