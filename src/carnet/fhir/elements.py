"""The data types of FHIR R4 that this platform reads or writes, as values.

They are laxer than FHIR: `validate.py` has checked the structure before anything is read into them.
https://hl7.org/fhir/R4/datatypes.html. May import: nothing of the project.
"""

from __future__ import annotations

import msgspec


class Element(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What all of them share: names in camel case, and no trace of what is absent."""


class Coding(Element, frozen=True):
    """A code of a system."""

    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(Element, frozen=True):
    """A concept, in one system or several."""

    coding: tuple[Coding, ...] = ()
    text: str = ""


class Identifier(Element, frozen=True):
    """A business identifier."""

    use: str = ""
    type: CodeableConcept | None = None
    system: str = ""
    value: str = ""


class Reference(Element, frozen=True):
    """A pointer to a resource: by its address, or by its identifier."""

    extension: tuple[Extension, ...] = ()
    reference: str = ""
    type: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Extension(Element, frozen=True):
    """Something the base resource has no place for."""

    url: str
    extension: tuple[Extension, ...] = ()
    value_boolean: bool | None = None
    value_code: str = ""
    value_string: str = ""
    value_date: str = ""
    value_coding: Coding | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_identifier: Identifier | None = None
    value_reference: Reference | None = None
    value_address: Address | None = None


class Address(Element, frozen=True):
    """A postal address."""

    extension: tuple[Extension, ...] = ()
    line: tuple[str, ...] = ()
    city: str = ""
    postal_code: str = ""
    country: str = ""


class HumanName(Element, frozen=True):
    """A name of a person."""

    extension: tuple[Extension, ...] = ()
    use: str = ""
    text: str = ""
    family: str = ""
    given: tuple[str, ...] = ()


class Period(Element, frozen=True):
    """Between two moments, either of which may be open."""

    start: str = ""
    end: str = ""


class Attachment(Element, frozen=True):
    """The document, or where it is. `data` never holds the bytes themselves, only their number (see `payload.py`)."""

    content_type: str = ""
    language: str = ""
    data: str | None = None
    url: str = ""
    size: int | None = None
    hash: str = ""
    title: str = ""
    creation: str = ""


class Meta(Element, frozen=True):
    """What the server says about a resource."""

    version_id: str = ""
    profile: tuple[str, ...] = ()
