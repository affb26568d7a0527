"""A second person agrees to an emergency access beyond the daily ceiling of the one who opens it (rights.md, 4.5).

The first asks for a code of eight digits and says it to a colleague, who types it with a login of their own.
A code is good for 15 minutes and one record; the agreement for an hour. It is no access: the first still opens theirs.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from carnet.audit.events import done
from carnet.errors import InvalidInput, Issue, NotPermitted, Unavailable
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.emergency import access_to_open, professional_of
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.rights.decision import Decision, decide
from carnet.rights.facts import AuthorisationState
from carnet.rights.reasons import Reason

ASKED, AGREED = "ask_second_person", "agree_second_person"
_DIGITS = 8
_DRAWS = 5


async def ask_second_person(asker: Asker, ins: Ins, stores: Stores) -> str:
    """A code for a second person, in place of any earlier one for this record.

    Raises NotFound, NotPermitted for every other reason against the opening, InvalidInput when none is needed.
    """
    async with stores.refusals_traced(asker, ASKED) as tracing:
        record = tracing.record = await stores.record_of(ins)
        access = await access_to_open(asker, record, stores)
        decision = decide(access, None, stores.facts(await stores.known(record, fresh=True)))
        if decision.against != (Reason.SECOND_PERSON_NEEDED,):
            decision.or_raise()
            raise InvalidInput(Issue("business-rule", "no second person is needed"))
    for _ in range(_DRAWS):
        code = f"{uuid4().int % 10**_DIGITS:0{_DIGITS}}"       # from the operating system's randomness
        if await stores.emergencies.ask(record, professional_of(asker), code, done(asker, ASKED, record)):
            return code
    raise Unavailable("no free code was drawn", retry_after_seconds=1)


async def agree(asker: Asker, code: str, stores: Stores) -> None:
    """Agree, as second person, to the emergency access that this code is about.

    Raises NotPermitted for who is no professional, logged in too long ago, or is blocked by the record's holder;
    InvalidInput for a code that is none, one's own, used or over, and after five of these in 15 minutes for any.
    """
    async with stores.refusals_traced(asker, AGREED) as tracing:
        professional = _second(asker, stores)
        attempt = await stores.emergencies.tried(professional)
        if attempt is None:
            raise InvalidInput(Issue("throttled", "too many wrong codes: wait 15 minutes", "code"))
        record, first = await _waiting(code, professional, stores)
        tracing.record = record
        facts = stores.facts(await stores.known(record, fresh=True))
        if facts.direct_state(professional) is AuthorisationState.FORBIDDEN:
            raise NotPermitted(Decision((Reason.BLOCKED_BY_PATIENT,)))
        event = done(asker, AGREED, record, professional=first)
        if not await stores.emergencies.agree(professional, first, _digits(code), event):
            raise _no_such_code()
        await stores.emergencies.forgive(attempt)


def _second(asker: Asker, stores: Stores) -> str:
    """The professional who would agree, if their login is fresh."""
    if not isinstance(asker.caller, ProfessionalCaller):
        raise NotPermitted(Decision((Reason.MODE_NOT_OFFERED,)))
    login, seconds = asker.authenticated_at, stores.rules.rights.login_seconds
    if login is None or stores.clock.now() - login > timedelta(seconds=seconds):
        raise NotPermitted(Decision((Reason.LOGIN_TOO_OLD,)))
    return asker.caller.ps_id


async def _waiting(code: str, professional: str, stores: Stores) -> tuple[UUID, str]:
    """The record and the professional that the code is about, who is another one."""
    found = await stores.emergencies.waiting(_digits(code))
    if found is None:
        raise _no_such_code()
    if found[1] == professional:
        raise InvalidInput(Issue("business-rule", "another person must agree", "code"))
    return found


def _digits(code: str) -> str:
    """The code as it was drawn: people write it in groups."""
    digits = "".join(code.split())
    return digits if len(digits) == _DIGITS and digits.isascii() and digits.isdecimal() else ""


def _no_such_code() -> InvalidInput:
    return InvalidInput(Issue("value", "no such code, or it is over", "code"))
