"""Say, all at once, how one professional stands: authorised until when, in which role, blocked, or nothing.

The whole of it is one entry, or none: each act that it takes (`authorise`, `withdraw`, `block`, `unblock`, `name_role`)
is decided, and one refusal refuses all. `record/authorise.py` does the same acts one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from carnet.errors import Conflict, InvalidInput, Issue
from carnet.people.caller import Caller, ProfessionalCaller
from carnet.people.identifiers import PsId
from carnet.people.ins import Ins
from carnet.record.authorise import MOST_DAYS, described
from carnet.record.change_rights import MOVED, Wish, change_rights
from carnet.record.known import Known
from carnet.record.open_record import CHANNELS
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import AuthorisationSet
from carnet.rights.decision import decide
from carnet.rights.held import PORTAL, Authorisation

LONGEST_NAME = 100
_REPORTED = tuple(channel for channel in CHANNELS if channel != PORTAL)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(StrEnum):
    """What is said of a professional."""

    AUTHORISED = "authorised"
    BLOCKED = "blocked"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The holder's word on one professional (PS_IdNat).

    `until` None is a year, or for the médecin traitant no end. A role that is None stays as it was. `channel` is how a
    professional was told of the patient's agreement, `oral` or `written`.
    """

    professional: str
    standing: Standing
    until: datetime | None = None
    is_medecin_traitant: bool | None = None
    is_administrator: bool | None = None
    name: str = ""
    channel: str = ""


async def restate(
    asker: Asker, ins: Ins, word: Word, stores: Stores, *, seen: tuple[Authorisation | None] | None = None,
) -> Authorisation:
    """Put this word in force, and answer what holds from now on.

    `seen` is what the asker saw before: anything else now is a Conflict. Raises NotFound, NotPermitted, InvalidInput.
    """
    async with stores.refusals_traced(asker, Act.AUTHORISE) as tracing:
        PsId.parse(word.professional, stores.rules.submissions.identifiers)     # before anything tells of a record
        tracing.record = await stores.record_of(ins)
        acts = _acts(_before(await stores.known(tracing.record, fresh=True), word), word)

    def changes(known: Known, now: datetime) -> tuple[AuthorisationSet, ...]:
        before = _before(known, word)
        after = described(_after(before, word, now), asker.caller)
        if _acts(before, word) != acts:
            raise Conflict(MOVED)
        for act in acts[1:]:
            decide(replace(asker.to(act), target=word.professional), None, stores.facts(known)).or_raise()
        issues = [*_issues(asker.caller, word, before, now)]
        if issues:
            raise InvalidInput(*issues)
        return (AuthorisationSet(after),) if after != before else ()

    detail = {"professional": word.professional, **({"channel": word.channel} if word.channel else {})}
    wish = Wish(
        replace(asker.to(acts[0]), target=word.professional), changes, detail=detail,
        expected=None if seen is None else lambda known: known.rights.authorisations.get(word.professional) == seen[0])
    changed = await change_rights(asker, ins, wish, stores)
    return _before(changed, word)


def _before(known: Known, word: Word) -> Authorisation:
    return known.rights.authorisations.get(word.professional) or Authorisation(professional=word.professional)


def _after(before: Authorisation, word: Word, now: datetime) -> Authorisation:
    match word.standing:
        case Standing.BLOCKED:
            return msgspec.structs.replace(
                before, is_forbidden=True, valid_until=None, is_medecin_traitant=False, is_administrator=False,
                professional_name=before.professional_name or word.name)
        case Standing.NOTHING:
            ends = min(before.valid_until, now) if before.valid_until is not None else None
            return msgspec.structs.replace(
                before, is_forbidden=False, valid_until=ends, is_medecin_traitant=False, is_administrator=False)
        case Standing.AUTHORISED:
            return _authorised(before, word, now)


def _authorised(before: Authorisation, word: Word, now: datetime) -> Authorisation:
    traitant = before.is_medecin_traitant if word.is_medecin_traitant is None else word.is_medecin_traitant
    administrator = before.is_administrator if word.is_administrator is None else word.is_administrator
    until = word.until
    if until is None:
        until = before.valid_until if traitant else now + timedelta(days=MOST_DAYS)
    return msgspec.structs.replace(
        before, is_forbidden=False, valid_until=until, is_medecin_traitant=traitant, is_administrator=administrator,
        professional_name=before.professional_name or word.name)


def _acts(before: Authorisation, word: Word) -> tuple[Act, ...]:
    """The acts that it takes; never none, so that something is always decided."""
    match word.standing:
        case Standing.BLOCKED:
            return (Act.BLOCK,)
        case Standing.NOTHING:
            return (Act.UNBLOCK if before.is_forbidden else Act.WITHDRAW,)
        case Standing.AUTHORISED:
            after = _authorised(before, word, _LONG_AGO)
            roles = before.is_medecin_traitant, before.is_administrator
            names = roles != (after.is_medecin_traitant, after.is_administrator)
            extends = before.is_forbidden or after.valid_until != before.valid_until
            return (Act.AUTHORISE,) * extends + (Act.NAME_ROLE,) * names or (Act.AUTHORISE,)


def _issues(caller: Caller, word: Word, before: Authorisation, now: datetime) -> Iterator[Issue]:
    if len(word.name) > LONGEST_NAME:
        yield Issue("too-long", f"at most {LONGEST_NAME} characters", "name")
    if word.standing is not Standing.AUTHORISED:
        return
    if word.until not in (None, before.valid_until) and not _in_reach(word.until, now):
        yield Issue("value", f"a moment to come, at most {MOST_DAYS} days from now", "until")
    # A patient speaks at the portal; a professional says how the patient agreed, each time (EX_0.3-1010).
    if isinstance(caller, ProfessionalCaller) and word.channel not in _REPORTED:
        yield Issue("required", f"how the patient agreed: {', '.join(_REPORTED)}", "channel")


def _in_reach(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until <= now + timedelta(days=MOST_DAYS)
