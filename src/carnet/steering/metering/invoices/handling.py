"""What is done with an invoice: read and checked, explained line by line, entered into the ledger, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from carnet.errors import CarnetError, InvalidInput, NotFound
from carnet.hosting.accreditation.file import HostFile
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.journal.database import Database
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry
from carnet.ledger.keep import Keeper
from carnet.ledger.postings import Amount, Piece, promised_by
from carnet.ledger.store import LedgerStore
from carnet.steering.metering.invoices.check import CheckedLine, State, checked
from carnet.steering.metering.invoices.faults import Stands, fault
from carnet.steering.metering.invoices.invoice import Invoice
from carnet.steering.metering.invoices.read import media_type_of, read_invoice
from carnet.steering.metering.invoices.store import InvoiceStore, KeptInvoice
from carnet.steering.metering.keeping import meter_what_happened
from carnet.steering.metering.store import MeterStore, span_of
from carnet.steering.metering.tariff import ExpectedLine, expected_invoice

_UNDECIDED = (State.TO_EXPLAIN, State.READY)
_MOST_WORDS = 2000


def invoices_of(database: Database) -> Invoices:
    """The invoices of this portal, and what they are checked against."""
    return Invoices(
        InvoiceStore(database), MeterStore(database), AccreditationStore(database), LedgerStore(database))


@dataclass(frozen=True, slots=True)
class Invoices:
    """The invoices of hosts, and what they are checked against."""

    store: InvoiceStore
    meters: MeterStore
    hosts: AccreditationStore
    ledger: LedgerStore

    async def expected(self, host: str, month: date) -> tuple[ExpectedLine, ...]:
        """What this host is due for the days of the month that are over.

        Raises NotFound for a host that never handed in prices, InvalidInput for days before the first of them.
        """
        file = await self._file(host)
        await meter_what_happened(self.meters)
        days = await self.meters.quantities_of(month, host)
        try:
            return expected_invoice(file.prices, days)
        except NotFound as error:
            raise InvalidInput(fault("unpriced", "month")) from error

    async def checked(self, host: str, content: bytes) -> tuple[Invoice, tuple[CheckedLine, ...]]:
        """The invoice in these bytes, and each of its lines against what is due; nothing is kept.

        Raises NotFound, TooLarge, InvalidInput with every mistake.
        """
        file = await self._file(host)
        invoice = read_invoice(content)
        if invoice.seller and invoice.seller != file.company.siren:
            raise InvalidInput(fault("seller", "seller", value=invoice.seller, other=file.company.siren))
        _, after = span_of(invoice.month)
        if await self.meters.today() < after:
            raise InvalidInput(fault("not_over", "month", value=f"{invoice.month:%Y-%m}"))
        return invoice, checked(invoice, await self.expected(host, invoice.month))

    async def take(self, host: str, content: bytes, name: str, by: str) -> KeptInvoice:
        """Check an invoice and keep it, with its file. Raises as `checked`; Stands for a number that was there."""
        invoice, lines = await self.checked(host, content)
        proof = sha256(content).digest()
        await self.ledger.keep_proof(proof, name[:200], media_type_of(content), content)
        return await self.store.invoice(await self.store.add(host, invoice, lines, proof=proof, by=by))

    async def explain(self, invoice_id: UUID, line: int, words: str, by: str) -> State:
        """Say why a line differs, in one's own name. Raises NotFound, InvalidInput, Stands."""
        kept = await self.store.invoice(invoice_id)
        said = words.strip()
        if not 0 <= line < len(kept.lines):
            raise InvalidInput(fault("no_such_line", "line", value=line + 1))
        if not 3 <= len(said) <= _MOST_WORDS:
            raise InvalidInput(fault("words", "words", value=_MOST_WORDS))
        return await self.store.explain(invoice_id, line, said, by)

    async def refuse(self, invoice_id: UUID, reason: str, by: str) -> KeptInvoice:
        """Refuse an invoice, and keep why: a corrected one comes with a number of its own. Raises as `explain`."""
        kept = await self.store.invoice(invoice_id)
        if not 3 <= len(reason.strip()) <= _MOST_WORDS:
            raise InvalidInput(fault("words", "reason", value=_MOST_WORDS))
        if not await self.store.move(invoice_id, _UNDECIDED, State.REFUSED, by=by, reason=reason.strip()):
            raise Stands(fault("decided", value=kept.number))
        return await self.store.invoice(invoice_id)

    async def enter(self, invoice_id: UUID, keeper: Keeper, *, of: UUID, on: date, by: str) -> Entry:
        """Enter an invoice, to the cent as it was invoiced, as one of the commitment `of`, on this day.

        Raises Stands when a line waits for its explanation or the invoice was decided, and what the keeper raises.
        A second time, after one that was broken off, enters nothing twice: the entry has the invoice's id.
        """
        kept = await self.store.invoice(invoice_id)
        if kept.unexplained:
            places = ", ".join(str(place + 1) for place in kept.unexplained)
            raise Stands(fault("unexplained", value=places))
        if not await self.store.move(invoice_id, (State.READY, State.ENTERING), State.ENTERING, by=by):
            raise Stands(fault("decided", value=kept.number))
        try:
            dimensions = await self._dimensions(of, kept.host)
            entry = await keeper.invoice(
                Piece(
                    on=on, label=f"Facture {kept.number}, {kept.host}, {kept.month:%Y-%m}", piece=kept.number,
                    piece_on=kept.issued_on, proof=kept.proof, entry_id=invoice_id),
                Amount(net_cents=kept.net_cents, vat_cents=kept.vat_cents, dimensions=dimensions), of=of)
        except CarnetError:
            if await self.ledger.entry(invoice_id) is None:
                await self.store.move(invoice_id, (State.ENTERING,), State.READY, by="")
            raise
        await self.store.move(invoice_id, (State.ENTERING,), State.ENTERED, by=by)
        return entry

    async def _dimensions(self, of: UUID, host: str) -> Dimensions:
        promise = await self.ledger.entry(of)
        if promise is None:
            raise NotFound("there is no such commitment")
        found = [each for each in promised_by(promise.entry) if each.host == host]
        if len(found) != 1:
            raise InvalidInput(fault("promises_several" if found else "promises_nothing", "of", value=host))
        return found[0]

    async def _file(self, host: str) -> HostFile:
        dossier = await self.hosts.dossier(host)
        if dossier is None:
            raise NotFound(f"no host {host!r} ever handed in a price list")
        return dossier.file
