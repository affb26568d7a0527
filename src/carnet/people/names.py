"""Who signed, for whom: a person (HL7 XCN) and an organisation (HL7 XON), as documents name them (SPEC 1.2).

They are kept as written, also when their identifier is not well formed: the rules of a submission decide if that is
refused, reading does not. May import: the types of this room, errors.
"""

from __future__ import annotations

import msgspec

from carnet.errors import InvalidIdentifier, Issue
from carnet.people.identifiers import STRUCT_ID_OID

_ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}


class Person(msgspec.Struct, frozen=True, cache_hash=True):
    """A person or a device, as an HL7 XCN: `kind` is D (person) or U (system); `id_type` is IDNPS, EI, RI or NH."""

    identifier: str
    system: str
    family: str = ""
    given: str = ""
    kind: str = "D"
    id_type: str = "IDNPS"

    def __str__(self) -> str:
        return format_xcn(self)

    @property
    def name(self) -> str:
        """Given name then family name, as pages show it."""
        return f"{self.given} {self.family}".strip()


class Institution(msgspec.Struct, frozen=True, cache_hash=True):
    """An organisation, as an HL7 XON: `identifier` is a Struct_IdNat, `id_type` is IDNST or SIREN."""

    name: str
    identifier: str = ""
    system: str = STRUCT_ID_OID
    id_type: str = "IDNST"

    def __str__(self) -> str:
        return format_xon(self)


def parse_xcn(text: str) -> Person:
    """Read `id^family^given^^^^^^&OID&ISO^D^^^IDNPS`. Raises InvalidIdentifier."""
    fields = _components(text, 13)
    if not fields[0] and not fields[1]:
        raise InvalidIdentifier(Issue("value", "a person (HL7 XCN) has an identifier or a name"))
    return Person(
        _plain(fields[0]), _oid(fields[8]), _plain(fields[1]), _plain(fields[2]),
        kind=_plain(fields[9]) or "D", id_type=_plain(fields[12]),
    )


def format_xcn(person: Person) -> str:
    """Write a person as HL7 XCN."""
    system = f"&{person.system}&ISO" if person.system else ""
    fields = (person.identifier, person.family, person.given)
    head = "^".join(_escaped(field) for field in fields)
    return f"{head}^^^^^^{system}^{person.kind}^^^{person.id_type}".rstrip("^")


def parse_xon(text: str) -> Institution:
    """Read `name^^^^^&OID&ISO^IDNST^^^id`. Raises InvalidIdentifier."""
    fields = _components(text, 10)
    if not fields[0]:
        raise InvalidIdentifier(Issue("value", "an organisation (HL7 XON) has a name"))
    identifier = _plain(fields[9])
    if not identifier:
        return Institution(_plain(fields[0]))
    return Institution(_plain(fields[0]), identifier, _oid(fields[5]), _plain(fields[6]))


def format_xon(institution: Institution) -> str:
    """Write an organisation as HL7 XON."""
    name = _escaped(institution.name)
    if not institution.identifier:
        return name
    system = f"&{institution.system}&ISO" if institution.system else ""
    return f"{name}^^^^^{system}^{institution.id_type}^^^{_escaped(institution.identifier)}"


def _components(text: str, count: int) -> list[str]:
    fields = text.strip().split("^")
    return fields + [""] * (count - len(fields))


def _oid(field: str) -> str:
    """The middle of `&OID&ISO`; an authority's own name before the OID is of no use to us."""
    parts = field.split("&")
    return parts[1].strip() if len(parts) > 1 else ""


def _plain(field: str) -> str:
    """Undo the HL7 escapes, `\\T\\` for `&` and its like."""
    if "\\" not in field:
        return field.strip()
    pieces = field.split("\\")
    for place in range(1, len(pieces) - 1, 2):
        pieces[place] = _ESCAPES.get(pieces[place], "")
    return "".join(pieces).strip()


def _escaped(text: str) -> str:
    if not any(mark in text for mark in "|^&~\\"):
        return text
    names = {mark: name for name, mark in _ESCAPES.items()}
    return "".join(f"\\{names[character]}\\" if character in names else character for character in text)
