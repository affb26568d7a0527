"""An invoice that came on paper: typed, kept as the CSV that it comes to, and checked as one."""

from __future__ import annotations

import csv
import io

from starlette.responses import Response

from carnet.steering.metering.invoices.csv_file import COLUMNS
from carnet.web.accountant.invoices import hosts_of, taken
from carnet.web.presenters.invoices import ROWS, TYPED, InvoicePresenter, Said
from carnet.web.site import Visit

PATH = TYPED
_OF_A_ROW = ("kind", "version", "quantity", "unit_price", "amount", "vat", "label")


async def ask(visit: Visit) -> Response:
    """The form, empty."""
    return await _form(visit)


async def take(visit: Visit) -> Response:
    """Check and keep what was typed."""
    return await taken(visit, _as_csv(visit), "saisie.csv", _again)


async def _again(visit: Visit, said: Said | None = None, *, status: int = 200) -> Response:
    problems = said.problems if said is not None else ()
    return await _form(visit, Said(problems, {name: visit.text(name) for name in visit.form}), status=status)


async def _form(visit: Visit, said: Said | None = None, *, status: int = 200) -> Response:
    view = InvoicePresenter(visit.words, visit.calendar).typed(await hosts_of(visit), said or Said())
    return visit.page("accountant/invoice_typed.html", status=status, view=view)


def _as_csv(visit: Visit) -> bytes:
    """One line for each row of the form, so that what is wrong stands in the line that the form numbers."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    head = [visit.text(name) for name in ("number", "issued_on", "month")]
    for number in range(1, ROWS + 1):
        row = [visit.text(f"{name}_{number}") for name in _OF_A_ROW]
        writer.writerow([*head, *row] if any(row[2:]) else [])
    return written.getvalue().encode()
