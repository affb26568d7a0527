"""The words of the report, in French and English: `labels.toml`. Pages and PDF say the same."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

from carnet.steering.comparison.figure import DIFFERENCE, Figure, Unit

Language = Literal["fr", "en"]
_HUNDRED = 100


class Labels:
    """The words in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words = _all()[language]

    def __call__(self, name: str, /, **values: object) -> str:
        """The words of this name. Raises KeyError."""
        return self._words[name].format(**values)

    def why(self, missing: str) -> str:
        """Why a figure is missing: as it is published where nobody translated it."""
        return self._words.get(f"why.{missing}", missing)

    def day(self, day: date) -> str:
        """A day, in full."""
        said = format_date(day, "long", locale=self.language)
        return f"1er{said[1:]}" if self.language == "fr" and day.day == 1 else said

    def number(self, value: float, places: int = 0) -> str:
        """A number with so many decimals."""
        return format_decimal(value, format=f"#,##0.{'0' * places}" if places else "#,##0", locale=self.language)

    def euros(self, cents: float) -> str:
        """An amount, to the cent."""
        text = self.number(cents / _HUNDRED, 2)
        return f"{text}\u00a0€" if self.language == "fr" else f"€{text}"

    def value(self, figure: Figure) -> str:
        """The value of a figure, with its interval where it has one; of a difference, with its sign."""
        is_apart = figure.who == DIFFERENCE
        said = self._one(figure.unit, figure.value)
        if is_apart:
            said = said.replace("\u00a0%", "\u00a0pts")
            said = f"+{said}" if float(figure.value) > 0 else said
        if figure.low:
            low, high = (self._one(figure.unit, each).removesuffix("\u00a0%") for each in (figure.low, figure.high))
            said = f"{said} [{low}\u00a0; {high}]"
        return said.replace("-", "\u2212")

    def _one(self, unit: Unit, text: str) -> str:
        value = float(text)
        match unit:
            case Unit.CENTS:
                return self.euros(value)
            case Unit.SHARE:
                return f"{self.number(value * _HUNDRED, 1)}\u00a0%"
            case Unit.SCORE | Unit.EACH:
                return self.number(value, 2)
            case _:
                return self.number(value)


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("carnet.steering.comparison") / "labels.toml").read_text(encoding="utf-8"))
