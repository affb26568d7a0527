"""Medicines, vaccines and devices as entries name them: every code that is given, and the words that are shown.

May import: this room, people.
"""

from __future__ import annotations

from carnet.documents.cda_read import code_of, first, text_of
from carnet.documents.content.reading import Element, OddEntryError, Reading, codes_in
from carnet.documents.content.values import Product

_MATERIAL = "manufacturedProduct/manufacturedMaterial"      # what is below it may be of an extension of CDA


def product(reading: Reading, holder: Element, path: str) -> Product:
    """The product of an entry: `path` is `consumable` or `product`. Raises OddEntryError for one without a name."""
    material = first(holder, f"{path}/{_MATERIAL}")
    if material is None:
        raise OddEntryError("no product")
    coded = first(material, "code")
    codes = codes_in(coded)
    kinds = [code for each in material.iter("{*}generalizedMedicineClass") for code in each.iterchildren("{*}code")]
    codes = (*codes, *(code for code in map(code_of, kinds) if code is not None and code not in codes))
    label = text_of(first(material, "name")) or _display(coded) or reading.label(coded)
    label = label or reading.shown(first(holder, "text")) or next((code.code for code in codes), "")
    if not label:
        raise OddEntryError("a product without a name")
    return Product(label, codes, text_of(first(material, "lotNumberText")))


def device(reading: Reading, supply: Element) -> Product:
    """The device of a supply. Raises OddEntryError for one without a name."""
    coded = first(supply, "participant/participantRole/playingDevice/code")
    codes = codes_in(coded)
    label = next((code.display for code in codes if code.display), "") or reading.label(coded)
    label = label or reading.shown(first(supply, "text")) or next((code.code for code in codes), "")
    if not label:
        raise OddEntryError("a device without a name")
    return Product(label, codes)


def _display(coded: Element | None) -> str:
    return "" if coded is None else str(coded.get("displayName", "")).strip()
