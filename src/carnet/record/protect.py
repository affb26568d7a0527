"""Declare that an adult is protected by law, or that they are no more: until then others decide for them (SPEC 1.1)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import Change, ProtectionChanged, ProxySet
from carnet.rights.held import ProxyKind, ProxyState, RecordRights


async def protect(asker: Asker, ins: Ins, stores: Stores, *, is_protected: bool) -> None:
    """Say so of the holder, by an officer. The end of it ends the powers that it gave: another one revives none.

    Raises NotFound, NotPermitted, Conflict.
    """
    def changes(known: Known, _now: datetime) -> tuple[Change, ...]:
        ended = () if is_protected else _ended(known.rights)
        return (ProtectionChanged(is_protected), *ended)

    detail = {"protected": is_protected}
    await change_rights(asker, ins, Wish(asker.to(Act.PROTECT), changes, detail=detail), stores)


def _ended(rights: RecordRights) -> tuple[ProxySet, ...]:
    """The representation of a protected adult has no end of its own; that of a minor has, and goes on until then."""
    return tuple(
        ProxySet(msgspec.structs.replace(each, state=ProxyState.REVOKED)) for each in rights.proxies
        if each.kind is ProxyKind.LEGAL_REPRESENTATIVE and each.ends_at is None
        and each.state in (ProxyState.PENDING, ProxyState.ACCEPTED))
