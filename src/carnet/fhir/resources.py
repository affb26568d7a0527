"""The resources of FHIR R4 that this platform reads or writes, as values.

https://hl7.org/fhir/R4/resourcelist.html. Contained resources and those of a bundle stay unread until someone asks
for them: their kind is only known then. May import: this room.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from carnet.fhir.elements import (
    Address,
    Attachment,
    CodeableConcept,
    Coding,
    Element,
    Extension,
    HumanName,
    Identifier,
    Meta,
    Period,
    Reference,
)


class Resource(Element, frozen=True, tag_field="resourceType"):
    """What all resources share."""

    id: str = ""
    meta: Meta | None = None
    extension: tuple[Extension, ...] = ()


class Patient(Resource, frozen=True, tag="Patient"):
    """Whom a document is about, or (as an author) who wrote it."""

    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    gender: str = ""
    birth_date: str = ""
    address: tuple[Address, ...] = ()


class Practitioner(Resource, frozen=True, tag="Practitioner"):
    """A professional."""

    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()


class PractitionerRole(Resource, frozen=True, tag="PractitionerRole"):
    """A professional in an organisation."""

    identifier: tuple[Identifier, ...] = ()
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()


class Organization(Resource, frozen=True, tag="Organization"):
    """An organisation."""

    identifier: tuple[Identifier, ...] = ()
    name: str = ""


class DeviceName(Element, frozen=True):
    """How a device is called."""

    name: str
    type: str


class Device(Resource, frozen=True, tag="Device"):
    """An automaton or a software."""

    identifier: tuple[Identifier, ...] = ()
    device_name: tuple[DeviceName, ...] = ()
    model_number: str = ""
    owner: Reference | None = None


class RelatesTo(Element, frozen=True):
    """A link from one document to another."""

    code: str = ""
    target: Reference = Reference()


class Content(Element, frozen=True):
    """One form of the document."""

    attachment: Attachment = Attachment()
    format: Coding | None = None


class Context(Element, frozen=True):
    """The care during which the document was made."""

    event: tuple[CodeableConcept, ...] = ()
    period: Period | None = None
    facility_type: CodeableConcept | None = None
    practice_setting: CodeableConcept | None = None
    source_patient_info: Reference | None = None
    related: tuple[Reference, ...] = ()


class DocumentReference(Resource, frozen=True, tag="DocumentReference"):
    """What describes a document."""

    contained: tuple[msgspec.Raw, ...] = ()
    master_identifier: Identifier | None = None
    identifier: tuple[Identifier, ...] = ()
    status: str = ""
    doc_status: str = ""
    type: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    date: str = ""
    author: tuple[Reference, ...] = ()
    authenticator: Reference | None = None
    custodian: Reference | None = None
    relates_to: tuple[RelatesTo, ...] = ()
    description: str = ""
    security_label: tuple[CodeableConcept, ...] = ()
    content: tuple[Content, ...] = ()
    context: Context | None = None


class Note(Element, frozen=True):
    """A remark."""

    text: str = ""


class ListEntry(Element, frozen=True):
    """One thing in a list."""

    item: Reference = Reference()


class ListResource(Resource, frozen=True, tag="List"):
    """A submission set (or a folder)."""

    contained: tuple[msgspec.Raw, ...] = ()
    identifier: tuple[Identifier, ...] = ()
    status: str = ""
    mode: str = ""
    title: str = ""
    code: CodeableConcept | None = None
    subject: Reference | None = None
    date: str = ""
    source: Reference | None = None
    note: tuple[Note, ...] = ()
    entry: tuple[ListEntry, ...] = ()


class Binary(Resource, frozen=True, tag="Binary"):
    """The bytes of a document; `data` holds their number only, see `payload.py`."""

    content_type: str = ""
    data: str | None = None


class Part(Element, frozen=True):
    """A part of a parameter."""

    name: str
    value_code: str = ""
    value_string: str = ""


class Parameter(Element, frozen=True):
    """One parameter: of an operation, or (with parts) one operation of a FHIRPath patch."""

    name: str
    value_string: str = ""
    value_code: str = ""
    value_date_time: str = ""
    value_identifier: Identifier | None = None
    part: tuple[Part, ...] = ()


class Parameters(Resource, frozen=True, tag="Parameters"):
    """What an operation is given or answers; a FHIRPath patch."""

    parameter: tuple[Parameter, ...] = ()


class BundleRequest(Element, frozen=True):
    """What to do with the resource of an entry."""

    method: str = ""
    url: str = ""
    if_match: str = ""
    if_none_match: str = ""
    if_none_exist: str = ""
    if_modified_since: str = ""


class BundleEntry(Element, frozen=True):
    """One entry of a bundle."""

    full_url: str = ""
    resource: msgspec.Raw = msgspec.Raw()
    request: BundleRequest | None = None


class Bundle(Resource, frozen=True, tag="Bundle"):
    """Several resources in one message."""

    type: str = ""
    entry: tuple[BundleEntry, ...] = ()


class _Kind(msgspec.Struct):
    resource_type: str = msgspec.field(name="resourceType", default="")
    id: str = ""


R = TypeVar("R", bound=Resource)


def kind_of(raw: msgspec.Raw) -> str:
    """The resourceType of a resource not read yet; empty if there is none."""
    return msgspec.json.decode(raw, type=_Kind).resource_type if bytes(raw) else ""


def id_of(raw: msgspec.Raw) -> str:
    """The id of a resource not read yet."""
    return msgspec.json.decode(raw, type=_Kind).id


def read(raw: bytes | msgspec.Raw, kind: type[R]) -> R:
    """A resource of this kind. Raises msgspec.ValidationError if it is of another kind."""
    return msgspec.json.decode(raw, type=kind)
