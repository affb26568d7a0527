"""An accountant's first page: the books, how far each is closed, and where to go."""

from __future__ import annotations

from starlette.responses import Response

from carnet.people.caller import AccountantCaller
from carnet.web.presenters.books import BooksPresenter
from carnet.web.site import Visit

PATH = "/comptes"


async def home(visit: Visit) -> Response:
    """The books that are kept here."""
    caller = visit.logged_in.caller
    given = caller.given if isinstance(caller, AccountantCaller) else ""
    books = await visit.site.ledger.all_books()
    return visit.page("accountant/home.html", given=given, view=BooksPresenter(visit.words, visit.calendar).home(books))
