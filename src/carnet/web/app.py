"""The pages as routes, for `roles/portal.py` to mount at `/`. This file is the map of the site."""

from __future__ import annotations

import logging
from traceback import format_tb
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from carnet.web import public
from carnet.web.client import ProviderClient
from carnet.web.config import WebConfig
from carnet.web.gate import Endpoint, View, broken, for_patients, for_professionals, open_to_all
from carnet.web.headers import PageHeaders
from carnet.web.login import Login
from carnet.web.pages import static_file
from carnet.web.patient import documents as my
from carnet.web.patient import history, home, opening, professionals
from carnet.web.professional import deposit, patients
from carnet.web.professional import documents as their
from carnet.web.site import Site
from carnet.web.store import SessionStore

if TYPE_CHECKING:
    import asyncpg

    from carnet.people.tokens import TokenVerifier
    from carnet.record.stores import Stores

_PATIENT = "/pro/patients/{handle}"
_log = logging.getLogger("carnet.web")


def build(stores: Stores, verifier: TokenVerifier, config: WebConfig, pool: asyncpg.Pool) -> list[BaseRoute]:
    """Every page, behind the headers that all of them carry. `pool` is the portal's database, for sessions."""
    site = Site(stores, verifier, SessionStore(pool, config.idle_minutes, config.session_hours), config)
    routes = [
        Route("/static/{name}", static_file, methods=["GET"]),
        *_public(site), *_of_patients(site), *_of_professionals(site),
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
        "/connexion/retour": login.end, "/connexion/{who}": login.begin,
    }
    return [
        *(_page(site, path, open_to_all(site, view)) for path, view in pages.items()),
        _page(site, "/deconnexion", open_to_all(site, login.log_out), "POST"),
    ]


def _of_patients(site: Site) -> list[Route]:
    pages: dict[str, View] = {
        "/moi": opening.or_invited(home.home), "/moi/ouvrir": opening.ask, my.PATH: opening.or_invited(my.my_documents),
        f"{my.PATH}/{{document}}": my.my_document, f"{my.PATH}/{{document}}/contenu": my.shown,
        f"{my.PATH}/{{document}}/original": my.original,
        "/moi/acces": opening.or_invited(history.who_came),
        professionals.PATH: opening.or_invited(professionals.my_professionals),
    }
    forms: dict[str, View] = {
        "/moi/ouvrir": opening.open_mine,
        f"{professionals.PATH}/autoriser": professionals.authorise_one,
        f"{professionals.PATH}/bloquer": professionals.block_one,
    }
    return [
        *(_page(site, path, for_patients(site, view)) for path, view in pages.items()),
        *(_page(site, path, for_patients(site, view), "POST") for path, view in forms.items()),
        *_back_to(professionals.PATH, "autoriser", "bloquer"),
    ]


def _of_professionals(site: Site) -> list[Route]:
    pages: dict[str, View] = {
        "/pro": patients.desk, _PATIENT: patients.record, f"{_PATIENT}/deposer": deposit.ask,
        f"{_PATIENT}/documents": their.their_documents, f"{_PATIENT}/documents/{{document}}": their.their_document,
        f"{_PATIENT}/documents/{{document}}/contenu": their.shown,
        f"{_PATIENT}/documents/{{document}}/original": their.original,
    }
    forms: dict[str, View] = {
        "/pro/chercher": patients.search, f"{_PATIENT}/ouvrir": patients.open_for,
        f"{_PATIENT}/accord": patients.agreed, f"{_PATIENT}/deposer": deposit.deposit,
    }
    return [
        *(_page(site, path, for_professionals(site, view)) for path, view in pages.items()),
        *(_page(site, path, for_professionals(site, view), "POST") for path, view in forms.items()),
        *_back_to("/pro", "chercher"), *_back_to(_PATIENT, "ouvrir", "accord"),
    ]


def _back_to(page: str, *forms: str) -> list[Route]:
    """Reading the address of a form, after a change of language or from a bookmark, is going back to its page."""
    async def back(request: Request) -> Response:
        return RedirectResponse(page.format(**request.path_params), status_code=303)

    return [Route(f"{page}/{form}", back, methods=["GET"]) for form in forms]
