"""Who keeps books through these pages, in what capacity, and what is said when something is not entered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from carnet.errors import CarnetError, Conflict, InvalidInput, Issue, NotFound
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.kept import KeptEntry
from carnet.ledger.refusals import Refusal
from carnet.people.caller import AccountantCaller
from carnet.web import traces
from carnet.web.presenters.money import euros
from carnet.web.site import Visit

# Rules of the ledger speak of what it is given; these are the fields where a person reads of it.
_FIELDS = {"amounts": "net", "of": "", "entry": "", "lines": "net"}


@dataclass(frozen=True, slots=True)
class Refusals:
    """What is wrong: by field, and with the whole."""

    errors: dict[str, str]
    problems: tuple[str, ...]


def writer_of(visit: Visit) -> str:
    """How an accountant is named in the books: `Hugo BARRÊME (comptable-0001)`."""
    caller = visit.logged_in.caller
    if not isinstance(caller, AccountantCaller):
        raise LookupError(  # noqa: TRY004  a page of another side was mounted here
            "only accountants write to the books")
    return f"{caller.given} {caller.family} ({caller.accountant_id})".strip()


def keeper_of(visit: Visit, books: str = PROGRAMME) -> Keeper:
    """These books, for the accountant who is logged in."""
    return Keeper(visit.site.ledger, writer_of(visit), books=books)


async def done(visit: Visit, act: str) -> None:
    """Leave the trace of what an accountant did."""
    await traces.done(visit, act, visit.logged_in.caller)


async def refused(visit: Visit, act: str, error: InvalidInput | Conflict) -> Refusals:
    """Leave the trace of a refusal, and put every reason into words."""
    issues: Iterable[Issue] = getattr(error, "issues", ()) or (Issue("conflict", str(error)),)
    issues = tuple(issues)
    await traces.refused(visit, act, "; ".join(str(each.rule) if isinstance(each, Refusal) else each.code
                                               for each in issues))
    errors: dict[str, str] = {}
    problems: list[str] = []
    for issue in issues:
        name = issue.expression.rpartition(".")[2]
        field = _FIELDS.get(name, name)
        if field:
            errors.setdefault(field, said(visit, issue, field))
        else:
            problems.append(said(visit, issue, field))
    return Refusals(errors, tuple(dict.fromkeys(problems)))


def said(visit: Visit, issue: Issue, field: str = "") -> str:
    """One reason in the words of the page."""
    if isinstance(issue, Refusal):
        values = {name: _shown(visit, value) for name, value in issue.values.items()}
        return visit.words(f"accounts.rule.{issue.rule}", **values)
    key = f"accounts.{field}_wrong"
    return visit.words(key) if visit.words.has(key) else issue.message


def _shown(visit: Visit, value: int | str | date) -> str:
    if isinstance(value, date):
        return visit.calendar.medium(value)
    return euros(value, visit.words.language) if isinstance(value, int) else value


async def entry_asked_for(visit: Visit) -> KeptEntry:
    """The entry that the address names. Raises NotFound."""
    try:
        entry_id = UUID(visit.request.path_params["entry"])
    except ValueError as error:
        await traces.refused(visit, "ledger_entry", "address")
        raise NotFound("no such entry") from error
    kept = await visit.site.ledger.entry(entry_id)
    if kept is None:
        await traces.refused(visit, "ledger_entry", "unknown")
        raise NotFound("no such entry")
    return kept


REFUSED: tuple[type[CarnetError], ...] = (InvalidInput, Conflict)
