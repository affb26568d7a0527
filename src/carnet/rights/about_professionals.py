"""What stands against a professional, whatever the document: docs/rights.md, sections 3 to 5."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from carnet.people.caller import ProfessionalCaller
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.facts import AuthorisationState, Facts
from carnet.rights.held import Choice
from carnet.rights.reasons import Reason
from carnet.rights.who_may import FEEDING, READING

_NEEDS_DIRECT = frozenset({Act.SEE_CHOICES, Act.CHANGE_CHOICE, Act.DELEGATE, Act.INVITE})
_FOR_TRUSTED = frozenset({Act.SEE_AUTHORISATIONS, Act.BLOCK})
TO_COLLECT = frozenset({
    Choice.FEEDING, Choice.CONSULTATION, Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE})
_IN_EMERGENCY = frozenset({Act.LIST, Act.READ, Act.SEE_STATUS, Act.OPEN_EMERGENCY})
_IN_SECRET = frozenset({Act.SEE_STATUS, Act.LIST, Act.READ, Act.FEED, Act.REPLACE})
_MISSING = {
    AuthorisationState.NONE: Reason.NO_AUTHORISATION, AuthorisationState.EXPIRED: Reason.AUTHORISATION_EXPIRED,
}


def about_the_professional(access: Access, caller: ProfessionalCaller, facts: Facts) -> Iterator[Reason]:
    """Every reason against this professional's access to the record."""
    if facts.direct_state(caller.ps_id) is AuthorisationState.FORBIDDEN and access.act is not Act.SEE_STATUS:
        yield Reason.BLOCKED_BY_PATIENT     # blocking beats everything, in every mode; the status says it
    yield from _about_authorisation(access, caller, facts)
    yield from _about_others(access, caller, facts)
    yield from _about_mode(access, caller, facts)
    if access.is_secret:
        yield from _about_secret(access, facts)


def _about_authorisation(access: Access, caller: ProfessionalCaller, facts: Facts) -> Iterator[Reason]:
    act, state = access.act, facts.authorisation_of(caller)
    if act in READING:
        if access.mode is AccessMode.NORMAL and state in _MISSING:
            yield _MISSING[state]
        if not facts.rights.consents_to(Choice.CONSULTATION):
            yield Reason.CONSULTATION_OPPOSED
    elif act in _NEEDS_DIRECT:
        direct = facts.direct_state(caller.ps_id)
        if direct in _MISSING:
            yield _MISSING[direct]
    # Feeding needs no authorisation; a holder who opposes it still lets those feed whom they authorised (R1111-47).
    is_opposed = act in FEEDING and not facts.rights.consents_to(Choice.FEEDING)
    if is_opposed and state is not AuthorisationState.VALID:
        yield Reason.FEEDING_OPPOSED


def _about_others(access: Access, caller: ProfessionalCaller, facts: Facts) -> Iterator[Reason]:
    """What concerns the holder's choices, and other professionals."""
    act = access.act
    if act is Act.CHANGE_CHOICE and access.choice not in TO_COLLECT:
        yield Reason.ONLY_THE_HOLDER
    if act in _FOR_TRUSTED and not facts.is_trusted(caller.ps_id):
        yield Reason.ONLY_THE_HOLDER
    if act in (Act.AUTHORISE, Act.WITHDRAW) and access.target != caller.ps_id and not facts.is_trusted(caller.ps_id):
        yield Reason.ONLY_FOR_ONESELF
    if act is Act.AUTHORISE and facts.direct_state(access.target) is AuthorisationState.FORBIDDEN:
        yield Reason.TARGET_IS_BLOCKED


def _about_mode(access: Access, caller: ProfessionalCaller, facts: Facts) -> Iterator[Reason]:
    act, mode = access.act, access.mode
    if mode is AccessMode.NORMAL:
        if act is Act.OPEN_EMERGENCY:
            yield Reason.MODE_NEEDED
        return
    if act not in _IN_EMERGENCY:
        yield Reason.MODE_ONLY_READS
    if act is Act.SEE_STATUS or act not in _IN_EMERGENCY:
        return
    if mode is AccessMode.REGULATION_CENTRE:
        if not facts.rights.consents_to(Choice.REGULATION_CENTRE):
            yield Reason.REGULATION_CENTRE_OPPOSED
        if not caller.is_regulator:
            yield Reason.NOT_A_REGULATION_CENTRE
    elif not facts.rights.consents_to(Choice.BREAK_THE_GLASS):
        yield Reason.BREAK_THE_GLASS_OPPOSED
    if act is Act.OPEN_EMERGENCY:
        if mode is AccessMode.BREAK_THE_GLASS:
            yield from _about_the_glass(access, facts)
    elif facts.open_emergency(caller.ps_id, mode) is None:
        yield Reason.EMERGENCY_NOT_OPENED


def _about_the_glass(access: Access, facts: Facts) -> Iterator[Reason]:
    login = access.authenticated_at
    if login is None or facts.now - login > timedelta(seconds=facts.policy.login_seconds):
        yield Reason.LOGIN_TOO_OLD
    ceiling = facts.rights.break_glass_ceiling
    if ceiling is not None and facts.emergencies_in_a_day(AccessMode.BREAK_THE_GLASS) >= ceiling:
        yield Reason.PATIENT_CEILING_REACHED
    if access.emergencies_today >= facts.policy.emergencies_a_day and not access.has_second_person:
        yield Reason.SECOND_PERSON_NEEDED


def _about_secret(access: Access, facts: Facts) -> Iterator[Reason]:
    if not facts.is_minor:
        yield Reason.SECRET_NEEDS_A_MINOR
    if access.act not in _IN_SECRET:
        yield Reason.NOT_IN_A_SECRET_CONNECTION
