"""Reasons in words: one plain sentence each, in French and English, for the patient's side and for everyone else.

A professional never learns that something is hidden from them: to them, what is hidden is said as what is not there.
"""

from __future__ import annotations

from typing import NamedTuple

from carnet.rights.reasons import Reason


class _Said(NamedTuple):
    """One reason: to others (French, English), and to the patient's side where that is said otherwise."""

    fr: str
    en: str
    patient_fr: str = ""
    patient_en: str = ""


_NO_DOCUMENT = _Said("Aucun document ne correspond.", "There is no such document.")

_WORDS = {
    Reason.NO_RECORD: _Said(
        "Cette personne n'a pas de carnet.", "This person has no record.",
        "Ce carnet n'est pas ouvert.", "This record is not open."),
    Reason.RECORD_ACTIVE: _Said("Ce carnet est ouvert.", "This record is open."),
    Reason.RECORD_SUSPENDED: _Said("Ce carnet est suspendu.", "This record is suspended."),
    Reason.RECORD_CLOSED: _Said("Ce carnet est fermé.", "This record is closed."),
    Reason.HOLDER_DECEASED: _Said(
        "Ce carnet est celui d'une personne décédée : seule l'autorité peut le rouvrir.",
        "This record's holder has died: only the authority can reopen it."),
    Reason.NOT_THE_HOLDER: _Said(
        "Aucun carnet ne vous est ouvert pour cette personne.", "No record of this person is open to you."),
    Reason.ONLY_THE_HOLDER: _Said(
        "Seul le titulaire du carnet, ou qui le représente, peut le demander.",
        "Only the holder of the record, or who represents them, may ask for this.",
        "Vous ne pouvez pas le demander pour cette personne.", "You may not ask for this on this person's behalf."),
    Reason.HOLDER_IS_REPRESENTED: _Said(
        "Ce choix revient aux représentants légaux du titulaire.",
        "This choice is for the holder's legal representatives.",
        "Ce choix revient à vos représentants légaux.", "This choice is for your legal representatives."),
    Reason.SOFTWARE_DOES_NOT_READ: _Said(
        "Un logiciel d'établissement alimente le carnet mais ne le consulte pas.",
        "An organisation's software feeds the record but does not read it."),
    Reason.BLOCKED_BY_PATIENT: _Said(
        "Le patient a bloqué l'accès de ce professionnel.", "The patient blocked this professional.",
        "Vous avez bloqué ce professionnel.", "You blocked this professional."),
    Reason.NO_AUTHORISATION: _Said(
        "Le patient n'a pas autorisé ce professionnel.", "The patient has not authorised this professional.",
        "Vous n'avez pas autorisé ce professionnel.", "You have not authorised this professional."),
    Reason.AUTHORISATION_EXPIRED: _Said(
        "L'autorisation donnée par le patient a pris fin.", "The authorisation given by the patient has ended.",
        "L'autorisation que vous lui avez donnée a pris fin.", "The authorisation you gave has ended."),
    Reason.CONSULTATION_OPPOSED: _Said(
        "Le patient s'oppose à la consultation de son carnet.", "The patient opposes that their record be read.",
        "Vous vous opposez à la consultation de votre carnet.", "You oppose that your record be read."),
    Reason.FEEDING_OPPOSED: _Said(
        "Le patient s'oppose à l'alimentation de son carnet par qui il n'a pas autorisé.",
        "The patient opposes that their record be fed by anyone they have not authorised.",
        "Vous vous opposez à l'alimentation de votre carnet par qui vous n'avez pas autorisé.",
        "You oppose that your record be fed by anyone you have not authorised."),
    Reason.CONSULTATION_OPPOSED_THERE: _Said(
        "Le patient a refusé, dans cet établissement, que son carnet y soit consulté.",
        "The patient refused, at this organisation, that their record be read there.",
        "Vous avez refusé, dans cet établissement, que votre carnet y soit consulté.",
        "You refused, at this organisation, that your record be read there."),
    Reason.FEEDING_OPPOSED_THERE: _Said(
        "Le patient s'est opposé, dans cet établissement, à ce qu'il alimente son carnet.",
        "The patient opposed, at this organisation, that it feed their record.",
        "Vous vous êtes opposé, dans cet établissement, à ce qu'il alimente votre carnet.",
        "You opposed, at this organisation, that it feed your record."),
    Reason.ONLY_FOR_ONESELF: _Said(
        "Un professionnel, ou un établissement, ne recueille la parole du patient que pour lui-même.",
        "A professional, or an organisation, may state what the patient said for themself only."),
    Reason.TARGET_IS_BLOCKED: _Said(
        "Ce professionnel est bloqué : seul le patient peut le débloquer.",
        "This professional is blocked: only the patient can unblock them.",
        "Ce professionnel est bloqué : débloquez-le d'abord.", "This professional is blocked: unblock them first."),
    Reason.MODE_NOT_OFFERED: _Said(
        "Ce mode d'accès est réservé aux professionnels de santé.", "This access mode is for health professionals."),
    Reason.MODE_ONLY_READS: _Said(
        "Un accès en urgence permet de consulter, rien d'autre.", "An emergency access allows reading, nothing else."),
    Reason.MODE_NEEDED: _Said(
        "Un accès en urgence demande le mode bris de glace ou centre de régulation.",
        "An emergency access needs the mode break-glass or regulation centre."),
    Reason.BREAK_THE_GLASS_OPPOSED: _Said(
        "Le patient s'est opposé au bris de glace.", "The patient opposed break-glass access.",
        "Vous vous opposez au bris de glace.", "You oppose break-glass access."),
    Reason.REGULATION_CENTRE_OPPOSED: _Said(
        "Le patient s'est opposé à l'accès des centres de régulation (Samu, centre 15).",
        "The patient opposed access by emergency regulation centres.",
        "Vous vous opposez à l'accès des centres de régulation (Samu, centre 15).",
        "You oppose access by emergency regulation centres."),
    Reason.NOT_A_REGULATION_CENTRE: _Said(
        "Ce professionnel n'exerce pas dans un centre de régulation.",
        "This professional does not work for a regulation centre."),
    Reason.EMERGENCY_NOT_OPENED: _Said(
        "Aucun accès en urgence n'est ouvert, ou l'heure est écoulée.",
        "No emergency access is open, or its hour is over."),
    Reason.LOGIN_TOO_OLD: _Said(
        "Le bris de glace demande de s'être connecté depuis moins de cinq minutes.",
        "Break-glass needs a login at most five minutes old."),
    Reason.PATIENT_CEILING_REACHED: _Said(
        "Le patient n'accepte pas d'autre bris de glace aujourd'hui.",
        "The patient accepts no further break-glass access today.",
        "Le nombre de bris de glace que vous acceptez par jour est atteint.",
        "The number of break-glass accesses that you accept in a day is reached."),
    Reason.SECOND_PERSON_NEEDED: _Said(
        "Au-delà du nombre d'accès en urgence par jour, un second professionnel doit donner son accord.",
        "Beyond the number of emergency accesses in a day, a second professional must agree."),
    Reason.SECRET_NEEDS_A_MINOR: _Said(
        "Le secret à l'égard des représentants légaux ne concerne que le carnet d'un mineur.",
        "Secrecy towards legal representatives is for the record of a minor only."),
    Reason.NOT_IN_A_SECRET_CONNECTION: _Said(
        "La connexion secrète permet de consulter et de déposer, rien d'autre.",
        "A secret connection allows reading and depositing, nothing else."),
    Reason.SECRET_DEPOSITS_ONLY: _Said(
        "En connexion secrète, on ne dépose que des documents non visibles des représentants légaux.",
        "In a secret connection, only documents hidden from legal representatives are deposited."),
    Reason.TYPE_NOT_WRITTEN: _Said(
        "La matrice d'habilitation ne permet pas à cette profession de déposer ce type de document.",
        "The access matrix does not let this profession deposit this type of document."),
    Reason.TYPE_NOT_FOR_PATIENTS: _Said(
        "Ce type de document n'est pas de ceux qu'un patient ajoute.",
        "This type of document is not one that patients add."),
    Reason.ONLY_PROFESSIONALS_HIDE: _Said(
        "Seul un professionnel dépose un document en attente d'annonce.",
        "Only a professional deposits a document that waits to be announced."),
    Reason.DELETED: _Said(*_NO_DOCUMENT[:2], "Le document a été supprimé.", "The document was deleted."),
    Reason.MASKED_FROM_PROFESSIONALS: _Said(
        *_NO_DOCUMENT[:2], "Vous avez masqué ce document aux professionnels.",
        "You masked this document from professionals."),
    Reason.NOT_YET_ANNOUNCED: _NO_DOCUMENT,
    Reason.HIDDEN_FROM_REPRESENTATIVES: _NO_DOCUMENT,
    Reason.TYPE_NOT_OPEN: _Said(
        *_NO_DOCUMENT[:2], "Les règles nationales n'ouvrent pas ce genre de document à cette profession.",
        "The national rules do not open this kind of document to this profession."),
    Reason.NOT_THE_AUTHOR: _Said(
        "Seul l'auteur du document, ou la structure qui l'a déposé, peut le faire.",
        "Only the author of the document, or the organisation that deposited it, may do this."),
    Reason.FORBIDDEN_PAIR: _Said(
        "Un document en attente d'annonce au patient ne peut pas être masqué aux professionnels.",
        "A document that waits to be announced to the patient cannot be masked from professionals."),
}


def explain(reason: Reason, language: str = "fr", to: str = "professional") -> str:
    """One plain sentence for this reason, in French (`fr`) or English (`en`), said to a `patient` or a `professional`.

    What waits to be announced, or is hidden from representatives, is to the patient's side too a document that is not
    there.
    """
    said = _WORDS[reason]
    english = language == "en"
    if to == "patient":
        return (said.patient_en if english else said.patient_fr) or (said.en if english else said.fr)
    return said.en if english else said.fr
