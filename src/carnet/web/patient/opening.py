"""Open my own record, having read what it is; and what the other pages do when there is no record to show."""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import Conflict, NotFound
from carnet.record.open_record import OpeningConsent, open_record
from carnet.record.proxies import people_i_act_for
from carnet.rights.access import Act
from carnet.web import forms, opening, traces
from carnet.web.gate import View
from carnet.web.patient import acting
from carnet.web.patient.standing import status_of
from carnet.web.presenters.life import PATH as LIFE
from carnet.web.site import Visit, see_other


def or_invited(view: View) -> View:
    """This page of the record; whoever has none is shown how to open it, or to answer an announced one.

    Whoever acts for somebody whose record is not open to them any more is back in their own pages.
    """
    async def shown(visit: Visit) -> Response:
        try:
            return await view(visit)
        except NotFound:
            if visit.logged_in.acting_for is not None:
                return await acting.ended(visit)
            return see_other("/moi/ouvrir")

    return shown


async def ask(visit: Visit) -> Response:
    """The text of the consent and the form; the names are those of the login."""
    if visit.logged_in.acting_for is not None:
        return await acting.ended(visit)
    if await _has_begun(visit):
        return see_other(LIFE)
    caller = visit.logged_in.caller
    names = {"birth_family": caller.family, "birth_given": caller.given}  # type: ignore[union-attr]
    return await _page(visit, forms.Answers(names, {}))


async def open_mine(visit: Visit) -> Response:
    """Open it. A record that is already there is as good."""
    said = opening.read(visit, visit.person, channel_asked=False)
    if isinstance(said, forms.Answers):
        await traces.refused(visit, Act.OPEN_RECORD, "form")
        return await _page(visit, said, status=422)
    patient, preference = said
    consent = OpeningConsent(visit.words("consent.version"), "portal", visit.stores.clock.now())
    try:
        await open_record(visit.asker, patient, consent, visit.stores, preference=preference)
    except Conflict:
        return see_other("/moi")
    return see_other("/moi?ouvert=1")


async def _has_begun(visit: Visit) -> bool:
    """True for a record that exists, or that was announced: it is answered on the page of its life."""
    try:
        await status_of(visit)
    except NotFound:
        return False
    return True


async def _page(visit: Visit, answers: forms.Answers, *, status: int = 200) -> Response:
    view = opening.view(visit, "/moi", visit.person, answers, by_holder=True)
    helps = bool(await people_i_act_for(visit.asker, visit.stores))
    return visit.page("patient/opening.html", status=status, view=view, helps=helps)
