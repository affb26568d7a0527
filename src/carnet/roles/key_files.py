"""Key files: 32 secret bytes each, one line of base64url, readable by their owner only.

A demonstration key says so in its file and serves only in demonstration mode.
May import: errors.
"""

from __future__ import annotations

import os
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from carnet.errors import InvalidSetting, Issue

_DEMONSTRATION = "demonstration "
_BYTES = 32
_ACL = "system.posix_acl_access"
_ACL_USER, _ACL_GROUPS_AND_OTHERS = 0x02, (0x04, 0x08, 0x20)     # acl(5), as Linux writes them


def make_key(file: Path, *, demonstration: bool) -> None:
    """Write a new random key, unless there is one already."""
    if file.exists():
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(f"{new_key(demonstration=demonstration)}\n", encoding="ascii")
    fresh.rename(file)


def new_key(*, demonstration: bool) -> str:
    """A new random key, as a key file says it."""
    return f"{_DEMONSTRATION if demonstration else ''}{written(secrets.token_bytes(_BYTES))}"


def read_key(file: Path, *, setting: str, demonstration: bool) -> bytes:
    """The 32 bytes of a key file. Raises InvalidSetting, naming the setting that led here and never the content."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(setting, f"the key file {file} cannot be read ({type(error).__name__})") from error
    if is_open_to_others(file):
        raise _refused(setting, f"the key file {file} is open to others; accepted: mode 0600")
    return key_in(text, file, setting=setting, demonstration=demonstration)


def is_open_to_others(file: Path) -> bool:
    """True when somebody else than this process's user, and the file's owner, may read or write it."""
    if not file.stat().st_mode & 0o077:
        return False
    try:
        # A credential of systemd belongs to root and names this user in an access control list. The group's bits of
        # such a file are the list's mask, and say nothing of a group.
        listed = os.getxattr(file, _ACL) if hasattr(os, "getxattr") else b""
    except OSError:
        return True
    entries = list(struct.iter_unpack("<HHI", listed[4:]))
    return not entries or any(
        allowed and (tag in _ACL_GROUPS_AND_OTHERS or (tag == _ACL_USER and who != os.geteuid()))
        for tag, allowed, who in entries)


def key_in(text: str, file: Path, *, setting: str, demonstration: bool) -> bytes:
    """The 32 bytes that this line of a key file says. Raises InvalidSetting."""
    if text.startswith(_DEMONSTRATION) and not demonstration:
        raise _refused(setting, f"{file} is a demonstration key; accepted: only with demonstration = true")
    return read_bytes(text.removeprefix(_DEMONSTRATION), setting=setting)


def read_signing_key(file: Path, *, setting: str, demonstration: bool) -> Ed25519PrivateKey:
    """The Ed25519 key of a key file."""
    return Ed25519PrivateKey.from_private_bytes(read_key(file, setting=setting, demonstration=demonstration))


def read_bytes(text: str, *, setting: str) -> bytes:
    """32 bytes from their base64url form, as settings give public keys."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError) as error:
        raise _refused(setting, "is not base64url; accepted: 43 characters for 32 bytes") from error
    if len(content) != _BYTES:
        raise _refused(setting, f"has {len(content)} bytes; accepted: {_BYTES}")
    return content


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half, as settings write it."""
    return written(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def written(content: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _refused(setting: str, why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", why, setting))
