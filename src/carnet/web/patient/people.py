"""My family: who acts for me, whom I help or represent; invite, answer, revoke."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from carnet.errors import InvalidIdentifier, InvalidInput, NotFound
from carnet.people.ins import Ins, InsOid
from carnet.record.proxies import answer_invitation, invite, list_proxies, people_i_act_for, revoke_proxy
from carnet.record.status import RecordStatus
from carnet.rights.access import Act
from carnet.rights.held import Proxy, ProxyKind, RecordState
from carnet.rights.party import Party
from carnet.web import forms, traces
from carnet.web.patient.standing import decides, status_of
from carnet.web.presenters.confirm import confirm
from carnet.web.presenters.people import Circle, PeoplePresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

PATH = "/moi/proches"
_DONE = frozenset({"invite", "accepte", "refuse", "revoque", "arrete", "rendu", "fini"})
_REAL = (InsOid.NIR, InsOid.NIA)
_INVENTED = (InsOid.TEST, InsOid.DEMONSTRATION)
_SEEN_IN = frozenset({RecordState.ACTIVE, RecordState.SUSPENDED})


async def my_people(visit: Visit) -> Response:
    """Everyone, on both sides."""
    done = visit.request.query_params.get("fait", "")
    return await _page(visit, notice=Tag(visit.words(f"people.done_{done}"), "good") if done in _DONE else None)


async def invite_one(visit: Visit) -> Response:
    """Invite somebody to act for the holder."""
    values = {name: visit.text(name) for name in ("name", "person", "oid", "kind", "relationship")}
    try:
        person = Ins.parse(values["person"], values["oid"], visit.site.config.ins_policy)
    except InvalidIdentifier:
        await traces.refused(visit, Act.INVITE, "ins")
        return await _page(visit, forms.Answers(values, {"person": visit.words("inviting.ins_wrong")}), status=422)
    kind = ProxyKind(values["kind"]) if values["kind"] in set(ProxyKind) else ProxyKind.CAREGIVER
    try:
        await invite(
            visit.asker, visit.own_ins, person, kind, visit.stores, name=values["name"],
            relationship=values["relationship"])
    except InvalidInput as error:
        errors = forms.in_words(visit.words, "inviting", error.issues)
        return await _page(visit, forms.Answers(values, errors), status=422)
    return see_other(f"{PATH}?fait=invite")


async def answer(visit: Visit) -> Response:
    """Accept or refuse to act for somebody."""
    ins, accepted = await person_of(visit), visit.text("answer") == "yes"
    try:
        await answer_invitation(visit.asker, ins, accepted, visit.stores)
    except InvalidInput:
        return await _page(visit, notice=Tag(visit.words("people.cannot_accept"), "warn"), status=422)
    return see_other(f"{PATH}?fait={'accepte' if accepted else 'refuse'}")


async def revoke(visit: Visit) -> Response:
    """Somebody acts no more for the holder, after a page that says so."""
    try:
        proxy_id = UUID(visit.text("proxy"))
    except ValueError as error:
        raise NotFound("no such proxy") from error
    if not visit.text("confirmed"):
        view = confirm(
            visit.words, "revoking", ("now", "again"), path=f"{PATH}/revoquer", back=PATH, proxy=str(proxy_id))
        proxies = await list_proxies(visit.asker, visit.own_ins, visit.stores)
        name = next((each.name for each in proxies if each.proxy_id == proxy_id), None)
        if name is None:
            raise NotFound("no such proxy")
        return visit.page("patient/confirm.html", view=view.naming(name))
    try:
        await revoke_proxy(visit.asker, visit.own_ins, proxy_id, visit.stores)
    except InvalidInput:
        return await _page(visit, notice=Tag(visit.words("people.cannot_revoke"), "warn"), status=422)
    return see_other(f"{PATH}?fait=revoque")


async def stop(visit: Visit) -> Response:
    """I act no more for somebody, after a page that says so."""
    ins = await person_of(visit)
    found = next((each for each in await people_i_act_for(visit.asker, visit.stores) if each.ins == ins), None)
    if found is None:
        raise NotFound("nobody to act for")
    if not visit.text("confirmed"):
        view = confirm(
            visit.words, "stopping", ("now", "again"), path=f"{PATH}/arreter", back=PATH, person=visit.text("person"))
        return visit.page("patient/confirm.html", view=view.naming(found.name))
    await revoke_proxy(visit.asker, ins, found.proxy_id, visit.stores)
    acting_for = visit.logged_in.acting_for
    if acting_for is not None and acting_for.ins == ins:
        await visit.site.sessions.act_for(visit.logged_in, None)
    return see_other(f"{PATH}?fait=arrete")


async def person_of(visit: Visit) -> Ins:
    """The person whom a form names by a handle of this session. Raises NotFound for any other."""
    ins = await visit.site.sessions.patient_of(visit.logged_in, visit.text("person"))
    if ins is None:
        raise NotFound("no such person in this session")
    return ins


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None, *, status: int = 200
) -> Response:
    acting_for = visit.logged_in.acting_for
    taken = (*_INVENTED, *_REAL) if visit.site.config.ins_policy.demonstration else _REAL
    oids = tuple((oid.value, visit.words(f"search.oid_{oid.name}")) for oid in taken)
    presenter = PeoplePresenter(visit.words, visit.calendar, acting_for.name if acting_for else "", oids)
    view = presenter.view(await _circle(visit), answers, notice)
    return visit.page("patient/people.html", status=status, view=view)


async def _circle(visit: Visit) -> Circle:
    """Whom I act for, and who acts in the record that the pages are about: whoever has no record has only the first."""
    acts_for = await people_i_act_for(visit.asker, visit.stores)
    handles = {each.ins: await visit.site.sessions.handle_of(visit.logged_in, each.ins) for each in acts_for}
    status = await _status(visit)
    proxies = await _proxies(visit, status) if status else None
    may_change = status is not None and decides(status) and status.state is RecordState.ACTIVE
    return Circle(acts_for, handles, proxies, may_change, status is not None and status.is_dependant)


async def _status(visit: Visit) -> RecordStatus | None:
    try:
        return await status_of(visit)
    except NotFound:
        return None


async def _proxies(visit: Visit, status: RecordStatus) -> list[Proxy] | None:
    if status.state not in _SEEN_IN or status.party not in (Party.HOLDER, Party.REPRESENTATIVE):
        return None
    return await list_proxies(visit.asker, visit.own_ins, visit.stores)


FORMS = {"inviter": invite_one, "repondre": answer, "revoquer": revoke, "arreter": stop}
"""By the last part of their address."""
