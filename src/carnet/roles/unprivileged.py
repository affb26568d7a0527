"""Unprivileged: whom a database server runs as when root starts it, and where that user can reach its files.

PostgreSQL refuses to run as root. No account is created and no parent folder is opened to others: the server gets a
user number of its own, and when the project lies where that user cannot go (say under a closed /root) its data and a
copy of its programs are kept in /var/lib/carnet.
May import: errors.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
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


def reachable_programs(site: Path, folders: Sequence[str], *, probes: Sequence[str], identity: Identity) -> Path:
    """Where these folders of programs and libraries are for this user: where installed, else a copy of them.

    `probes` are programs that must run. The copy keeps the folders beside each other, as programs find their libraries.
    """
    if _all_run(site, probes, identity):
        return site
    copy = _state_folder() / f"programs-{_fingerprint(site, folders)}"
    if not _all_run(copy, probes, identity):
        _copy_open(site, copy, folders)
    return copy


def _all_run(site: Path, probes: Sequence[str], identity: Identity) -> bool:
    return all(identity.runs(site / probe, "--version") for probe in probes)


def _fingerprint(site: Path, folders: Sequence[str]) -> str:
    sizes = [f"{name} {file.stat().st_size}" for name in folders for file in sorted((site / name).rglob("*.so*"))]
    return hashlib.sha256("\n".join(sizes).encode()).hexdigest()[:12]


def _copy_open(site: Path, copy: Path, folders: Sequence[str]) -> None:
    fresh = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
    for name in folders:
        if (site / name).is_dir():
            shutil.copytree(site / name, fresh / name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for folder, _, names in os.walk(fresh):
        Path(folder).chmod(0o755)
        for name in names:
            file = Path(folder) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    try:
        fresh.rename(copy)
    except OSError:  # Another start has just made it.
        shutil.rmtree(fresh)


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
