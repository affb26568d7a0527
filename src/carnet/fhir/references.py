"""References of a message: what `#id`, `urn:uuid:…` and `Patient?identifier=…` point to.

May import: this room, people, errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import msgspec

from carnet.errors import InvalidIdentifier, InvalidInput, Issue
from carnet.fhir.elements import Identifier, Reference
from carnet.fhir.resources import Patient, id_of, kind_of, read
from carnet.people.ins import Ins, InsOid, InsPolicy

_INS_OIDS = frozenset(InsOid)


class Surroundings:
    """What a resource can point to inside its message: what it contains, and the other entries of its bundle."""

    def __init__(self, contained: Iterable[msgspec.Raw], entries: Mapping[str, msgspec.Raw] | None = None) -> None:
        self._contained = {f"#{id_of(raw)}": raw for raw in contained}
        self._entries = entries or {}

    def find(self, reference: Reference | None) -> msgspec.Raw | None:
        """The resource that a reference points to, not read yet; None if it is not in the message."""
        if reference is None or not reference.reference:
            return None
        return self._contained.get(reference.reference) or self._entries.get(reference.reference)


def patient_of(reference: Reference | None, surroundings: Surroundings) -> Patient | None:
    """The Patient of the message that a reference points to."""
    raw = surroundings.find(reference)
    return read(raw, Patient) if raw is not None and kind_of(raw) == "Patient" else None


def ins_of(reference: Reference | None, surroundings: Surroundings, policy: InsPolicy, expression: str) -> Ins:
    """The INS of the subject. Raises InvalidInput, naming `expression`.

    It is read from the resource pointed to, from `identifier`, or from `Patient?identifier=system|value`; other
    addresses are those of another server.
    """
    if reference is None:
        raise InvalidInput(Issue("required", "the subject is missing", expression))
    for identifier in _identifiers(reference, surroundings):
        if identifier.system.removeprefix("urn:oid:") in _INS_OIDS:
            try:
                return Ins.parse(identifier.value, identifier.system, policy)
            except InvalidIdentifier as error:
                raise InvalidIdentifier(Issue("value", error.issues[0].message, expression)) from None
    raise InvalidInput(Issue(
        "value", "no INS here: give an identifier of system urn:oid:1.2.250.1.213.1.4.8 (NIR) or .9 (NIA)", expression))


def _identifiers(reference: Reference, surroundings: Surroundings) -> Iterable[Identifier]:
    patient = patient_of(reference, surroundings)
    if patient is not None:
        yield from patient.identifier
    if reference.identifier is not None:
        yield reference.identifier
    conditional = conditional_identifier(reference.reference)
    if conditional is not None:
        yield conditional


def conditional_identifier(reference: str) -> Identifier | None:
    """The identifier of `Patient?identifier=system|value` (also of another type of resource), or None."""
    _, asked, identifier = reference.partition("?identifier=")
    system, bar, value = unquote(identifier).partition("|")
    return Identifier(system=system, value=value) if asked and bar else None
