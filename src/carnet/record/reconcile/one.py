"""What one record needs, once everybody said what they have of it.

The longest chain that verifies and unseals is adopted. One that does not follow the portal's own is a fork: it is
listed, nothing is overwritten, and nobody may use the record until officers say which holds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from uuid import UUID

from carnet.audit.events import Event
from carnet.errors import Gone, IntegrityError
from carnet.hosting.client import SLOW_SECONDS
from carnet.journal.chain import SealedEntry, next_head, verify_suffix
from carnet.journal.content import Actor, decode
from carnet.journal.keys import RecordKeys
from carnet.journal.seal import unseal_entry
from carnet.record.conformity.fingerprint import fingerprint
from carnet.record.reconcile.found import Case, Finding, Found, Key, first_look
from carnet.record.reconcile.mark.store import MarkStore
from carnet.record.reconcile.rebuilt import Rebuilt, rebuilt
from carnet.record.reconcile.settled import Settled, settled
from carnet.record.reconcile.store import ReconcileStore, TwoRecords
from carnet.record.reconcile.values import Chain, Writing
from carnet.record.stores import Stores

log = logging.getLogger(__name__)

ACT = "reconcile"
SYSTEM = Actor("system", "", "Carnet")
FORK, UNREADABLE, DOUBLE = "fork", "unreadable", "double"


class _ForkError(IntegrityError):
    """A host's chain does not follow the portal's."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The chain to go on from: its heads from the portal's place on, and what it says beyond it."""

    heads: tuple[bytes, ...]
    made: Rebuilt | None


