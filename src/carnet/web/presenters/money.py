"""Amounts as people read them: `1 234,56 €`, `€1,234.56`. Whole cents in, never a float."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

from carnet.web.words import Language

_LOCALES = {Language.FR: "fr_FR", Language.EN: "en_GB"}


def euros(cents: int, language: Language) -> str:
    """An amount to the cent."""
    return str(format_currency(Decimal(cents).scaleb(-2), "EUR", locale=_LOCALES[language]))
