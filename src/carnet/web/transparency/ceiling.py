"""The ceiling of 15 € per patient and year: the forecast, what-if, and a contract before it is signed.

Everybody may ask what if: nothing is saved. Officers and accountants see the alarm, and write assumptions down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidInput, NotFound
from carnet.ledger.ceiling import Extension, Level, extension_of
from carnet.ledger.figures import Figures
from carnet.ledger.forecast import Assumptions, Forecast, forecast, what_if, with_extension
from carnet.ledger.money import cents_of, euros_of
from carnet.people.caller import AccountantCaller, OfficerCaller
from carnet.web import forms
from carnet.web.presenters.ceiling import CeilingPresenter, Gauge
from carnet.web.presenters.first_programme import FirstProgramme
from carnet.web.presenters.words import Tag
from carnet.web.session import Space
from carnet.web.site import Visit, see_other
from carnet.web.transparency.asked import first_programme

if TYPE_CHECKING:
    from carnet.steering.budget import Budget

PATH = "/transparence/plafond"
OF_OFFICERS, OF_ACCOUNTANTS = "/agent/plafond", "/comptes/plafond"
_PATHS = {Space.OFFICER: OF_OFFICERS, Space.ACCOUNTANT: OF_ACCOUNTANTS}
_NUMBERS = ("records", "documents", "tariffs")
_CONTRACT = ("amount", "months", "begins")
_PERCENT = 10_000       # of millionths
_MOST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks: other assumptions, a contract, and what is wrong with either."""

    supposed: Assumptions
    extension: Extension | None
    answers: forms.Answers


async def page(visit: Visit) -> Response:
    """The forecast; with a query, what if."""
    budget = await visit.site.budget.budget()
    asked = _asked(visit, budget.forecast.assumptions)
    return await _page(visit, budget, asked, status=422 if asked.answers.errors else 200)


async def write_down(visit: Visit) -> Response:
    """Write the assumptions of the form down, as the next version. Officers and accountants."""
    caller = visit.logged_in.caller
    if not isinstance(caller, OfficerCaller | AccountantCaller):
        raise NotFound("no such page")
    budget = await visit.site.budget.budget()
    values = {name: visit.text(name) for name in (*_NUMBERS, "note")}
    asked = _read(visit, values, budget.forecast.assumptions)
    if asked.answers.errors:
        return await _page(visit, budget, asked, status=422)
    supposed = msgspec.structs.replace(asked.supposed, note=values["note"][:_MOST_NOTE])
    after = int(visit.text("after")) if visit.text("after").isdecimal() else 0
    await visit.site.budget.assumptions.say(supposed, f"{caller.given} {caller.family}", after=after)
    return see_other(f"{_PATHS[visit.logged_in.space]}?fait=ecrit")


async def gauge_of(visit: Visit) -> Gauge | None:
    """The gauge of this year's forecast; None without a record."""
    budget = await visit.site.budget.budget()
    return CeilingPresenter(visit.words, visit.calendar).gauge(budget.forecast)


async def alarm_of(visit: Visit) -> Tag | None:
    """What is said when 80 % of the ceiling or more is taken; None below."""
    return _alarm(visit, (await visit.site.budget.budget()).forecast)


async def _page(visit: Visit, budget: Budget, asked: Asked, *, status: int) -> Response:
    presenter = CeilingPresenter(visit.words, visit.calendar)
    shown = forecast(asked.supposed, budget.known, day=budget.day)
    contract = None
    if asked.extension is not None:
        contract = presenter.contract(asked.extension, shown, with_extension(shown, asked.extension))
    is_changed = asked.supposed != budget.forecast.assumptions
    space = visit.session.space if visit.session else None
    history = await Figures(visit.site.ledger, visit.site.counts).table(first_programme(), "category")
    return visit.page(
        "costs/ceiling.html", status=status, example=FirstProgramme(visit.words).hosting(history),
        gauge=presenter.gauge(shown), expected=presenter.expected(shown),
        assumed=presenter.assumed(replace(budget, forecast=shown)), versions=presenter.versions(budget),
        as_it_is=presenter.gauge(budget.forecast) if is_changed else None, contract=contract,
        alarm=_alarm(visit, budget.forecast), form=_form(visit, asked, _NUMBERS), note=_form(visit, asked, ("note",)),
        contract_form=_form(visit, asked, _CONTRACT), path=_PATHS.get(space, PATH) if space else PATH,
        may_write=space in _PATHS, after=budget.said.version if budget.said else 0,
        done=visit.words("cost.assumed.written") if visit.request.query_params.get("fait") == "ecrit" else "")


def _alarm(visit: Visit, now: Forecast) -> Tag | None:
    if now.level is Level.UNDER:
        return None
    if now.each is None:
        return Tag(visit.words("cost.alarm.no_records"), "bad")
    return Tag(visit.words(f"cost.alarm.{now.level}", percent=str(now.percent)),
               "bad" if now.level is Level.OVER else "warn")


def _form(visit: Visit, asked: Asked, names: tuple[str, ...]) -> tuple[forms.Field, ...]:
    return tuple(forms.field(visit.words, "cost.if", name, asked.answers) for name in names)


def _asked(visit: Visit, supposed: Assumptions) -> Asked:
    query = visit.request.query_params
    return _read(visit, {name: query[name].strip()[:40] for name in (*_NUMBERS, *_CONTRACT) if name in query}, supposed)


def _read(visit: Visit, values: dict[str, str], supposed: Assumptions) -> Asked:
    """What the form says. A field that is empty changes nothing; what is wrong is told beside it, and changes nothing.
    """
    errors: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for name in _NUMBERS:
        text = values.get(name, "").replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
        if text and text.isascii() and text.isdecimal():
            numbers[name] = int(text)
        elif text:
            errors[name] = visit.words("cost.if.number_wrong")
    changed = supposed
    try:
        changed = what_if(
            supposed, records=numbers.get("records"), documents=numbers.get("documents"),
            tariff_millionths=numbers["tariffs"] * _PERCENT if "tariffs" in numbers else None)
    except InvalidInput as error:
        wrong = {"tariff_millionths": "tariffs"}
        errors |= {wrong.get(each.expression, each.expression): visit.words("cost.if.number_wrong")
                   for each in error.issues}
    extension = _contract(visit, values, errors)
    shown = {
        "records": str(changed.records), "documents": str(changed.documents),
        "tariffs": str(changed.tariff_millionths // _PERCENT), **values}
    return Asked(changed, extension, forms.Answers(shown, errors))


def _contract(visit: Visit, values: dict[str, str], errors: dict[str, str]) -> Extension | None:
    said = {name: values.get(name, "") for name in _CONTRACT}
    if not any(said.values()):
        return None
    try:
        cents = cents_of(said["amount"])
        values["amount"] = euros_of(cents)
    except ValueError:
        errors["amount"] = visit.words("cost.if.amount_wrong")
        cents = 0
    months = int(said["months"]) if said["months"].isdecimal() and said["months"].isascii() else 0
    try:
        begins = date.fromisoformat(said["begins"])
    except ValueError:
        begins = date.min
    try:
        return extension_of(cents, months, begins)
    except InvalidInput as error:
        for issue in error.issues:
            errors.setdefault(issue.expression, visit.words(f"cost.if.{issue.expression}_wrong"))
        return None
