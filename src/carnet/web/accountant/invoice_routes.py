"""The map of the pages of invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carnet.web.accountant import invoice_typed, invoices
from carnet.web.presenters.invoices import PATH

if TYPE_CHECKING:
    from carnet.web.gate import View

ONE = invoices.ONE
PAGES: dict[str, View] = {
    PATH: invoices.invoices, invoice_typed.PATH: invoice_typed.ask, invoices.ONE: invoices.invoice}
FORMS: dict[str, View] = {
    PATH: invoices.take, invoice_typed.PATH: invoice_typed.take, invoices.EXPLAIN: invoices.explain,
    invoices.ENTER: invoices.enter, invoices.REFUSE: invoices.refuse}
