"""What is typed into an accountant's form, read without a guess: every fault stands at its field."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from carnet.ledger.category import Category
from carnet.ledger.dimensions import WHOLE, Certainty, Dimensions, is_siren
from carnet.ledger.money import cents_of
from carnet.web.site import Visit

LONGEST = 200
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,4}))?")
_QUANTITY = re.compile(r"(\d{1,9})(?:[.,](\d{1,2}))?")
_TEXTS = ("contract", "lot", "legal_act", "funding_line", "phase", "region", "consortium")


class Typed:
    """The fields of the form that came back, and what is wrong with them."""

    def __init__(self, visit: Visit, today: date) -> None:
        self._visit, self._today = visit, today
        self.errors: dict[str, str] = {}

    def wrong(self, name: str, key: str = "") -> None:
        """Say what is wrong with this field."""
        words = self._visit.words
        own = f"accounts.{name}_wrong"
        self.errors[name] = words(key) if key else words(own) if words.has(own) else words("accounts.wrong")

    def text(self, name: str, *, is_required: bool = False) -> str:
        """Words on one line."""
        text = " ".join(self._visit.text(name).split())
        if len(text) > LONGEST or not text.isprintable():
            self.wrong(name, "accounts.too_long")
        elif is_required and not text:
            self.wrong(name, "accounts.lacking")
        return text

    def day(self, name: str = "on") -> date:
        """A day that is not to come; today where it is none, with a fault."""
        try:
            day = date.fromisoformat(self._visit.text(name))
        except ValueError:
            self.wrong(name, "accounts.day_wrong")
            return self._today
        if day > self._today or day.year < 1900:
            self.wrong(name, "accounts.day_to_come")
        return day

    def cents(self, name: str, *, is_required: bool = True) -> int:
        """An amount, not below 0."""
        text = self._visit.text(name)
        if not text:
            if is_required:
                self.wrong(name, "accounts.lacking")
            return 0
        try:
            cents = cents_of(text)
        except ValueError:
            self.wrong(name, "accounts.amount_wrong")
            return 0
        if cents < 0:
            self.wrong(name, "accounts.amount_below")
        return cents

    def quantity(self, name: str) -> Decimal:
        """How many, to the hundredth, more than 0."""
        found = _QUANTITY.fullmatch(self._visit.text(name))
        number = Decimal(f"{found[1]}.{found[2] or 0}") if found else Decimal(0)
        if number <= 0:
            self.wrong(name, "accounts.quantity_wrong")
        return number

    def dimensions(self) -> Dimensions:
        """What the amount is for."""
        category = self._visit.text("category")
        if category not in set(Category):
            self.wrong("category", "accounts.lacking")
        host = self._visit.text("host")
        if host and host not in self._visit.stores.copies.directory.hosts:
            self.wrong("host")
        share, reason = self._share(), self.text("share_reason")
        if share != WHOLE and not reason:
            self.wrong("share_reason")
        return Dimensions(
            category=Category(category) if category in set(Category) else None, certainty=Certainty.COMMITTED,
            host=host, payer=self._siren("payer"), beneficiary=self._siren("beneficiary"), share_millionths=share,
            share_reason=reason, **{name: self.text(name) for name in _TEXTS})

    def _siren(self, name: str) -> str:
        siren = "".join(self._visit.text(name).split())
        if siren and not is_siren(siren):
            self.wrong(name, "accounts.siren_wrong")
        return siren

    def _share(self) -> int:
        found = _PERCENT.fullmatch(self._visit.text("share").removesuffix("%").strip())
        millionths = int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0")) if found else -1
        if not 0 <= millionths <= WHOLE:
            self.wrong("share")
            return WHOLE
        return millionths


def entry_id_of(visit: Visit) -> UUID:
    """The id that the entry got when its form was shown; a new one when the form has none."""
    try:
        return UUID(visit.text("entry_id"))
    except ValueError:
        return uuid4()
