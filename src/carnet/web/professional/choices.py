"""Collect the patient's choices: what they say to the professional, how they said it, all of it or nothing."""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput
from carnet.record.choices import choose, my_choices
from carnet.rights.access import Act
from carnet.web import forms, traces
from carnet.web.presenters.collect import COLLECTED, present_collected
from carnet.web.presenters.patient import CHANNELS
from carnet.web.presenters.words import Tag, Tone
from carnet.web.professional.standing import page, patient_path, status_of
from carnet.web.site import Visit, see_other


async def ask(visit: Visit) -> Response:
    """What the patient said so far, and the form."""
    is_done = visit.request.query_params.get("fait", "") == "choix"
    return await _page(visit, notice=_tag(visit, "collect.done", "good") if is_done else None)


async def record(visit: Visit) -> Response:
    """Keep what the patient says now, unless the choices are no longer those that were read to them."""
    before = (await my_choices(visit.asker, visit.patient, visit.stores)).consents_to
    given = {choice: visit.text(choice) for choice in COLLECTED}
    said = {choice: text == "yes" for choice, text in given.items() if text in ("yes", "no")}
    said = {choice: consents for choice, consents in said.items() if consents != before[choice]}
    if not said:
        return await _page(visit, notice=_tag(visit, "collect.nothing", "warn"))
    if visit.text("channel") not in CHANNELS:
        await traces.refused(visit, Act.CHANGE_CHOICE, "form")
        return await _wrong(visit, {"channel": visit.words("collect.channel_wrong")})
    try:
        await choose(
            visit.asker, visit.patient, said, visit.stores, text_version=visit.words("choices.version"),
            channel=visit.text("channel"), reason=visit.text("reason"), if_match=visit.text("tag"))
    except Conflict:
        return await _page(visit, notice=_tag(visit, "collect.moved", "warn"), status=409)
    except InvalidInput as error:
        return await _wrong(visit, forms.in_words(visit.words, "collect", error.issues))
    return see_other(f"{patient_path(visit)}/choix?fait=choix")


async def _wrong(visit: Visit, errors: dict[str, str]) -> Response:
    values = {name: visit.text(name) for name in (*COLLECTED, "channel", "reason")}
    return await _page(visit, forms.Answers(values, errors), status=422)


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None, *, status: int = 200
) -> Response:
    found = await status_of(visit)
    choices = await my_choices(visit.asker, visit.patient, visit.stores)
    view = present_collected(choices, answers, words=visit.words, calendar=visit.calendar)
    return page(visit, found, "choices", code=status, path=f"{patient_path(visit)}/choix", view=view, notice=notice)


def _tag(visit: Visit, key: str, tone: Tone) -> Tag:
    return Tag(visit.words(key), tone)
