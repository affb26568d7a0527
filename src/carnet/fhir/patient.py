"""The state of a record: `GET [base]/Patient?identifier=<system>|<INS>` (TD0.2, SPEC 3.2).

A searchset of no entry says that there is no record. The traits are there to check an identity, a software must not
show them in place of its own (RG_0320). May import: this room, record, rights, people, errors.
"""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from starlette.responses import Response

from carnet.errors import InvalidInput, Issue, NotFound
from carnet.fhir.door import Visit
from carnet.fhir.elements import CodeableConcept, Coding, Extension, HumanName, Identifier
from carnet.fhir.forms import refuse_other_forms
from carnet.fhir.iti67_find import is_strict, read_parameters
from carnet.fhir.outcome import FHIR_JSON
from carnet.fhir.resources import Patient
from carnet.fhir.search import Parameters
from carnet.fhir.search_values import subject_of
from carnet.fhir.systems import uri_of
from carnet.people.ins import Ins
from carnet.people.patient import Sex, Traits
from carnet.record.status import RecordStatus, record_status
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import Choice, RecordState

DMP = "https://interop.esante.gouv.fr/ig/fhir/dmp"
AUTHORISATION = "urn:carnet:authorisation"
STATE = "urn:carnet:record-state"
EMERGENCY = "urn:carnet:emergency-access"       # once for each emergency access that the holder does not oppose
_EMERGENCIES = {Choice.BREAK_THE_GLASS: "bris_de_glace", Choice.REGULATION_CENTRE: "centre_15"}
_GENDERS = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.UNKNOWN: "unknown"}
_AUTHORISATIONS = {   # TD0.2
    AuthorisationState.NONE: "NON_EXISTE", AuthorisationState.VALID: "VALIDE", AuthorisationState.EXPIRED: "EXPIRE",
    AuthorisationState.FORBIDDEN: "INTERDIT",
}


async def status(visit: Visit) -> Response:
    """Whether this person has a record, its state, and what the asker may do with it."""
    refuse_other_forms(visit.request)
    identifier, understood = _identifier(await read_parameters(visit.request), strict=is_strict(visit.request))
    ins = subject_of(identifier, visit.rooms.config.ins_policy, "identifier")
    address = f"{visit.rooms.config.base}/Patient?{urlencode(understood, safe=':')}"
    answer: dict[str, object] = {
        "resourceType": "Bundle", "type": "searchset", "total": 0, "link": [{"relation": "self", "url": address}]}
    try:
        found = await record_status(visit.hand_over(), ins, visit.rooms.stores)
    except NotFound:
        pass        # the same for all: none, none yet, and one that is nothing to the asker
    else:
        patient = to_patient(found)
        answer |= {"total": 1, "entry": [
            {"fullUrl": f"urn:uuid:{patient.id}", "resource": patient, "search": {"mode": "match"}}]}
    return Response(msgspec.json.encode(answer), media_type=FHIR_JSON, headers={"Cache-Control": "no-store"})


def to_patient(found: RecordStatus) -> Patient:
    """The Patient of a record."""
    closed = found.state is RecordState.CLOSED
    extensions = [
        Extension(url=f"{DMP}/StructureDefinition/dmp-medecin-traitant", value_boolean=found.is_medecin_traitant),
        Extension(url=AUTHORISATION, value_code=_AUTHORISATIONS[found.authorisation]),
        Extension(url=STATE, value_code=found.state.value),
        *(Extension(url=EMERGENCY, value_code=mode) for choice, mode in _EMERGENCIES.items()
          if choice in found.emergency),
    ]
    return Patient(
        id=str(_stable_id(found.ins)),
        extension=((_closing(found),) if closed else ()) + tuple(extensions),
        identifier=(Identifier(use="official", system=uri_of(found.ins.oid), value=found.ins.value),),
        active=found.state is RecordState.ACTIVE,
        name=_names(found.traits),
        gender=_GENDERS[found.traits.sex],
        birth_date=found.traits.birth_date,
    )


def _identifier(parameters: Parameters, *, strict: bool) -> tuple[str, list[tuple[str, str]]]:
    """The only parameter. Raises InvalidInput."""
    found = [value.strip() for name, value in parameters if name == "identifier" and value.strip()]
    others = [name for name, _ in parameters if name not in ("identifier", "_format", "_pretty")]
    modified = [name for name in others if name.startswith("identifier:")]
    if modified or (strict and others):
        raise InvalidInput(*(Issue("not-supported", "not supported here", name) for name in others))
    if len(set(found)) != 1:
        raise InvalidInput(Issue("required", "give one identifier=<system>|<INS>", "identifier"))
    return found[0], [("identifier", found[0])]


def _closing(found: RecordStatus) -> Extension:
    parts = []
    if found.closed_at is not None:
        parts.append(Extension(url="dateFermeture", value_date=found.closed_at.date().isoformat()))
    if found.closing_motive:
        motive = Coding(system=f"{DMP}/CodeSystem/dmp-motif-fermeture", code=found.closing_motive)
        parts.append(Extension(url="motifFermeture", value_codeable_concept=CodeableConcept(coding=(motive,))))
    return Extension(url=f"{DMP}/StructureDefinition/dmp-fermeture", extension=tuple(parts))


def _names(traits: Traits) -> tuple[HumanName, ...]:
    given = (traits.birth_given, *(name for name in traits.given_names if name != traits.birth_given))
    official = HumanName(use="official", family=traits.birth_family, given=tuple(name for name in given if name))
    if not traits.used_family and not traits.used_given:
        return (official,)
    return (HumanName(use="usual", family=traits.family, given=(traits.given,)), official)


def _stable_id(ins: Ins) -> UUID:
    """The same for the same person, and of no use elsewhere: there is no address of one Patient."""
    return uuid5(NAMESPACE_OID, f"{ins.oid}|{ins.value}")
