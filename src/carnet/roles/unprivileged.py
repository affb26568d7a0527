"""Unprivileged: whom a database server runs as when root starts it, and where that user can reach its files.

PostgreSQL refuses to run as root. No account is created and no parent folder is opened to others: the server gets a
user number of its own, and when the project lies where that user cannot go (say under a closed /root) its data and a
copy of its programs are kept in /var/lib/carnet.
May import: errors.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carnet.errors import InvalidSetting, Issue

# Free by Debian's and systemd's allotments of user numbers. Only `initdb` would need an entry in /etc/passwd for it.
SERVER_UID = 60915
STATE = Path("/var/lib/carnet")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user and group number that child processes take; `None` means: stay who we are."""

    uid: int | None

    @property
    def process_options(self) -> dict[str, Any]:
        """The arguments of `subprocess` that change the user."""
        return {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}

    def take_over(self, path: Path) -> None:
        """Give a file or a whole folder to this user."""
        if self.uid is None:
            return
        for folder, _, names in os.walk(path):
            os.lchown(folder, self.uid, self.uid)
            for name in names:
                os.lchown(Path(folder) / name, self.uid, self.uid)
        os.lchown(path, self.uid, self.uid)

    def runs(self, *command: str | Path) -> bool:
        """Say whether this user can run that command, by running it."""
        try:
            done = subprocess.run(command, capture_output=True, cwd="/", check=False, **self.process_options)
        except OSError:
            return False
        return done.returncode == 0


def identity_for(data: Path) -> Identity:
    """Who the server of `data` runs as: its owner if root starts it, otherwise whoever starts it."""
    if os.geteuid() != 0:
        return Identity(None)
    owner = data.stat().st_uid if data.exists() else 0
    return Identity(owner or SERVER_UID)


def reachable_folder(wanted: Path, identity: Identity) -> Path:
    """The folder itself, or its substitute in /var/lib/carnet, remembered in `wanted/place`."""
    wanted.mkdir(mode=0o711, parents=True, exist_ok=True)
    place = wanted / "place"
    if place.exists():
        return Path(place.read_text(encoding="utf-8").strip())
    if identity.runs("/bin/sh", "-c", 'cd -- "$0"', wanted):
        return wanted
    # A random name: a folder that was thrown away and made again must not find the data of its former life.
    substitute = _state_folder() / f"{wanted.name}-{secrets.token_hex(6)}"
    substitute.mkdir(mode=0o711)
    place.write_text(f"{substitute}\n", encoding="utf-8")
    return substitute


def reachable_programs(installed: Path, probe: str, *, version: str, identity: Identity) -> Path:
    """The folder of installed programs, or a copy of it that this user can run."""
    if identity.runs(installed / probe, "--version"):
        return installed
    copy = _state_folder() / f"postgresql-{version}"
    if not identity.runs(copy / probe, "--version"):
        _copy_open(installed, copy)
    return copy


def _copy_open(installed: Path, copy: Path) -> None:
    fresh = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
    shutil.copytree(installed, fresh, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for folder, _, names in os.walk(fresh):
        Path(folder).chmod(0o755)
        for name in names:
            file = Path(folder) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    if copy.exists():
        shutil.rmtree(fresh if os.access(copy / "bin", os.X_OK) else copy)
    if fresh.exists():
        fresh.rename(copy)


def _state_folder() -> Path:
    try:
        STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidSetting(
            Issue(
                "value",
                f"the database server, which must not run as root, cannot reach this folder, and {STATE} cannot be "
                f"made ({error.strerror}); accepted: a folder that other users may enter, or a run as ordinary user",
                "home",
            )
        ) from error
    return STATE
