"""My professionals: whom I authorise and until when, whom I block, my médecin traitant, who may manage for me."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from carnet.errors import InvalidIdentifier
from carnet.people.identifiers import PsId
from carnet.record.authorise import (
    authorise,
    block,
    list_authorisations,
    list_delegations,
    name_administrator,
    name_medecin_traitant,
    unblock,
    withdraw,
)
from carnet.rights.access import Act
from carnet.rights.held import Authorisation
from carnet.web import forms, traces
from carnet.web.patient.standing import decides, status_of
from carnet.web.presenters.confirm import confirm
from carnet.web.presenters.professionals import DURATIONS, ProfessionalsPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

PATH = "/moi/professionnels"
_DONE = {
    "autorise": "professionals.authorised", "bloque": "professionals.blocked", "retire": "professionals.withdrawn",
    "debloque": "professionals.unblocked", "traitant": "professionals.named",
    "plus-traitant": "professionals.named_no_more",
    "gestion": "professionals.entrusted", "plus-gestion": "professionals.entrusted_no_more",
}
_BLOCKING = ("reading", "emergency", "deposits", "organisation", "own")
_UNBLOCKING = ("deposits", "nothing_back")
_ROLES = {"traitant": name_medecin_traitant, "gestion": name_administrator}


async def my_professionals(visit: Visit) -> Response:
    """Everyone I said something of, and whom they share it with."""
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return await _page(visit, notice=Tag(visit.words(done), "good") if done else None)


async def one_professional(visit: Visit) -> Response:
    """One of them: what I said, and all that I may say."""
    said = await _known(visit, visit.request.path_params["professional"])
    if said is None:
        raise HTTPException(404)
    view = _presenter(visit).one(said, may_change=decides(await status_of(visit)))
    return visit.page("patient/professional.html", view=view)


async def authorise_one(visit: Visit) -> Response:
    """Let a professional read my record, until the end of the time chosen."""
    professional, days = _professional(visit), visit.text("days") or DURATIONS[-1]
    if professional is None or days not in DURATIONS:
        return await _wrong(visit, Act.AUTHORISE)
    await authorise(visit.asker, visit.own_ins, professional, visit.stores, days=int(days))
    return see_other(f"{PATH}?fait=autorise")


async def withdraw_one(visit: Visit) -> Response:
    """They read no more, and may still deposit."""
    professional = _professional(visit)
    if professional is None:
        return await _wrong(visit, Act.WITHDRAW)
    await withdraw(visit.asker, visit.own_ins, professional, visit.stores)
    return see_other(f"{PATH}?fait=retire")


async def block_one(visit: Visit) -> Response:
    """Shut my record to a professional, after a page that says what it shuts."""
    professional = _professional(visit)
    if professional is None:
        return await _wrong(visit, Act.BLOCK)
    if not visit.text("confirmed"):
        return await _ask(visit, professional, "blocking", _BLOCKING, f"{PATH}/bloquer")
    await block(visit.asker, visit.own_ins, professional, visit.stores)
    return see_other(f"{PATH}?fait=bloque")


async def unblock_one(visit: Visit) -> Response:
    """Take a block back, after a page that says what does not come back."""
    professional = _professional(visit)
    if professional is None:
        return await _wrong(visit, Act.UNBLOCK)
    if not visit.text("confirmed"):
        return await _ask(visit, professional, "unblocking", _UNBLOCKING, f"{PATH}/debloquer")
    await unblock(visit.asker, visit.own_ins, professional, visit.stores)
    return see_other(f"{PATH}?fait=debloque")


async def name_one(visit: Visit) -> Response:
    """Name the médecin traitant, or who manages my accesses for me; or no more."""
    professional, role, named = _professional(visit), visit.text("role"), visit.text("named") == "yes"
    if professional is None or role not in _ROLES:
        return await _wrong(visit, Act.NAME_ROLE)
    await _ROLES[role](visit.asker, visit.own_ins, professional, visit.stores, named=named)
    return see_other(f"{PATH}?fait={role if named else f'plus-{role}'}")


def _professional(visit: Visit) -> str | None:
    """The identifier of the form: an RPPS of eleven digits, or a whole PS_IdNat; None if it is neither."""
    typed = "".join(visit.text("professional").split())
    policy = visit.site.config.identifier_policy
    try:
        return str(PsId.of_rpps(typed, policy) if len(typed) == 11 else PsId.parse(typed, policy))
    except InvalidIdentifier:
        return None


async def _known(visit: Visit, professional: str) -> Authorisation | None:
    given = await list_authorisations(visit.asker, visit.own_ins, visit.stores)
    return next((each for each in given if each.professional == professional), None)


async def _ask(visit: Visit, professional: str, form: str, points: tuple[str, ...], path: str) -> Response:
    said = await _known(visit, professional)
    view = confirm(visit.words, form, points, path=path, back=PATH, professional=professional)
    unnamed = visit.words("professionals.unnamed_number", number=professional)
    name = (said.professional_name if said else "") or unnamed
    return visit.page("patient/confirm.html", view=view.naming(name))


async def _wrong(visit: Visit, act: Act) -> Response:
    await traces.refused(visit, act, "professional")
    values = {name: visit.text(name) for name in ("professional", "days")}
    answers = forms.Answers(values, {"professional": visit.words("professionals.professional_wrong")})
    return await _page(visit, answers, status=422)


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None, *, status: int = 200
) -> Response:
    given = await list_authorisations(visit.asker, visit.own_ins, visit.stores)
    shared = await list_delegations(visit.asker, visit.own_ins, visit.stores)
    view = _presenter(visit).view(given, shared, answers, notice)
    return visit.page("patient/professionals.html", status=status, view=view)


def _presenter(visit: Visit) -> ProfessionalsPresenter:
    return ProfessionalsPresenter(visit.words, visit.calendar, visit.stores.clock.now())


FORMS = {
    "autoriser": authorise_one, "retirer": withdraw_one, "bloquer": block_one, "debloquer": unblock_one,
    "role": name_one,
}
"""By the last part of their address."""
