"""Bank statements: load one, confirm what its payments paid, look at one."""

from __future__ import annotations

from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, Issue, NotFound, TooLarge
from carnet.ledger.bank.camt053 import LIMIT_BYTES, Fault
from carnet.ledger.bank.settle import Bank
from carnet.ledger.keep import PROGRAMME
from carnet.web import traces
from carnet.web.accountant.entries import entered
from carnet.web.accountant.keeping import done, refused, writer_of
from carnet.web.presenters.bank import PATH, BankPresenter
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

LOADED, CONFIRMED = "ledger_bank", "ledger_confirm"
STATEMENT, CONFIRM = f"{PATH}/releve", f"{PATH}/confirmer"


async def bank(visit: Visit) -> Response:
    """What waits for an invoice, and the statements that were loaded."""
    notice = Tag(visit.words("bank.loaded"), "good") if "fait" in visit.request.query_params else None
    return await _page(visit, notice)


async def load(visit: Visit) -> Response:
    """Load a statement."""
    upload = visit.form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        await traces.refused(visit, LOADED, "file")
        return await _page(visit, error=visit.words("bank.file_none"), status=422)
    if (upload.size or 0) > LIMIT_BYTES:
        await traces.refused(visit, LOADED, "too_large")
        raise TooLarge(LIMIT_BYTES)
    try:
        await _bank(visit).load(upload.filename[:200], await upload.read())
    except InvalidInput as error:
        await traces.refused(visit, LOADED, "file")
        return await _page(visit, problems=tuple(_told(visit, each) for each in error.issues), status=422)
    except Conflict as error:
        refusals = await refused(visit, LOADED, error)
        return await _page(visit, error=" ".join((*refusals.errors.values(), *refusals.problems)), status=409)
    await done(visit, LOADED)
    return see_other(f"{PATH}?fait=1")


async def confirm(visit: Visit) -> Response:
    """Enter that a movement paid an invoice."""
    movement, invoice = _uuid(visit.text("movement")), _uuid(visit.text("of"))
    if movement is None:
        await traces.refused(visit, CONFIRMED, "movement")
        raise NotFound("no such movement")
    if invoice is None:
        await traces.refused(visit, CONFIRMED, "none_chosen")
        return await _page(visit, Tag(visit.words("bank.choose_one"), "bad"), status=422)
    try:
        entry = await _bank(visit).confirm(movement, of=invoice)
    except (InvalidInput, Conflict) as error:
        refusals = await refused(visit, CONFIRMED, error)
        words = " ".join((*refusals.problems, *refusals.errors.values()))
        return await _page(visit, Tag(words, "bad"), status=409 if isinstance(error, Conflict) else 422)
    await done(visit, CONFIRMED)
    return see_other(entered(entry.entry_id))


async def statement(visit: Visit) -> Response:
    """Every movement of one statement."""
    account, name = (visit.request.query_params.get(each, "") for each in ("compte", "numero"))
    found = await visit.site.bank.of_statement(PROGRAMME, account, name)
    if not found:
        raise NotFound("no such statement")
    lines = BankPresenter(visit.words, visit.calendar).movements(found)
    proof = f"/comptes/preuves/{found[0].digest.hex()}"
    return visit.page("accountant/statement.html", name=name, account=account, lines=lines, proof_path=proof)


def _bank(visit: Visit) -> Bank:
    return Bank(visit.site.ledger, visit.site.bank, writer_of(visit), PROGRAMME)


async def _page(
    visit: Visit, notice: Tag | None = None, *, error: str = "", problems: tuple[str, ...] = (), status: int = 200,
) -> Response:
    waiting = await visit.site.bank.waiting(PROGRAMME)
    view = BankPresenter(visit.words, visit.calendar).page(
        await _bank(visit).matches(waiting), await visit.site.bank.statements(PROGRAMME))
    return visit.page(
        "accountant/bank.html", status=status, view=view, notice=notice, error=error, problems=problems)


def _told(visit: Visit, issue: Issue) -> str:
    """A fault of a statement, in the words of the page."""
    if not isinstance(issue, Fault):
        return visit.words("bank.fault.xml")        # no XML at all, or XML that asks for more than its own bytes
    values = {
        name: euros(value, visit.words.language) if isinstance(value, int) and name != "line" else value
        for name, value in issue.values.items()}
    return visit.words(f"bank.fault.{issue.key}", **values)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
