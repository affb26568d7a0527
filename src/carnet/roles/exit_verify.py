"""`carnet verify exit`: an exit file, checked on any machine, without the platform and without a network.

May import: hosting, errors; `key_files` of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from carnet.errors import InvalidInput, Issue
from carnet.hosting.moving.exit_check import Verdict, check_exit
from carnet.roles.key_files import read_bytes


def verify_exit(file: Path, portal_key: str, host_keys: Sequence[str], console: Console) -> int:
    """Say what the file says and what is wrong with it; 1 unless it is complete and nothing is wrong.

    Raises InvalidInput, InvalidSetting for keys that are none.
    """
    portal = read_bytes(portal_key, setting="--portal-key") if portal_key else None
    hosts = dict(_host_key(told) for told in host_keys)
    with file.open("rb") as lines:
        verdict = check_exit(lines, portal_key=portal, host_keys=hosts)
    for line in told(verdict):
        console.print(line, highlight=False, markup=False)
    return 0 if verdict.is_complete else 1


def told(verdict: Verdict) -> list[str]:
    """The verdict, line by line."""
    lines = list(verdict.faults)
    if verdict.head is not None:
        head = verdict.head
        what = f"exit of {head.from_host}" if head.kind in ("exit", "lost") else f"{head.kind} {head.from_host}".strip()
        lines.append(f"campaign {head.campaign}: {what}, {head.began} to {head.ended}, epoch {head.epoch}")
        if head.at_host is not None:
            lines.append(f"host {head.from_host} said that it still holds {head.at_host} records")
    lines.append(f"{verdict.records} records, {verdict.erased} of them erased by the host that they left")
    lines += [f"not erased, {count}: {why}" for why, count in sorted(verdict.not_erased.items())]
    if verdict.keys_of_the_file:
        lines.append("keys were taken from the file itself: without the published ones it only agrees with itself")
    lines.append("NOT sound" if verdict.faults else "complete" if verdict.is_complete else "sound, and not complete")
    return lines


def _host_key(told: str) -> tuple[str, bytes]:
    host, mark, key = told.partition("=")
    if not mark:
        raise InvalidInput(Issue("value", f"{told!r} is not HOST=KEY", "--host-key"))
    return host, read_bytes(key, setting="--host-key")
