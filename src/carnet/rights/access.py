"""What is asked: who, which act, in which access mode."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carnet.people.caller import Caller


class AccessMode(StrEnum):
    """purposeOfUse of the access (TRE_R248, OID 1.2.250.1.213.1.1.4.248)."""

    NORMAL = "normal"
    BREAK_THE_GLASS = "bris_de_glace"
    REGULATION_CENTRE = "centre_15"


class Act(StrEnum):
    """What one may ask of a record. The first group is about the record, the second about a document of it."""

    OPEN_RECORD = "open_record"
    CLOSE_RECORD = "close_record"
    SEE_STATUS = "see_status"
    LIST = "list"
    SEE_HISTORY = "see_history"
    SEE_AUTHORISATIONS = "see_authorisations"
    AUTHORISE = "authorise"
    BLOCK = "block"
    FEED = "feed"

    READ = "read"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, through which door: built by the door from a verified token or a session."""

    caller: Caller
    mode: AccessMode = AccessMode.NORMAL
    door: str = ""
    request_id: str = ""

    def to(self, act: Act) -> Access:
        """This asker, for one act."""
        return Access(self.caller, act, self.mode)


@dataclass(frozen=True, slots=True)
class Access:
    """One act asked by one caller: what `decide` decides on."""

    caller: Caller
    act: Act
    mode: AccessMode = AccessMode.NORMAL
