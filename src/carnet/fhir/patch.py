"""The patch that goes with a replacement: the old document becomes `superseded` (PDSm, slice UpdateDocumentRefs).

A FHIRPath patch in a Parameters resource; the platform does the same by itself when a document replaces another, so
the patch is optional. https://hl7.org/fhir/R4/fhirpatch.html. May import: this room, errors.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.errors import InvalidInput, InvalidSubmission, Issue
from carnet.fhir.elements import Reference
from carnet.fhir.identifiers import document_named_by
from carnet.fhir.resources import BundleEntry, Parameters, read


@dataclass(frozen=True, slots=True)
class Patch:
    """The document (its uniqueId, or the UUID of its entry) that the patch supersedes."""

    document: str


def read_patch(entry: BundleEntry, where: str) -> Patch:
    """The patch of an entry. Raises InvalidInput: nothing but `status` to `superseded` may be patched in a bundle."""
    parameters = read(entry.resource, Parameters)
    operations = [
        {part.name: part.value_code or part.value_string for part in parameter.part}
        for parameter in parameters.parameter
    ]
    if operations != [{"type": "replace", "path": "DocumentReference.status", "value": "superseded"}]:
        expression = f"{where}.resource.parameter"
        raise InvalidSubmission(
            Issue("not-supported", "only DocumentReference.status may be replaced, by superseded", expression))
    url = entry.request.url if entry.request is not None else ""
    if not url.lstrip("/").startswith("DocumentReference"):
        raise InvalidInput(Issue("value", "the address of a DocumentReference is expected", f"{where}.request.url"))
    return Patch(document_named_by(Reference(reference=url), f"{where}.request.url"))
