"""Reasons against an access, and their words.

A professional never learns that something is hidden: a reason about one document is shown to its holder only.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why not. Each is one rule of docs/law.md."""

    RECORD_CLOSED = "record_closed"
    NOT_THE_HOLDER = "not_the_holder"
    BLOCKED_BY_PATIENT = "blocked_by_patient"
    NO_AUTHORISATION = "no_authorisation"
    AUTHORISATION_EXPIRED = "authorisation_expired"
    SOFTWARE_DOES_NOT_READ = "software_does_not_read"
    ONLY_THE_HOLDER = "only_the_holder"
    MODE_NOT_OFFERED = "mode_not_offered"
    MASKED_FROM_PROFESSIONALS = "masked_from_professionals"
    NOT_YET_ANNOUNCED = "not_yet_announced"
    DELETED = "deleted"
    NOT_THE_AUTHOR = "not_the_author"


ABOUT_A_DOCUMENT = frozenset({Reason.MASKED_FROM_PROFESSIONALS, Reason.NOT_YET_ANNOUNCED, Reason.DELETED})
"""Reasons that would reveal that a document exists: never told to whom they are held against."""

_WORDS = {
    Reason.RECORD_CLOSED: ("Ce carnet est fermé.", "This record is closed."),
    Reason.NOT_THE_HOLDER: (
        "Ce carnet est celui d'une autre personne.", "This record belongs to someone else."),
    Reason.BLOCKED_BY_PATIENT: (
        "Le patient a bloqué l'accès de ce professionnel.", "The patient blocked this professional."),
    Reason.NO_AUTHORISATION: (
        "Le patient n'a pas autorisé ce professionnel.", "The patient has not authorised this professional."),
    Reason.AUTHORISATION_EXPIRED: (
        "L'autorisation donnée par le patient a expiré.", "The authorisation given by the patient has expired."),
    Reason.SOFTWARE_DOES_NOT_READ: (
        "Un logiciel d'établissement alimente le carnet mais ne le consulte pas.",
        "An organisation's software feeds the record but does not read it."),
    Reason.ONLY_THE_HOLDER: (
        "Seul le titulaire du carnet peut le demander.", "Only the holder of the record may ask for this."),
    Reason.MODE_NOT_OFFERED: (
        "Ce mode d'accès n'est pas ouvert.", "This access mode is not offered."),
    Reason.MASKED_FROM_PROFESSIONALS: (
        "Le document est masqué aux professionnels.", "The document is masked from professionals."),
    Reason.NOT_YET_ANNOUNCED: (
        "Le document attend d'être annoncé au patient.", "The document waits to be announced to the patient."),
    Reason.DELETED: ("Le document a été supprimé.", "The document was deleted."),
    Reason.NOT_THE_AUTHOR: (
        "Seul l'auteur du document peut le remplacer.", "Only the author of the document may replace it."),
}


def explain(reason: Reason, language: str = "fr") -> str:
    """One plain sentence for this reason, in French (`fr`) or English (`en`)."""
    french, english = _WORDS[reason]
    return english if language == "en" else french
