"""The pages as routes, for `roles/portal.py` to mount at `/`. This file is the map of the site."""

from __future__ import annotations

import logging
from traceback import format_tb
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from carnet.journal.database import Database
from carnet.ledger.bank.store import BankStore
from carnet.ledger.counts.store import CountStore
from carnet.ledger.fec.store import FileStore
from carnet.ledger.store import LedgerStore
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.budget import BudgetReader
from carnet.steering.calls.handling import Calls
from carnet.steering.calls.store import CallStore
from carnet.steering.comparison.gather import sources_of
from carnet.steering.metering.invoices.handling import invoices_of
from carnet.steering.store import FigureStore
from carnet.web import health as told_health
from carnet.web import public
from carnet.web.accountant import invoice_routes as of_invoices
from carnet.web.accountant import routes as of_books
from carnet.web.client import ProviderClient
from carnet.web.config import WebConfig
from carnet.web.gate import (
    Endpoint,
    View,
    broken,
    for_accountants,
    for_officers,
    for_patients,
    for_professionals,
    open_to_all,
)
from carnet.web.headers import PageHeaders
from carnet.web.login import Login
from carnet.web.officer import call_routes as of_calls
from carnet.web.officer import feeding, meters, reviews
from carnet.web.officer import home as agents
from carnet.web.officer import hosts as accredited
from carnet.web.pages import static_file
from carnet.web.patient import (
    acting,
    choices,
    history,
    home,
    keeper,
    life,
    mask_all,
    messages,
    my_document,
    opening,
    own_document,
    people,
    professionals,
    sight,
)
from carnet.web.patient import documents as my
from carnet.web.patient import health as my_health
from carnet.web.professional import (
    access,
    deposit,
    emergency,
    handling,
    patients,
    reopen,
    representative,
    second_person,
    secret,
    sendings,
)
from carnet.web.professional import choices as collected
from carnet.web.professional import documents as their
from carnet.web.professional import health as their_health
from carnet.web.professional import history as own_history
from carnet.web.professional import messages as told
from carnet.web.professional.standing import about_a_patient
from carnet.web.site import Site
from carnet.web.store import SessionStore
from carnet.web.transparency import adoption, ceiling, comparison
from carnet.web.transparency import routes as transparency

if TYPE_CHECKING:
    import asyncpg

    from carnet.people.tokens import TokenVerifier
    from carnet.record.stores import Stores

_MINE = f"{my.PATH}/{{document}}"
_PATIENT = "/pro/patients/{handle}"
_log = logging.getLogger("carnet.web")


def build(stores: Stores, verifier: TokenVerifier, config: WebConfig, pool: asyncpg.Pool) -> list[BaseRoute]:
    """Every page, behind the headers that all of them carry. `pool` is the portal's database, for sessions."""
    database = Database(pool)
    site = Site(
        stores, verifier, SessionStore(pool, config.idle_minutes, config.session_hours), config, FigureStore(database),
        LedgerStore(database), CountStore(database), FileStore(database), BankStore(database), BudgetReader(database),
        invoices_of(database), AdoptionStore(database), Calls(CallStore(database), LedgerStore(database)),
        sources_of(database))
    routes = [
        Route("/static/{name}", static_file, methods=["GET"]),
        *_public(site), *_of_patients(site), *_of_professionals(site), *_of_officers(site), *_of_accountants(site),
        _page(site, "/{anything:path}", open_to_all(site, public.not_there)),
        _page(site, "/{anything:path}", open_to_all(site, public.not_there), "POST"),
    ]
    return [Mount("/", routes=routes, middleware=[Middleware(PageHeaders)])]


