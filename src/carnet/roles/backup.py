"""Backups: a base copy of a database server's data, and every change since, restorable to any moment between.

A folder of backups holds `base/<when>/` (from `pg_basebackup`, checked by `pg_verifybackup`) and `wal/` (from
`pg_receivewal`, forced to disk before the server forgets them). The portal's and the key store's are different servers:
one is never rolled back with the other. What is restored says so itself (`carnet.restored`), so that a portal knows.
May import: errors, and `postgres_programs` of this room.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from carnet.errors import InvalidSetting, Issue, Unavailable
from carnet.roles.postgres_programs import connection_of, program, run

_WHEN = "%Y%m%dT%H%M%SZ"
_SLOT = "carnet_backup"
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_START = re.compile(r"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)")
_UNFINISHED = ".unfinished"


def base_backup(url: str, folder: Path, *, programs: Path | None = None) -> Path:
    """Copy all that the server of this address holds, check the copy, and return where it is.

    Raises Unavailable: nothing is then left that looks like a backup.
    """
    bases = folder / "base"
    bases.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = bases / datetime.now(UTC).strftime(_WHEN)
    fresh = done.with_name(done.name + _UNFINISHED)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        run([
            program("pg_basebackup", programs), "-D", fresh, "--format=plain", "--wal-method=stream",
            "--checkpoint=fast", "--manifest-checksums=SHA256", "--no-password"], connection_of(url))
        verify(fresh, programs=programs)
        fresh.rename(done)
    except Unavailable:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _force(bases)
    return done


def verify(base: Path, *, programs: Path | None = None) -> None:
    """Compute a base backup's checksums again, and read the changes that it needs. Raises Unavailable."""
    if not (base / "backup_manifest").is_file():
        raise Unavailable(f"{base} is no base backup: it has no backup_manifest")
    run([program("pg_verifybackup", programs), "--exit-on-error", "--quiet", base])


def receive(url: str, folder: Path, *, programs: Path | None = None) -> subprocess.Popen[bytes]:
    """Begin to receive every change of the server as it is committed; the process runs until it is ended.

    A replication slot has the server keep what was not received yet: an archive that stops for long fills its disk.
    """
    archive = folder / "wal"
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    receiver, environment = program("pg_receivewal", programs), connection_of(url)
    run([receiver, f"--slot={_SLOT}", "--create-slot", "--if-not-exists", "--no-password"], environment)
    return subprocess.Popen(
        [receiver, "-D", archive, f"--slot={_SLOT}", "--synchronous", "--no-password"],
        env=environment, stdin=subprocess.DEVNULL)


def restore(backup: Path, into: Path, *, until: str = "", programs: Path | None = None) -> str:
    """Put a base backup into `into`, to recover from the archive when a server starts on it; what to do next.

    `until` is a moment with its offset; the last base backup before it is taken. Raises InvalidSetting, Unavailable.
    """
    moment = _moment(until)
    base = _base_before(backup, moment)
    verify(base, programs=programs)
    if into.exists() and any(into.iterdir()):
        raise InvalidSetting(Issue("value", f"{into} is not empty; accepted: a new folder", "into"))
    shutil.copytree(base, into, dirs_exist_ok=True)
    into.chmod(0o700)
    with (into / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write("\n".join(["", *_recovery(backup / "wal", moment), ""]))
    (into / "recovery.signal").touch()
    _force(into)
    reach = f"until {moment.isoformat()}" if moment else "all there is"
    return (
        f"{into} has the backup of {base.name}. Start its server: it recovers {reach} by itself, and a portal on it"
        " compares itself with its hosts.")


def prune(folder: Path, *, days: int, programs: Path | None = None) -> list[str]:
    """Remove base backups older than so many days, but never the last one, and the changes before the oldest left."""
    limit = datetime.now(UTC) - timedelta(days=days)
    bases = _bases(folder)
    gone = [base for base in bases[:-1] if _when(base) < limit]
    for base in gone:
        shutil.rmtree(base)
    left = [base for base in bases if base not in gone]
    if gone and left and (folder / "wal").is_dir():
        first = _START.search((left[0] / "backup_label").read_text(encoding="ascii"))
        if first is not None:
            run([program("pg_archivecleanup", programs), folder / "wal", first[1]])
    return [base.name for base in gone]


def described(folder: Path) -> str:
    """Which base backups there are, and how far the archive goes."""
    segments = sorted(file.name for file in (folder / "wal").glob("*") if _SEGMENT.match(file.name))
    lines = [f"base backup of {_when(base).isoformat()}" for base in _bases(folder)]
    lines.append(f"archive: {len(segments)} files, {segments[0]} to {segments[-1]}" if segments else "no archive")
    return "\n".join(lines)


def _recovery(archive: Path, moment: datetime | None) -> list[str]:
    quoted = str(archive.resolve()).replace("'", "''")
    fetch = f'cp "{quoted}/%f" "%p" || cp "{quoted}/%f.partial" "%p"'
    lines = [
        "# Written by carnet restore. The last line tells the portal that this database was rolled back.",
        f"restore_command = '{fetch}'", "recovery_target_timeline = 'latest'",
        f"carnet.restored = '{datetime.now(UTC).strftime(_WHEN)}-{secrets.token_hex(4)}'",
    ]
    if moment is not None:
        lines += [f"recovery_target_time = '{moment.isoformat()}'", "recovery_target_action = 'promote'"]
    return lines


def _bases(folder: Path) -> list[Path]:
    found = (folder / "base").glob("*Z")
    return sorted((base for base in found if (base / "backup_manifest").is_file()), key=lambda base: base.name)


def _base_before(folder: Path, moment: datetime | None) -> Path:
    bases = [base for base in _bases(folder) if moment is None or _when(base) <= moment]
    if not bases:
        raise InvalidSetting(Issue("value", f"{folder} has no base backup of before that moment", "backup"))
    return bases[-1]


def _when(base: Path) -> datetime:
    return datetime.strptime(base.name, _WHEN).replace(tzinfo=UTC)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidSetting(Issue("value", "accepted: 2026-05-01T12:30:00+02:00, offset included", "at"))
    return moment


def _force(folder: Path) -> None:
    """Force a folder's own entries to disk; the programs force their files."""
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
