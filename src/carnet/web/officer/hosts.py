"""The hosts: what officers see of each, and what everybody may."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from carnet.hosting.accreditation.reminders import reminders_of
from carnet.hosting.oversight.figures import HostFigures
from carnet.hosting.placing.lag import shared_out
from carnet.web.presenters.hosts import HostFacts, HostsPresenter
from carnet.web.site import Visit

PATH = "/agent/hebergeurs"
PUBLIC = "/transparence/hebergeurs"
_AUDIT_DAYS = timedelta(days=30)


async def hosts(visit: Visit) -> Response:
    """States, steps, dates, load, lag, what ends soon, and cohorts."""
    placing, facts = visit.stores.placing.store, await _facts(visit)
    loads, of_cohorts = await placing.loads()
    seen = await visit.stores.hosting.circuits.seen()
    facts = HostFacts(
        facts.names, facts.standings, facts.dossiers, facts.figures, {each.id: each for each in loads},
        shared_out(await placing.waiting(), {each.host for each in seen if each.down_for}), seen)
    held = {each.id: each for each in of_cohorts}
    cohorts = [(cohort, held[cohort.id]) for cohort in await placing.cohorts()]
    view = _presenter(visit).officers(facts, reminders_of(facts.dossiers.values()), cohorts)
    return visit.page("officer/hosts.html", view=view)


async def transparency(visit: Visit) -> Response:
    """Who the hosts are, their state, until when, and what audits show."""
    return visit.page("public/hosts.html", hosts=_presenter(visit).public(await _facts(visit)))


async def _facts(visit: Visit) -> HostFacts:
    hosting, directory = visit.stores.hosting, visit.stores.copies.directory
    since = await hosting.accreditation.today() - _AUDIT_DAYS
    figures: dict[str, list[HostFigures]] = {}
    for each in await hosting.oversight.figures(since):
        figures.setdefault(each.host, []).append(each)
    return HostFacts(
        {host.id: host.is_reference for host in directory.hosts.values()},
        {each.host: each for each in await hosting.accreditation.standings()},
        {each.host: each for each in await hosting.accreditation.dossiers()}, figures)


def _presenter(visit: Visit) -> HostsPresenter:
    return HostsPresenter(visit.words, visit.calendar)
