"""What a professional may do with a document they read: at the patient's request, or because they wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.people.caller import ProfessionalCaller
from carnet.people.identifiers import PS_ID_OID
from carnet.rights.access import Act
from carnet.web.words import Words

ACTS = {
    "masquer": Act.MASK, "demasquer": Act.UNMASK, "annoncer": Act.ANNOUNCE, "montrer": Act.SHOW_TO_REPRESENTATIVES,
    "archiver": Act.ARCHIVE, "desarchiver": Act.UNARCHIVE, "supprimer": Act.DELETE,
}
"""By the last part of their address."""
CONFIRMED = {
    "annoncer": ("told", "ever"), "montrer": ("asked", "ever"), "supprimer": ("nobody", "ever", "archive"),
}
"""Those that a page asks about first, with the points that it makes: none of them is taken back."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do: sent at once, or (`is_asked`) after a page that says what it does."""

    words: str
    what: str
    path: str
    tone: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Handling:
    """All of it, for this version of the document."""

    deeds: tuple[Deed, ...]
    version: str


def present_handling(
    entry: DocumentEntry, path: str, words: Words, *, by: ProfessionalCaller, allows_pair: bool
) -> Handling:
    """What is offered to this professional, who reads the document; whether it is allowed is decided at each act."""
    names = list(_names(entry, by, allows_pair=allows_pair))
    return Handling(
        tuple(
            Deed(words(f"handling.{name}"), words(f"handling.{name}_what"), f"{path}/{name}",
                 "stop" if name == "supprimer" else "quiet", name in CONFIRMED)
            for name in names),
        str(entry.entry_uuid))


def _names(entry: DocumentEntry, by: ProfessionalCaller, *, allows_pair: bool) -> Iterator[str]:
    waits = Visibility.INVISIBLE_PATIENT in entry.visibility
    if waits:
        yield "annoncer"
    if Visibility.INVISIBLE_REPRESENTANTS_LEGAUX in entry.visibility:
        yield "montrer"
    if entry.is_masked_from_professionals:
        yield "demasquer"
    elif allows_pair or not waits:
        yield "masquer"
    if is_written_by(by, entry):
        yield "desarchiver" if entry.availability_status is AvailabilityStatus.ARCHIVED else "archiver"
        yield "supprimer"


def is_written_by(professional: ProfessionalCaller, entry: DocumentEntry) -> bool:
    """True for who deposited it, and for who is named as an author of it."""
    return entry.depositor == professional.ps_id or any(
        author.person is not None and author.person.identifier == professional.ps_id
        and author.person.system == PS_ID_OID for author in entry.authors)
