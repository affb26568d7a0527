"""Find a patient by INS, see the state of the record, open it, state the patient's agreement."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidIdentifier, NotFound
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins, InsOid
from carnet.record.authorise import authorise
from carnet.record.open_record import OpeningConsent, open_record
from carnet.record.status import RecordStatus, record_status
from carnet.rights.access import Act
from carnet.web import forms, opening, traces
from carnet.web.presenters.patient import PatientPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

_REAL = (InsOid.NIR, InsOid.NIA)
_INVENTED = (InsOid.TEST, InsOid.DEMONSTRATION)
_DONE = {"ouvert": "opening.done", "accord": "agreement.done"}


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
    ins = await patient_of(visit)
    try:
        status = await record_status(visit.asker, ins, visit.stores)
    except NotFound:
        return _absent(visit, ins, forms.NOTHING)
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return _record(visit, status, notice=Tag(visit.words(done), "good") if done else None)


async def open_for(visit: Visit) -> Response:
    """Open the record of this patient, who consented to the text on the page."""
    ins = await patient_of(visit)
    patient = opening.read(visit, ins, channel_asked=True)
    if isinstance(patient, forms.Answers):
        await traces.refused(visit, Act.OPEN_RECORD, "form")
        return _absent(visit, ins, patient, status=422)
    consent = OpeningConsent(visit.words("consent.version"), visit.text("channel"), visit.stores.clock.now())
    await open_record(visit.asker, patient, consent, visit.stores)
    return see_other(f"{patient_path(visit)}?fait=ouvert")


async def agreed(visit: Visit) -> Response:
    """The patient agreed that this professional reads the record: said by the professional, shown to the patient."""
    ins = await patient_of(visit)
    if not visit.text("agreed"):
        await traces.refused(visit, Act.AUTHORISE, "form")
        status = await record_status(visit.asker, ins, visit.stores)
        answers = forms.Answers({}, {"agreed": visit.words("agreement.agreed_wrong")})
        return _record(visit, status, answers, code=422)
    caller = visit.logged_in.caller
    if isinstance(caller, ProfessionalCaller):
        await authorise(visit.asker, ins, caller.ps_id, visit.stores)
    return see_other(f"{patient_path(visit)}?fait=accord")


async def patient_of(visit: Visit) -> Ins:
    """The INS behind the handle of this address. Raises NotFound for one of another session."""
    ins = await visit.site.sessions.patient_of(visit.logged_in, visit.request.path_params["handle"])
    if ins is None:
        await traces.refused(visit, Act.SEE_STATUS, "handle")
        raise NotFound("no such handle in this session")
    return ins


def patient_path(visit: Visit) -> str:
    """Where the pages of this patient are."""
    return f"/pro/patients/{visit.request.path_params['handle']}"


def presenter_of(visit: Visit) -> PatientPresenter:
    """Presents this patient."""
    return PatientPresenter(visit.words, visit.calendar, patient_path(visit))


def _record(
    visit: Visit, status: RecordStatus, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None,
    *, code: int = 200,
) -> Response:
    presenter = presenter_of(visit)
    return visit.page(
        "professional/record.html", status=code, patient=presenter.banner(status, patient_path(visit)),
        view=presenter.record(status, answers, notice),
    )


def _absent(visit: Visit, ins: Ins, answers: forms.Answers, *, status: int = 200) -> Response:
    view = opening.view(visit.words, patient_path(visit), ins, answers, by_holder=False)
    return visit.page("professional/absent.html", status=status, view=view)


def _search(visit: Visit, answers: forms.Answers, *, status: int = 200) -> Response:
    """The OIDs of test numbers are offered where the platform takes them, first: there are no others there."""
    taken = (*_INVENTED, *_REAL) if visit.site.config.ins_policy.demonstration else _REAL
    choices = tuple((oid.value, visit.words(f"search.oid_{oid.name}")) for oid in taken)
    caller = visit.logged_in.caller
    place = caller.organisation_name if isinstance(caller, ProfessionalCaller) else ""
    view = SearchView(
        visit.words("search.lead", place=place) if place else visit.words("search.lead_nowhere"),
        forms.field(visit.words, "search", "ins", answers),
        forms.field(visit.words, "search", "oid", answers, choices=(("", choices),)),
    )
    return visit.page("professional/search.html", status=status, view=view)


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
