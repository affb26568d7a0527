"""The way into every page: language, session, form and its token; and the way out when something is refused.

A view is a function from a `Visit` to a response. It is never called without the session that its page asks for.
May import: every room below, the session, words, site and refusals of this room.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from carnet.errors import CarnetError, TooLarge, Unauthenticated
from carnet.record.notifications import unread
from carnet.web import traces
from carnet.web.language import preferred
from carnet.web.refusals import problem, reasons_of, status_of
from carnet.web.session import CSRF_FIELD, Space, cookie_name, same
from carnet.web.site import Site, Visit
from carnet.web.words import words

View = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

SESSION = "carnet_session"
_DOORS = {
    Space.PATIENT: "patient", Space.PROFESSIONAL: "professionnel", Space.OFFICER: "agent",
    Space.ACCOUNTANT: "comptable"}
_SMALL_FORM = 64 * 1024
_MOST_FIELDS = 60
_ROOM_FOR_FIELDS = 256 * 1024
_log = logging.getLogger("carnet.web")


def open_to_all(site: Site, view: View) -> Endpoint:
    """A page that needs no session, but shows who is logged in if someone is."""
    return _endpoint(site, view, None)


def for_patients(site: Site, view: View) -> Endpoint:
    """A page of the patients' side."""
    return _endpoint(site, view, Space.PATIENT)


def for_professionals(site: Site, view: View) -> Endpoint:
    """A page of the professionals' side."""
    return _endpoint(site, view, Space.PROFESSIONAL)


def for_officers(site: Site, view: View) -> Endpoint:
    """A page of the authority's officers."""
    return _endpoint(site, view, Space.OFFICER)


def for_accountants(site: Site, view: View) -> Endpoint:
    """A page of those who keep the programme's books."""
    return _endpoint(site, view, Space.ACCOUNTANT)


def _endpoint(site: Site, view: View, space: Space | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        visit = _arrive(site, request)
        try:
            visit = await _with_session(visit)
            if space is not None and (visit.session is None or visit.session.space is not space):
                return await _to_the_door(visit, space)
            visit = await _with_form(visit)
            if space in (Space.PATIENT, Space.PROFESSIONAL):
                visit = replace(visit, unread=await unread(visit.asker, visit.stores))
            return await view(visit)
        except CarnetError as error:
            return refused(visit, error)
        except HTTPException as error:
            return sorry(visit, error.status_code)
        finally:
            await visit.form.close()

    return endpoint


def _arrive(site: Site, request: Request) -> Visit:
    """Somebody, in a language."""
    language = preferred(request.cookies, request.headers.get("accept-language", ""))
    return Visit(site, request, words(language), None, uuid4().hex, FormData())


async def _with_session(visit: Visit) -> Visit:
    """The same visit with its session. A cookie that opens none is as if there were no cookie."""
    identifier = visit.request.cookies.get(cookie_name(SESSION, is_secure=visit.site.config.is_secure))
    if not identifier:
        return visit
    return replace(visit, session=await visit.site.sessions.find(identifier))


async def _with_form(visit: Visit) -> Visit:
    """The same visit with its form read, if its size and its token are right."""
    request = visit.request
    if request.method != "POST":
        return visit
    upload = request.headers.get("content-type", "").startswith("multipart/form-data")
    limit = visit.site.config.max_upload_bytes + _ROOM_FOR_FIELDS if upload else _SMALL_FORM
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(400)
    if int(length) > limit:
        await traces.refused(visit, "form", "too_large")
        raise TooLarge(visit.site.config.max_upload_bytes)
    form = await _form(request, limit)
    given = form.get(CSRF_FIELD)
    if visit.session is not None and not (isinstance(given, str) and same(given, visit.session.csrf)):
        # Another site sent this form, or it was open since before the last login.
        await traces.refused(visit, "form", "csrf")
        raise HTTPException(400)
    return replace(visit, form=form)


async def _form(request: Request, limit_bytes: int) -> FormData:
    """The form, files in memory: a document must never lie in clear on the portal's disk."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.form(max_files=0, max_fields=_MOST_FIELDS)
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS)
    parser.spool_max_size = limit_bytes
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400) from error


def broken(site: Site, request: Request) -> Response:
    """The page for a mistake of ours: nothing is known of who asked, since knowing may be what failed."""
    return sorry(_arrive(site, request), 500)


async def _to_the_door(visit: Visit, space: Space) -> Response:
    """Nobody is logged in, or someone of the other side: a page to read may wait, a form is refused."""
    if visit.session is not None:
        await traces.refused(visit, "page", "other_side")
        return sorry(visit, 403, (visit.words(f"gate.only_{space}"),))
    if visit.request.method != "GET":
        return refused(visit, Unauthenticated("no session"))
    return RedirectResponse(f"/connexion/{_DOORS[space]}?retour={visit.request.url.path}", status_code=303)


def refused(visit: Visit, error: CarnetError) -> Response:
    """The page for an error of the platform."""
    status = status_of(error)
    if status >= 500:
        _log.warning("%s answered %s: %s", visit.request_id, status, type(error).__name__)
    space = visit.session.space if visit.session else None
    response = sorry(visit, status, reasons_of(error, visit.words, space))
    if status == 503:
        response.headers["retry-after"] = str(getattr(error, "retry_after_seconds", 5))
    return response


def sorry(visit: Visit, status: int, reasons: tuple[str, ...] = ()) -> Response:
    """The page for a status."""
    handle = visit.request.path_params.get("handle", "")
    view = problem(
        status, visit.words, visit.session, visit.request_id, reasons=reasons,
        patient_path=f"/pro/patients/{handle}" if handle else "")
    return visit.page("public/problem.html", status=status, view=view)
