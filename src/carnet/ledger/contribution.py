"""What is given in kind, valued: so many of something at a unit value, whose source is said. An estimate. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from carnet.ledger.money import euros_of


class Given(StrEnum):
    """What is given, and in what it is counted."""

    STAFF = "staff"             # people lent, in months of one of them
    TRAINING = "training"       # hours of training
    TIME = "time"               # minutes of professionals, to open records and to feed them


_WORDS = {
    Given.STAFF: ("Personnel mis à disposition", "mois d'agent"), Given.TRAINING: ("Formation", "heures"),
    Given.TIME: ("Temps de professionnels", "minutes")}


@dataclass(frozen=True, slots=True)
class Contribution:
    """So many units at so many cents each, by this source."""

    given: Given
    quantity: Decimal
    unit_cents: int
    source: str

    @property
    def cents(self) -> int:
        """What it is worth, to the nearest cent, a half up."""
        return int((self.quantity * self.unit_cents).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def label(self) -> str:
        """How it was reckoned, as the entry says it: whoever reads the books can reckon again."""
        what, unit = _WORDS[self.given]
        number = f"{self.quantity.normalize():f}".replace(".", ",")
        return f"{what} : {number} {unit} × {euros_of(self.unit_cents)} € ({self.source})"
