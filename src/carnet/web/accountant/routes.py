"""The map of an accountant's pages: what is read, and what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carnet.web.accountant import bank, entering, entries, exporting, fec, home, periods, proofs, settling
from carnet.web.presenters.bank import PATH as BANK
from carnet.web.presenters.entries import PATH as ENTRIES
from carnet.web.presenters.periods import PATH as PERIODS
from carnet.web.presenters.periods import PUBLIC as PUBLIC_PERIODS

if TYPE_CHECKING:
    from carnet.web.gate import View

_NOTE = "{books}/{month}"
PAGES: dict[str, View] = {
    home.PATH: home.home, ENTRIES: entries.entries, f"{ENTRIES}/{{entry}}": entries.entry,
    settling.FORM: settling.ask, entering.COMMITMENT_PATH: entering.ask, entering.IN_KIND_PATH: entering.ask,
    f"{proofs.PATH}/{{digest}}": proofs.proof, PERIODS: periods.periods, f"{PERIODS}/{_NOTE}": periods.note,
    BANK: bank.bank, bank.STATEMENT: bank.statement,
    exporting.PATH: exporting.page, fec.PATH: fec.files, fec.FILE: fec.file,
}
FORMS: dict[str, View] = {
    settling.FORM: settling.enter, entering.COMMITMENT_PATH: entering.promise, entering.IN_KIND_PATH: entering.lend,
    PERIODS: periods.close, BANK: bank.load, bank.CONFIRM: bank.confirm,
    fec.PATH: fec.send, fec.FILE: fec.act,
}
OF_EVERYBODY: dict[str, View] = {
    PUBLIC_PERIODS: periods.everybody, f"{PUBLIC_PERIODS}/{_NOTE}": periods.public_note,
}
