"""What a patient says at an organisation of feeding and of consultation (ZFA of PAM-FR): told by its software, and
taken back by the patient.

It holds for that organisation alone. Messages come late, and come again: the date on which it was said counts, never
when we heard of it (docs/rights.md, section 3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from carnet.errors import Conflict, InvalidInput, Issue, Unavailable
from carnet.people.caller import Caller, OrganisationCaller
from carnet.people.ins import Ins
from carnet.record.change import at_second
from carnet.record.change_rights import Wish, change_rights, rights_after
from carnet.record.choices import as_seen
from carnet.record.inbox.message import Opposition
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import SaidToOrganisation
from carnet.rights.held import PORTAL, Choice, Consent, SaidThere

THERE = "organisation"      # the channel: said there, to people, and told by their software
CLOCKS_DIFFER = timedelta(minutes=5)
_TRIES = 5


async def said_to_organisation(asker: Asker, said: Opposition, stores: Stores) -> bool:
    """Record what the patient said to the asker's own organisation; False when that is no news.

    Raises NotFound when the person has no record, NotPermitted, InvalidInput for a date to come, Unavailable when the
    record changes too fast.
    """
    words = {Choice.FEEDING: said.feeding, Choice.CONSULTATION: said.consultation}
    opposed = {choice: no for choice, no in words.items() if no is not None}
    if not opposed:
        return False
    here, is_news = _organisation(asker.caller), False

    def changes(known: Known, now: datetime) -> tuple[SaidToOrganisation]:
        nonlocal is_news
        if said.said_at > now + CLOCKS_DIFFER:
            raise InvalidInput(Issue("value", "it was said on a day to come", "said_at"))
        at = at_second(min(said.said_at, now))
        consents = {choice: Consent(given=not no, at=at, channel=THERE) for choice, no in opposed.items()}
        change = SaidToOrganisation(msgspec.structs.replace(here, consents=consents))
        is_news = rights_after(known.rights, (change,), now) != known.rights
        return (change,)

    access = replace(asker.to(Act.SAY_TO_ORGANISATION), target=here.organisation)
    detail = {
        "opposed": " ".join(sorted(choice for choice, no in opposed.items() if no)),
        "consented": " ".join(sorted(choice for choice, no in opposed.items() if not no)),
        "said_at": said.said_at.isoformat(timespec="seconds")}
    await _changed(asker, said.ins, Wish(access, changes, detail=detail), stores)
    return is_news


async def lift_from_organisation(
    asker: Asker, ins: Ins, organisation: str, stores: Stores, *, if_match: str | None = None,
) -> None:
    """Take back every opposition that was said at this organisation (Struct_IdNat), if there is one.

    Raises NotFound, NotPermitted for who does not decide, Conflict when `if_match` is no more the tag of the choices
    that they see, or the record moved.
    """
    def changes(known: Known, now: datetime) -> tuple[SaidToOrganisation, ...]:
        there = known.rights.said_there.get(organisation)
        if there is None:
            return ()
        lifted = Consent(given=True, at=now, channel=PORTAL)
        consents = {choice: lifted for choice, said in there.consents.items() if not said.given}
        return (SaidToOrganisation(msgspec.structs.replace(there, consents=consents)),)

    access = replace(asker.to(Act.LIFT_FROM_ORGANISATION), target=organisation)
    wish = Wish(access, changes, detail={"organisation": organisation}, expected=as_seen(asker, if_match))
    await change_rights(asker, ins, wish, stores)


def _organisation(caller: Caller) -> SaidThere:
    """The organisation that asks; of who is none, the decision says so."""
    match caller:
        case OrganisationCaller(struct_id=struct_id, name=name):
            return SaidThere(organisation=struct_id, name=name)
        case _:
            return SaidThere(organisation="")


async def _changed(asker: Asker, ins: Ins, wish: Wish, stores: Stores) -> None:
    """Nobody sits there to try again: what was said is said whatever else happens to the record meanwhile."""
    for _ in range(_TRIES):
        try:
            await change_rights(asker, ins, wish, stores)
        except Conflict:
            continue
        return
    raise Unavailable("the record changes too fast to say something of it", retry_after_seconds=1)
