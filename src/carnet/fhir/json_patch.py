"""What a JSON Patch (RFC 6902) of a DocumentReference asks for: one of the few changes that TD3.3a to d know.

Mask or unmask, show to the patient or to representatives, archive or not, delete; one at a time, so that all of it is
done or nothing. Anything else is refused in words. May import: this room, documents, rights, errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from carnet.documents.entry import DocumentEntry, Visibility
from carnet.errors import InvalidInput, InvalidSubmission, Issue
from carnet.fhir.document_out import IS_ARCHIVED
from carnet.fhir.elements import CodeableConcept, Extension
from carnet.fhir.labels import to_labels
from carnet.fhir.systems import VISIBILITY, first_code
from carnet.rights.access import Act

MEDIA_TYPES = frozenset({"application/json-patch+json"})
_LABEL = re.compile(r"/securityLabel/(\d{1,2}|-)")
_FLAG = re.compile(r"/extension(?:/(?:0|-))?")
_REMOVED = {
    Visibility.MASQUE_PS: Act.UNMASK, Visibility.INVISIBLE_PATIENT: Act.ANNOUNCE,
    Visibility.INVISIBLE_REPRESENTANTS_LEGAUX: Act.SHOW_TO_REPRESENTATIVES,
}
T = TypeVar("T")
_KNOWN = (
    "one of: add MASQUE_PS to /securityLabel/-; remove /securityLabel/<n>; add the extension pdsm-ext-is-archived, "
    "replace its valueBoolean at /extension/0/valueBoolean or remove it; replace /status by entered-in-error")


@dataclass(frozen=True, slots=True)
class LabelAt:
    """The removal of the label at this place, of the version that the asker saw."""

    place: int


class _Operation(msgspec.Struct, forbid_unknown_fields=True):
    op: str
    path: str
    value: msgspec.Raw = msgspec.Raw(b"null")


def read_json_patch(body: bytes) -> Act | LabelAt:
    """What is asked for. Raises InvalidInput for what is no JSON Patch, InvalidSubmission for any other change."""
    try:
        operations = msgspec.json.decode(body, type=list[_Operation])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(Issue("structure", f"a JSON Patch is a list of op, path and value: {error}")) from None
    if len(operations) != 1:
        raise InvalidSubmission(Issue("business-rule", f"one operation at a time; {_KNOWN}"))
    wanted = _wanted(operations[0])
    if wanted is None:
        raise InvalidSubmission(Issue("not-supported", _KNOWN))
    return wanted


def act_on(label: LabelAt, entry: DocumentEntry) -> Act:
    """What the removal of this label is. Raises InvalidSubmission where there is none, and for the level."""
    labels = to_labels(entry)
    code = first_code(labels[label.place]) if label.place < len(labels) else None
    if code is None:
        raise InvalidSubmission(Issue("value", "no label at this place", "DocumentReference.securityLabel"))
    if code.system != VISIBILITY:
        raise InvalidSubmission(Issue(
            "not-supported", "the level of confidentiality stays", f"DocumentReference.securityLabel[{label.place}]"))
    return _REMOVED[Visibility(code.code)]


def _wanted(operation: _Operation) -> Act | LabelAt | None:
    label = _LABEL.fullmatch(operation.path)
    match operation.op, operation.path:
        case "add", _ if label is not None:
            return _masking(operation.value)
        case "remove", _ if label is not None and label[1] != "-":
            return LabelAt(int(label[1]))
        case "add", path if _FLAG.fullmatch(path):
            return _archiving(operation.value, is_list=path == "/extension")
        case "add" | "replace", "/extension/0/valueBoolean":
            return _flag(_read(operation.value, bool))
        case "remove", "/extension/0":
            return Act.UNARCHIVE
        case "replace", "/status":
            return Act.DELETE if _read(operation.value, str) == "entered-in-error" else None
        case _:
            return None


def _masking(value: msgspec.Raw) -> Act:
    label = _read(value, CodeableConcept)
    code = first_code(label)
    if code is not None and code.system in (VISIBILITY, "") and code.code == Visibility.MASQUE_PS:
        return Act.MASK
    raise InvalidSubmission(Issue(
        "business-rule", "only MASQUE_PS may be added: a document is made invisible at its deposit, and never again",
        "DocumentReference.securityLabel"))


def _archiving(value: msgspec.Raw, *, is_list: bool) -> Act | None:
    found = _read(value, list[Extension]) if is_list else [_read(value, Extension)]
    if found is None or len(found) != 1 or found[0] is None or found[0].url != IS_ARCHIVED:
        return None
    return _flag(found[0].value_boolean)


def _flag(archived: bool | None) -> Act | None:
    return None if archived is None else Act.ARCHIVE if archived else Act.UNARCHIVE


def _read(value: msgspec.Raw, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None
