"""IHE_XDM.zip as it came (ITI-32): its names are looked at, and what is inflated is counted while it is inflated. Pure.

Nothing that the archive says of itself is believed: not its sizes, not its names, not how many members it has. Nothing
is ever written to a disk.
May import: errors.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from carnet.errors import InvalidInput, Issue

MOST_MEMBERS = 300
MOST_RATIO = 200            # of what is inflated to what it was, beyond the first megabyte
_FREE_BYTES = 1024 * 1024
_READ_BYTES = 64 * 1024
_METADATA = re.compile(r"IHE_XDM/([^/]+)/METADATA\.XML", re.IGNORECASE)
_CENTRAL = b"PK\x01\x02"
_ENCRYPTED = 0x1
_WHERE = "IHE_XDM.zip"


@dataclass
class Archive:
    """The members of an archive, by their names in capitals. `left_bytes` is what may still be inflated."""

    members: dict[str, ZipInfo]
    left_bytes: int
    _file: ZipFile

    @property
    def subsets(self) -> tuple[str, ...]:
        """The folders that have a METADATA.XML, in the order of their names."""
        found = (_METADATA.fullmatch(name) for name in self.members)
        return tuple(sorted(match[1] for match in found if match is not None))

    def read(self, name: str) -> bytes | None:
        """A member, or None when there is none of this name. Raises InvalidInput when it is too large or broken."""
        info = self.members.get(name.upper())
        if info is None:
            return None
        written = bytearray()
        try:
            with self._file.open(info) as member:
                while piece := member.read(_READ_BYTES):
                    written += piece
                    self._spend(len(piece), len(written), info)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, struct.error):
            raise _wrong("structure", "a file of the archive is cut or broken") from None
        if len(written) != info.file_size:
            raise _wrong("structure", "a file of the archive has not the size that is declared")
        return bytes(written)

    def _spend(self, piece: int, whole: int, info: ZipInfo) -> None:
        self.left_bytes -= piece
        if self.left_bytes < 0:
            raise _wrong("too-long", "the archive holds more than is taken")
        if whole > _FREE_BYTES and whole > MOST_RATIO * info.compress_size:
            raise _wrong("too-costly", f"a file of the archive is inflated more than {MOST_RATIO} times")


def read_archive(content: bytes, *, limit_bytes: int) -> Archive:
    """The archive, none of it inflated yet. Raises InvalidInput with all that is wrong in its names."""
    if content.count(_CENTRAL) > MOST_MEMBERS:
        raise _wrong("too-costly", f"an archive has at most {MOST_MEMBERS} files")
    try:
        file = ZipFile(BytesIO(content))
    except (BadZipFile, EOFError, NotImplementedError, ValueError, OSError, struct.error):
        raise _wrong("structure", "this is no zip archive, or only a part of one") from None
    issues = list(_issues(file.infolist()))
    if issues:
        raise InvalidInput(*issues)
    members = {info.filename.upper(): info for info in file.infolist() if not info.is_dir()}
    return Archive(members, limit_bytes, file)


def _issues(infos: list[ZipInfo]) -> Iterator[Issue]:
    for place, info in enumerate(infos):
        for code, words in _wrongs(info):
            yield Issue(code, words, f"{_WHERE}[{place}]")
    names = Counter(info.filename.upper() for info in infos)
    if any(count > 1 for count in names.values()):
        yield Issue("duplicate", "two files of the archive have one name", _WHERE)


def _wrongs(info: ZipInfo) -> Iterator[tuple[str, str]]:
    name = info.orig_filename
    if name.startswith(("/", "\\")) or name[1:2] == ":":
        yield "security", "a file of the archive has an absolute name"
    if ".." in re.split(r"[/\\]", name):
        yield "security", "a file of the archive leaves its folder"
    if "\\" in name or not name.isprintable():
        yield "security", "the name of a file of the archive has letters that no name has"
    kind = info.external_attr >> 16
    if stat.S_ISLNK(kind) or (stat.S_IFMT(kind) and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))):
        yield "security", "a file of the archive is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        yield "not-supported", "a file of the archive is encrypted"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield "not-supported", "files of the archive are stored or deflated"


def _wrong(code: str, words: str) -> InvalidInput:
    return InvalidInput(Issue(code, words, _WHERE))
