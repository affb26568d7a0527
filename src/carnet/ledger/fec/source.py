"""A file as blocks of whole lines: read once to know its digest and encoding, then as tables of text.

A block and an entry at a time are made, whatever the file claims or holds.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from carnet.errors import Conflict
from carnet.ledger.fec.columns import Header, header_of
from carnet.ledger.fec.faults import LISTED, Faults

BLOCK_BYTES = 2 * 1024 * 1024
UTF_8, LATIN_9 = "utf-8", "iso8859-15"
_REFUSED = {
    codecs.BOM_UTF16_LE: "it is UTF-16", codecs.BOM_UTF16_BE: "it is UTF-16",
    "JournalCode".encode("cp500"): "it is EBCDIC, which is converted before it is sent"}
_CONTROL = bytes(code for code in range(32) if code not in b"\t\r\n") + b"\x7f"
_ANY_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r[^\n]"
_TO_SPACE = bytes.maketrans(_CONTROL, b" " * len(_CONTROL))


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, how many, and the number of the first."""

    content: bytes
    first_line: int
    lines: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read once. `header` is its first line; None when it could not be read as text."""

    path: Path
    digest: bytes
    size: int
    encoding: str
    header: Header | None

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """The number and the cells of each line, of a file without fault. Raises Conflict when it is another by now."""
        digest, delimiter = hashlib.sha256(), self.header.delimiter if self.header else "\t"
        for block in self.blocks(digest):
            text = block.content.decode()
            lines = text.split("\r\n")
            if len(lines) != block.lines + 1:       # not all of them end so
                lines = text.replace("\r\n", "\n").split("\n")
            for number, line in enumerate(lines, start=block.first_line):
                if line:
                    yield number, line.split(delimiter)
        if digest.digest() != self.digest:
            raise Conflict("the file changed while it was read")

    def blocks(self, digest: hashlib._Hash | None = None) -> Iterator[Block]:
        """Its lines after the first, as UTF-8."""
        with self.path.open("rb") as file:
            for place, block in enumerate(_lines_of(file, digest=digest)):
                content, line, lines = block.content, block.first_line, block.lines
                if place == 0:
                    content, line, lines = content.partition(b"\n")[2], line + 1, lines - 1
                if self.encoding != UTF_8 and not content.isascii():
                    content = content.decode(self.encoding).encode()
                if content:
                    yield Block(content, line, lines)

    def tables(self, faults: Faults) -> Iterator[pa.Table]:
        """The same as tables: a column of text for each of the header's, and `line`, the number in the file."""
        if (header := self.header) is not None:
            yield from (_table(block, header, faults) for block in self.blocks())


def opened(path: Path, faults: Faults) -> Source:
    """Read the file once. What is no text is told."""
    digest, seen = hashlib.sha256(), _Encodings()
    first = b""
    with path.open("rb") as file:
        for block in _lines_of(file, faults, digest):
            first = first or block.content.partition(b"\n")[0]
            seen.look(block)
    why = next((words for mark, words in _REFUSED.items() if first.startswith(mark)), "")
    if why or not first:
        faults.file("encoding", why) if why else faults.file("empty")
        return Source(path, digest.digest(), path.stat().st_size, UTF_8, None)
    encoding = seen.told(faults)
    header = header_of(first.removeprefix(codecs.BOM_UTF8).decode(encoding, "replace").rstrip("\r"))
    return Source(path, digest.digest(), path.stat().st_size, encoding, header)


def _lines_of(file: BinaryIO, faults: Faults | None = None, digest: hashlib._Hash | None = None) -> Iterator[Block]:
    rest, line, is_long = b"", 1, False
    while content := file.read(BLOCK_BYTES):
        if digest is not None:
            digest.update(content)
        whole, newline, after = content.rpartition(b"\n")
        if not newline:
            if len(rest) + len(after) <= BLOCK_BYTES:
                rest += after
                continue
            if faults is not None and not is_long:
                faults.file("long", str(BLOCK_BYTES), line=line)
            rest, is_long = b"", True      # what follows, up to the end of this line, is thrown away
            continue
        lines = rest + whole + newline
        if is_long:
            lines, is_long = lines.partition(b"\n")[2], False
            line += 1
        count = lines.count(b"\n")
        if lines:
            yield Block(lines, line, count)
        line += count
        rest = after
    if rest.strip(b"\r\n"):
        yield Block(rest + b"\n", line, 1)


