"""The exit file: whoever has it, and the keys, sees whether it is whole and unaltered, without the platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.receipts import Receipts
from carnet.hosting.moving.exit_check import Verdict, check_exit
from carnet.hosting.moving.exit_file import ExitWriter, Head, Line, ReceiptLine, RecordLine, inventory_line
from carnet.roles.key_files import public_key

PORTAL, HOST, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
CAMPAIGN = UUID(int=77)
RECORDS = [UUID(int=n + 1 << 100) for n in range(5)]
NOW = datetime(2026, 11, 22, tzinfo=UTC).isoformat()


@dataclass
class Made:
    """What a file is made of; a test spoils a part of it before it is written."""

    receipt_items: list[tuple[object, ...]]
    records: list[RecordLine]
    listed: list[UUID]
    receipt_key: Ed25519PrivateKey = HOST
    method: str = "erase"
    at_host: int | None = None
    kind: str = "migrate"

    def lines(self, *, signed_by: Ed25519PrivateKey = PORTAL) -> list[bytes]:
        writer = ExitWriter(CAMPAIGN)
        digest = sha256(b"".join(inventory_line(record, "home") for record in self.listed)).hexdigest()
        states = [each.state for each in self.records]
        counts = {"released": states.count("released"), "elsewhere": states.count("elsewhere")}
        head = Head(
            campaign=CAMPAIGN, kind=self.kind, from_host="alpha", to_host="beta", part="home", epoch=1, began=NOW,
            ended=NOW, by="test", listed=len(self.listed), inventory=digest,
            counts={**counts, "not_released": len(states) - sum(counts.values())}, portal_key=public_key(PORTAL),
            receipt_keys={"alpha": public_key(HOST)}, at_host=self.at_host)
        receipt = Receipts("alpha", self.receipt_key).sign(self.method, self.receipt_items)     # type: ignore[arg-type]
        lines: list[Line] = [head, ReceiptLine(2, "alpha", receipt), *self.records]
        return [*(writer.line(line) for line in lines), writer.signature(signed_by)]


def made() -> Made:
    """A campaign of five records, all of them released."""
    records = [
        RecordLine(
            record=record, part="home", from_host="alpha", to_host="beta", state="released", version=3, place=12,
            head="ab" * 32, switched=NOW, bodies=10, verified=NOW, verified_by=("beta", "reference"), erased=2)
        for record in RECORDS]
    return Made([(str(record), 3, 12, 10) for record in RECORDS], records, list(RECORDS))


def check(lines: list[bytes]) -> Verdict:
    return check_exit(
        lines, portal_key=PORTAL.public_key().public_bytes_raw(),
        host_keys={"alpha": HOST.public_key().public_bytes_raw()})


def test_a_file_of_a_whole_campaign_is_complete() -> None:
    verdict = check(made().lines())
    assert verdict.faults == ()
    assert (verdict.records, verdict.erased, verdict.is_complete, verdict.keys_of_the_file) == (5, 5, True, False)


def test_every_altered_byte_is_found_and_its_line_named() -> None:
    lines = made().lines()
    for number, line in enumerate(lines, 1):
        for place in {*range(number % 7, len(line), 7), *range(len(line) - 80, len(line))}:     # and its whole end
            altered = bytearray(line)
            altered[place] ^= 1
            faults = check([*lines[:number - 1], bytes(altered), *lines[number:]]).faults
            assert any(fault.startswith(f"line {number}") for fault in faults), (number, place, faults)


def test_lines_that_are_missing_doubled_or_moved_are_found() -> None:
    lines = made().lines()
    for number in range(len(lines)):
        assert check([*lines[:number], *lines[number + 1:]]).faults, f"without line {number + 1}"
        assert check([*lines[:number + 1], *lines[number:]]).faults, f"line {number + 1} twice"
        assert check(lines[:number]).faults, f"cut after line {number}"
    assert check([lines[0], lines[1], lines[3], lines[2], *lines[4:]]).faults
    assert check([*lines, lines[-1]]).faults


def without_one(whole: Made) -> None:
    del whole.records[2]


def with_one_twice(whole: Made) -> None:
    whole.records.insert(2, whole.records[2])
    whole.listed.insert(2, whole.listed[2])


def with_another(whole: Made) -> None:
    whole.records[2] = msgspec.structs.replace(whole.records[2], record=UUID(int=RECORDS[2].int + 1))


def with_a_receipt_of_fewer(whole: Made) -> None:
    del whole.receipt_items[2]


def with_a_receipt_of_another_version(whole: Made) -> None:
    whole.receipt_items[2] = (str(RECORDS[2]), 2, 12, 10)


def with_a_receipt_of_a_stranger(whole: Made) -> None:
    whole.receipt_key = STRANGER


def with_a_receipt_of_a_put(whole: Made) -> None:
    whole.method = "put"


def with_one_that_nobody_verified(whole: Made) -> None:
    whole.records[2] = msgspec.structs.replace(whole.records[2], verified_by=("alpha", "beta"))


@pytest.mark.parametrize("spoil", [
    without_one, with_one_twice, with_another, with_a_receipt_of_fewer, with_a_receipt_of_another_version,
    with_a_receipt_of_a_stranger, with_a_receipt_of_a_put, with_one_that_nobody_verified])
def test_a_portal_that_signs_what_is_not_so_is_found_out(spoil: object) -> None:
    whole = made()
    spoil(whole)        # type: ignore[operator]
    verdict = check(whole.lines())
    assert verdict.faults
    assert not verdict.is_complete


def test_the_signature_of_another_key_is_refused_unless_the_file_is_asked_for_its_own() -> None:
    lines = made().lines(signed_by=STRANGER)
    assert check(lines).faults == ("line 8 is not signed by the portal's key",)
    assert check_exit(made().lines()).keys_of_the_file


def test_what_is_not_erased_is_said_with_its_reason_and_the_file_is_not_complete() -> None:
    whole = made()
    whole.records[1] = msgspec.structs.replace(whole.records[1], state="leaving", erased=None, why="no answer")
    verdict = check(whole.lines())
    assert (verdict.faults, verdict.is_complete) == ((), False)
    assert verdict.not_erased == {"no answer": 1}


@pytest.mark.parametrize(("at_host", "is_complete"), [(0, True), (1, False), (None, False)])
def test_a_host_that_left_is_gone_only_when_its_inventory_is_empty(at_host: int | None, is_complete: bool) -> None:
    whole = made()
    whole.kind, whole.at_host = "exit", at_host
    assert check(whole.lines()).is_complete is is_complete


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n", b"\xff\x00\n", b'{"line":"record"}\n', b"{" * 10_000])
def test_what_is_no_exit_file_is_refused_and_nothing_breaks(content: bytes) -> None:
    assert check([content]).faults
