"""My access to this record: until when, renewed with the patient's agreement, given up; and whom I share it with."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from carnet.errors import InvalidInput, NotFound
from carnet.record.authorise import withdraw
from carnet.record.delegate import delegate, end_delegation, list_given
from carnet.rights.access import Act
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import DelegateKind
from carnet.web import forms, traces
from carnet.web.presenters.access import AccessPresenter
from carnet.web.presenters.confirm import confirm
from carnet.web.presenters.words import Tag
from carnet.web.professional.patients import state_agreement
from carnet.web.professional.standing import page, patient_path, professional_of, status_of
from carnet.web.site import Visit, see_other

_DONE = {"accord": "agreement.done", "partage": "sharing.done", "arret": "sharing.ended"}
_FIELDS = ("kind", "subject", "name", "members", "days")
_PREFIXES = {(DelegateKind.PROFESSIONAL, 11): "8", (DelegateKind.ORGANISATION, 9): "1"}


async def mine(visit: Visit) -> Response:
    """The page."""
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return await _page(visit, notice=Tag(visit.words(done), "good") if done else None)


async def renew(visit: Visit) -> Response:
    """One more year, on the patient's word."""
    answers = await state_agreement(visit)
    if answers is not None:
        return await _page(visit, answers, status=422)
    return see_other(f"{_path(visit)}?fait=accord")


async def ask_to_give_up(visit: Visit) -> Response:
    """What giving up does, before it is done."""
    path = _path(visit)
    view = confirm(visit.words, "giving_up", ("reading", "deposit", "shared"), path=f"{path}/rendre", back=path)
    return page(visit, await status_of(visit), "confirm", view=view)


async def give_up(visit: Visit) -> Response:
    """I read this record no more."""
    if not visit.text("confirmed"):
        return await ask_to_give_up(visit)
    await withdraw(visit.asker, visit.patient, professional_of(visit).ps_id, visit.stores)
    return see_other(f"{patient_path(visit)}?fait=rendu")


async def share(visit: Visit) -> Response:
    """Share my access with a professional, an organisation or a care team, for a time."""
    values = {name: visit.text(name) for name in _FIELDS}
    if values["kind"] not in set(DelegateKind):
        await traces.refused(visit, Act.DELEGATE, "form")
        return await _page(visit, forms.Answers(values, {"kind": visit.words("sharing.kind_wrong")}), status=422)
    kind = DelegateKind(values["kind"])
    is_team = kind is DelegateKind.CARE_TEAM
    lines = [line for line in values["members"].splitlines() if line.strip()]
    members = tuple(_identifier(DelegateKind.PROFESSIONAL, line) for line in lines)
    try:
        await delegate(
            visit.asker, visit.patient, kind, _identifier(kind, values["subject"]), visit.stores, name=values["name"],
            members=members if is_team else (), days=int(values["days"]) if values["days"].isdecimal() else 0)
    except InvalidInput as error:
        return await _page(visit, forms.Answers(values, _in_words(visit, kind, error)), status=422)
    return see_other(f"{_path(visit)}?fait=partage")


async def end_sharing(visit: Visit) -> Response:
    """One of those I shared with reads no more."""
    try:
        delegation_id = UUID(visit.text("delegation"))
    except ValueError as error:
        raise NotFound("no such delegation") from error
    await end_delegation(visit.asker, visit.patient, delegation_id, visit.stores)
    return see_other(f"{_path(visit)}?fait=arret")


def _identifier(kind: DelegateKind, typed: str) -> str:
    """An RPPS or FINESS number as its whole identifier; the name of a team as it is."""
    if kind is DelegateKind.CARE_TEAM:
        return typed
    compact = "".join(typed.split())
    return f"{_PREFIXES.get((kind, len(compact)), '')}{compact}"


def _in_words(visit: Visit, kind: DelegateKind, error: InvalidInput) -> dict[str, str]:
    """What is wrong, beside the field: members are one field, and a subject is named by its kind."""
    said = {}
    for issue in error.issues:
        field = issue.expression.partition("[")[0]
        own = f"sharing.{field}_{issue.code.replace('-', '_')}"
        named = f"sharing.{field}_wrong_{kind}"
        key = own if visit.words.has(own) else named if visit.words.has(named) else f"sharing.{field}_wrong"
        said[field] = visit.words(key)
    return said


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None, *, status: int = 200
) -> Response:
    found = await status_of(visit)
    holds = found.own_authorisation is AuthorisationState.VALID and not visit.is_secret
    given = await list_given(visit.asker, visit.patient, visit.stores) if holds else None
    view = AccessPresenter(visit.words, visit.calendar, _path(visit)).view(found, given, answers, notice)
    return page(visit, found, "access", code=status, view=view)


def _path(visit: Visit) -> str:
    return f"{patient_path(visit)}/acces"


FORMS = {"renouveler": renew, "rendre": give_up, "partager": share, "arreter": end_sharing}
"""By the last part of their address."""
