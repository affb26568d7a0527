"""An accountant's first page: the books, how far each is closed, and where to go."""

from __future__ import annotations

from starlette.responses import Response

from carnet.ledger.accounts import COMMITMENTS_GIVEN, SUPPLIERS
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.kept import Wanted
from carnet.people.caller import AccountantCaller
from carnet.web.presenters.books import BooksPresenter, Waiting
from carnet.web.site import Visit
from carnet.web.transparency.ceiling import OF_ACCOUNTANTS, alarm_of

PATH = "/comptes"


async def home(visit: Visit) -> Response:
    """The books that are kept here."""
    caller = visit.logged_in.caller
    given = caller.given if isinstance(caller, AccountantCaller) else ""
    ledger = visit.site.ledger
    balances = {str(each.values[0]): each.cents for each in await ledger.sums(
        ("account",), Wanted(where={"books": (PROGRAMME,), "account": (SUPPLIERS, COMMITMENTS_GIVEN)}))}
    waiting = Waiting(
        -balances.get(SUPPLIERS, 0), -balances.get(COMMITMENTS_GIVEN, 0),
        sum(each.waiting for each in await visit.site.bank.statements(PROGRAMME)))
    view = BooksPresenter(visit.words, visit.calendar).home(await ledger.all_books(), waiting)
    return visit.page(
        "accountant/home.html", given=given, view=view, alarm=await alarm_of(visit), ceiling=OF_ACCOUNTANTS)
