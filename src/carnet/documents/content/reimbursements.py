"""What the health insurer reimbursed: CNAM-HR 2021 (SPEC 7.5), seven kinds of care, one entry a line.

An entry whose code is null is no care: that is how the model says that there is nothing of a kind.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from carnet.documents.cda_read import code_of, every, first
from carnet.documents.content.products import device, product
from carnet.documents.content.reading import (
    Element,
    OddEntryError,
    Reading,
    codes_in,
    interval,
    moment,
    named,
    related,
    who,
)
from carnet.documents.content.values import ATC, CIP, LPP, UCD, CareKind, Product, Reimbursed
from carnet.people.code import Code

Reader = Callable[[Reading, Element], Iterator[Reimbursed]]

_SPLIT_PACK = "MED-559"
_CODES = (
    "substanceAdministration/consumable/manufacturedProduct/manufacturedMaterial/code",
    "supply/participant/participantRole/playingDevice/code", "encounter/code", "procedure/code")


def medicines(reading: Reading, entry: Element) -> Iterator[Reimbursed]:
    """A medicine that was dispensed. Raises OddEntryError."""
    if not _is_nothing(entry):
        yield _dispensed(reading, entry, CareKind.MEDICINE)


def vaccines(reading: Reading, entry: Element) -> Iterator[Reimbursed]:
    """A vaccine that was dispensed: whether it was given is not said. Raises OddEntryError."""
    if not _is_nothing(entry):
        yield _dispensed(reading, entry, CareKind.VACCINE)


def devices(reading: Reading, entry: Element) -> Iterator[Reimbursed]:
    """A device. Raises OddEntryError."""
    if _is_nothing(entry):
        return
    supply = first(entry, "supply")
    if supply is None:
        raise OddEntryError("no supply in an entry of devices")
    found = device(reading, supply)
    yield _supplied(supply, found, CareKind.MEDICAL_DEVICE, _code_in(found, *LPP))


def stays(reading: Reading, entry: Element) -> Iterator[Reimbursed]:
    """A stay in hospital, with the group that it was paid as. Raises OddEntryError."""
    if _is_nothing(entry):
        return
    encounter = first(entry, "encounter")
    if encounter is None:
        raise OddEntryError("no encounter in an entry of stays")
    coded = first(encounter, "code")
    group = code_of(first(coded, "qualifier/value"))
    kind = code_of(coded)
    if group is None and kind is None:
        raise OddEntryError("a stay without a code")
    since, until = interval(first(encounter, "effectiveTime"))
    by, place = who(first(encounter, "performer/assignedEntity"))
    codes = tuple(code for code in (group, kind) if code is not None)
    yield Reimbursed(
        kind=CareKind.HOSPITALIZATION, label=codes[0].display or reading.shown(first(encounter, "text")),
        code=codes[0], codes=codes, at=since, until=until, by=by, place=place)


def acts(kind: CareKind) -> Reader:
    """The reader of acts of this kind: care, radiology or biology."""

    def read(reading: Reading, entry: Element) -> Iterator[Reimbursed]:
        if _is_nothing(entry):
            return
        act = first(entry, "procedure")
        if act is None:
            raise OddEntryError("no procedure in an entry of acts")
        codes = codes_in(first(act, "code"))
        if not codes:
            raise OddEntryError("an act without a code")
        # Who did it comes first; a second performer is who had it done (a hospital's laboratory, its prescriber).
        done_by = [who(entity) for entity in every(act, "performer/assignedEntity")]
        by, place = done_by[0] if done_by else (None, None)
        prescriber, prescriber_place = done_by[1] if len(done_by) > 1 else (None, None)
        yield Reimbursed(
            kind=kind, label=codes[0].display or reading.shown(first(act, "text")), code=codes[0], codes=codes,
            at=moment(first(act, "effectiveTime")), by=by, place=place, prescriber=prescriber,
            prescriber_place=prescriber_place)

    return read


def _dispensed(reading: Reading, entry: Element, kind: CareKind) -> Reimbursed:
    given = first(entry, "substanceAdministration")
    if given is None:
        raise OddEntryError("no medicine in an entry")
    found = product(reading, given, "consumable")
    code = _code_in(found, *CIP, *UCD, *ATC)
    supply = next((each for each in related(given, "REFR") if named(each) == "supply"), given)
    return _supplied(supply, found, kind, code, is_split_pack=_is_split(given))


def _supplied(
    supply: Element, found: Product, kind: CareKind, code: Code | None, *, is_split_pack: bool = False,
) -> Reimbursed:
    if not found.codes:
        raise OddEntryError("a product without a code")
    by, place = who(first(supply, "performer/assignedEntity"))
    prescriber, prescriber_place = who(first(supply, "author/assignedAuthor"))
    quantity = first(supply, "quantity")
    return Reimbursed(
        kind=kind, label=found.label, code=code or found.codes[0], codes=found.codes,
        at=moment(first(supply, "performer/time")), quantity="" if quantity is None else str(quantity.get("value", "")),
        by=by, place=place, prescriber=prescriber, prescriber_place=prescriber_place, is_split_pack=is_split_pack)


def _code_in(found: Product, *systems: str) -> Code | None:
    """The first code of the first of these lists that has one."""
    return next((code for system in systems for code in found.codes if code.system == system), None)


def _is_split(given: Element) -> bool:
    for held in related(given, "COMP"):
        code, value = first(held, "code"), first(held, "value")
        if code is not None and code.get("code") == _SPLIT_PACK and value is not None:
            return value.get("value") == "true"
    return False


def _is_nothing(entry: Element) -> bool:
    """True for an entry that says that there is nothing of its kind: its code is null, and stands for no other."""
    coded = next((found for path in _CODES if (found := first(entry, path)) is not None), None)
    return coded is not None and "nullFlavor" in coded.attrib and not codes_in(coded)
