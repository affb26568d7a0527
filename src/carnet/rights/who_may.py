"""Which party may do which act, in which states of the record: docs/rights.md, section 2, as a table."""

from __future__ import annotations

from carnet.rights.access import Act
from carnet.rights.held import RecordState
from carnet.rights.party import Party

_PARTIES = {
    "H": Party.HOLDER, "A": Party.APPLICATION, "R": Party.REPRESENTATIVE, "C": Party.CAREGIVER, "I": Party.INVITED,
    "P": Party.PROFESSIONAL, "O": Party.ORGANISATION, "F": Party.OFFICER, "S": Party.SYSTEM,
}
_NOTICE, _REFUSED = RecordState.NOTICE, RecordState.REFUSED
_ACTIVE, _SUSPENDED, _CLOSED = RecordState.ACTIVE, RecordState.SUSPENDED, RecordState.CLOSED

_TABLE: dict[Act, tuple[str, tuple[RecordState, ...]]] = {
    Act.ANNOUNCE_RECORD: ("F", ()),
    Act.OPEN_RECORD: ("HRPS", (_NOTICE, _REFUSED)),
    Act.REFUSE_RECORD: ("HR", (_NOTICE,)),
    Act.ACTIVATE: ("HR", (_ACTIVE,)),
    Act.CLOSE_RECORD: ("HRFS", (_ACTIVE, _SUSPENDED)),
    Act.REOPEN_RECORD: ("HRPF", (_CLOSED,)),
    Act.SUSPEND: ("F", (_ACTIVE,)),
    Act.RESUME: ("F", (_SUSPENDED,)),
    Act.ASK_ERASURE: ("HR", (_CLOSED,)),
    Act.CANCEL_ERASURE: ("HR", (_CLOSED,)),
    Act.ERASE: ("S", (_CLOSED,)),
    Act.PROTECT: ("F", (_ACTIVE,)),
    Act.MOVE_RECORD: ("HR", (_ACTIVE,)),

    Act.SEE_STATUS: ("HARCPOF", (_NOTICE, _REFUSED, _ACTIVE, _SUSPENDED, _CLOSED)),
    Act.SEE_HISTORY: ("HRP", (_ACTIVE, _SUSPENDED, _CLOSED)),
    Act.SEE_CHOICES: ("HRP", (_ACTIVE, _SUSPENDED)),
    Act.SEE_AUTHORISATIONS: ("HRP", (_ACTIVE, _SUSPENDED)),

    Act.LIST: ("HARCP", (_ACTIVE,)),
    Act.READ: ("HARCP", (_ACTIVE,)),
    Act.FEED: ("HARCPO", (_ACTIVE,)),
    Act.REPLACE: ("HRCPO", (_ACTIVE,)),
    Act.ARCHIVE: ("HRCPO", (_ACTIVE,)),
    Act.UNARCHIVE: ("HRCPO", (_ACTIVE,)),
    Act.DELETE: ("HRCPO", (_ACTIVE,)),
    Act.MASK: ("HRP", (_ACTIVE,)),
    Act.UNMASK: ("HRP", (_ACTIVE,)),
    Act.MASK_ALL: ("HR", (_ACTIVE,)),
    Act.ANNOUNCE: ("P", (_ACTIVE,)),
    Act.SHOW_TO_REPRESENTATIVES: ("P", (_ACTIVE,)),

    Act.CHANGE_CHOICE: ("HRP", (_ACTIVE,)),
    Act.SAY_TO_ORGANISATION: ("O", (_ACTIVE,)),
    Act.LIFT_FROM_ORGANISATION: ("HR", (_ACTIVE,)),
    Act.AUTHORISE: ("HRP", (_ACTIVE,)),
    Act.WITHDRAW: ("HRP", (_ACTIVE,)),
    Act.BLOCK: ("HRP", (_ACTIVE,)),
    Act.UNBLOCK: ("HR", (_ACTIVE,)),
    Act.NAME_ROLE: ("HR", (_ACTIVE,)),
    Act.DELEGATE: ("P", (_ACTIVE,)),
    Act.INVITE: ("HRPF", (_ACTIVE,)),
    Act.ANSWER_INVITATION: ("I", (_ACTIVE,)),
    Act.REVOKE_PROXY: ("HRCF", (_ACTIVE,)),
    Act.OPEN_EMERGENCY: ("P", (_ACTIVE,)),
}

WHO_MAY = {act: frozenset(_PARTIES[letter] for letter in letters) for act, (letters, _) in _TABLE.items()}
IN_STATES = {act: frozenset(states) for act, (_, states) in _TABLE.items()}

# A dependant holder does not decide alone: these are their representatives' (SPEC 1.1).
DECIDING = frozenset({
    Act.OPEN_RECORD, Act.REFUSE_RECORD, Act.ACTIVATE, Act.CLOSE_RECORD, Act.REOPEN_RECORD, Act.ASK_ERASURE,
    Act.CANCEL_ERASURE, Act.CHANGE_CHOICE, Act.AUTHORISE, Act.WITHDRAW, Act.BLOCK, Act.UNBLOCK, Act.NAME_ROLE,
    Act.INVITE, Act.REVOKE_PROXY, Act.MASK, Act.UNMASK, Act.MASK_ALL, Act.MOVE_RECORD, Act.LIFT_FROM_ORGANISATION,
})
READING = frozenset({Act.LIST, Act.READ, Act.MASK, Act.UNMASK, Act.ANNOUNCE, Act.SHOW_TO_REPRESENTATIVES})
FEEDING = frozenset({Act.FEED, Act.REPLACE})
OF_THE_AUTHOR = frozenset({Act.REPLACE, Act.ARCHIVE, Act.UNARCHIVE, Act.DELETE})
