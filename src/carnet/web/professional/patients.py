"""Find a patient by INS, see the state of the record, open it, state the patient's agreement."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidIdentifier, NotFound
from carnet.people.ins import Ins, InsOid
from carnet.record.open_record import open_record
from carnet.record.restate import Standing, Word, restate
from carnet.record.status import RecordStatus
from carnet.rights.access import Act
from carnet.web import forms, opening, traces
from carnet.web.presenters.patient import CHANNELS
from carnet.web.presenters.words import Tag
from carnet.web.professional.standing import page, patient_path, presenter_of, professional_of, status_of
from carnet.web.site import Visit, see_other

_REAL = (InsOid.NIR, InsOid.NIA)
_INVENTED = (InsOid.TEST, InsOid.DEMONSTRATION)
_DONE = {
    "ouvert": "opening.done", "accord": "agreement.done", "rouvert": "reopening.done", "rendu": "giving_up.done",
    "invite": "representative.done", "secret": "secret.begun", "plus-secret": "secret.left",
    "supprimer": "handling.done_supprimer",
}


@dataclass(frozen=True, slots=True)
class SearchView:
    """The form that finds a patient."""

    place: str
    ins: forms.Field
    oid: forms.Field


async def desk(visit: Visit) -> Response:
    """The professional's first page: whom do you care for?"""
    return _search(visit, forms.NOTHING)


async def search(visit: Visit) -> Response:
    """Go to the patient whose INS was typed; the address will not say it."""
    typed, oid = visit.text("ins"), visit.text("oid")
    try:
        ins = Ins.parse(typed, oid, visit.site.config.ins_policy)
    except InvalidIdentifier:
        await traces.refused(visit, Act.SEE_STATUS, "ins")
        answers = forms.Answers({"ins": typed, "oid": oid}, {"ins": _explained(visit, typed, oid)})
        return _search(visit, answers, status=422)
    handle = await visit.site.sessions.handle_of(visit.logged_in, ins)
    return see_other(f"/pro/patients/{handle}")


async def record(visit: Visit) -> Response:
    """The state of the record, and what may be done; or the form that opens one."""
    try:
        status = await status_of(visit)
    except NotFound:
        return _absent(visit, forms.NOTHING)
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return _record(visit, status, notice=Tag(visit.words(done), "good") if done else None)


async def open_for(visit: Visit) -> Response:
    """Open the record of this patient, who consented to the text on the page."""
    said = opening.read(visit, visit.patient, channel_asked=True)
    if isinstance(said, forms.Answers):
        await traces.refused(visit, Act.OPEN_RECORD, "form")
        return _absent(visit, said, status=422)
    patient, preference = said
    await open_record(visit.asker, patient, opening.consent(visit), visit.stores, preference=preference)
    return see_other(f"{patient_path(visit)}?fait=ouvert")


async def agreed(visit: Visit) -> Response:
    """The patient agreed that this professional reads the record: said by the professional, shown to the patient."""
    answers = await state_agreement(visit)
    if answers is not None:
        return _record(visit, await status_of(visit), answers, code=422)
    return see_other(f"{patient_path(visit)}?fait=accord")


async def state_agreement(visit: Visit) -> forms.Answers | None:
    """Authorise the one who asks for a year, on the patient's word; or the form's answers with what is wrong."""
    values = {name: visit.text(name) for name in ("agreed", "channel")}
    errors = {} if values["agreed"] else {"agreed": visit.words("agreement.agreed_wrong")}
    if values["channel"] not in CHANNELS:
        errors["channel"] = visit.words("agreement.channel_wrong")
    if errors:
        await traces.refused(visit, Act.AUTHORISE, "form")
        return forms.Answers(values, errors)
    word = Word(professional=professional_of(visit).ps_id, standing=Standing.AUTHORISED, channel=values["channel"])
    await restate(visit.asker, visit.patient, word, visit.stores)
    return None


def _record(
    visit: Visit, status: RecordStatus, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None,
    *, code: int = 200,
) -> Response:
    return page(visit, status, "record", code=code, view=presenter_of(visit).record(status, answers, notice))


def _absent(visit: Visit, answers: forms.Answers, *, status: int = 200) -> Response:
    view = opening.view(visit, patient_path(visit), visit.patient, answers, by_holder=False)
    return visit.page("professional/absent.html", status=status, view=view)


def _search(visit: Visit, answers: forms.Answers, *, status: int = 200) -> Response:
    place = professional_of(visit).organisation_name
    view = SearchView(
        visit.words("search.lead", place=place) if place else visit.words("search.lead_nowhere"),
        forms.field(visit.words, "search", "ins", answers),
        forms.field(visit.words, "search", "oid", answers, choices=(("", kinds_of_ins(visit)),)),
    )
    return visit.page("professional/search.html", status=status, view=view)


def kinds_of_ins(visit: Visit) -> tuple[forms.Choice, ...]:
    """The OIDs of test numbers are offered where the platform takes them, first: there are no others there."""
    taken = (*_INVENTED, *_REAL) if visit.site.config.ins_policy.demonstration else _REAL
    return tuple((oid.value, visit.words(f"search.oid_{oid.name}")) for oid in taken)


def _explained(visit: Visit, typed: str, oid: str) -> str:
    """What is wrong with a typed INS, so that it can be put right without a manual."""
    compact = "".join(typed.split()).upper()
    if not compact:
        return visit.words("search.ins_empty")
    if len(compact) != 15:
        return visit.words("search.ins_length", n=len(compact))
    try:
        Ins.parse(compact, oid, msgspec.structs.replace(visit.site.config.ins_policy, key="warn"))
    except InvalidIdentifier:
        return visit.words("search.ins_shape")
    return visit.words("search.ins_key", digits=compact[13:])
