"""Key files: closed to others, never shown, and demonstration keys only in a demonstration."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from carnet.errors import InvalidSetting
from carnet.roles.key_files import make_key, public_key, read_bytes, read_key, read_signing_key


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "portal.key"
    make_key(file, demonstration=False)
    first = read_key(file, setting="portal_key_file", demonstration=False)
    make_key(file, demonstration=False)
    assert read_key(file, setting="portal_key_file", demonstration=False) == first
    assert (len(first), file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (32, 0o600, 0o700)


def test_a_demonstration_key_is_refused_outside_of_a_demonstration(tmp_path: Path) -> None:
    file = tmp_path / "portal.key"
    make_key(file, demonstration=True)
    assert len(read_key(file, setting="portal_key_file", demonstration=True)) == 32
    with pytest.raises(InvalidSetting, match="demonstration key"):
        read_key(file, setting="portal_key_file", demonstration=False)


def test_a_key_open_to_others_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "portal.key"
    make_key(file, demonstration=False)
    file.chmod(0o640)
    with pytest.raises(InvalidSetting, match="open to others"):
        read_key(file, setting="portal_key_file", demonstration=False)


def listed(file: Path, *entries: tuple[int, int, int]) -> Path:
    """The file, with these entries (tag, allowed, who) as its access control list."""
    try:
        os.setxattr(file, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(
            struct.pack("<HHI", *entry) for entry in entries))
    except (OSError, AttributeError):
        pytest.skip("no access control lists here")
    return file


NOBODY, ANYBODY = 65534, 0xFFFFFFFF
OWNER, MASK = (0x01, 4, ANYBODY), (0x10, 4, ANYBODY)


def test_a_credential_that_only_this_user_may_read_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "portal.key"
    make_key(file, demonstration=False)
    listed(file, OWNER, (0x02, 4, os.geteuid()), (0x04, 0, ANYBODY), MASK, (0x20, 0, ANYBODY))
    assert file.stat().st_mode & 0o777 == 0o440
    assert len(read_key(file, setting="portal_key_file", demonstration=False)) == 32


@pytest.mark.parametrize("others", [
    [(0x02, 4, NOBODY), (0x04, 0, ANYBODY), MASK, (0x20, 0, ANYBODY)],
    [(0x02, 4, os.geteuid()), (0x04, 4, ANYBODY), MASK, (0x20, 0, ANYBODY)],
    [(0x02, 4, os.geteuid()), (0x04, 0, ANYBODY), (0x08, 4, NOBODY), MASK, (0x20, 0, ANYBODY)],
    [(0x02, 4, os.geteuid()), (0x04, 0, ANYBODY), MASK, (0x20, 4, ANYBODY)],
])
def test_a_key_whose_list_names_others_is_refused(tmp_path: Path, others: list[tuple[int, int, int]]) -> None:
    file = tmp_path / "portal.key"
    make_key(file, demonstration=False)
    listed(file, OWNER, *others)
    with pytest.raises(InvalidSetting, match="open to others"):
        read_key(file, setting="portal_key_file", demonstration=False)


@pytest.mark.parametrize("content", ["", "short", "not base64url!" * 4, "é" * 43])
def test_a_file_that_is_no_key_is_refused_without_being_shown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "portal.key"
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidSetting) as refusal:
        read_key(file, setting="portal_key_file", demonstration=False)
    assert "portal_key_file" in str(refusal.value)
    assert not content or content not in str(refusal.value)


def test_a_key_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="cannot be read"):
        read_key(tmp_path / "none.key", setting="portal_key_file", demonstration=False)


def test_a_public_key_is_read_as_it_is_written(tmp_path: Path) -> None:
    make_key(tmp_path / "portal.key", demonstration=False)
    key = read_signing_key(tmp_path / "portal.key", setting="portal_key_file", demonstration=False)
    assert read_bytes(public_key(key), setting="host_portal_key") == key.public_key().public_bytes_raw()
