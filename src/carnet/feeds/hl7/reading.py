"""What a message asks of a record: ORU^R01 and MDM bring documents, ADT brings what a patient said. Pure.

Everything that is wrong is said at once. Rights are not looked at here: `record/submit.py` decides.
May import: this room, feeds/lots.py, record/inbox/message.py, people, documents, rights, errors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from carnet.documents.submission import Submission, SubmittedDocument
from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7 import consents, headers, identity
from carnet.feeds.hl7.all_issues import AllIssues
from carnet.feeds.hl7.carried import Carried, carriers_of, deleted_by_txa, lacking, message_of, read_carried
from carnet.feeds.hl7.er7 import Er7, Segment, read_er7
from carnet.feeds.hl7.flags import NO_FLAGS, Flag, Flags, read_flags
from carnet.feeds.hl7.identity import Person
from carnet.feeds.hl7.participants import NOBODY, Participants, read_participants
from carnet.feeds.hl7.wishes import Wish, wish_of
from carnet.feeds.lots import lot_of
from carnet.record.inbox.message import Deletion, Deposit, Message, Partner, Reading, Step
from carnet.rights.facts import AS_THE_LAW_SAYS, coming_of_age

_ADDRESSES_ARE_SAID = (2, 0)    # before this version of the profile, the CDA alone names who gets a copy


@dataclass(frozen=True, slots=True)
class Asked:
    """A message with what its answers need: flags, people, and the documents as they were read."""

    message: Message
    er7: Er7
    flags: Flags = NO_FLAGS
    participants: Participants = NOBODY
    documents: tuple[SubmittedDocument, ...] = ()
    wish: Wish = Wish.NEW


def read_message(raw: bytes, partner: Partner, reading: Reading) -> Asked:
    """What these bytes ask. Raises InvalidInput with every issue."""
    er7 = read_er7(raw)
    headers.check(er7.header, is_demonstration=reading.policy.ins.demonstration)
    pid = er7.first("PID")
    if pid is None:
        raise InvalidInput(Issue("structure", "the message has no PID", "PID"))
    if er7.header(9) == "ADT":
        return _consents(er7, pid, reading)
    return _documents(er7, pid, partner, reading)


def _consents(er7: Er7, pid: Segment, reading: Reading) -> Asked:
    """A movement of a patient: only what the patient said of their record is of use here."""
    message = Message(
        headers.kind_of(er7.header), (), control_id=er7.header(10), sent_at=headers.sent_at(er7.header))
    if not consents.says_something(er7):
        return Asked(message, er7)
    issues = AllIssues()
    person = issues.of(lambda: identity.read_pid(pid, reading.policy.ins))
    steps = issues.of(lambda: consents.oppositions(er7, person)) if person is not None else ()
    issues.or_raise()
    if person is None or steps is None:
        return Asked(message, er7)
    return Asked(replace(message, steps=steps, ins=person.ins, traits=person.traits), er7)


def _documents(er7: Er7, pid: Segment, partner: Partner, reading: Reading) -> Asked:
    issues, carriers = AllIssues(), carriers_of(er7)
    person = issues.of(lambda: identity.read_pid(pid, reading.policy.ins))
    wish = issues.of(lambda: wish_of(er7, carriers)) or Wish.NEW
    flags = issues.of(lambda: read_flags([obx for obx in er7.every("OBX") if obx not in carriers]))
    flags = flags or NO_FLAGS
    participants = read_participants(er7.every("PRT"), partner)
    carried = read_carried(er7, carriers, wish, reading, issues)
    issues.found += _unmatched(er7, flags, participants, wish)
    issues.found += lacking(er7, carriers, wish, has_sender=participants.sender is not None)
    if person is not None:
        for each in carried:
            issues.found += identity.against(person, each.header.patient_id, each.header.traits, each.where)
    said = issues.of(lambda: consents.oppositions(er7, person)) if person is not None else ()
    issues.or_raise()
    assert person is not None      # noqa: S101  or an issue would say why
    visibility = flags.visibility(is_minor=_is_minor(person, reading))
    asked = Asked(
        message_of(er7, carried, person), er7, flags, participants,
        tuple(each.shown_as(visibility) for each in carried), wish)
    return replace(asked, message=replace(
        asked.message, steps=(*(said or ()), *_steps(asked, carried, partner, reading))))


def _unmatched(er7: Er7, flags: Flags, participants: Participants, wish: Wish) -> list[Issue]:
    found = list(flags.unmatched())
    is_addressed = headers.profile_version(er7.header) >= _ADDRESSES_ARE_SAID
    if flags[Flag.DESTMSSANTEPS] and is_addressed and not participants.copies:
        found.append(Issue("required", "a copy is to be sent, and no PRT with RCT has an address", "PRT-15"))
    if flags[Flag.MODIF_CONF_CODE] and wish is not Wish.REPLACE:
        found.append(Issue("invariant", "who sees a document is changed by replacing it", "MetaDMPMSS.MODIF_CONF_CODE"))
    return found


def _is_minor(person: Person, reading: Reading) -> bool:
    """True until the day they certainly come of age: only then there is somebody to hide a document from."""
    return reading.now.date() < coming_of_age(person.traits.birth_date, AS_THE_LAW_SAYS.majority_years)


def _steps(asked: Asked, carried: tuple[Carried, ...], partner: Partner, reading: Reading) -> tuple[Step, ...]:
    """What the record is asked. With DESTDMP=N, nothing: the document goes by secure mail alone."""
    if not asked.flags[Flag.DESTDMP]:
        return ()
    if asked.wish is Wish.DELETE:
        names = [each.named for each in carried] or [deleted_by_txa(asked.er7)]
        return tuple(Deletion(name, asked.message.ins) for name in names)
    return (Deposit(submission_of(asked, partner, reading)),)


def submission_of(asked: Asked, partner: Partner, reading: Reading) -> Submission:
    """The documents as one lot, whose author is who PRT says sent them."""
    lot = lot_of(asked.documents, partner, reading)
    if asked.participants.sender is None:
        return lot
    return msgspec.structs.replace(
        lot, submission_set=msgspec.structs.replace(lot.submission_set, author=asked.participants.sender))
