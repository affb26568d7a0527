"""Who is told of a change, in the transaction that makes it: the holder of everything, others of what concerns them.

| Told | Of |
|---|---|
| the holder | every change of the record's life or rights; every emergency access, and what an officer said of it |
| legal representatives of a dependant, before or after the change | the same, but nothing of a secret connection |
| who is invited, answers, or acts no more for the holder | that, and who did it |
| the médecin traitant | emergency accesses (CSP R1111-48) |

What is told is that it happened: codes and names of who acted, never a reason's text, a document's identifier or title.
What somebody did themself is read from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from carnet.audit.events import actor_of
from carnet.people.caller import Caller, PatientCaller
from carnet.people.ins import Ins
from carnet.record.effects import Notice, to_person, to_professional
from carnet.rights.access import Act, Asker
from carnet.rights.facts import Facts
from carnet.rights.held import Choice, Proxy, ProxyKind, RecordRights

REVIEWED = "emergency_reviewed"     # an officer closed the review of an emergency access


def notices_of(asker: Asker, act: Act, before: Facts, rights: RecordRights) -> tuple[Notice, ...]:
    """The notices that go with this change, from the facts it was decided on and the rights from now on."""
    after = replace(before, rights=rights)
    told = _by(asker.caller)
    patients = {**told, **_what_changed(before.rights, rights)}
    people = _on_the_patients_side(asker, before, after)
    notices = [_to_person(person, act, patients, asker.caller) for person in people]
    notices += (
        _to_person(each.person, act, {**told, "kind": each.kind.value, "state": each.state.value}, asker.caller)
        for each in _changed_proxies(before.rights, rights) if each.person not in people)
    if act is Act.OPEN_EMERGENCY:
        doctors = (name for name in rights.authorisations if after.is_medecin_traitant(name))
        notices += (Notice(to_professional(name), act.value, patients) for name in doctors)
    return tuple(notices)


def notices_of_document(
    asker: Asker, act: Act, facts: Facts, seen: Callable[[PatientCaller], bool],
) -> tuple[Notice, ...]:
    """The notices of what was done to documents: for those of the patient's side of whom `seen` says that they see
    them. Never which documents.
    """
    told = _by(asker.caller)
    people = _on_the_patients_side(asker, facts, facts)
    return tuple(
        _to_person(person, act, told, asker.caller) for person in people if seen(PatientCaller(person, "", "")))


def notices_of_review(asker: Asker, facts: Facts, detail: Mapping[str, str]) -> tuple[Notice, ...]:
    """The notices of what an officer said of an emergency access. `detail` holds codes, not the officer's note."""
    told = {**_by(asker.caller), **detail}
    return tuple(Notice(to_person(person), REVIEWED, told) for person in _on_the_patients_side(asker, facts, facts))


def _on_the_patients_side(asker: Asker, before: Facts, after: Facts) -> list[Ins]:
    """The holder, and who represents a dependant, before the change or after it."""
    people = [before.holder]
    if not asker.is_secret:     # a minor's secret is kept from them
        people += [each.person for facts in (before, after) for each in _representatives(facts)]
    return list(dict.fromkeys(people))


def _representatives(facts: Facts) -> Iterator[Proxy]:
    return (
        each for each in facts.rights.proxies
        if each.kind is ProxyKind.LEGAL_REPRESENTATIVE and facts.is_acting(each))


def _changed_proxies(before: RecordRights, after: RecordRights) -> Iterator[Proxy]:
    return (each for each in after.proxies if each not in before.proxies)


def _to_person(person: Ins, act: Act, detail: Mapping[str, str], by: Caller) -> Notice:
    did_it = isinstance(by, PatientCaller) and by.ins == person and not by.application
    return Notice(to_person(person), act.value, dict(detail), is_read=did_it)


def _by(caller: Caller) -> dict[str, str]:
    """Who did it, as the person told would read it in the history."""
    actor = actor_of(caller)
    told = {"by": actor.name, "by_kind": actor.kind, "organisation": actor.organisation_name}
    return {name: value for name, value in told.items() if value}


def _what_changed(before: RecordRights, after: RecordRights) -> dict[str, str]:
    """What of the rights is other than before, as codes: for the holder, who may see all of it."""
    told = {}
    if after.state is not before.state:
        told["state"] = after.state.value
    choices = [choice.value for choice, said in after.consents.items() if before.consents.get(choice) != said]
    if choices:
        told["choices"] = " ".join(sorted(choices))
    people = [each for name, each in after.authorisations.items() if before.authorisations.get(name) != each]
    if people:      # who was said something of comes last: another may have lost a role to them
        told |= {"professional": people[-1].professional, "professional_name": people[-1].professional_name}
    for proxy in _changed_proxies(before, after):
        told |= {"proxy": proxy.name, "kind": proxy.kind.value, "state": proxy.state.value}
    told |= _what_changed_there(before, after)
    opened = [each for each in after.emergencies if each not in before.emergencies]
    if opened:
        told["mode"] = opened[-1].mode
    return {name: value for name, value in told.items() if value}


def _what_changed_there(before: RecordRights, after: RecordRights) -> dict[str, str]:
    """What was said at an organisation, or taken back from it: which choices, opposed or not."""
    changed = [each for name, each in after.said_there.items() if before.said_there.get(name) != each]
    if not changed:
        return {}
    there = changed[-1]
    now = {choice: there.consents[choice].given for choice in sorted(there.consents, key=Choice)}
    return {
        "there": there.name or there.organisation,
        "opposed_there": " ".join(choice for choice, given in now.items() if not given),
        "allowed_there": " ".join(choice for choice, given in now.items() if given)}
