"""The fair comparison: its protocol from the day it is registered, its report once two have closed it.

Officers see what it comes to before: a draft, computed as things are. Nobody else does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from carnet.errors import NotFound
from carnet.steering.comparison.facts import facts_of
from carnet.steering.comparison.figure import figures_in
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.gather import gather
from carnet.steering.comparison.labels import Labels
from carnet.steering.comparison.report import Found, Report, promised, report_of
from carnet.steering.comparison.store import Audit, Closing, KeptProtocol
from carnet.web.session import Space
from carnet.web.site import Visit

PATH, OF_OFFICERS = "/transparence/comparaison", "/agent/comparaison"
_MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json", "txt": "text/plain"}
State = Literal["registered", "closed", "audited"]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of a comparison."""

    versions: list[KeptProtocol]
    closing: Closing | None
    audit: Audit | None

    @property
    def state(self) -> State:
        """How far it is."""
        return "audited" if self.audit else "closed" if self.closing else "registered"

    def files(self, is_officer: bool) -> dict[str, bytes]:
        """What may be downloaded, by name."""
        found = {"protocol.json": self.versions[-1].protocol.content}
        found |= {f"protocol-{each.version}.txt": each.note.encode() for each in self.versions}
        if self.closing is not None and (self.audit is not None or is_officer):
            found |= {"report.pdf": self.closing.report, "figures.csv": self.closing.figures,
                      "facts.json": self.closing.facts, "closing.txt": self.closing.note.encode()}
        if self.audit is not None:
            found["audit.txt"] = self.audit.note.encode()
        return found


async def listed(visit: Visit) -> Response:
    """Every comparison, and how far it is."""
    path = _path(visit)
    known = [(each, await _known(visit, each)) for each in await visit.site.comparing.comparisons.all_ids()]
    return visit.page("costs/comparisons.html", comparisons=tuple(
        (of.versions[-1].protocol.title, visit.words(f"comparison.state.{of.state}"), f"{path}/{each}")
        for each, of in known))


async def one(visit: Visit) -> Response:
    """One of them: what was promised, or what was found. Raises NotFound."""
    comparison = visit.request.path_params["comparison"]
    known, is_officer = await _known(visit, comparison), _is_officer(visit)
    protocol = known.versions[-1].protocol
    words = Labels(visit.words.language.value)
    auditor = known.audit.name if known.audit else protocol.auditor
    report: Report
    if known.closing is not None and (known.audit is not None or is_officer):
        facts, figures = facts_of(known.closing.facts), figures_in(known.closing.figures)
        kept = next(each.protocol for each in known.versions if each.protocol.digest == facts.protocol)
        report = report_of(Found(kept, facts, figures, auditor), words)
    elif is_officer:
        protocol, facts = await gather(comparison, visit.site.comparing)
        # The bootstraps of a draft take a moment: not on the loop that serves everybody.
        figures = await asyncio.to_thread(figures_of, protocol, facts)
        report = report_of(Found(protocol, facts, figures, auditor, is_draft=True), words)
    else:
        report = promised(protocol, words, auditor)
    path = f"{_path(visit)}/{comparison}"
    return visit.page(
        "costs/comparison.html", report=report, state=visit.words(f"comparison.state.{known.state}"),
        back=_path(visit), audit=known.audit, closed=known.closing if known.audit or is_officer else None,
        files=tuple((visit.words(_words_of(name)), name, f"{path}/{name}") for name in known.files(is_officer)),
        notes=tuple(each.note for each in known.versions))


async def file(visit: Visit) -> Response:
    """One file of it. Raises NotFound: also for what may not be seen yet."""
    known, name = await _known(visit, visit.request.path_params["comparison"]), visit.request.path_params["name"]
    content = known.files(_is_officer(visit)).get(name)
    if content is None:
        raise NotFound("no such file")
    return Response(content, media_type=_MEDIA[name.rpartition(".")[2]], headers={
        "content-disposition": f'attachment; filename="{visit.request.path_params["comparison"]}-{name}"'})


async def _known(visit: Visit, comparison: str) -> _Known:
    store = visit.site.comparing.comparisons
    return _Known(
        await store.protocols(comparison), await store.closing(comparison), await store.audit(comparison))


def _words_of(name: str) -> str:
    stem, _, kind = name.partition(".")
    return f"comparison.file.{'registration' if kind == 'txt' and stem.startswith('protocol') else stem}"


def _is_officer(visit: Visit) -> bool:
    """True on the officers' own pages alone: what is shown follows from the address, not from who reads."""
    return (visit.session is not None and visit.session.space is Space.OFFICER
            and visit.request.url.path.startswith(OF_OFFICERS))


def _path(visit: Visit) -> str:
    return OF_OFFICERS if _is_officer(visit) else PATH


PAGES = {PATH: listed, f"{PATH}/{{comparison}}": one, f"{PATH}/{{comparison}}/{{name}}": file}
PAGES_OF_OFFICERS = {
    OF_OFFICERS: listed, f"{OF_OFFICERS}/{{comparison}}": one, f"{OF_OFFICERS}/{{comparison}}/{{name}}": file}
