"""Invoices of hosts: those that came, one of them line by line, and what is said and decided of it."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, NotFound, TooLarge
from carnet.ledger.category import Category
from carnet.ledger.keep import PROGRAMME, is_commitment
from carnet.ledger.kept import KeptEntry
from carnet.ledger.postings import promised_by
from carnet.ledger.search import Search
from carnet.steering.metering.invoices.handling import Invoices
from carnet.steering.metering.invoices.store import KeptInvoice
from carnet.steering.metering.invoices.xml_file import LIMIT_BYTES
from carnet.web import traces
from carnet.web.accountant.entries import entered
from carnet.web.accountant.keeping import done, keeper_of, writer_of
from carnet.web.accountant.typed import Typed
from carnet.web.presenters.invoices import PATH, InvoicePresenter, Said
from carnet.web.site import Visit, see_other

ONE = f"{PATH}/{{invoice}}"
EXPLAIN, ENTER, REFUSE = f"{ONE}/expliquer", f"{ONE}/enregistrer", f"{ONE}/refuser"
TAKEN, EXPLAINED, ENTERED, REFUSED = "invoice_taken", "invoice_explained", "invoice_entered", "invoice_refused"
_COMMITMENTS = 500


class Again(Protocol):
    """Shows a form again."""

    async def __call__(self, visit: Visit, said: Said | None = None, *, status: int = 200) -> Response:
        """The page, with what is wrong."""


async def invoices(visit: Visit) -> Response:
    """The invoices, the latest months first, and the form that takes one."""
    return await _listed(visit)


async def take(visit: Visit) -> Response:
    """Take an invoice from a file."""
    upload = visit.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        await traces.refused(visit, TAKEN, "file")
        return await _listed(visit, Said((visit.words("invoices.file_none"),)), status=422)
    if (upload.size or 0) > LIMIT_BYTES:
        await traces.refused(visit, TAKEN, "too_large")
        raise TooLarge(LIMIT_BYTES)
    return await taken(visit, await upload.read(), upload.filename, _listed)


async def taken(visit: Visit, content: bytes, name: str, again: Again) -> Response:
    """Check and keep an invoice; its page, or the form again with all that is wrong."""
    host = visit.text("host")
    if host not in await hosts_of(visit):
        await traces.refused(visit, TAKEN, "host")
        return await again(visit, Said((visit.words("invoices.host_none"),)), status=422)
    try:
        kept = await invoices_of(visit).take(host, content, name, writer_of(visit))
    except (InvalidInput, Conflict) as error:
        await traces.refused(visit, TAKEN, _code(error))
        said = Said(_presenter(visit).problems(error))
        return await again(visit, said, status=409 if isinstance(error, Conflict) else 422)
    await done(visit, TAKEN)
    return see_other(ONE.format(invoice=kept.invoice_id))


async def invoice(visit: Visit) -> Response:
    """One invoice."""
    return await _one(visit, await _asked_for(visit))


async def explain(visit: Visit) -> Response:
    """Say why a line differs."""
    kept = await _asked_for(visit)
    line = visit.text("line")
    try:
        await invoices_of(visit).explain(
            kept.invoice_id, int(line) if line.isdecimal() and len(line) < 6 else -1, visit.text("words"),
            writer_of(visit))
    except (InvalidInput, Conflict) as error:
        return await _not_done(visit, kept, EXPLAINED, error)
    await done(visit, EXPLAINED)
    return see_other(ONE.format(invoice=kept.invoice_id))


async def enter(visit: Visit) -> Response:
    """Enter it into the ledger."""
    kept = await _asked_for(visit)
    typed = Typed(visit, await visit.site.ledger.today())
    on, of = typed.day(), _uuid(visit.text("of"))
    if typed.errors or of is None:
        await traces.refused(visit, ENTERED, "form")
        problems = (*typed.errors.values(), *(() if of else (visit.words("invoices.of_none"),)))
        return await _one(visit, kept, Said(problems), status=422)
    try:
        entry = await invoices_of(visit).enter(
            kept.invoice_id, keeper_of(visit), of=of, on=on, by=writer_of(visit))
    except (InvalidInput, Conflict) as error:
        return await _not_done(visit, kept, ENTERED, error)
    await done(visit, ENTERED)
    return see_other(entered(entry.entry_id))


async def refuse(visit: Visit) -> Response:
    """Refuse it, and keep why."""
    kept = await _asked_for(visit)
    try:
        await invoices_of(visit).refuse(kept.invoice_id, visit.text("reason"), writer_of(visit))
    except (InvalidInput, Conflict) as error:
        return await _not_done(visit, kept, REFUSED, error)
    await done(visit, REFUSED)
    return see_other(ONE.format(invoice=kept.invoice_id))


def invoices_of(visit: Visit) -> Invoices:
    """What is done with invoices."""
    return visit.site.invoices


async def _not_done(visit: Visit, kept: KeptInvoice, act: str, error: InvalidInput | Conflict) -> Response:
    await traces.refused(visit, act, _code(error))
    said = Said(_presenter(visit).problems(error), {name: visit.text(name) for name in ("line", "words", "reason")})
    # Somebody else may have decided meanwhile: as it is now.
    now = await invoices_of(visit).store.invoice(kept.invoice_id)
    return await _one(visit, now, said, status=409 if isinstance(error, Conflict) else 422)


async def _listed(visit: Visit, said: Said | None = None, *, status: int = 200) -> Response:
    found = await invoices_of(visit).store.invoices()
    view = _presenter(visit).listed(found, await hosts_of(visit), visit.text("host"), said or Said())
    return visit.page("accountant/invoices.html", status=status, view=view)


async def _one(visit: Visit, kept: KeptInvoice, said: Said | None = None, *, status: int = 200) -> Response:
    promises = await _promises(visit, kept.host) if not kept.unexplained else []
    view = _presenter(visit).one(kept, promises, said or Said())
    return visit.page("accountant/invoice.html", status=status, view=view)


async def _promises(visit: Visit, host: str) -> list[KeptEntry]:
    found = await visit.site.ledger.find(Search(PROGRAMME, category=Category.HOSTING), limit=_COMMITMENTS)
    return [
        each for each in found
        if is_commitment(each.entry) and any(one.host == host for one in promised_by(each.entry))]


async def hosts_of(visit: Visit) -> list[str]:
    """Hosts that handed in a price list, once."""
    return [each.host for each in await visit.stores.hosting.accreditation.dossiers()]


async def _asked_for(visit: Visit) -> KeptInvoice:
    found = _uuid(visit.request.path_params["invoice"])
    if found is None:
        await traces.refused(visit, "invoice", "address")
        raise NotFound("no such invoice")
    return await invoices_of(visit).store.invoice(found)


def _presenter(visit: Visit) -> InvoicePresenter:
    return InvoicePresenter(visit.words, visit.calendar)


def _code(error: InvalidInput | Conflict) -> str:
    codes = {str(getattr(each, "key", "") or getattr(each, "rule", each.code)) for each in getattr(error, "issues", ())}
    return "; ".join(sorted(codes)) or "conflict"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
