"""How documents and persons are named in the locator: requests that name a document and not a patient go through it."""

from __future__ import annotations

from uuid import UUID

from carnet.people.ins import Ins


def of_person(ins: Ins) -> str:
    """The locator's name for the record of this person."""
    return f"ins|{ins.oid}|{ins.value}"


def of_unique_id(unique_id: str) -> str:
    """The locator's name for a document, or a submission set, by its uniqueId."""
    return f"uid|{unique_id}"


def of_entry(entry_uuid: UUID) -> str:
    """The locator's name for an entry. A first version's entryUUID is also the logicalId of all that follow."""
    return f"uuid|{entry_uuid}"


def locator_names(identifier: str) -> tuple[str, ...]:
    """Every name that this identifier of a request may have."""
    try:
        return of_entry(UUID(identifier)), of_unique_id(identifier)
    except ValueError:
        return (of_unique_id(identifier),)
