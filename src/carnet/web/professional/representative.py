"""Invite a legal representative of a minor, or of a protected adult, to act in their record."""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import InvalidIdentifier, InvalidInput
from carnet.people.ins import Ins
from carnet.record.proxies import RELATIONSHIPS, invite
from carnet.rights.access import Act
from carnet.rights.held import ProxyKind
from carnet.web import forms, traces
from carnet.web.professional.patients import kinds_of_ins
from carnet.web.professional.standing import page, patient_path, status_of
from carnet.web.site import Visit, see_other

_FIELDS = ("name", "relationship", "person", "oid")


async def ask(visit: Visit) -> Response:
    """The form."""
    return await _page(visit, forms.NOTHING)


async def invite_one(visit: Visit) -> Response:
    """Invite them; they answer on their own pages."""
    values = {name: visit.text(name) for name in _FIELDS}
    try:
        person = Ins.parse(values["person"], values["oid"], visit.site.config.ins_policy)
    except InvalidIdentifier:
        await traces.refused(visit, Act.INVITE, "ins")
        wrong = {"person": visit.words("inviting.ins_wrong")}
        return await _page(visit, forms.Answers(values, wrong), code=422)
    try:
        await invite(
            visit.asker, visit.patient, person, ProxyKind.LEGAL_REPRESENTATIVE, visit.stores, name=values["name"],
            relationship=values["relationship"])
    except InvalidInput as error:
        errors = forms.in_words(visit.words, "representative", error.issues)
        return await _page(visit, forms.Answers(values, errors), code=422)
    return see_other(f"{patient_path(visit)}?fait=invite")


async def _page(visit: Visit, answers: forms.Answers, *, code: int = 200) -> Response:
    chosen = (("", visit.words("representative.choose")), *(
        (relationship, visit.words(f"relationship.{relationship}")) for relationship in RELATIONSHIPS))
    choices = {"relationship": (("", chosen),), "oid": (("", kinds_of_ins(visit)),)}
    fields = [
        forms.field(visit.words, "representative", name, answers, choices=choices.get(name, ())) for name in _FIELDS]
    problems = tuple(message for name, message in answers.errors.items() if name not in _FIELDS)
    return page(
        visit, await status_of(visit), "representative", code=code, fields=fields, problems=problems,
        path=patient_path(visit))