class OneRecord:
    """Brings the portal's rows of one record to what was found, and says what differed."""

    def __init__(self, stores: Stores, store: ReconcileStore, marks: MarkStore) -> None:
        self._stores = stores
        self._store = store
        self._marks = marks

    async def settle(self, found: Found, *, request_id: str) -> list[Finding]:
        """Do what this record needs. Raises HostUnavailable when a host does not answer; done again, it is the same."""
        match first_look(found):
            case Case.EQUAL | Case.NOTHING:
                return []
            case Case.ERASED:
                return await self._erase(found, request_id)
            case Case.WITHOUT_KEY:
                return [Finding(found.record, "without_key", host) for host in found.holders or [""]]
            case Case.CHAINS:
                return await self._follow(found, request_id)

    async def _erase(self, found: Found, request_id: str) -> list[Finding]:
        directory = self._stores.copies.directory
        where = settled(
            found, 0, b"", reference=directory.reference.id, default_home=self._default_home(found.record))
        placed = replace(where, placed={host: role for host, role in where.placed.items() if _may_hold(found, host)})
        now = (await self._stores.hosting.now()).replace(microsecond=0)
        await self._store.erase(found.record, placed, now, [_event(found.record, request_id, "erased")])
        self._stores.views.forget(found.record)
        return [Finding(found.record, "erased", host) for host in found.holders or [""]]

    async def _follow(self, found: Found, request_id: str) -> list[Finding]:
        findings: list[Finding] = _unnamed(found)
        if not found.live and found.row is None:
            return findings         # bodies alone: of a record whose opening nobody kept
        try:
            keys = await self._stores.keys.keys_of(found.record)
            seen, unreadable = await self._longest(found, keys)
        except Gone:
            return await self._erase(replace(found, key=Key.DESTROYED), request_id)
        except _ForkError as error:
            return [*findings, *await self._hold(found, FORK, str(error))]
        findings += [Finding(found.record, UNREADABLE, host, {"why": why}) for host, why in unreadable]
        if seen is None:        # unknown here, and readable nowhere
            return findings
        # Who said more, and cannot show it, may have lost a block as well as a letter: officers look first.
        return findings + await self._write(found, seen, request_id, awaits=UNREADABLE if unreadable else "")

    async def _longest(self, found: Found, keys: RecordKeys) -> tuple[_Seen | None, list[tuple[str, str]]]:
        """The longest chain that verifies and unseals, and the hosts whose chains do not, with why."""
        place, head = found.base
        for host in found.live:
            here = found.at[host]
            if here.place == place and here.head != head:
                raise _ForkError(f"host {host} has another entry at the portal's last place")
        unreadable: list[tuple[str, str]] = []
        for host in found.live:
            if found.at[host].place <= place:
                break
            try:
                seen = await self._read(found, host, keys)
            except _ForkError:
                raise
            except IntegrityError as error:
                unreadable.append((host, str(error)))
                continue
            self._all_on_it(found, seen, {name for name, _ in unreadable})
            return seen, unreadable
        return (None if found.row is None else _Seen((head,), None)), unreadable

    async def _read(self, found: Found, host: str, keys: RecordKeys) -> _Seen:
        place, head = found.base
        here, client = found.at[host], self._stores.copies.clients[host]
        entries: list[SealedEntry] = []
        while place + len(entries) < here.place:
            page = await client.journal(
                found.record, here.version, after=place + len(entries), seconds=SLOW_SECONDS)
            if not entries and page.head != head:
                raise _ForkError(f"host {host} does not go on from the portal's last entry")
            if not page.entries:
                raise IntegrityError("its journal ends before the place it told")
            entries += [SealedEntry(each.header, each.sealed) for each in page.entries]
        del entries[here.place - place:]
        verify_suffix(found.record, head, entries, head=here.head)
        contents = [decode(unseal_entry(keys, entry)) for entry in entries]
        base = await self._store.base(found.record) if found.row is not None else None
        heads = [head]
        for entry in entries:
            heads.append(next_head(heads[-1], entry.header, entry.sealed))
        return _Seen(tuple(heads), rebuilt(base, contents))

    def _all_on_it(self, found: Found, seen: _Seen, unreadable: set[str]) -> None:
        """Raise _ForkError unless every other host's chain is a part of this one, as far as it is known."""
        place, _ = found.base
        for host in found.live:
            here = found.at[host]
            if host not in unreadable and here.place >= place and seen.heads[here.place - place] != here.head:
                raise _ForkError(f"host {host} has other entries than the longest chain")

    async def _write(self, found: Found, seen: _Seen, request_id: str, *, awaits: str) -> list[Finding]:
        base_place, base_head = found.base
        place, head = base_place + len(seen.heads) - 1, seen.heads[-1]
        where = settled(
            found, place, head, reference=self._stores.copies.directory.reference.id,
            default_home=self._default_home(found.record))
        findings = _differences(found, where, place)
        chain = None if seen.made is None else Chain(seen.made, base_head, head, seen.heads[-2])
        if chain is not None:
            findings.append(Finding(found.record, "rebuilt" if found.row is None else "adopted", "", {
                "from": base_place, "to": place}))
        writing = Writing(where, chain, where.placed, awaits)
        findings += await self._written(found, writing, request_id)
        if chain is not None and self._stores.intake.checks:    # what was found of them went with the portal's rows
            names = [fingerprint(found.record, digest) for digest in chain.made.to_check]
            await self._stores.records.checks.ask(found.record, names)
        for host in where.lacks:
            await self._stores.hosting.note_lack(found.record, host, "found when the portal was restored")
        self._forget(found.record)
        return findings

    async def _written(self, found: Found, writing: Writing, request_id: str) -> list[Finding]:
        events = [_event(found.record, request_id, "adopted")] if writing.chain is not None else []
        try:
            taken = await self._store.write(found.record, writing, events)
        except TwoRecords as error:
            [other] = [key for record, key in await self._marks.page(after=_before(error.other), limit=1)
                       if record == error.other] or [Key.NONE]
            if other is not Key.DESTROYED:
                return [Finding(found.record, DOUBLE, "", {"other": str(error.other)})]
            await self._erase(Found(error.other, None, Key.DESTROYED), request_id)
            taken = await self._store.write(found.record, writing, events)
        return [Finding(found.record, "identifier", "", {"identifiers": taken})] if taken else []

    async def _hold(self, found: Found, why: str, told: str) -> list[Finding]:
        await self._store.hold(found.record, why)
        place, head = found.base
        row = found.row
        return [
            Finding(found.record, why, host, {
                "why": told, "place": here.place, "head": here.head.hex(), "portal_place": place,
                "portal_head": head.hex(), "waiting_from": row.outbox_from if row is not None else None})
            for host, here in found.at.items() if here.is_live]

    def _forget(self, record: UUID) -> None:
        self._stores.views.forget(record)
        self._stores.last_known.pop(record, None)

    def _default_home(self, record: UUID) -> str:
        homes = sorted(host.id for host in self._stores.copies.directory.hosts.values() if not host.is_reference)
        return homes[record.int % len(homes)]


def _differences(found: Found, where: Settled, place: int) -> list[Finding]:
    """What is on the list of this record, beside its chain."""
    known = found.row.placed if found.row is not None else {}
    findings = []
    for host in where.lacks:
        here = found.at.get(host)
        findings.append(Finding(found.record, "behind", host, {
            "place": here.place if here else 0, "of": place, "lacking": here.lacking if here else 0}))
    if where.is_moved:
        findings.append(Finding(found.record, "moved", where.placement.home, {"version": where.placement.version}))
    findings += [Finding(found.record, "placed", host) for host in where.placed if host not in known and found.row]
    findings += [Finding(found.record, "release", host) for host in where.released]
    best = max((found.at[host].place for host in found.live), default=0)
    waiting = found.row.outbox_from if found.row is not None else None
    if best < place and (waiting is None or waiting > best + 1):
        findings.append(Finding(found.record, "lost", "", {"from": best + 1, "to": place}))
    return findings


def _unnamed(found: Found) -> list[Finding]:
    return [Finding(found.record, "unnamed", host, {"bodies": number}) for host, number in found.unnamed.items()]


def _may_hold(found: Found, host: str) -> bool:
    return host in found.at or (found.row is not None and host in found.row.placed)


def _before(record: UUID) -> UUID:
    return UUID(int=record.int - 1)


def _event(record: UUID, request_id: str, what: str) -> Event:
    return Event(record, ACT, "done", "platform", request_id, SYSTEM, {"what": what})


