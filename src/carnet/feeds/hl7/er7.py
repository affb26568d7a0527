"""ER7, the form of HL7 v2 messages: segments, fields, repetitions, components, escapes. Pure.

Why this is our own reader: docs/decisions/0021-hl7-parsing.md. The separators are those that MSH declares; segments end
with CR, CR LF, or LF. Nothing is split before it is asked for, so that a document of some megabytes costs one copy.
May import: errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.character_sets import decoded, encoding_named

_HEADERS = frozenset({"MSH", "FHS", "BHS"})     # their first field is the separator itself
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_ESCAPED = {"F": "field", "S": "component", "T": "subcomponent", "R": "repetition", "E": "escape"}
_DROPPED = frozenset({"H", "N"})                # highlighting, which no text of ours has
_LONG = 4096
_LINES = re.compile(r"\.(?:br|sp\d*)")


@dataclass(frozen=True, slots=True)
class Separators:
    """What MSH-1 and MSH-2 declare."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding_characters(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent

    def escaped(self, text: str) -> str:
        """This text, fit to stand in a component."""
        marks = {getattr(self, name): f"{self.escape}{letter}{self.escape}" for letter, name in _ESCAPED.items()}
        marks |= {"\r": f"{self.escape}X0D{self.escape}", "\n": f"{self.escape}.br{self.escape}"}
        return "".join(marks.get(each, each) for each in text)

    def plain(self, text: str, encoding: str = "utf-8") -> str:
        """What escaped text says. An escape that is not known stays as it was written."""
        if self.escape not in text:
            return text
        pieces = text.split(self.escape)
        for place in range(1, len(pieces) - 1, 2):
            pieces[place] = self._said(pieces[place], encoding)
        if len(pieces) % 2 == 0:        # one without its pair: it is no escape
            pieces[-1] = self.escape + pieces[-1]
        return "".join(pieces)

    def _said(self, code: str, encoding: str) -> str:
        if code in _ESCAPED:
            return str(getattr(self, _ESCAPED[code]))
        if code in _DROPPED:
            return ""
        if _LINES.fullmatch(code):
            return "\n"
        if code[:1] == "X":
            try:
                return bytes.fromhex(code[1:]).decode(encoding)
            except ValueError:
                pass
        return f"{self.escape}{code}{self.escape}"


DEFAULT = Separators()
BYTES = "latin-1"       # the encoding of a header whose character set is not known: each byte stands for itself


@dataclass(frozen=True, slots=True)
class Value:
    """One repetition of a field, as written."""

    raw: str
    separators: Separators
    encoding: str

    def components(self) -> list[str]:
        """The components, still escaped."""
        return cut(self.raw, self.separators.component)

    def __call__(self, component: int = 1, subcomponent: int = 0) -> str:
        """A component in clear, counted from 1; with a subcomponent, that one. Empty when it is not there."""
        parts = self.components()
        text = parts[component - 1] if component <= len(parts) else ""
        if subcomponent:
            inside = text.split(self.separators.subcomponent)
            text = inside[subcomponent - 1] if subcomponent <= len(inside) else ""
        return self.separators.plain(text, self.encoding).strip()


@dataclass(frozen=True)
class Segment:
    """One segment: `number` counts those of its name from 1, `place` all of the message."""

    text: str
    separators: Separators
    encoding: str
    number: int = 1
    place: int = 0

    @property
    def name(self) -> str:
        """MSH, PID…"""
        return self.text[:3]

    @cached_property
    def fields(self) -> list[str]:
        """As the standard numbers them: 0 is the name."""
        parts = cut(self.text, self.separators.field)
        return [parts[0], self.separators.field, *parts[1:]] if self.name in _HEADERS else parts

    def raw(self, number: int) -> str:
        """A whole field as written, or nothing."""
        return self.fields[number] if number < len(self.fields) else ""

    def every(self, number: int) -> list[Value]:
        """The repetitions of a field that say something."""
        return [
            Value(raw, self.separators, self.encoding)
            for raw in self.raw(number).split(self.separators.repetition) if raw]

    def value(self, number: int) -> Value:
        """A field that is not repeated, whole, even if a repetition separator is in it."""
        return Value(self.raw(number), self.separators, self.encoding)

    def __call__(self, number: int, component: int = 1, subcomponent: int = 0) -> str:
        """A component of the first repetition, in clear."""
        raw = self.raw(number).partition(self.separators.repetition)[0]
        return Value(raw, self.separators, self.encoding)(component, subcomponent)

    def at(self, number: int, component: int = 0) -> str:
        """Where this field is, as issues say it: `OBX[2]-5.4`."""
        inside = f".{component}" if component else ""
        return f"{self.name}{f'[{self.number}]' if self.name in ('OBX', 'PRT', 'ORC', 'NTE') else ''}-{number}{inside}"


