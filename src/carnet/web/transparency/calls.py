"""Calls for projects, for everybody: what is asked for, handing an application in, and what became of the money."""

from __future__ import annotations

from uuid import uuid4

from starlette.datastructures import UploadFile
from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, TooLarge
from carnet.steering.calls.life import Life, Submitted
from carnet.steering.calls.reading import MOST_BYTES
from carnet.steering.calls.report import as_csv
from carnet.web import traces
from carnet.web.forms import Field
from carnet.web.officer.calls import accounts_of, code_of, csv_of, life_asked_for, presenter_of, step_id_of
from carnet.web.presenters.calls import PUBLIC, REPORT
from carnet.web.site import Visit, see_other

ONE, FILE = f"{PUBLIC}/{{call}}", f"{REPORT}.csv"
APPLIED = "call_apply"


async def calls(visit: Visit) -> Response:
    """The calls there are."""
    store = visit.site.calls.store
    view = presenter_of(visit).listed(await store.lives(), await store.today(), PUBLIC)
    return visit.page("public/calls.html", table=view, reports=())


async def call(visit: Visit) -> Response:
    """One of them, and where an application is handed in."""
    return await _page(visit, await life_asked_for(visit))


async def apply(visit: Visit) -> Response:
    """Take an application, and say its receipt number; or everything that is wrong with it."""
    life, upload = await life_asked_for(visit), visit.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        await traces.refused(visit, APPLIED, "file")
        return await _page(visit, life, (visit.words("calls.file_none"),), status=422)
    if (upload.size or 0) > MOST_BYTES:
        await traces.refused(visit, APPLIED, "too_large")
        raise TooLarge(MOST_BYTES)
    try:
        submitted = await visit.site.calls.apply(life.call.call, await upload.read(), "page", step_id_of(visit))
    except (InvalidInput, Conflict) as error:
        await traces.refused(visit, APPLIED, code_of(error))
        status = 409 if isinstance(error, Conflict) else 422
        return await _page(visit, life, presenter_of(visit).problems(error), status=status)
    return see_other(f"{PUBLIC}/{life.call.call}?recu={receipt_of(submitted)}")


async def report(visit: Visit) -> Response:
    """What became of the money of every call that was decided."""
    store, presenter = visit.site.calls.store, presenter_of(visit)
    lives = await store.lives()
    reports = [
        (life.call.call, life.call.purpose, presenter.money(await accounts_of(visit, life)))
        for life in lives if life.decision is not None]
    table = presenter.listed(lives, await store.today(), PUBLIC)
    return visit.page("public/calls.html", table=table, reports=reports)


async def as_file(visit: Visit) -> Response:
    """The same, as CSV."""
    decided = [life for life in await visit.site.calls.store.lives() if life.decision is not None]
    return csv_of(as_csv([(life, await accounts_of(visit, life)) for life in decided]), "tous")


def receipt_of(submitted: Submitted) -> str:
    """The number that tells an application and its very file: `A001-1a2b3c4d`."""
    return f"{submitted.id}-{submitted.sha256[:8]}"


async def _page(visit: Visit, life: Life, problems: tuple[str, ...] = (), *, status: int = 200) -> Response:
    presenter, today = presenter_of(visit), await visit.site.calls.store.today()
    said = visit.request.query_params.get("recu", "")
    is_receipt = said in {receipt_of(each) for each in life.applications.values()}
    return visit.page(
        "public/call.html", status=status, name=life.call.call, purpose=life.call.purpose,
        state=presenter.state(life, today), facts=presenter.facts(life), tables=presenter.tables(life),
        is_open=life.call.opens <= today <= life.call.closes, problems=problems, receipt=said if is_receipt else "",
        file=Field("file", visit.words("calls.file"), help=visit.words("calls.file_help")), step_id=str(uuid4()))
