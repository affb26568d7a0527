"""Looks for words in files, in the spellings in which programs leave them behind.

What was compressed before it was written is out of reach: no search of bytes finds a word in it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote


def spellings(word: str) -> dict[str, bytes]:
    """The word as bytes, by the name of the encoding."""
    utf8 = word.encode()
    found = {
        "utf-8": utf8, "utf-16-le": word.encode("utf-16-le"), "utf-16-be": word.encode("utf-16-be"),
        "latin-1": word.encode("latin-1"), "hex": utf8.hex().encode(), "HEX": utf8.hex().upper().encode(),
        "JSON": word.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00"), "percent": quote(word).encode(),
        "upper case": word.upper().encode(),
    }
    found |= {f"base64 at {start}": _within_base64(utf8, start) for start in range(3)}
    return found


def found_in(files: Iterable[Path], wanted: Mapping[str, bytes]) -> set[str]:
    """The names of the spellings that any of these files holds."""
    unseen = set(wanted.values())   # of a word without accents, several spellings are the same bytes
    for file in files:
        content = file.read_bytes().rstrip(b"\0")
        unseen -= {spelt for spelt in unseen if spelt in content}
    return {name for name, spelt in wanted.items() if spelt not in unseen}


def files_under(*places: Path) -> Iterator[Path]:
    """Every file in these folders, and those places that are files themselves."""
    for place in places:
        yield from (each for each in place.rglob("*") if each.is_file()) if place.is_dir() else (place,)


def _within_base64(content: bytes, start: int) -> bytes:
    """What base64 makes of these bytes wherever they stand `start` bytes after a multiple of three.

    Letters that also tell of the bytes before or after are left out: 4 letters are 3 bytes.
    """
    letters = b64encode(bytes(start) + content)
    return letters[(start * 8 + 5) // 6:(start + len(content)) * 8 // 6]
