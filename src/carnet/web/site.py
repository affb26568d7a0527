"""What every view is handed: the platform, and this one visit.

May import: every room below, the session, words and store of this room.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.ledger.bank.store import BankStore
from carnet.ledger.counts.store import CountStore
from carnet.ledger.fec.store import FileStore
from carnet.ledger.store import LedgerStore
from carnet.people.ins import Ins
from carnet.rights.access import AccessMode, Asker
from carnet.rights.held import ProxyKind
from carnet.steering.calls.handling import Calls
from carnet.steering.metering.invoices.handling import Invoices
from carnet.web import pages
from carnet.web.config import WebConfig
from carnet.web.days import Calendar
from carnet.web.session import Session, Space
from carnet.web.store import SessionStore
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.people.tokens import TokenVerifier
    from carnet.record.stores import Stores
    from carnet.steering.adoption.store import AdoptionStore
    from carnet.steering.budget import BudgetReader
    from carnet.steering.comparison.gather import Sources
    from carnet.steering.store import FigureStore

_HELPER_TABS = (
    ("nav.home", "/moi"), ("nav.documents", "/moi/documents"), ("nav.results", "/moi/resultats"),
    ("nav.people", "/moi/proches"))
_TABS = {
    Space.PATIENT: (
        ("nav.home", "/moi"), ("nav.documents", "/moi/documents"), ("nav.results", "/moi/resultats"),
        ("nav.professionals", "/moi/professionnels"), ("nav.choices", "/moi/choix"), ("nav.people", "/moi/proches"),
        ("nav.accesses", "/moi/acces")),
    Space.PROFESSIONAL: (
        ("nav.find_patient", "/pro"), ("nav.confirm", "/pro/confirmer"), ("nav.sendings", "/pro/envois")),
    Space.OFFICER: (("nav.officer_home", "/agent"), ("nav.reviews", "/controle"),
        ("nav.feeding", "/agent/alimentation"), ("nav.calls", "/agent/appels"), ("nav.adoption", "/agent/adoption"),
        ("nav.officer_hosts", "/agent/hebergeurs"), ("nav.meters", "/agent/compteurs")),
    Space.ACCOUNTANT: (("nav.accounts_home", "/comptes"), ("nav.accounts_entries", "/comptes/ecritures"),
        ("nav.accounts_bank", "/comptes/banque"), ("nav.accounts_periods", "/comptes/clotures")),
}


@dataclass(frozen=True, slots=True)
class Site:
    """The platform behind the pages."""

    stores: Stores
    verifier: TokenVerifier
    sessions: SessionStore
    config: WebConfig
    figures: FigureStore
    ledger: LedgerStore
    counts: CountStore
    files: FileStore
    bank: BankStore
    budget: BudgetReader
    invoices: Invoices
    adoption: AdoptionStore
    calls: Calls
    comparing: Sources


@dataclass(frozen=True)
class Visit:
    """One request: who, in which language, with which form.

    `about` is the patient of a professional's page, `mode` and `is_secret` how the professional comes to them.
    """

    site: Site
    request: Request
    words: Words
    session: Session | None
    request_id: str
    form: FormData
    unread: int = 0
    about: Ins | None = None
    is_secret: bool = False
    mode: AccessMode = AccessMode.NORMAL

    @property
    def stores(self) -> Stores:
        """What use cases want."""
        return self.site.stores

    @cached_property
    def calendar(self) -> Calendar:
        """Dates in this visitor's words."""
        return Calendar(self.words.language, ZoneInfo(self.site.config.time_zone))

    @property
    def logged_in(self) -> Session:
        """The session, on pages that ask for one."""
        if self.session is None:
            raise LookupError("this page is open to all: it has no session")
        return self.session

    @property
    def asker(self) -> Asker:
        """Who asks the record room, through this door."""
        return Asker(
            self.logged_in.caller, self.mode, "web", self.request_id, self.logged_in.authenticated_at, self.is_secret)

    @property
    def patient(self) -> Ins:
        """The patient that a professional's page is about."""
        if self.about is None:
            raise LookupError("this page is about no patient")
        return self.about

    @property
    def own_ins(self) -> Ins:
        """Whose record the patient's pages are about: one's own, or that of the person one acts for."""
        acting_for = self.logged_in.acting_for
        return acting_for.ins if acting_for else self.person

    @property
    def person(self) -> Ins:
        """The INS of the patient who is logged in."""
        ins: Ins = self.logged_in.caller.ins  # type: ignore[union-attr]
        return ins

    def text(self, field: str) -> str:
        """A field of the form, trimmed; empty if absent or a file."""
        value = self.form.get(field, "")
        return value.strip() if isinstance(value, str) else ""

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        """A page of the portal, in its frame."""
        return pages.render(template, self.frame, status=status, **values)

    @property
    def frame(self) -> pages.Frame:
        """What surrounds this page."""
        path = self.request.url.path
        tabs = _tabs_of(self.session) if self.session else ()
        current = max((to for _, to in tabs if _is_within(path, to)), key=len, default="")
        return pages.Frame(
            self.words, path, self.session,
            tuple(pages.Tab(self.words(key), to, is_current=to == current) for key, to in tabs),
            self.site.config.demonstration, self.unread,
        )


def _tabs_of(session: Session) -> tuple[tuple[str, str], ...]:
    """The pages that this person has a use for; whether they may see one is decided there."""
    is_helping = session.acting_for is not None and session.acting_for.kind is ProxyKind.CAREGIVER
    return _HELPER_TABS if is_helping else _TABS[session.space]


def see_other(path: str) -> Response:
    """After a form did something: go and look at the result, so that reloading repeats nothing (RFC 9110, 15.4.4)."""
    return RedirectResponse(path, status_code=303)


_ALSO = {"/moi/resultats": ("/moi/vaccinations", "/moi/traitements", "/moi/allergies")}


def _is_within(path: str, tab: str) -> bool:
    return path in (tab, *_ALSO.get(tab, ())) or (tab != "/moi" and path.startswith(f"{tab}/"))
