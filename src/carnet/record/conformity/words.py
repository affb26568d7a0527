"""A document's conformity in words, in French and English: senders, professionals and patients read the same. Pure."""

from __future__ import annotations

from carnet.documents.schematron.verdict import NotRun
from carnet.record.conformity.told import Conformity, Standing

_STANDINGS = {
    Standing.NOT_CHECKED: (
        "Ce document n'a pas été vérifié par les règles nationales.",
        "This document was not checked by the national rules."),
    Standing.WAITING: (
        "Ce document sera vérifié par les règles nationales.",
        "This document is going to be checked by the national rules."),
    Standing.CONFORMING: (
        "Ce document respecte les règles nationales.", "This document follows the national rules."),
    Standing.BROKEN: (
        "Ce document ne respecte pas toutes les règles nationales ({n}). Il est gardé et reste lisible.",
        "This document does not follow all national rules ({n}). It is kept and can be read."),
    Standing.NOT_RUN: (
        "Ce document n'a pas pu être entièrement vérifié par les règles nationales.",
        "This document could not be checked by all national rules."),
}
_WHY = {
    "it took more time or memory than it may": "le temps ou la mémoire permis n'ont pas suffi",
    "a file that its rules read is not there": "un fichier que ses règles lisent est absent",
    "its rules read something that is no file of the folder": "ses règles lisent autre chose qu'un fichier du dossier",
    "its rules cannot be run": "ses règles ne peuvent pas être exécutées",
    "the document is no CDA that can be read": "le document n'est pas un CDA lisible",
}


def explain_standing(found: Conformity, language: str) -> str:
    """How far checking has come, as one sentence; of rules that are broken, how many."""
    said = _STANDINGS[found.standing][0 if language == "fr" else 1]
    return said.replace("{n}", str(len(found.verdict.broken) if found.verdict is not None else 0))


def explain_not_run(each: NotRun, language: str) -> str:
    """Which rule set could not be run, and why, as one line."""
    why = _WHY.get(each.why, each.why) if language == "fr" else each.why
    if not each.rules:
        return why
    return f"{each.rules} : {why}" if language == "fr" else f"{each.rules}: {why}"
