"""Open my own record, having read what it is."""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import Conflict, NotFound
from carnet.record.open_record import OpeningConsent, open_record
from carnet.rights.access import Act
from carnet.web import forms, opening, traces
from carnet.web.gate import View
from carnet.web.site import Visit, see_other


def or_invited(view: View) -> View:
    """This page of one's own record; whoever has none is shown how to open it."""
    async def shown(visit: Visit) -> Response:
        try:
            return await view(visit)
        except NotFound:
            return see_other("/moi/ouvrir")

    return shown


async def ask(visit: Visit) -> Response:
    """The text of the consent and the form; the names are those of the login."""
    caller = visit.logged_in.caller
    names = {"birth_family": caller.family, "birth_given": caller.given}  # type: ignore[union-attr]
    return _page(visit, forms.Answers(names, {}))


async def open_mine(visit: Visit) -> Response:
    """Open it. A record that is already there is as good."""
    patient = opening.read(visit, visit.own_ins, channel_asked=False)
    if isinstance(patient, forms.Answers):
        await traces.refused(visit, Act.OPEN_RECORD, "form")
        return _page(visit, patient, status=422)
    consent = OpeningConsent(visit.words("consent.version"), "portal", visit.stores.clock.now())
    try:
        await open_record(visit.asker, patient, consent, visit.stores)
    except Conflict:
        return see_other("/moi")
    return see_other("/moi?ouvert=1")


def _page(visit: Visit, answers: forms.Answers, *, status: int = 200) -> Response:
    view = opening.view(visit.words, "/moi", visit.own_ins, answers, by_holder=True)
    return visit.page("patient/opening.html", status=status, view=view)
