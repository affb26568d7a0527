"""The flags of a message (table MetaDMPMSS): who sees the document, where it goes, what is acknowledged. Pure.

A flag that is not known is refused, never passed over: it may be one that hides.
May import: this room, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carnet.documents.entry import Visibility
from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.er7 import Segment

TABLE = "MetaDMPMSS"


class Flag(StrEnum):
    """What OBX-3 names; each is Y or N."""

    MASQUE_PS = "MASQUE_PS"
    INVISIBLE_PATIENT = "INVISIBLE_PATIENT"
    INVISIBLE_REP_LEGAUX = "INVISIBLE_REP_LEGAUX"
    CONNEXION_SECRETE = "CONNEXION_SECRETE"     # noqa: S105
    MODIF_CONF_CODE = "MODIF_CONF_CODE"
    DESTDMP = "DESTDMP"
    DESTMSSANTEPS = "DESTMSSANTEPS"
    DESTMSSANTEPAT = "DESTMSSANTEPAT"
    ACK_RECEPTION = "ACK_RECEPTION"
    ACK_LECTURE_MSS = "ACK_LECTURE_MSS"


TEXTS = ("CORPSMAIL_PS", "CORPSMAIL_PATIENT")
OF_THE_LOT = "COMP_LOT"     # versions before 2.0: the documents that make the lot, which the OBX themselves say
_FORMERLY = {               # how versions before 2.0 write them
    "INVISIBLE_REPRESENTANTS_LEGAUX": Flag.INVISIBLE_REP_LEGAUX, "MODIF_CONFIDENTIALITYCODE": Flag.MODIF_CONF_CODE,
    "ACK_LECTURE": Flag.ACK_LECTURE_MSS,
}
_NAMES: Mapping[str, Flag] = {**{flag.value: flag for flag in Flag}, **_FORMERLY}
_VALUES = {"Y": True, "N": False}
_UNSAID = {Flag.DESTDMP: True}      # versions before 1.2 have no destination: they were sent to be kept

_VISIBILITY = {
    Flag.MASQUE_PS: Visibility.MASQUE_PS, Flag.INVISIBLE_PATIENT: Visibility.INVISIBLE_PATIENT,
    Flag.INVISIBLE_REP_LEGAUX: Visibility.INVISIBLE_REPRESENTANTS_LEGAUX,
    Flag.CONNEXION_SECRETE: Visibility.INVISIBLE_REPRESENTANTS_LEGAUX,
}


@dataclass(frozen=True, slots=True)
class Flags:
    """What the flags say together."""

    said: Mapping[Flag, bool]

    def __getitem__(self, flag: Flag) -> bool:
        return self.said.get(flag, _UNSAID.get(flag, False))

    def visibility(self, *, is_minor: bool) -> frozenset[Visibility]:
        """How the document is hidden. Only a minor has legal representatives to hide it from."""
        hidden = {found for flag, found in _VISIBILITY.items() if self[flag]}
        return frozenset(hidden if is_minor else hidden - {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})

    def unmatched(self) -> Iterator[Issue]:
        """What the profile does not allow together, for who gets a copy by secure mail."""
        is_hidden = self[Flag.MASQUE_PS] or self[Flag.INVISIBLE_REP_LEGAUX]
        to_professionals, to_patient = self[Flag.DESTMSSANTEPS], self[Flag.DESTMSSANTEPAT]
        if to_patient and self[Flag.INVISIBLE_PATIENT]:
            yield _wrong("a document that the patient may not see is not sent to the patient", Flag.DESTMSSANTEPAT)
        if to_patient and is_hidden and (self[Flag.DESTDMP] or to_professionals):
            message = "a masked or hidden document goes to the patient's box alone, with DESTDMP=N"
            yield _wrong(message, Flag.DESTMSSANTEPAT)
        if to_patient and self[Flag.CONNEXION_SECRETE] and self[Flag.DESTDMP]:
            yield _wrong("what a minor keeps secret is not sent to the patient's box", Flag.DESTMSSANTEPAT)
        if to_professionals and self[Flag.MASQUE_PS]:
            yield _wrong("a document masked from professionals is not sent to professionals", Flag.DESTMSSANTEPS)
        if not (self[Flag.DESTDMP] or to_professionals or to_patient):
            yield _wrong("the message has no destination", Flag.DESTDMP)


NO_FLAGS = Flags({})


def is_flag(obx: Segment) -> bool:
    """True for an OBX that is about the message's destinations, and no document and no result."""
    name = obx(3)
    return obx(3, 3) == TABLE or name in _NAMES or name in TEXTS or name == OF_THE_LOT


def read_flags(segments: Sequence[Segment]) -> Flags:
    """The flags among these OBX. Raises InvalidInput with all that is unknown, said twice, or neither Y nor N."""
    said: dict[Flag, bool] = {}
    issues: list[Issue] = []
    for obx in segments:
        name, value = obx(3), obx(5)
        if name in TEXTS or name == OF_THE_LOT:
            continue
        flag = _NAMES.get(name)
        if flag is None and _looks_like_one(obx):
            issues.append(Issue("code-invalid", f"{name[:40]!r} is no flag of {TABLE}", obx.at(3)))
        elif flag is not None and value not in _VALUES:
            issues.append(Issue("code-invalid", f"{flag} is Y or N", obx.at(5)))
        elif flag is not None and said.setdefault(flag, _VALUES[value]) is not _VALUES[value]:
            issues.append(Issue("invariant", f"{flag} is Y and N in one message", obx.at(5)))
    if issues:
        raise InvalidInput(*issues)
    return Flags(said)


def _looks_like_one(obx: Segment) -> bool:
    return obx(3, 3) == TABLE or (obx(2) in ("CE", "CWE") and obx(5) in _VALUES)


def _wrong(message: str, flag: Flag) -> Issue:
    return Issue("invariant", message, f"{TABLE}.{flag}")
