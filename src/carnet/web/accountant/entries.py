"""Looking through the books: a search, and one entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from starlette.responses import Response

from carnet.ledger.category import Category
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.money import cents_of
from carnet.ledger.search import NEWEST, Search
from carnet.web import forms
from carnet.web.accountant.keeping import entry_asked_for
from carnet.web.presenters.entries import PATH, EntriesPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit

_FIELDS = {
    "livres": "books", "texte": "text", "contrat": "contract", "beneficiaire": "beneficiary", "categorie": "category",
    "depuis": "since", "jusqu": "until", "montant": "amount"}
_A_PAGE = 50


async def entries(visit: Visit) -> Response:
    """The entries that are looked for, the newest first."""
    asked = {name: value.strip()[:200] for name in _FIELDS if (value := visit.request.query_params.get(name, ""))}
    search, errors = _search(visit, asked)
    found = [] if errors else await visit.site.ledger.find(search, limit=_A_PAGE + 1)
    fields = await _fields(visit, forms.Answers({"livres": PROGRAMME, **asked}, errors))
    view = _presenter(visit).listed(found[:_A_PAGE], fields, asked, has_more=len(found) > _A_PAGE)
    return visit.page("accountant/entries.html", status=422 if errors else 200, view=view)


async def entry(visit: Visit) -> Response:
    """One entry."""
    kept, ledger = await entry_asked_for(visit), visit.site.ledger
    settled = await ledger.entry(kept.entry.settles) if kept.entry.settles else None
    view = _presenter(visit).one(kept, await ledger.around(kept.entry.entry_id), settled)
    notice = Tag(visit.words("accounts.kept"), "good") if "fait" in visit.request.query_params else None
    return visit.page("accountant/entry.html", view=view, notice=notice)


def entered(entry_id: UUID) -> str:
    """Where one goes after an entry was entered."""
    return f"{PATH}/{entry_id}?fait=1"


def _presenter(visit: Visit) -> EntriesPresenter:
    return EntriesPresenter(visit.words, visit.calendar)


def _search(visit: Visit, asked: dict[str, str]) -> tuple[Search, dict[str, str]]:
    errors: dict[str, str] = {}

    def day(name: str, default: date) -> date:
        try:
            return date.fromisoformat(asked[name]) if name in asked else default
        except ValueError:
            errors[name] = visit.words("accounts.day_wrong")
            return default

    cents = None
    try:
        cents = cents_of(asked["montant"]) if "montant" in asked else None
    except ValueError:
        errors["montant"] = visit.words("accounts.amount_wrong")
    category, before = asked.get("categorie", ""), visit.request.query_params.get("avant", "")
    return Search(
        asked.get("livres", PROGRAMME), asked.get("texte", ""), asked.get("contrat", ""),
        "".join(asked.get("beneficiaire", "").split()), Category(category) if category in set(Category) else None,
        day("depuis", date.min), day("jusqu", date.max), cents,
        int(before) if before.isdecimal() and len(before) < len(str(NEWEST)) else NEWEST), errors


async def _fields(visit: Visit, answers: forms.Answers) -> tuple[forms.Field, ...]:
    presenter = _presenter(visit)
    choices: dict[str, tuple[forms.Group, ...]] = {
        "livres": (("", tuple((each.books, each.name) for each in await visit.site.ledger.all_books())),),
        "categorie": (("", (("", visit.words("accounts.any")), *(
            (each.value, presenter.category(each)) for each in Category))),)}
    return tuple(
        replace(forms.field(visit.words, "accounts", key, answers, choices=choices.get(name, ())), name=name,
                value=answers.value(name), error=answers.error(name))
        for name, key in _FIELDS.items())
