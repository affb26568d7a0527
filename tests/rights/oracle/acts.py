"""The table of section 2 of docs/rights.md, as it stands there."""

from __future__ import annotations

from typing import NamedTuple

THERE = ("active", "suspended", "closed")


class Row(NamedTuple):
    """Who may do an act, in which states of the record."""

    who: str
    states: tuple[str, ...]


ROWS = {
    "announce_record": Row("F", ()),
    "open_record": Row("HRPS", ("notice", "refused")),
    "refuse_record": Row("HR", ("notice",)),
    "activate": Row("HR", ("active",)),
    "close_record": Row("HRFS", ("active", "suspended")),
    "reopen_record": Row("HRPF", ("closed",)),
    "suspend": Row("F", ("active",)),
    "resume": Row("F", ("suspended",)),
    "ask_erasure": Row("HR", ("closed",)),
    "cancel_erasure": Row("HR", ("closed",)),
    "erase": Row("S", ("closed",)),
    "protect": Row("F", ("active",)),
    "move_record": Row("HR", ("active",)),
    "see_status": Row("HARCPOF", ("notice", "refused", *THERE)),
    "see_history": Row("HRP", THERE),
    "see_choices": Row("HRP", ("active", "suspended")),
    "see_authorisations": Row("HRP", ("active", "suspended")),
    "list": Row("HARCP", ("active",)),
    "read": Row("HARCP", ("active",)),
    "feed": Row("HARCPO", ("active",)),
    "replace": Row("HRCPO", ("active",)),
    "archive": Row("HRCPO", ("active",)),
    "unarchive": Row("HRCPO", ("active",)),
    "delete": Row("HRCPO", ("active",)),
    "mask": Row("HRP", ("active",)),
    "unmask": Row("HRP", ("active",)),
    "mask_all": Row("HR", ("active",)),
    "announce": Row("P", ("active",)),
    "show_to_representatives": Row("P", ("active",)),
    "change_choice": Row("HRP", ("active",)),
    "say_to_organisation": Row("O", ("active",)),
    "lift_from_organisation": Row("HR", ("active",)),
    "authorise": Row("HRP", ("active",)),
    "withdraw": Row("HRP", ("active",)),
    "block": Row("HRP", ("active",)),
    "unblock": Row("HR", ("active",)),
    "name_role": Row("HR", ("active",)),
    "delegate": Row("P", ("active",)),
    "invite": Row("HRPF", ("active",)),
    "answer_invitation": Row("I", ("active",)),
    "revoke_proxy": Row("HRCF", ("active",)),
    "open_emergency": Row("P", ("active",)),
}

ALL_ACTS = tuple(ROWS)
READING_ACTS = ("list", "read", "mask", "unmask", "announce", "show_to_representatives")
ACTS_OF_THE_AUTHOR = ("replace", "archive", "unarchive", "delete")
ACTS_ON_DOCUMENTS = ("list", "read", "feed", *ACTS_OF_THE_AUTHOR, *READING_ACTS[2:])
ACTS_OF_WHO_DECIDES = (
    "open_record", "refuse_record", "activate", "close_record", "reopen_record", "ask_erasure", "cancel_erasure",
    "change_choice", "authorise", "withdraw", "block", "unblock", "name_role", "invite", "revoke_proxy", "mask",
    "unmask", "mask_all", "move_record", "lift_from_organisation")
"""A dependant holder does none of these."""