def _page(site: Site, path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    """A route whose last words, when everything else failed, are a page too."""
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:  # noqa: BLE001  the last handler of the pages: what comes here is a mistake of ours
            # Never the message: a driver's may quote the row, and with it an INS or a name.
            _log.error("a page failed: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
            return broken(site, request)

    return Route(path, answer, methods=[method])


def _public(site: Site) -> list[Route]:
    login = Login(ProviderClient())
    pages: dict[str, View] = {
        "/": public.front, "/accessibilite": public.accessibility, "/vie-privee": public.privacy,
        "/au-revoir": public.farewell, "/langue/{language}": public.choose_language,
        "/transparence": agents.transparency, accredited.PUBLIC: accredited.transparency, **transparency.PAGES,
        **of_calls.OF_EVERYBODY,
        "/connexion/retour": login.end, "/connexion/{who}": login.begin,
    }
    return [
        *(_page(site, path, open_to_all(site, view)) for path, view in pages.items()),
        _page(site, "/deconnexion", open_to_all(site, login.log_out), "POST"),
        _page(site, of_calls.FORM_OF_EVERYBODY[0], open_to_all(site, of_calls.FORM_OF_EVERYBODY[1]), "POST"),
    ]


def _of_patients(site: Site) -> list[Route]:
    of_record: dict[str, View] = {       # whoever has no record is invited to open one
        "/moi": home.home, "/moi/acces": history.who_came, my.PATH: my.my_documents,
        f"{my.PATH}/ajouter": own_document.ask, choices.PATH: choices.mine, mask_all.PATH: mask_all.ask,
        professionals.PATH: professionals.my_professionals, sight.PATH: sight.page,
        f"{professionals.PATH}/qui/{{professional}}": professionals.one_professional,
        my_health.PATH: my_health.my_results, f"{my_health.PATH}/{{test}}": my_health.one_test,
        **{f"/moi/{name}": my_health.my_list for name in told_health.LISTS}, "/moi/soins": my_health.my_care,
        life.PATH: life.my_record, f"{life.PATH}/{{step}}": life.ask, keeper.PATH: keeper.mine,
    }
    pages: dict[str, View] = {
        **{path: opening.or_invited(view) for path, view in of_record.items()}, "/moi/ouvrir": opening.ask,
        _MINE: my_document.read, f"{_MINE}/contenu": my.shown, f"{_MINE}/original": my.original,
        f"{_MINE}/qui": my_document.who, f"{_MINE}/supprimer": my_document.ask_to_delete,
        people.PATH: people.my_people, "/moi/messages": messages.mine,
    }
    forms: dict[str, View] = {
        "/moi/ouvrir": opening.open_mine, f"{my.PATH}/ajouter": own_document.add,
        f"{_MINE}/{{act}}": my_document.change,
        f"{choices.PATH}/revoir": choices.review, f"{choices.PATH}/enregistrer": choices.save,
        f"{choices.PATH}/plafond": choices.limit, f"{choices.PATH}/etablissement": choices.lift,
        mask_all.PATH: mask_all.do, f"{life.PATH}/{{step}}": life.do,
        **{f"{professionals.PATH}/{name}": view for name, view in professionals.FORMS.items()},
        **{f"{people.PATH}/{name}": view for name, view in people.FORMS.items()},
        **{f"{keeper.PATH}/{name}": view for name, view in keeper.FORMS.items()},
        f"{people.PATH}/agir": acting.begin, f"{people.PATH}/rendre": acting.leave,
    }
    return [
        *(_page(site, path, for_patients(site, view)) for path, view in pages.items()),
        *(_page(site, path, for_patients(site, view), "POST") for path, view in forms.items()),
        *_back_to(professionals.PATH, *professionals.FORMS), *_back_to(people.PATH, *people.FORMS, "agir", "rendre"),
        *_back_to(keeper.PATH, *keeper.FORMS),
        *_back_to(choices.PATH, "revoir", "enregistrer", "plafond", "etablissement"),
        *_back_to(_MINE, *my_document.ACTS),
    ]


def _of_professionals(site: Site) -> list[Route]:
    pages: dict[str, View] = {
        "/pro": patients.desk, "/pro/messages": told.mine, second_person.PATH: second_person.ask,
        sendings.PATH: sendings.mine, f"{sendings.PATH}/{{message}}": sendings.one}
    forms: dict[str, View] = {"/pro/chercher": patients.search, second_person.PATH: second_person.confirm}
    document = f"{_PATIENT}/documents/{{document}}"
    pages |= _about_a_patient({
        _PATIENT: patients.record, f"{_PATIENT}/deposer": deposit.ask, f"{_PATIENT}/rouvrir": reopen.ask,
        f"{_PATIENT}/documents": their.their_documents, document: their.their_document,
        f"{document}/contenu": their.shown, f"{document}/original": their.original, f"{document}/{{act}}": handling.ask,
        f"{_PATIENT}/resultats": their_health.their_results, f"{_PATIENT}/resultats/{{test}}": their_health.one_test,
        **{f"{_PATIENT}/{name}": their_health.their_list for name in told_health.LISTS},
        f"{_PATIENT}/soins": their_health.their_care,
        f"{_PATIENT}/choix": collected.ask, f"{_PATIENT}/acces": access.mine,
        f"{_PATIENT}/acces/rendre": access.ask_to_give_up, f"{_PATIENT}/representant": representative.ask,
        f"{_PATIENT}/urgence": emergency.ask, f"{_PATIENT}/historique": own_history.mine,
    })
    forms |= _about_a_patient({
        f"{_PATIENT}/ouvrir": patients.open_for, f"{_PATIENT}/accord": patients.agreed,
        f"{_PATIENT}/deposer": deposit.deposit, f"{_PATIENT}/rouvrir": reopen.reopen,
        f"{document}/{{act}}": handling.change, f"{_PATIENT}/choix": collected.record,
        **{f"{_PATIENT}/acces/{name}": view for name, view in access.FORMS.items()},
        f"{_PATIENT}/representant": representative.invite_one, f"{_PATIENT}/secret": secret.switch,
        f"{_PATIENT}/urgence": emergency.open_it, f"{_PATIENT}/urgence/second": emergency.ask_second,
    })
    return [
        *(_page(site, path, for_professionals(site, view)) for path, view in pages.items()),
        *(_page(site, path, for_professionals(site, view), "POST") for path, view in forms.items()),
        *_back_to("/pro", "chercher"), *_back_to(_PATIENT, "ouvrir", "accord", "secret"),
        *_back_to(f"{_PATIENT}/acces", *access.FORMS), *_back_to(f"{_PATIENT}/urgence", "second"),
    ]


def _about_a_patient(views: dict[str, View]) -> dict[str, View]:
    return {path: about_a_patient(view) for path, view in views.items()}


def _of_officers(site: Site) -> list[Route]:
    one = f"{reviews.PATH}/{{record}}/{{emergency}}"
    pages: dict[str, View] = {
        "/agent": agents.home, reviews.PATH: reviews.reviews, one: reviews.review, accredited.PATH: accredited.hosts,
        feeding.PATH: feeding.feeding, f"{feeding.PATH}.csv": feeding.as_file,
        ceiling.OF_OFFICERS: ceiling.page, meters.OF_OFFICERS: meters.meters,
        adoption.OF_OFFICERS: adoption.page, f"{adoption.OF_OFFICERS}/{{name}}.{{kind}}": adoption.file}
    pages |= {**of_calls.PAGES, **comparison.PAGES_OF_OFFICERS}
    return [
        *(_page(site, path, for_officers(site, view)) for path, view in pages.items()),
        *(_page(site, path, for_officers(site, view), "POST") for path, view in of_calls.FORMS.items()),
        _page(site, one, for_officers(site, reviews.close), "POST"),
        _page(site, ceiling.OF_OFFICERS, for_officers(site, ceiling.write_down), "POST"),
        _page(site, meters.OF_OFFICERS, for_officers(site, meters.add_contacts), "POST"),
    ]


def _of_accountants(site: Site) -> list[Route]:
    pages: dict[str, View] = {**of_books.PAGES, **of_invoices.PAGES, ceiling.OF_ACCOUNTANTS: ceiling.page}
    forms: dict[str, View] = {**of_books.FORMS, **of_invoices.FORMS, ceiling.OF_ACCOUNTANTS: ceiling.write_down}
    return [
        *(_page(site, path, for_accountants(site, view)) for path, view in pages.items()),
        *(_page(site, path, for_accountants(site, view), "POST") for path, view in forms.items()),
        *(_page(site, path, open_to_all(site, view)) for path, view in of_books.OF_EVERYBODY.items()),
        *_back_to("/comptes/banque", "confirmer"), *_back_to(of_invoices.ONE, "expliquer", "enregistrer", "refuser"),
    ]


def _back_to(page: str, *forms: str) -> list[Route]:
    """Reading the address of a form, after a change of language or from a bookmark, is going back to its page."""
    async def back(request: Request) -> Response:
        return RedirectResponse(page.format(**request.path_params), status_code=303)

    return [Route(f"{page}/{form}", back, methods=["GET"]) for form in forms]
