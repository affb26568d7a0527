"""Identifiers of documents: `urn:oid:1.2.3` and `urn:uuid:…` outside, the one form of `documents.identifiers` inside
(SPEC 6.4).

An OID with an extension is a system and a value in FHIR (ITI MHD, mapping of uniqueId). May import: this room,
documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from carnet.documents.identifiers import as_urn, is_uuid, unique_id
from carnet.errors import InvalidIdentifier, Issue
from carnet.fhir.elements import CodeableConcept, Coding, Identifier, Reference
from carnet.fhir.references import conditional_identifier
from carnet.fhir.systems import MHD_IDENTIFIER_TYPES, URI, first_code


def to_identifier(identifier: str) -> Identifier:
    """A uniqueId as FHIR writes it."""
    root, _, extension = identifier.partition("^")
    if extension:
        return Identifier(system=as_urn(root), value=extension)
    return Identifier(system=URI, value=as_urn(identifier))


def typed(kind: str, value: UUID) -> Identifier:
    """An entryUUID or a logicalId, with the MHD type that says which."""
    return Identifier(
        type=CodeableConcept(coding=(Coding(system=MHD_IDENTIFIER_TYPES, code=kind),)), system=URI,
        value=f"urn:uuid:{value}",
    )


def from_identifier(identifier: Identifier, expression: str) -> str:
    """A uniqueId from what FHIR says. Raises InvalidIdentifier, naming `expression`."""
    try:
        if identifier.system in ("", URI):
            return unique_id(identifier.value)
        return unique_id(identifier.system, identifier.value)
    except InvalidIdentifier as error:
        raise InvalidIdentifier(Issue("value", error.issues[0].message, f"{expression}.value")) from None


def unique_id_of(identifiers: Iterable[Identifier], expression: str) -> str:
    """The uniqueId among identifiers: the one typed so, else the first that has no type; empty if there is none."""
    kinds = [(identifier, first_code(identifier.type)) for identifier in identifiers]
    for wanted in ("uniqueId", ""):
        for place, (identifier, kind) in enumerate(kinds):
            if (kind.code if kind is not None else "") == wanted and identifier.value:
                return from_identifier(identifier, f"{expression}[{place}]")
    return ""


def document_named_by(reference: Reference, expression: str) -> str:
    """The document that a reference names: a uniqueId, or the UUID of an entry. Raises InvalidIdentifier."""
    named = reference.identifier or conditional_identifier(reference.reference)
    if named is not None:
        return from_identifier(named, expression)
    last = reference.reference.rpartition("/")[2].removeprefix("urn:uuid:")
    if is_uuid(last):
        return last.lower()
    raise InvalidIdentifier(Issue(
        "value", "name a document as DocumentReference/<id>, or by identifier", f"{expression}.reference"))
