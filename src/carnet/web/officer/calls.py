"""Calls for projects: the list, one of them with its ranking, its decision and its report, and its file as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, Issue
from carnet.ledger.money import cents_of, euros_of
from carnet.people.caller import OfficerCaller
from carnet.steering.calls.faults import Rule, fault
from carnet.steering.calls.life import Life
from carnet.steering.calls.report import Account, accounts, as_csv, fed_by
from carnet.steering.calls.scoring import proposal
from carnet.steering.calls.steps import Given
from carnet.web import traces
from carnet.web.forms import Field
from carnet.web.presenters.calls import PATH, CallsPresenter
from carnet.web.site import Visit, see_other

ONE, FILE = f"{PATH}/{{call}}", f"{PATH}/{{call}}.csv"
DECIDED = "call_decide"
MOST_IN_A_FORM = 25         # two fields each: more are decided by a file (`carnet steering call decide`)


async def calls(visit: Visit) -> Response:
    """All of them, and what each came to."""
    store = visit.site.calls.store
    view = presenter_of(visit).listed(await store.lives(), await store.today(), PATH)
    return visit.page("officer/calls.html", table=view)


async def call(visit: Visit) -> Response:
    """One of them."""
    return await _page(visit, await life_asked_for(visit), {})


async def decide(visit: Visit) -> Response:
    """Say who is granted how much."""
    life = await life_asked_for(visit)
    typed = {name: visit.text(name) for name in visit.form}
    try:
        given = [_given(name, typed) for name in sorted(life.applications)]
        await visit.site.calls.decide(
            life.call.call, visit.text("legal_act"), given, by=officer_of(visit), step_id=step_id_of(visit))
    except (InvalidInput, Conflict) as error:
        await traces.refused(visit, DECIDED, code_of(error))
        status = 409 if isinstance(error, Conflict) else 422
        return await _page(visit, life, typed, presenter_of(visit).problems(error), status=status)
    await traces.done(visit, DECIDED, visit.logged_in.caller)
    return see_other(f"{PATH}/{life.call.call}?fait=1")


async def as_file(visit: Visit) -> Response:
    """The report, as CSV."""
    life = await life_asked_for(visit)
    return csv_of(as_csv([(life, await accounts_of(visit, life))]), life.call.call)


def csv_of(content: str, name: str) -> Response:
    """A file of CSV to keep."""
    return Response(content, media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="appels_{name}.csv"'})


async def accounts_of(visit: Visit, life: Life) -> list[Account]:
    """What a call came to, application by application."""
    return accounts(life, await fed_by(life, visit.site.figures))


async def _page(
    visit: Visit, life: Life, typed: Mapping[str, str], problems: tuple[str, ...] = (), *, status: int = 200,
) -> Response:
    presenter = presenter_of(visit)
    lines = await accounts_of(visit, life) if life.decision is not None else []
    can_decide = life.decision is None and 0 < len(life.applications) <= MOST_IN_A_FORM
    return visit.page(
        "officer/call.html", status=status, name=life.call.call, purpose=life.call.purpose,
        state=presenter.state(life, await visit.site.calls.store.today()), facts=presenter.facts(life),
        tables=presenter.tables(life), applications=presenter.applications(life), problems=problems,
        money=presenter.money(lines) if lines else None, form=_form(visit, life, typed) if can_decide else (),
        legal_act=Field("legal_act", visit.words("calls.legal_act"), typed.get("legal_act", "")),
        is_full=len(life.applications) > MOST_IN_A_FORM and life.decision is None,
        step_id=typed.get("step_id") or str(uuid4()), is_done="fait" in visit.request.query_params)


def _form(visit: Visit, life: Life, typed: Mapping[str, str]) -> tuple[tuple[str, Field, Field, str], ...]:
    """For each application what it gets, as the ranking proposes it, and why; nothing is proposed before all spoke."""
    is_told = not any(life.awaited(name) for name in life.applications)
    asked = {name: each.file.asked_cents for name, each in life.applications.items()}
    proposed = {
        each.application: each for each in (
            proposal(life.ranking(), asked, life.call.budget_cents) if is_told else ())}
    rows = []
    for name in sorted(life.applications):
        cents = euros_of(proposed[name].cents) if name in proposed else "0"
        is_tied = name in proposed and proposed[name].is_tied
        rows.append((
            f"{name} {life.applications[name].file.name}",
            Field(f"cents-{name}", visit.words("calls.granted_to", what=name), typed.get(f"cents-{name}", cents)),
            Field(f"reason-{name}", visit.words("calls.reason_for", what=name), typed.get(f"reason-{name}", "")),
            visit.words("calls.tied") if is_tied else ""))
    return tuple(rows)


def _given(name: str, typed: Mapping[str, str]) -> Given:
    try:
        cents = cents_of(typed.get(f"cents-{name}", ""))
    except ValueError as error:
        raise InvalidInput(fault(Rule.AMOUNT, name, what=typed.get(f"cents-{name}", "")[:40] or "–")) from error
    return Given(application=name, cents=cents, reason=typed.get(f"reason-{name}", "").strip())


async def life_asked_for(visit: Visit) -> Life:
    """The call that the address names. Raises NotFound."""
    return await visit.site.calls.store.life(visit.request.path_params["call"])


def presenter_of(visit: Visit) -> CallsPresenter:
    """Words for calls."""
    return CallsPresenter(visit.words, visit.calendar)


def officer_of(visit: Visit) -> str:
    """How an officer is named in steps and books: `Inès FICTIVE (officer-0001)`."""
    caller = visit.logged_in.caller
    if not isinstance(caller, OfficerCaller):
        raise LookupError(  # noqa: TRY004  a page of another side was mounted here
            "only officers handle calls")
    return f"{caller.given} {caller.family} ({caller.officer_id})".strip()


def step_id_of(visit: Visit) -> UUID:
    """The id that a step got when its form was shown; a new one when the form has none."""
    try:
        return UUID(visit.text("step_id"))
    except ValueError:
        return uuid4()


def code_of(error: InvalidInput | Conflict) -> str:
    """What is wrong, for the trace: codes, never what was typed."""
    issues: tuple[Issue, ...] = tuple(getattr(error, "issues", ()))
    return "; ".join(sorted({str(getattr(each, "rule", each.code)) for each in issues}))[:200] or "conflict"
