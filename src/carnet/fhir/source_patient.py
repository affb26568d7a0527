"""The patient as the sender knew them: lines of an HL7 PID inside, a contained Patient outside (ITI TF-3, 4.2.3.2.23).

Frozen when the document was deposited and never corrected afterwards (SPEC 2.2). Lines that FHIR has no place for are
not shown. May import: this room, documents, people.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.fhir.elements import Address, Coding, Extension, HumanName, Identifier
from carnet.fhir.people_out import identifier_type
from carnet.fhir.resources import Patient
from carnet.fhir.systems import oid_of, uri_of
from carnet.people.ins import InsOid
from carnet.people.patient import parse_birth_date

BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
INSEE_CODE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
GIVEN_NAMES = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
COG = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"

_INS_OIDS = frozenset(InsOid)
_GENDERS = {"F": "female", "M": "male", "UN": "unknown", "U": "unknown", "O": "other"}
_SEXES = {"female": "F", "male": "M", "unknown": "UN", "other": "O"}
_NAME_USES = {"L": "official", "D": "usual"}
_NAME_TYPES = {"official": "L", "usual": "D"}


def to_patient(source_patient_id: str, lines: tuple[str, ...], id_: str) -> Patient:
    """The contained Patient of these lines."""
    fields = [line.partition("|")[::2] for line in lines]
    places = [_components(text, 9) for name, text in fields if name == "PID-11"]
    return Patient(
        id=id_,
        identifier=_identifier(source_patient_id),
        name=tuple(_name(_components(text, 7)) for name, text in fields if name == "PID-5"),
        birth_date=next((parse_birth_date(text) or "" for name, text in fields if name == "PID-7"), ""),
        gender=next((_GENDERS.get(text, "") for name, text in fields if name == "PID-8"), ""),
        address=tuple(_address(place) for place in places if place[6] != "BDL"),
        extension=tuple(_birth_place(place[8]) for place in places if place[6] == "BDL" and place[8]),
    )


def source_patient_id(patient: Patient) -> str:
    """The patient's identifier at the sender's as CX: the local one (IPP), else the INS; empty if there is none."""
    found = [identifier for identifier in patient.identifier if identifier.value]
    found.sort(key=lambda identifier: oid_of(identifier.system) in _INS_OIDS)
    if not found:
        return ""
    system = oid_of(found[0].system)
    return f"{found[0].value}^^^&{system}&ISO^{'NH' if system in _INS_OIDS else 'PI'}"


def to_lines(patient: Patient) -> tuple[str, ...]:
    """The lines of a contained Patient."""
    return tuple(_lines(patient))


def _lines(patient: Patient) -> Iterator[str]:
    identifier = source_patient_id(patient)
    if identifier:
        yield f"PID-3|{identifier}"
    for name in patient.name:
        all_given = next((known.value_string for known in name.extension if known.url == GIVEN_NAMES), "")
        given = name.given[0] if name.given else ""
        yield f"PID-5|{name.family or name.text}^{given}^{all_given}^^^^{_NAME_TYPES.get(name.use, 'L')}"
    if patient.birth_date:
        yield f"PID-7|{patient.birth_date.replace('-', '')}"
    if patient.gender:
        yield f"PID-8|{_SEXES.get(patient.gender, 'UN')}"
    for address in patient.address:
        yield f"PID-11|{' '.join(address.line)}^^{address.city}^^{address.postal_code}^{address.country}"
    for place in (known.value_address for known in patient.extension if known.url == BIRTH_PLACE):
        for code in (known.value_coding for known in (place.extension if place else ()) if known.url == INSEE_CODE):
            yield f"PID-11|^^^^^^BDL^^{code.code if code else ''}"


def _identifier(text: str) -> tuple[Identifier, ...]:
    value, _, _, authority, kind = _components(text, 5)[:5]
    system = authority.split("&")[1] if authority.count("&") >= 2 else ""
    if not value:
        return ()
    return (Identifier(type=identifier_type(kind), system=uri_of(system), value=value),)


def _name(parts: list[str]) -> HumanName:
    all_given = (Extension(url=GIVEN_NAMES, value_string=parts[2]),) if parts[2] else ()
    return HumanName(
        use=_NAME_USES.get(parts[6], ""), family=parts[0], given=(parts[1],) if parts[1] else (), extension=all_given)


def _address(parts: list[str]) -> Address:
    return Address(line=(parts[0],) if parts[0] else (), city=parts[2], postal_code=parts[4], country=parts[5])


def _birth_place(code: str) -> Extension:
    place = Address(extension=(Extension(url=INSEE_CODE, value_coding=Coding(system=COG, code=code)),))
    return Extension(url=BIRTH_PLACE, value_address=place)


def _components(text: str, count: int) -> list[str]:
    found = text.split("^")
    return found + [""] * (count - len(found))
