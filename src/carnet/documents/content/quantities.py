"""Values as documents write them: numbers with units, words, codes. What is not surely a number stays text.

HL7 data types (ISO 21090 as CDA R2 has them): PQ, REAL, INT, CD, ST, ED, BL, IVL, RTO, TS.
May import: this room, people.
"""

from __future__ import annotations

import re
from decimal import Decimal

from carnet.documents.cda_read import every, first
from carnet.documents.content.reading import Element, Reading, type_of, words_of
from carnet.documents.content.values import Coded, Quantity, Text, Value
from carnet.people.code import Code

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_NUMBERS = frozenset({"PQ", "REAL", "INT", "MO"})
_CODES = frozenset({"CD", "CE", "CV", "CO", "CS"})
_INTERVALS = frozenset({"IVL_PQ", "IVL_REAL", "IVL_INT"})
_RATIOS = frozenset({"RTO", "RTO_PQ_PQ", "RTO_QTY_QTY", "RTO_INT_INT"})


def quantity(element: Element | None) -> Quantity | None:
    """A number with its unit; None for anything that is not plainly one (`1,95`, `<1`, `NAN`)."""
    written = "" if element is None else str(element.get("value", "")).strip()
    if element is None or not _NUMBER.fullmatch(written):
        return None
    unit = str(element.get("unit", "")).strip()
    return Quantity(Decimal(written), "" if unit == "1" else unit)


def value(reading: Reading, values: list[Element]) -> tuple[Value | None, str]:
    """The value that these elements give, or None and why there is none (HL7 NullFlavor; empty if nothing is said).

    Several values are shown as one text.
    """
    found = [each for each in (_one(reading, element) for element in values) if each is not None]
    if len(found) > 1:
        return Text(" ; ".join(as_text(each) for each in found)), ""
    if found:
        return found[0], ""
    return None, next((element.get("nullFlavor", "") for element in values), "")


def as_text(value: Value) -> str:
    """A value in one line, as written: the number's own digits, its own unit."""
    match value:
        case Quantity(number=number, unit=unit):
            return f"{number} {unit}".strip()
        case Coded(text=text) | Text(text=text):
            return text


def bounds(element: Element) -> str:
    """An interval in one line: `≥ 0.512 ug/mL`, `2 – 3 mg/L`. Bounds belong to it unless it says that they do not."""
    low, high = first(element, "low"), first(element, "high")
    low_text, high_text = _written(low), _written(high)
    if low_text and high_text:
        return f"{low_text} – {high_text}"
    if low_text:
        return f"{'>' if _is_outside(low) else '≥'} {low_text}"
    return f"{'<' if _is_outside(high) else '≤'} {high_text}" if high_text else ""


def _one(reading: Reading, element: Element) -> Value | None:
    kind = type_of(element)
    if kind in _NUMBERS and (number := quantity(element)) is not None:
        return number
    if kind in _CODES and element.get("code"):
        code = Code(
            str(element.get("code")).strip(), str(element.get("codeSystem", "")).strip(),
            str(element.get("displayName", "")).strip())
        return Coded(code, reading.label(element) or code.code)
    text = _text(reading, element, kind)
    return Text(text) if text else None


def _text(reading: Reading, element: Element, kind: str) -> str:
    """As shown: what the type spells, else the words inside or referred to, else the attribute as it is."""
    if kind in _INTERVALS:
        return bounds(element)
    if kind in _RATIOS:
        parts = [_written(first(element, name)) for name in ("numerator", "denominator")]
        return "/".join(part for part in parts if part)
    original = reading.shown(first(element, "originalText"))
    referred = reading.shown(element) if first(element, "reference") is not None else ""
    translated = next((reading.label(each) for each in every(element, "translation")), "")
    own = "" if len(element) or element.get("representation") == "B64" else words_of(element)
    return original or referred or own or translated or _written(element)


def _written(element: Element | None) -> str:
    if element is None:
        return ""
    return f"{str(element.get('value', '')).strip()} {str(element.get('unit', '')).strip()}".strip()


def _is_outside(element: Element | None) -> bool:
    return element is not None and element.get("inclusive") == "false"
