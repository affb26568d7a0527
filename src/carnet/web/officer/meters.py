"""A month in meters: what hosts kept and did, what became of their invoices; and help given, as officers enter it."""

from __future__ import annotations

import re
from datetime import date

from starlette.responses import Response

from carnet.errors import InvalidInput
from carnet.people.caller import OfficerCaller
from carnet.steering.metering.invoices.invoice import month_of
from carnet.steering.metering.month import host_month, platform_month
from carnet.steering.metering.support import Contacts
from carnet.web import traces
from carnet.web.presenters.meters import PATH, Answers, Metered, MetersPresenter
from carnet.web.site import Visit, see_other

OF_OFFICERS, CONTACTS = PATH, "support_contacts"
_NUMBER = re.compile(r"-?[0-9]{1,7}")


async def meters(visit: Visit) -> Response:
    """A month: this one, or the one that the address says."""
    return await _page(visit)


async def add_contacts(visit: Visit) -> Response:
    """Enter people who asked for help on a day."""
    typed = {name: visit.text(name) for name in ("day", "channel", "contacts", "minutes", "host", "note")}
    errors = []
    try:
        day = date.fromisoformat(typed["day"])
        said = Contacts(
            typed["channel"], typed["host"], _number(typed["contacts"]), _number(typed["minutes"] or "0")).checked()
        if said.host and said.host not in visit.stores.copies.directory.hosts:
            errors.append("meters.contacts_wrong")
        elif not await visit.site.invoices.meters.add_contacts(day, said, typed["note"][:500], _officer(visit)):
            errors.append("meters.contacts_too_many")
    except (ValueError, InvalidInput):
        errors.append("meters.contacts_wrong")
    if errors:
        await traces.refused(visit, CONTACTS, "form")
        return await _page(visit, Answers(typed, tuple(visit.words(key) for key in errors)), status=422)
    await traces.done(visit, CONTACTS, visit.logged_in.caller)
    return see_other(f"{PATH}?mois={day:%Y-%m}&fait=1")


async def _page(visit: Visit, answers: Answers | None = None, *, status: int = 200) -> Response:
    store = visit.site.invoices.meters
    asked = visit.request.query_params.get("mois", "")
    try:
        month, error = month_of(asked) if asked else await store.today(), ""
    except ValueError:
        month, error, status = await store.today(), visit.words("meters.month_wrong"), 422
    told = Metered(
        [await host_month(store, host, month) for host in await store.hosts()],
        await platform_month(store, visit.site.figures, month), await visit.site.invoices.store.invoices(limit=50),
        list(visit.stores.copies.directory.hosts))
    view = MetersPresenter(visit.words, visit.calendar).view(
        told, answers or Answers({"day": f"{await store.today()}"}), error=error,
        is_done="fait" in visit.request.query_params)
    return visit.page("officer/meters.html", status=status, view=view)


def _number(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("not a whole number")
    return int(text)


def _officer(visit: Visit) -> str:
    match visit.logged_in.caller:
        case OfficerCaller(officer_id, family, given):
            return f"{given} {family} ({officer_id})".strip()
    raise LookupError("only officers enter this")