class _Encodings:
    """Which encoding all lines have in common. A file that is UTF-8 on one line is UTF-8 on all: nothing is guessed."""

    def __init__(self) -> None:
        self._has_utf_8 = False
        self._others: list[tuple[int, bytes]] = []
        self._count = 0

    def look(self, block: Block) -> None:
        """See which of these lines are UTF-8."""
        if block.content.isascii():
            return
        try:
            block.content.decode()
            self._has_utf_8 = True
        except UnicodeDecodeError:
            for number, line in enumerate(block.content.split(b"\n"), start=block.first_line):
                if not line.isascii():
                    self._look(number, line)

    def _look(self, number: int, line: bytes) -> None:
        try:
            line.decode()
            self._has_utf_8 = True
        except UnicodeDecodeError as error:
            self._count += 1
            controls = [byte for byte in line if 0x80 <= byte < 0xA0]
            if len(self._others) < LISTED:
                self._others.append((number, bytes(controls[:1]) or line[error.start:error.start + 1]))
            elif controls and not any(0x80 <= each[0] < 0xA0 for _, each in self._others):
                self._others[-1] = (number, bytes(controls[:1]))

    def told(self, faults: Faults) -> str:
        """The encoding; lines that have another are told."""
        has_controls = any(0x80 <= byte[0] < 0xA0 for _, byte in self._others)
        if not self._count:
            return UTF_8
        if not self._has_utf_8 and not has_controls:
            return LATIN_9
        wrong = self._others if self._has_utf_8 else [each for each in self._others if 0x80 <= each[1][0] < 0xA0]
        faults.add(
            "encoding", "", [(line, f"byte 0x{byte[0]:02X}", "") for line, byte in wrong],
            self._count if self._has_utf_8 else 0)
        return LATIN_9


def _table(block: Block, header: Header, faults: Faults) -> pa.Table:
    content = _without_controls(block, header.delimiter, faults)
    wrong: list[tuple[int, str, str]] = []

    def skip(row: csv.InvalidRow) -> str:
        wrong.append((block.first_line + row.number - 1, str(row.actual_columns), str(row.expected_columns)))
        return "skip"

    table = csv.read_csv(
        pa.py_buffer(content),
        read_options=csv.ReadOptions(
            use_threads=False, column_names=header.columns, block_size=len(content) + 1),
        parse_options=csv.ParseOptions(
            delimiter=header.delimiter, quote_char=False, double_quote=False, newlines_in_values=False,
            ignore_empty_lines=False, invalid_row_handler=skip),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(header.columns, pa.string()), strings_can_be_null=False)).combine_chunks()
    faults.add("cells", "", islice(wrong, LISTED), len(wrong))
    lines = pa.arange(block.first_line, block.first_line + len(table) + len(wrong))
    if wrong:
        skipped = {line for line, _, _ in wrong}
        lines = pa.array([line for line in lines.to_pylist() if line not in skipped], pa.int64())
    table = table.append_column("line", lines)
    return _without_empty_lines(table) if pc.any(pc.equal(table.column(0), "")).as_py() else table


def _without_empty_lines(table: pa.Table) -> pa.Table:
    """An empty line is passed over, as people read over it."""
    empty = reduce(pc.and_, (pc.equal(table[name], "") for name in table.column_names if name != "line"))
    return table.filter(pc.invert(empty)).combine_chunks()


def _without_controls(block: Block, delimiter: str, faults: Faults) -> bytes:
    """The block with spaces for what is no text, each such line told: a parser would see line ends where none are."""
    also = "" if delimiter == "\t" else r"|\t"
    if not pc.match_substring_regex(pa.array([block.content]), _ANY_CONTROL + also)[0].as_py():
        return block.content
    content = block.content.replace(b"\r\n", b"\n")
    refused = _CONTROL + (b"\r" if delimiter == "\t" else b"\r\t")
    found = [
        (number, "", "") for number, line in enumerate(content.split(b"\n"), start=block.first_line)
        if len(line.translate(None, refused)) != len(line)]
    faults.add("control", "", islice(found, LISTED), len(found))
    return content.translate(_TO_SPACE).replace(b"\r", b" ")
