"""Who keeps my record, why, and the wish that another host keep it: whoever moves records carries it out."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.audit.events import done
from carnet.errors import InvalidInput, Issue
from carnet.people.ins import Ins
from carnet.record.keeper_store import KeptBy
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps the record, and the hosts that could: active ones of another company than the reference operator's."""

    kept: KeptBy
    could: tuple[str, ...]


async def who_keeps(asker: Asker, ins: Ins, stores: Stores) -> Keeper:
    """Who keeps the record of this person. Raises NotFound when there is none that the asker may know of."""
    async with stores.refusals_traced(asker, Act.SEE_STATUS) as tracing:
        record = tracing.record = await stores.record_of(ins)
        event = done(asker, Act.SEE_STATUS, record, keeper=True)
        await stores.ask(asker, Act.SEE_STATUS, record, event=event)
    kept = await stores.records.keepers.of(record)
    hosts = stores.copies.directory.homes
    return Keeper(kept, tuple([
        host.id for host in hosts if host.id != kept.home and await stores.placing.why_not(host.id) is None]))


async def ask_move(asker: Asker, ins: Ins, host: str, stores: Stores) -> None:
    """Wish that this host keep the record. Raises NotFound, NotPermitted, InvalidInput when it may not have it."""
    async with stores.refusals_traced(asker, Act.MOVE_RECORD) as tracing:
        record = tracing.record = await stores.record_of(ins)
        known = await stores.known(record, fresh=True)
        why = "it keeps the record already" if host == known.placement.home else await stores.placing.why_not(host)
        event = done(asker, Act.MOVE_RECORD, record, host=host)
        if why is not None:
            raise InvalidInput(Issue("business-rule", f"this host may not have the record: {why}", "host"))
        await stores.ask(asker, Act.MOVE_RECORD, record, event=event)
    await stores.records.keepers.ask(record, host)


async def stay(asker: Asker, ins: Ins, stores: Stores) -> None:
    """Take the wish back, if nobody carried it out yet. Raises NotFound, NotPermitted."""
    async with stores.refusals_traced(asker, Act.MOVE_RECORD) as tracing:
        record = tracing.record = await stores.record_of(ins)
        await stores.ask(asker, Act.MOVE_RECORD, record, event=done(asker, Act.MOVE_RECORD, record, host=""))
    await stores.records.keepers.withdraw(record)
