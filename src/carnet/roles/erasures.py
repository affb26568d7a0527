"""Erasures from the command line: which wait for a host, the proof of one, and an officer's leave beyond a ceiling.

May import: hosting, audit, and `settings`, `key_files`, `wiring`, `audit_log` of this room.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table

from carnet.audit.events import NO_RECORD, done
from carnet.errors import InvalidInput, Issue, NotFound
from carnet.hosting.erasure.proof import ErasureProof, proof_of, read_proof, signed_proof
from carnet.hosting.tokens import approval_of_erasures
from carnet.people.caller import OfficerCaller
from carnet.rights.access import Asker
from carnet.roles.audit_log import audit_key
from carnet.roles.key_files import public_key, read_bytes, read_signing_key
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of


@dataclass(frozen=True, slots=True)
class Leave:
    """What an officer allows a host: so many records beyond its ceiling, for so many days, and why."""

    host: str
    most: int
    days: int
    reason: str
    by: str


async def list_erasures(settings: Settings, console: Console, *, all_of_them: bool) -> int:
    """Print erasures that wait for a host, the oldest first, or all of them."""
    async with stores_of(settings) as (stores, _):
        lines = await stores.hosting.erasure.listed(all_of_them=all_of_them)
    table = Table("record", "erased", "key destroyed", "hosts", "waits for")
    for line in lines:
        destroyed = line.key_destroyed_at.isoformat(timespec="seconds") if line.key_destroyed_at else "–"
        table.add_row(
            str(line.record), line.erased_at.isoformat(timespec="seconds"), destroyed, f"{line.done} of {line.ordered}",
            line.waiting)
    console.print(table if lines else "no erasure waits for a host")
    return 0


async def proof(settings: Settings, record: UUID) -> str:
    """The signed proof of this record's erasure, as things are now. Raises NotFound when it is not erased."""
    async with stores_of(settings) as (stores, _):
        erasure = await stores.hosting.erasure.of(record)
        if erasure is None:
            raise NotFound("this record is not erased, or there is none")
        if erasure.key_destroyed_at is None:        # erased before there were orders: the key store knows
            await stores.records.due.key_destroyed(record, await stores.keys.destroyed_at(record))
            erasure = await stores.hosting.erasure.of(record) or erasure
        now = await stores.hosting.now()
    return signed_proof(proof_of(erasure, now=now, key_backup_days=settings.key_backup_days), audit_key(settings))


async def approve(settings: Settings, leave: Leave) -> int:
    """Sign an officer's approval with the officer's key, keep it for the worker, and trace it.

    Raises InvalidInput for a host that there is not, InvalidSetting for a key that is not there.
    """
    key = read_signing_key(
        settings.path(settings.officer_key_file), setting="officer_key_file", demonstration=settings.demonstration)
    name = leave.by or getpass.getuser()
    async with stores_of(settings) as (stores, _):
        if leave.host not in stores.copies.clients:
            raise InvalidInput(Issue("value", f"accepted: {', '.join(stores.copies.clients)}", "host"))
        ends_at = await stores.hosting.erasure.ends_in(leave.days)
        approval = approval_of_erasures(
            leave.host, leave.most, ends_at=int(ends_at.timestamp()), reason=leave.reason, key=key)
        await stores.records.trace((done(
            Asker(OfficerCaller(name, name, ""), door="command"), "approve_erasures", NO_RECORD, host=leave.host,
            most=leave.most, ends_at=ends_at.isoformat(), reason=leave.reason), None))
        await stores.hosting.erasure.approve(
            leave.host, approval, most=leave.most, ends_at=ends_at, said=(leave.reason, name))
    print(f"{leave.host} may erase {leave.most} records more, until {ends_at.isoformat(timespec='minutes')}")
    print(f"signed by the key {public_key(key)}, which the host must know (host_officer_key)", file=sys.stderr)
    return 0


def verify_proof(file: Path, portal_key: str, host_keys: Sequence[str], console: Console) -> int:
    """Verify a proof of erasure, and say what it says; 1 when something in it is still due. Needs no platform.

    Raises IntegrityError when it was not signed by that key, was altered, or a receipt in it does not hold.
    """
    read = read_proof(
        file.read_text(encoding="ascii", errors="replace"), read_bytes(portal_key, setting="portal-key"),
        _keys(host_keys))
    for line in told(read):
        console.print(line, soft_wrap=True)
    return 0 if all(word.state == "erased" for word in read.hosts) else 1


def told(read: ErasureProof) -> list[str]:
    """What a proof says, in words."""
    lines = [
        f"record {read.record}, said on {read.issued_at.isoformat(timespec='seconds')}:",
        f"  erased {read.erased_at.isoformat(timespec='seconds')}",
        f"  key destroyed {read.key_destroyed_at.isoformat(timespec='seconds')}: unreadable since, for everybody",
        f"  a backup of the key may exist until {read.key_backups_until.isoformat(timespec='seconds')}",
    ]
    for word in read.hosts:
        when = f"erased, and signed so ({word.erased_at:%Y-%m-%d})" if word.erased_at else (
            f"still due (ordered for {word.due_at:%Y-%m-%d})")
        lines.append(f"  {word.host}: {when}")
    return lines


def _keys(given: Sequence[str]) -> Mapping[str, bytes]:
    keys = {}
    for each in given:
        host, _, key = each.partition("=")
        if not key:
            raise InvalidInput(Issue("structure", "accepted: HOST=KEY, the key in base64url", "host-key"))
        keys[host] = read_bytes(key, setting=f"host-key {host}")
    return keys
