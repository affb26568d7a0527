"""What became of a message, in words: its state and each reason, one plain sentence, in French and English. Pure.

Its sender, the sender's professionals and operators read the same sentences.
"""

from __future__ import annotations

from collections.abc import Sequence

from carnet.record.inbox.message import MessageState
from carnet.rights.reasons import Reason
from carnet.rights.words import explain

_STATES = {
    MessageState.RECEIVED: (
        "Reçu : il sera traité plus tard, sans nouvel envoi.",
        "Received: it is done later, and need not be sent again."),
    MessageState.WAITING: (
        "En attente : il sera déposé dès que le carnet pourra le recevoir.",
        "Waiting: it is deposited as soon as the record can take it."),
    MessageState.REFUSED: (
        "Refusé : rien n'en est dans un carnet.", "Refused: nothing of it is in a record."),
    MessageState.DEPOSITED: ("Déposé.", "Deposited."),
    MessageState.REPLACED: ("Déposé, puis remplacé par un envoi suivant.", "Deposited, then replaced by a later one."),
    MessageState.DELETED: ("Déposé, puis supprimé par un envoi suivant.", "Deposited, then deleted by a later one."),
}
_REASONS = {
    "no_record": ("Cette personne n'a pas de carnet.", "This person has no record."),
    "record_notice": (
        "Ce carnet n'est pas encore ouvert : la personne peut encore le refuser.",
        "This record is not open yet: the person may still refuse it."),
    "record_refused": ("La personne a refusé d'avoir un carnet.", "The person refused to have a record."),
    "record_erased": ("Ce carnet a été effacé.", "This record was erased."),
    "traits": (
        "Les traits d'identité ne sont pas ceux de la personne qui a cet INS.",
        "The traits are not those of the person who has this INS."),
    "corrected": ("Un envoi corrigé l'a remplacé.", "A corrected message was sent instead."),
    "waited_too_long": (
        "Il a attendu trop longtemps, et n'est plus gardé : envoyez-le à nouveau.",
        "It waited too long and is kept no more: send it again."),
}
# To who feeds it, a record that is not open yet, was refused or was erased is no record at all (rights/held.py).
_NOT_THERE = frozenset({"record_notice", "record_refused", "record_erased"})
_OTHER = ("Ce qui a été envoyé est à corriger.", "What was sent is to be corrected.")


def explain_state(state: MessageState, language: str) -> str:
    """Where the message is, as one sentence."""
    return _in(_STATES[state], language)


def explain_reason(code: str, language: str) -> str:
    """Why it is there, as one sentence. What has no words of its own says that it is to be corrected."""
    if code in _REASONS:
        return _in(_REASONS[code], language)
    try:
        return explain(Reason(code), language)
    except ValueError:
        return _in(_OTHER, language)


def as_told(reasons: Sequence[str]) -> tuple[str, ...]:
    """These reasons as a sender may know them: of a record that is none to most, only that there is none."""
    return tuple(dict.fromkeys("no_record" if each in _NOT_THERE else each for each in reasons))


def _in(said: tuple[str, str], language: str) -> str:
    return said[0] if language == "fr" else said[1]
