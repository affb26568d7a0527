"""What a message wants done with its documents: new, replace or delete. Pure.

ORU says it by ORC-1 and OBX-11, MDM by its event; where both are said, they must agree.
May import: this room, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.er7 import Er7, Segment


class Wish(StrEnum):
    """By the code of OBX-11 that says it (table 0085)."""

    NEW = "F"
    REPLACE = "C"
    DELETE = "D"


_ORDERS = {"NW": Wish.NEW, "RO": Wish.REPLACE, "CA": Wish.DELETE}
_SILENT = ("", "SC")        # versions before 2.1 have ORC-1 SC, or no ORC
_EVENTS = {"T02": Wish.NEW, "T10": Wish.REPLACE, "T04": Wish.DELETE, "T11": Wish.DELETE}


def wish_of(message: Er7, documents: Sequence[Segment]) -> Wish:
    """The one thing that this message wants. Raises InvalidInput when it says several, or none."""
    said: dict[str, Wish] = {}
    event = message.header(9, 2)
    if event in _EVENTS:
        said["MSH-9"] = _EVENTS[event]
    for orc in message.every("ORC"):
        code = orc(1)
        if code in _ORDERS:
            said[orc.at(1)] = _ORDERS[code]
        elif code not in _SILENT:
            raise InvalidInput(Issue("code-invalid", "ORC-1 is NW, RO or CA", orc.at(1)))
    for obx in documents:
        code = obx(11)
        if code not in set(Wish):
            raise InvalidInput(Issue("code-invalid" if code else "required", "OBX-11 is F, C or D", obx.at(11)))
        said[obx.at(11)] = Wish(code)
    if len(set(said.values())) != 1:
        words = ", ".join(f"{where} {wish.name.lower()}" for where, wish in said.items())
        raise InvalidInput(Issue("invariant", f"the message wants several things: {words}", next(iter(said), "ORC-1")))
    return next(iter(said.values()))
