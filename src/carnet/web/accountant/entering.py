"""Entering what nothing rests on yet: a commitment, and what was given in kind."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from starlette.responses import Response

from carnet.errors import Conflict, InvalidInput
from carnet.ledger.contribution import Contribution, Given
from carnet.ledger.postings import Amount, Piece
from carnet.web import forms, traces
from carnet.web.accountant import proofs
from carnet.web.accountant.entries import entered
from carnet.web.accountant.keeping import Refusals, done, keeper_of, refused
from carnet.web.accountant.typed import Typed, entry_id_of
from carnet.web.presenters.book_forms import COMMITMENT, IN_KIND, BookForm, BookForms
from carnet.web.presenters.words import Fact
from carnet.web.site import Visit, see_other

COMMITMENT_PATH, IN_KIND_PATH = "/comptes/engagement", "/comptes/nature"
PROMISED, LENT = "ledger_promise", "ledger_lend"
_LAYOUTS = {COMMITMENT_PATH: ("commitment", COMMITMENT), IN_KIND_PATH: ("in_kind", IN_KIND)}


async def ask(visit: Visit) -> Response:
    """The form, empty."""
    today = await visit.site.ledger.today()
    usual = {"on": today.isoformat(), "share": "100", "vat": "0"}
    return _page(visit, forms.Answers(usual, {}), entry_id=str(uuid4()))


async def promise(visit: Visit) -> Response:
    """Enter a commitment."""
    typed, proof = await begun(visit)
    piece = Piece(
        on=typed.day(), label=typed.text("label", is_required=True), piece=typed.text("piece", is_required=True),
        proof=proof, entry_id=entry_id_of(visit))
    amount = Amount(net_cents=typed.cents("net"), vat_cents=typed.cents("vat", is_required=False),
                    dimensions=typed.dimensions())
    if typed.errors:
        return await again(visit, PROMISED, typed.errors, proof)
    try:
        entry = await keeper_of(visit).promise(piece, amount)
    except (InvalidInput, Conflict) as error:
        return refused_page(visit, await refused(visit, PROMISED, error), proof)
    await done(visit, PROMISED)
    return see_other(entered(entry.entry_id))


async def lend(visit: Visit) -> Response:
    """Enter what was given in kind."""
    typed, proof = await begun(visit)
    given = visit.text("given")
    if given not in set(Given):
        typed.wrong("given", "accounts.lacking")
    worth = Contribution(
        Given(given) if given in set(Given) else Given.STAFF, typed.quantity("quantity"), typed.cents("unit"),
        typed.text("source", is_required=True))
    piece = Piece(
        on=typed.day(), label=worth.label, piece=typed.text("piece"), proof=proof, entry_id=entry_id_of(visit))
    what = typed.dimensions()
    if typed.errors:
        return await again(visit, LENT, typed.errors, proof)
    try:
        entry = await keeper_of(visit).lend(piece, worth.cents, what)
    except (InvalidInput, Conflict) as error:
        return refused_page(visit, await refused(visit, LENT, error), proof)
    await done(visit, LENT)
    return see_other(entered(entry.entry_id))


async def begun(visit: Visit) -> tuple[Typed, bytes | None]:
    """What was typed, and the proof that came with it."""
    typed = Typed(visit, await visit.site.ledger.today())
    proof = await proofs.taken(visit)
    if isinstance(proof, str):
        typed.errors["proof"] = proof
        return typed, None
    return typed, proof


async def again(visit: Visit, act: str, errors: Mapping[str, str], proof: bytes | None) -> Response:
    """The form with what is wrong in it, traced."""
    await traces.refused(visit, act, "form")
    return refused_page(visit, Refusals(dict(errors), ()), proof)


def refused_page(visit: Visit, refusals: Refusals, proof: bytes | None) -> Response:
    """The form as it was sent, with why it was not entered."""
    values = {name: visit.text(name) for name in visit.form}
    return _page(
        visit, forms.Answers(values, refusals.errors), refusals.problems, entry_id=str(entry_id_of(visit)),
        proof=proof, status=409 if refusals.problems and not refusals.errors else 422)


def hidden(entry_id: str, proof: bytes | None) -> tuple[tuple[str, str], ...]:
    """What a form brings back unseen."""
    kept = (("proof_kept", proof.hex()),) if proof is not None else ()
    return (("entry_id", entry_id), *kept)


def proof_facts(visit: Visit, proof: bytes | None) -> tuple[Fact, ...]:
    """That the proof is here already."""
    if proof is None:
        return ()
    return (Fact(visit.words("accounts.proof"), visit.words("accounts.proof_is_kept", hash=proof.hex()[:12])),)


def _page(
    visit: Visit, answers: forms.Answers, problems: tuple[str, ...] = (), *, entry_id: str,
    proof: bytes | None = None, status: int = 200,
) -> Response:
    path = visit.request.url.path
    name, layout = _LAYOUTS[path]
    made = BookForms(visit.words, sorted(visit.stores.copies.directory.hosts))
    view = BookForm(
        visit.words(f"accounts.{name}.title"), visit.words(f"accounts.{name}.lead"), path, "/comptes",
        proof_facts(visit, proof), problems, made.sections(layout, answers), hidden(entry_id, proof),
        visit.words(f"accounts.{name}.submit"))
    return visit.page("accountant/form.html", status=status, view=view)
