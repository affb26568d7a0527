"""Entering what rests on another entry: an invoice of a commitment, a payment of an invoice, a reversal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry
from carnet.ledger.keep import Keeper
from carnet.ledger.kept import KeptEntry
from carnet.ledger.money import euros_of
from carnet.ledger.postings import Amount, Piece, owed_by, promised_by
from carnet.web import forms, traces
from carnet.web.accountant.entering import begun, hidden, proof_facts
from carnet.web.accountant.entries import entered
from carnet.web.accountant.keeping import Refusals, done, entry_asked_for, keeper_of, refused
from carnet.web.accountant.typed import Typed, entry_id_of
from carnet.web.presenters.book_forms import BookForm, BookForms
from carnet.web.presenters.entries import PATH, EntriesPresenter, path_of
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact
from carnet.web.site import Visit, see_other

Deed = Callable[[Typed, Piece, KeptEntry, Keeper], Awaitable[Entry]]


@dataclass(frozen=True, slots=True)
class Step:
    """A form on an entry: its words, what its trace says, its fields, and how it is entered."""

    name: str
    act: str
    fields: tuple[str, ...]
    enter: Deed


async def ask(visit: Visit) -> Response:
    """The form, with what is left of the entry it rests on."""
    kept, step = await entry_asked_for(visit), _step(visit)
    usual = {"on": (await visit.site.ledger.today()).isoformat()}
    left = await _left(visit, kept)
    if step.name == "invoice":
        usual |= {f"vat-{place}": "0" for place in range(len(left))}
    if step.name == "payment":
        usual |= {"cents": euros_of(sum(left.values())), "label": f"Paiement {kept.entry.piece}".strip()}
    return await _page(visit, kept, forms.Answers(usual, {}), entry_id=str(uuid4()))


async def enter(visit: Visit) -> Response:
    """Enter it, or show the form again with why not."""
    kept, step = await entry_asked_for(visit), _step(visit)
    typed, proof = await begun(visit)
    label = typed.text("label", is_required=True)
    piece = Piece(
        on=typed.day(), label=label, piece=typed.text("piece", is_required="piece" in step.fields), proof=proof,
        entry_id=entry_id_of(visit))
    try:
        entry = await step.enter(typed, piece, kept, keeper_of(visit, kept.books))
    except _UnreadableError:
        await traces.refused(visit, step.act, "form")
        refusals = Refusals(typed.errors, ())
    except (InvalidInput, Conflict) as error:
        refusals = await refused(visit, step.act, error)
    else:
        await done(visit, step.act)
        return see_other(entered(entry.entry_id))
    if "net" in refusals.errors:        # of which amount is not known: the first
        refusals.errors.setdefault("net-0", refusals.errors.pop("net"))
    answers = forms.Answers({name: visit.text(name) for name in visit.form}, refusals.errors)
    status = 422 if refusals.errors else 409
    return await _page(
        visit, kept, answers, refusals.problems, entry_id=str(entry_id_of(visit)), proof=proof, status=status)


class _UnreadableError(Exception):
    """A field is wrong: nothing was asked of the books."""


async def _invoice(typed: Typed, piece: Piece, kept: KeptEntry, keeper: Keeper) -> Entry:
    amounts = [
        Amount(net_cents=net, vat_cents=vat, dimensions=dimensions)
        for place, dimensions in enumerate(promised_by(kept.entry))
        if (net := typed.cents(f"net-{place}", is_required=place == 0)) +
        (vat := typed.cents(f"vat-{place}", is_required=False))]
    _readable(typed)
    return await keeper.invoice(piece, *amounts, of=kept.entry.entry_id)


async def _payment(typed: Typed, piece: Piece, kept: KeptEntry, keeper: Keeper) -> Entry:
    cents = typed.cents("cents")
    _readable(typed)
    return await keeper.pay(piece, cents, of=kept.entry.entry_id)


async def _reversal(typed: Typed, piece: Piece, kept: KeptEntry, keeper: Keeper) -> Entry:
    _readable(typed)
    return await keeper.take_back(piece, kept.entry.entry_id)


def _readable(typed: Typed) -> None:
    if typed.errors:
        raise _UnreadableError


STEPS = {
    "facture": Step("invoice", "ledger_invoice", ("label", "piece", "on", "proof"), _invoice),
    "paiement": Step("payment", "ledger_pay", ("label", "piece", "on", "proof"), _payment),
    "reprise": Step("reversal", "ledger_take_back", ("label", "on", "proof"), _reversal),
}
FORM = f"{PATH}/{{entry}}/{{step}}"


def _step(visit: Visit) -> Step:
    step = STEPS.get(visit.request.path_params["step"])
    if step is None:
        raise NotFound("no such step")
    return step


async def _left(visit: Visit, kept: KeptEntry) -> Mapping[Dimensions, int]:
    """What is left of a commitment or of an invoice, by what for."""
    of = promised_by if _step(visit).name == "invoice" else owed_by
    left = of(kept.entry)
    for each in (await visit.site.ledger.around(kept.entry.entry_id))[1]:
        left.update(of(each.entry))
    return left


async def _page(
    visit: Visit, kept: KeptEntry, answers: forms.Answers, problems: tuple[str, ...] = (), *, entry_id: str,
    proof: bytes | None = None, status: int = 200,
) -> Response:
    step, words = _step(visit), visit.words
    presenter = EntriesPresenter(words, visit.calendar)
    left = await _left(visit, kept)
    names: dict[str, str] = {}
    amounts: tuple[str, ...] = ("cents",) if step.name == "payment" else ()
    if step.name == "invoice":
        for place, (what, cents) in enumerate(left.items()):
            said = {"what": presenter.category(what.category), "left": euros(cents, words.language)}
            names |= {f"net-{place}": words("accounts.net_of", **said), f"vat-{place}": words("accounts.vat")}
            amounts += (f"net-{place}", f"vat-{place}")
    layout = (("piece", step.fields), *((("amount", amounts),) if amounts else ()))
    made = BookForms(words, ()).sections(layout, answers, names)
    facts = (
        Fact(words(f"accounts.{step.name}.of"), f"{presenter.name(kept.entry)}, {kept.entry.label}"),
        *((Fact(words("accounts.still_left"), euros(sum(left.values()), words.language)),) if amounts else ()),
        *proof_facts(visit, proof))
    view = BookForm(
        words(f"accounts.{step.name}.title"), words(f"accounts.{step.name}.lead"), visit.request.url.path,
        path_of(kept), facts, problems, made, hidden(entry_id, proof), words(f"accounts.{step.name}.submit"))
    return visit.page("accountant/form.html", status=status, view=view)


