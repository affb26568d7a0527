"""What is asked: who, which act, in which access mode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carnet.people.caller import Caller
from carnet.rights.held import Choice


class AccessMode(StrEnum):
    """purposeOfUse of the access (TRE_R248, OID 1.2.250.1.213.1.1.4.248)."""

    NORMAL = "normal"
    BREAK_THE_GLASS = "bris_de_glace"
    REGULATION_CENTRE = "centre_15"


class Act(StrEnum):
    """What one may ask of a record: its life, its holder's choices, its documents."""

    ANNOUNCE_RECORD = "announce_record"
    OPEN_RECORD = "open_record"
    REFUSE_RECORD = "refuse_record"
    ACTIVATE = "activate"
    CLOSE_RECORD = "close_record"
    REOPEN_RECORD = "reopen_record"
    SUSPEND = "suspend"
    RESUME = "resume"
    ASK_ERASURE = "ask_erasure"
    CANCEL_ERASURE = "cancel_erasure"
    ERASE = "erase"
    PROTECT = "protect"
    MOVE_RECORD = "move_record"

    SEE_STATUS = "see_status"
    SEE_HISTORY = "see_history"
    SEE_CHOICES = "see_choices"
    SEE_AUTHORISATIONS = "see_authorisations"

    CHANGE_CHOICE = "change_choice"
    SAY_TO_ORGANISATION = "say_to_organisation"
    LIFT_FROM_ORGANISATION = "lift_from_organisation"
    AUTHORISE = "authorise"
    WITHDRAW = "withdraw"
    BLOCK = "block"
    UNBLOCK = "unblock"
    NAME_ROLE = "name_role"
    DELEGATE = "delegate"
    INVITE = "invite"
    ANSWER_INVITATION = "answer_invitation"
    REVOKE_PROXY = "revoke_proxy"
    OPEN_EMERGENCY = "open_emergency"
    MASK_ALL = "mask_all"

    LIST = "list"
    READ = "read"
    FEED = "feed"
    REPLACE = "replace"
    MASK = "mask"
    UNMASK = "unmask"
    ANNOUNCE = "announce"
    SHOW_TO_REPRESENTATIVES = "show_to_representatives"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, through which door: built by the door from a verified token or a session.

    `authenticated_at` is when they logged in, None when nobody said. `is_secret` is a minor's secret connection (SPEC
    1.4).
    """

    caller: Caller
    mode: AccessMode = AccessMode.NORMAL
    door: str = ""
    request_id: str = ""
    authenticated_at: datetime | None = None
    is_secret: bool = False

    def to(self, act: Act) -> Access:
        """This asker, for one act."""
        return Access(
            self.caller, act, self.mode, is_secret=self.is_secret, authenticated_at=self.authenticated_at)


@dataclass(frozen=True, slots=True)
class Access:
    """One act asked by one caller: what `decide` decides on.

    `target` is the professional (PS_IdNat) whom an authorisation is about, or the organisation (Struct_IdNat) at which
    something was said; `choice` the choice that is changed. What an emergency access asks beyond the record's facts
    comes with it: how many the caller opened in 24 hours, on any record, and whether a second person agreed.
    """

    caller: Caller
    act: Act
    mode: AccessMode = AccessMode.NORMAL
    is_secret: bool = False
    target: str = ""
    choice: Choice | None = None
    authenticated_at: datetime | None = None
    emergencies_today: int = 0
    has_second_person: bool = False
