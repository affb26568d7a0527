"""Values of laboratories as people read them: the digits of the laboratory, its unit in usual signs, what is usual.

Nothing is converted or rounded: `10.40 g/dL` is read `10,40 g/dL`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from carnet.documents.content import Coded, Quantity, ReferenceRange, Result, Text
from carnet.web.presenters.words import Tag, Tone
from carnet.web.words import Language, Words

_MICRO = re.compile(r"\bu(?=(g|mol|L|m|\[))")
_POWER = re.compile(r"10[*^](\d+)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_TONES: dict[str, Tone] = {
    "L": "warn", "H": "warn", "A": "warn", "R": "warn", "I": "plain", "S": "plain", "LL": "bad", "HH": "bad",
    "AA": "bad"}


def number(value: Decimal, language: Language) -> str:
    """The digits as written, with the decimal mark of the language."""
    written = format(value, "f")
    return written.replace(".", ",") if language is Language.FR else written


def unit(ucum: str, language: Language) -> str:
    """A UCUM unit in usual signs: `ug/L` is µg/L, `10*9/L` is ×10⁹/L, `m[IU]/L` is mUI/L, an annotation its word."""
    shown = _POWER.sub(lambda found: f"×10{found[1].translate(_RAISED)}", _MICRO.sub("µ", ucum))
    shown = shown.replace("[IU]", "UI" if language is Language.FR else "IU").replace("Cel", "°C")
    return re.sub(r"[\[\]{}]", "", shown)


def quantity(value: Quantity, language: Language) -> str:
    """`10,4 g/dL`."""
    return f"{number(value.number, language)} {unit(value.unit, language)}".strip()


def result(found: Result, words: Words) -> str:
    """The value of a result, or why there is none."""
    match found.value:
        case Quantity() as value:
            return quantity(value, words.language)
        case Coded(text=text) | Text(text=text):
            return text
        case None:
            return words("results.no_value")


def flag(found: Result, words: Words) -> Tag | None:
    """What the laboratory says of the value; a flag that is not known here is shown as it is; normal needs no word."""
    if found.flag in ("", "N"):
        return None
    key = f"results.flag.{found.flag}"
    return Tag(words(key) if words.has(key) else found.flag, _TONES.get(found.flag, "plain"))


def usual(ranges: tuple[ReferenceRange, ...], words: Words) -> str:
    """`12,0 – 16,0 g/dL`, `≤ 5,0 mg/L`, or the words of the laboratory."""
    return " ; ".join(filter(None, (_usual(each, words.language) for each in ranges)))


def _usual(usual: ReferenceRange, language: Language) -> str:
    low, high = usual.low, usual.high
    if low and high:
        same = low.unit == high.unit
        bounds = f"{number(low.number, language) if same else quantity(low, language)} – {quantity(high, language)}"
    elif low:
        bounds = f"≥ {quantity(low, language)}"
    else:
        bounds = f"≤ {quantity(high, language)}" if high else ""
    return ", ".join(part for part in (bounds, usual.text) if part)
