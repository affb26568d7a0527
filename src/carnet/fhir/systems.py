"""Systems of codes and of identifiers: URIs outside, OIDs inside.

FHIR names a system by its own URI where it has one (`http://loinc.org`), else by `urn:oid:`. Inside the platform a
system is its OID, the same for all doors; a URI that has no OID here is kept as it is. SNOMED and HL7:
https://terminology.hl7.org; NOS: https://mos.esante.gouv.fr/NOS. May import: people, errors.
"""

from __future__ import annotations

from carnet.fhir.elements import CodeableConcept, Coding
from carnet.people.code import Code

URI = "urn:ietf:rfc:3986"
HL7 = "http://terminology.hl7.org/CodeSystem"
CONFIDENTIALITY = "2.16.840.1.113883.5.25"
VISIBILITY = "1.2.250.1.213.1.1.4.13"
CLASSES = "1.2.250.1.213.1.1.4.1"
REFERENCE_ID_TYPES = "1.2.250.1.213.1.1.4.347"
FR_IDENTIFIER_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
IDENTIFIER_TYPES = f"{HL7}/v2-0203"
RPPS = "https://rpps.esante.gouv.fr"   # the number alone, without the 8 that a PS_IdNat puts before it
MHD_IDENTIFIER_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDIdentifierType"

_NOS = {
    "1.2.250.1.213.1.1.4.6": "TRE_A00-ProducteurDocNonPS",
    "1.2.250.1.213.1.1.4.9": "TRE_A01-CadreExercice",
    "1.2.250.1.213.1.1.4.5": "TRE_A02-ProfessionSavFaire-CISIS",
    CLASSES: "TRE_A03-ClasseDocument",
    "1.2.250.1.213.1.1.4.12": "TRE_A05-TypeDocComplementaire",
    "1.2.250.1.213.1.1.4.2.282": "TRE_A06-FormatCodeComplementaire",
    VISIBILITY: "TRE_A07-StatusVisibiliteDocument",
    "1.2.840.10008.2.6.1": "TRE_A09-DICOMuidRegistry",
    "URN": "TRE_A10-NomenclatureURN",
    "1.2.250.1.71.1.2.7": "TRE_G15-ProfessionSante",
    "1.2.250.1.71.4.2.4": "TRE_R02-SecteurActivite",
    "1.2.250.1.213.1.6.1.107": "TRE_R85-RolePriseCharge",
    "1.2.250.1.213.2.2": "TRE_R209-TypeActivite",
    REFERENCE_ID_TYPES: "TRE_R342-XdsTypesIdentifiantsReferenceId",
}
_URI_OF = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    CONFIDENTIALITY: f"{HL7}/v3-Confidentiality",
    "2.16.840.1.113883.5.4": f"{HL7}/v3-ActCode",
    "2.16.840.1.113883.5.7": f"{HL7}/v3-ActPriority",
    "2.16.840.1.113883.5.8": f"{HL7}/v3-ActReason",
    "2.16.840.1.113883.5.88": f"{HL7}/v3-ParticipationFunction",
    "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
    "1.3.6.1.4.1.19376.1.2.3": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
    **{oid: f"https://mos.esante.gouv.fr/NOS/{name}/FHIR/{name.replace('_', '-')}" for oid, name in _NOS.items()},
}
_OID_OF = {
    **{uri: oid for oid, uri in _URI_OF.items()},
    "http://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode": "1.3.6.1.4.1.19376.1.2.3",
    "https://mos.esante.gouv.fr/NOS/TRE_A04-Loinc/FHIR/TRE-A04-Loinc": "2.16.840.1.113883.6.1",
    "https://mos.esante.gouv.fr/NOS/TRE_A08-Confidentiality-HL7/FHIR/TRE-A08-Confidentiality-HL7": CONFIDENTIALITY,
    "https://mos.esante.gouv.fr/NOS/TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode": "1.3.6.1.4.1.19376.1.2.3",
    # the addresses of the lists themselves are often given for those of their codes
    **{f"https://mos.esante.gouv.fr/NOS/{name}": oid for oid, name in _NOS.items()},
}


def uri_of(system: str) -> str:
    """The URI that FHIR uses for a system of ours; `urn:oid:` where it has no other."""
    known = _URI_OF.get(system)
    if known is not None:
        return known
    return f"urn:oid:{system}" if system[:1].isdigit() else system


def oid_of(uri: str) -> str:
    """Our name of a system: its OID where we know one, else the URI as it is."""
    known = _OID_OF.get(uri)
    return known if known is not None else uri.removeprefix("urn:oid:")


def concept(code: Code) -> CodeableConcept:
    """A code as FHIR writes it."""
    return CodeableConcept(coding=(coding(code),))


def coding(code: Code) -> Coding:
    """The same without the wrapping."""
    return Coding(system=uri_of(code.system), code=code.code, display=code.display)


def code_of(found: Coding) -> Code:
    """A coding as a code of ours."""
    return Code(found.code, oid_of(found.system), found.display)


def first_code(found: CodeableConcept | None) -> Code | None:
    """The first coding of a concept that has a code, or None."""
    if found is None:
        return None
    return next((code_of(coding) for coding in found.coding if coding.code), None)