@dataclass(frozen=True, slots=True)
class Er7:
    """A message, of which only the segments were looked for."""

    separators: Separators
    encoding: str
    segments: tuple[Segment, ...]
    _by_name: dict[str, list[Segment]] = field(default_factory=dict)

    def every(self, name: str) -> list[Segment]:
        """The segments of this name, in order."""
        return self._by_name.get(name, [])

    def first(self, name: str) -> Segment | None:
        """The first of this name."""
        return next(iter(self.every(name)), None)

    @property
    def header(self) -> Segment:
        """MSH."""
        return self.segments[0]


def read_er7(raw: bytes) -> Er7:
    """The segments of one message. Raises InvalidInput when it does not begin as one, or is not in its character set.
    """
    header = _first_line(raw)
    separators = declared(header)
    fields = header.split(separators.field)
    encoding = encoding_named(fields[17].partition(separators.repetition)[0] if len(fields) > 17 else "")
    segments: list[Segment] = []
    by_name: dict[str, list[Segment]] = {}
    for line in _lines(decoded(raw, encoding), separators):
        if not _SEGMENT.match(line) or line[3:4] not in ("", separators.field):
            raise InvalidInput(Issue("structure", "a line does not begin with the name of a segment", "MSH"))
        same = by_name.setdefault(line[:3], [])
        same.append(Segment(line, separators, encoding, len(same) + 1, len(segments)))
        segments.append(same[-1])
    return Er7(separators, encoding, tuple(segments), by_name)


def read_header(raw: bytes) -> Segment:
    """The MSH alone, as far as it can be read: what the answer to a message that is refused is made of."""
    line = _first_line(raw)
    try:
        separators = declared(line)
        fields = line.split(separators.field)
        encoding = encoding_named(fields[17].partition(separators.repetition)[0] if len(fields) > 17 else "")
        return Segment(decoded(line.encode("latin-1"), encoding), separators, encoding)
    except InvalidInput:
        kept = line if line[:4] == "MSH|" else f"MSH|{DEFAULT.encoding_characters}"
        return Segment(kept, DEFAULT, BYTES)


def declared(header: str) -> Separators:
    """The separators of this MSH, FHS or BHS. Raises InvalidInput.

    They are printable, of ASCII, and five different ones: MSH-18 stands after them, so that another character would be
    read by a character set that is not known yet.
    """
    if header[:3] not in _HEADERS:
        raise InvalidInput(Issue("structure", "a message begins with MSH", "MSH"))
    marks = header[3:4]
    inside = header[4:].partition(marks)[0] if marks else ""
    every = marks + inside
    fits = all(" " < each < "\x7f" and not each.isalnum() for each in every) and len(set(every)) == len(every)
    if len(inside) not in (4, 5) or not fits:
        message = "the separators are |^~\\&, or other marks of ASCII, all different"
        raise InvalidInput(Issue("value", message, f"{header[:3]}-2"))
    return Separators(marks, *inside[:4])


def cut(text: str, mark: str) -> list[str]:
    """What `split` gives. That goes letter by letter; where a document of some megabytes is inside, `find` is quicker.
    """
    if len(text) < _LONG:
        return text.split(mark)
    pieces, start = [], 0
    while (end := text.find(mark, start)) >= 0:
        pieces.append(text[start:end])
        start = end + 1
    return [*pieces, text[start:]]


def _first_line(raw: bytes) -> str:
    """MSH, by its bytes: what it names is in ASCII."""
    head = raw[:4096].lstrip(b"\r\n")
    return re.split(rb"[\r\n]", head, maxsplit=1)[0].decode("latin-1").removeprefix("\xef\xbb\xbf")


def _lines(text: str, separators: Separators) -> Iterator[str]:
    """The segments. A LF that no segment follows is of the text, as long lines of base64 have."""
    begins = re.compile(r"\n(?=[A-Z][A-Z0-9]{2}" + re.escape(separators.field) + ")")
    for piece in cut(text.removeprefix("\ufeff"), "\r"):
        for line in begins.split(piece) if "\n" in piece else (piece,):
            if line.strip():
                yield line.strip("\n")
