"""My choices: what a holder consents to or opposes, and how many break-glass accesses they accept (SPEC 3.3).

A professional may record some of them, saying how the patient agreed. Several at once are one entry, or none. What a
professional sees of them is what they may record: that documents are masked, or will be, is not theirs to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from carnet.audit.events import done
from carnet.errors import InvalidInput, Issue
from carnet.people.caller import Caller, PatientCaller
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.open_record import CHANNELS
from carnet.record.stores import Stores
from carnet.rights.about_professionals import TO_COLLECT
from carnet.rights.access import Act, Asker
from carnet.rights.changes import CeilingSet, ChoiceMade
from carnet.rights.decision import decide
from carnet.rights.held import PORTAL, Choice, Consent, SaidThere

HIGHEST_CEILING = 99
LONGEST_REASON = 500
LONGEST_VERSION = 64


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices that the asker may see: what was said of each (None: nothing yet), and what holds.

    `break_glass_ceiling` None is no ceiling, and what a professional sees. `said_there` is what was said at
    organisations: for the patient's side. `tag` changes when anything here does, and for nothing else.
    """

    consents: Mapping[Choice, Consent | None]
    consents_to: Mapping[Choice, bool]
    break_glass_ceiling: int | None
    tag: str
    said_there: tuple[SaidThere, ...] = ()


async def my_choices(asker: Asker, ins: Ins, stores: Stores) -> Choices:
    """The choices as they are now. Raises NotFound, NotPermitted."""
    async with stores.refusals_traced(asker, Act.SEE_CHOICES) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.ask(
            asker, Act.SEE_CHOICES, tracing.record, event=done(asker, Act.SEE_CHOICES, tracing.record))
        return choices_of(asker.caller, known)


async def choose(
    asker: Asker, ins: Ins, said: Mapping[Choice, bool], stores: Stores, *, text_version: str, channel: str = PORTAL,
    reason: str = "", if_match: str | None = None,
) -> Choices:
    """Record what the holder says, all of it or nothing, and answer the choices from now on.

    `text_version` is the text that they were shown. Raises InvalidInput, NotPermitted for the first that the asker may
    not record, Conflict when `if_match` is no more the tag of what they see, or the record moved.
    """
    access = replace(asker.to(Act.CHANGE_CHOICE), choice=min(said, default=None))

    def changes(known: Known, now: datetime) -> tuple[ChoiceMade, ...]:
        facts = stores.facts(known)
        for choice in sorted(said):
            decide(replace(access, choice=choice), None, facts).or_raise()
        issues = [*_about_how(asker.caller, text_version, channel, reason), *_about_what(said, reason, known)]
        if issues:
            raise InvalidInput(*issues)
        consent = Consent(given=True, at=now, text_version=text_version.strip(), channel=channel, reason=reason.strip())
        consents = {choice: _said(known.rights.consents.get(choice), given, consent) for choice, given in said.items()}
        return tuple(ChoiceMade(choice=choice, consent=consents[choice]) for choice in sorted(consents))

    detail = {
        "consented": " ".join(sorted(choice.value for choice, given in said.items() if given)),
        "opposed": " ".join(sorted(choice.value for choice, given in said.items() if not given)), "channel": channel}
    wish = Wish(access, changes, detail=detail, expected=as_seen(asker, if_match))
    return choices_of(asker.caller, await change_rights(asker, ins, wish, stores))


async def set_ceiling(
    asker: Asker, ins: Ins, ceiling: int | None, stores: Stores, *, if_match: str | None = None,
) -> Choices:
    """Accept at most so many break-glass accesses in 24 hours (1 to 99), or (None) as many as the platform does.

    Raises InvalidInput, NotPermitted for who is not on the patient's side, Conflict as `choose`.
    """
    def changes(*_: object) -> tuple[CeilingSet]:
        if ceiling is not None and not 1 <= ceiling <= HIGHEST_CEILING:
            raise InvalidInput(Issue(
                "value", f"from 1 to {HIGHEST_CEILING}; to accept none, oppose break-glass", "ceiling"))
        return (CeilingSet(ceiling),)

    detail = {"break_glass_ceiling": ceiling}
    wish = Wish(asker.to(Act.CHANGE_CHOICE), changes, detail=detail, expected=as_seen(asker, if_match))
    return choices_of(asker.caller, await change_rights(asker, ins, wish, stores))


def choices_of(caller: Caller, known: Known) -> Choices:
    """The choices of this record, as this caller may see them."""
    rights = known.rights
    is_patient = isinstance(caller, PatientCaller)
    seen = [choice for choice in Choice if is_patient or choice in TO_COLLECT]
    consents = {choice: _told(rights.consents.get(choice), is_patient=is_patient) for choice in seen}
    ceiling = rights.break_glass_ceiling if is_patient else None
    there = tuple(rights.said_there[name] for name in sorted(rights.said_there)) if is_patient else ()
    return Choices(
        consents, {choice: rights.consents_to(choice) for choice in seen}, ceiling,
        hashlib.sha256(msgspec.json.encode((consents, ceiling, there))).hexdigest()[:32], there)


def _told(consent: Consent | None, *, is_patient: bool) -> Consent | None:
    """The patient's reason is in their words, and for their side: a professional learns that there is a choice."""
    return consent if consent is None or is_patient else msgspec.structs.replace(consent, reason="")


def as_seen(asker: Asker, if_match: str | None) -> Callable[[Known], bool] | None:
    """Whether the choices are still those that the asker saw under this tag; None when their door does not say."""
    if if_match is None:
        return None
    return lambda known: choices_of(asker.caller, known).tag == if_match


def _said(before: Consent | None, given: bool, consent: Consent) -> Consent:
    """The same word about the same text is no news; an opposition said again keeps the reason it had."""
    if before is None or before.given != given:
        return msgspec.structs.replace(consent, given=given, reason="" if given else consent.reason)
    if before.text_version == consent.text_version and consent.reason in ("", before.reason):
        return before
    return msgspec.structs.replace(consent, given=given, reason="" if given else consent.reason or before.reason)


def _about_how(caller: Caller, text_version: str, channel: str, reason: str) -> list[Issue]:
    """What is wrong in how it was said."""
    issues = []
    if not 0 < len(text_version.strip()) <= LONGEST_VERSION:
        issues.append(Issue("required", "which text the patient was shown", "text_version"))
    # A patient speaks at the portal; a professional reports what was said to them, and cannot speak at the portal.
    channels = (PORTAL,) if isinstance(caller, PatientCaller) else tuple(each for each in CHANNELS if each != PORTAL)
    if channel not in channels:
        issues.append(Issue("value", f"one of {', '.join(channels)}", "channel"))
    if len(reason) > LONGEST_REASON:
        issues.append(Issue("too-long", f"at most {LONGEST_REASON} characters", "reason"))
    return issues


def _about_what(said: Mapping[Choice, bool], reason: str, known: Known) -> list[Issue]:
    issues = []
    if not said:
        issues.append(Issue("required", "at least one choice", "said"))
    if said.get(Choice.OPENING) is False:
        issues.append(Issue("business-rule", "who wants no record any more closes it", "opening"))
    opposes_feeding = said.get(Choice.FEEDING) is False and known.rights.consents_to(Choice.FEEDING)
    if opposes_feeding and not reason.strip():
        # A holder cannot object without a legitimate reason once they authorised the professional (CSP R1111-47).
        issues.append(Issue("required", "feeding is opposed for a legitimate reason: which", "reason"))
    return issues
