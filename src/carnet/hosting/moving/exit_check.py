"""Check an exit file without the platform: is it whole, is it signed, and does each receipt say what it is there for?

Faults name the line. What was altered is named by the line it is in; a line that was added, or taken away, by the one
after it. Two things rest on keys that the reader must have from elsewhere: the portal's, and each host's.
Pure.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import msgspec

from carnet.errors import IntegrityError
from carnet.hosting.moving.exit_file import (
    FORMAT,
    KIND,
    Head,
    Line,
    ReceiptLine,
    RecordLine,
    SignatureLine,
    Statement,
    chained,
    inventory_line,
    split,
)
from carnet.hosting.signed import verified
from carnet.hosting.tokens import verify_receipt

_MOST_FAULTS = 100
_decode = msgspec.json.Decoder(Line).decode


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file says, and what is wrong with it: no fault, and it is what the portal signed.

    `not_erased` counts the records that the host has not erased, by reason; a host that leaves altogether may say that
    it still holds some (`head.at_host`).
    """

    head: Head | None
    records: int
    erased: int
    not_erased: Mapping[str, int]
    faults: tuple[str, ...]
    keys_of_the_file: bool

    @property
    def is_complete(self) -> bool:
        """Nothing is wrong, and nothing is left at the host that the records were to leave."""
        if self.faults or self.head is None or self.not_erased:
            return False
        return self.head.kind != "exit" or self.head.at_host == 0


def check_exit(
    lines: Iterable[bytes], *, portal_key: bytes | None = None, host_keys: Mapping[str, bytes] | None = None,
) -> Verdict:
    """Check these lines. Keys that are not given are taken from the file itself: then it only agrees with itself."""
    reading = _Reading(portal_key, dict(host_keys or {}))
    for line in lines:
        reading.read(line)
    reading.end()
    head = reading.head
    told = portal_key is not None and (head is None or set(head.receipt_keys) <= set(host_keys or {}))
    return Verdict(
        head, reading.records, reading.erased, dict(reading.not_erased), tuple(reading.faults), not told)


@dataclass
class _Reading:
    """Goes along the lines. `reached` are the hashes that the next one may follow: of a line that was altered, both."""

    portal_key: bytes | None
    host_keys: dict[str, bytes]
    number: int = 0
    reached: frozenset[bytes] = field(default_factory=lambda: frozenset({sha256(FORMAT.encode()).digest()}))
    head: Head | None = None
    records: int = 0
    erased: int = 0
    not_erased: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    is_signed: bool = False
    _signed: dict[bytes, list[tuple[int, int]]] = field(default_factory=dict)
    _last: bytes = b""
    _inventory: bytearray = field(default_factory=bytearray)

    def read(self, line: bytes) -> None:
        """One more line."""
        self.number += 1
        before = self.reached
        parts = split(line)
        if parts is None:
            self._fault("is no line of an exit file: it was altered, or cut short")
            return
        words, said = parts
        follows = {chained(each, words) for each in before}
        if said not in follows:
            self._fault("was altered, or lines before it were added or taken away")
        self.reached = frozenset({said, *(follows if said not in follows else ())})
        try:
            read = _decode(words + b"}")
        except msgspec.MsgspecError:
            self._fault("says what no line of an exit file says")
            return
        self._take(read, before)

    def end(self) -> None:
        """After the last line: is this all there should be?"""
        if self.head is None:
            self._add("the first line, which says what the file is about, is missing or was altered")
        elif self.records != self.head.listed:
            self._add(f"{self.head.listed} records were on the list at the start, and the file has {self.records}")
        elif sha256(self._inventory).hexdigest() != self.head.inventory:
            self._add("the records of the file are not those that were on the list at the start")
        if self.head is not None and self._counts() != self.head.counts:
            self._add("the counts of the first line are not those of the records")
        if not self.is_signed:
            self._add("it does not end with the portal's signature: it was cut short")

    def _take(self, line: Line, before: frozenset[bytes]) -> None:
        if self.is_signed:
            self._fault("comes after the signature")
        if isinstance(line, Head) != (self.number == 1):
            self._fault("is not where such a line stands")
        match line:
            case Head():
                self._begin(line)
            case ReceiptLine():
                self._take_receipt(line)
            case RecordLine():
                self._take_record(line)
            case SignatureLine():
                self._take_signature(line, before)

    def _begin(self, head: Head) -> None:
        self.head = head
        try:
            for host, key in head.receipt_keys.items():
                self.host_keys.setdefault(host, _bytes(key))
            self.portal_key = self.portal_key or _bytes(head.portal_key)
        except NotBase64:
            self._fault("has a key that is none")
        if head.format != FORMAT:
            self._fault(f"is of another format than {FORMAT}")

    def _take_receipt(self, line: ReceiptLine) -> None:
        if line.host not in self.host_keys:
            self._fault(f"is a receipt of host {line.host}, whose key is not known")
            return
        try:
            receipt = verify_receipt(line.receipt, line.host, self.host_keys[line.host])
            said = [(UUID(item[0]).bytes, int(item[1])) for item in receipt.items]
        except (IntegrityError, ValueError, TypeError, IndexError):
            self._fault(f"is no receipt that host {line.host} signed")
            return
        if receipt.method != "erase":
            self._fault("is a receipt of something else than an erasure")
            return
        for record, version in said:
            self._signed.setdefault(record, []).append((line.number, version))

    def _take_record(self, line: RecordLine) -> None:
        record = line.record.bytes
        if record <= self._last:
            self._fault(f"record {line.record} is there twice, or out of its place")
        self._last = record
        self.records += 1
        self._inventory += inventory_line(line.record, line.part)
        self.states[line.state] += 1
        if line.erased is None:
            if line.state != "elsewhere":
                self.not_erased[line.why or "no reason is given"] += 1
            return
        self.erased += 1
        versions = [version for number, version in self._signed.get(record, ()) if number == line.erased]
        if not versions or line.version not in (None, *versions):
            self._fault(f"receipt {line.erased} does not say that record {line.record} was erased")
        if line.place is not None and (len(set(line.verified_by) - {line.from_host}) != 2 or not line.verified):
            self._fault(f"record {line.record} was erased, and two other hosts were not seen to hold it")

    def _take_signature(self, line: SignatureLine, before: frozenset[bytes]) -> None:
        self.is_signed = True
        try:
            statement = msgspec.json.decode(verified(line.statement, KIND, self.portal_key or b""), type=Statement)
        except (IntegrityError, msgspec.MsgspecError, ValueError):
            self._fault("is not signed by the portal's key")
            return
        said = (statement.lines, statement.sha256, statement.campaign)
        expected = [(self.number - 1, each.hex(), self.head.campaign if self.head else None) for each in before]
        if said not in expected:
            self._fault("is the signature of another file, or lines were added or taken away")

    def _counts(self) -> dict[str, int]:
        done = ("released", "elsewhere")
        return {
            **{state: self.states[state] for state in done},
            "not_released": self.records - sum(self.states[state] for state in done)}

    def _fault(self, what: str) -> None:
        self._add(f"line {self.number} {what}" if not what.startswith(("record", "receipt")) else (
            f"line {self.number}: {what}"))

    def _add(self, fault: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)


def _bytes(key: str) -> bytes:
    return urlsafe_b64decode(key + "=" * (-len(key) % 4))
