"""The chain: what it promises, and every header it refuses."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import IntegrityError, InvalidInput
from carnet.journal.chain import BodyName, Header, SealedEntry, body_id, genesis, next_head, verify_suffix

RECORD = UUID("7b0f8f4e-1f0c-4a52-9d11-0c3f5a1b2c3d")
ENTRY = UUID("0d9c8b7a-6f5e-4d3c-8b2a-190817161514")
BODY = BodyName(hashlib.sha256(b"sealed").digest(), 6)
HEADER = Header(RECORD, ENTRY, 1, (BODY,))


def test_the_first_head_is_the_hash_of_the_name_of_the_chain_and_the_record() -> None:
    assert genesis(RECORD) == hashlib.sha256(b"carnet journal 1" + RECORD.bytes).digest()


def test_a_head_covers_the_previous_head_the_header_and_the_seal() -> None:
    assert next_head(b"p" * 32, b"header", b"sealed") == hashlib.sha256(b"p" * 32 + b"headersealed").digest()


def test_a_body_is_named_by_the_hash_of_its_sealed_bytes() -> None:
    assert body_id(b"sealed") == BODY.id


def test_a_header_is_written_as_sorted_json_without_spaces() -> None:
    expected = {"bodies": [[BODY.id.hex(), 6]], "entry": str(ENTRY), "format": 1, "key": 1, "record": str(RECORD)}
    assert HEADER.encode() == json.dumps(expected, sort_keys=True, separators=(",", ":")).encode()


headers = st.builds(
    Header,
    record=st.uuids(),
    entry=st.uuids(),
    key_version=st.integers(1, 2**31 - 1),
    bodies=st.lists(
        st.builds(BodyName, st.binary(min_size=32, max_size=32), st.integers(1, 2**53 - 1)),
        unique_by=lambda body: body.id,
    ).map(tuple),
)


@given(headers)
def test_a_header_is_read_as_it_was_written(header: Header) -> None:
    assert Header.parse(header.encode()) == header


@given(st.binary())
def test_bytes_that_are_no_header_are_invalid_input_and_nothing_else(junk: bytes) -> None:
    with pytest.raises(InvalidInput):
        Header.parse(junk)


GOOD = HEADER.encode()


@pytest.mark.parametrize(
    "header",
    [
        b" " + GOOD,
        GOOD + b"\n",
        GOOD.replace(b'"format":1', b'"format": 1'),
        GOOD.replace(b'"format":1', b'"format":2'),
        GOOD.replace(b'"format":1', b'"format":1.0'),
        GOOD.replace(b'"format":1', b'"format":true'),
        GOOD.replace(b'"key":1', b'"key":0'),
        GOOD.replace(b'"key":1', b'"key":"1"'),
        GOOD.replace(b'"key":1', b'"key":1,"more":1'),
        GOOD.replace(b'"key":1', b'"key":1,"key":1'),
        GOOD.replace(b'"key":1', b'"k\\u0065y":1'),
        GOOD.replace(b'"key":1,', b""),
        GOOD.replace(str(RECORD).encode(), str(RECORD).upper().encode()),
        GOOD.replace(str(RECORD).encode(), RECORD.hex.encode()),
        GOOD.replace(BODY.id.hex().encode(), BODY.id.hex().upper().encode()),
        GOOD.replace(BODY.id.hex().encode(), BODY.id.hex()[2:].encode()),
        GOOD.replace(b",6]", b",-6]"),
        GOOD.replace(b",6]", b",6,6]"),
        json.dumps(json.loads(GOOD)).encode(),
        json.dumps(dict(reversed(json.loads(GOOD).items())), separators=(",", ":")).encode(),
        Header(RECORD, ENTRY, 1, (BODY, BODY)).encode(),
        b"\xff" + GOOD,
        GOOD[:-1],
    ],
)
def test_a_header_that_is_not_in_its_only_form_is_refused(header: bytes) -> None:
    with pytest.raises(InvalidInput):
        Header.parse(header)


def _chain(record: UUID, length: int) -> tuple[list[SealedEntry], list[bytes]]:
    entries: list[SealedEntry] = []
    heads = [genesis(record)]
    for number in range(length):
        entries.append(SealedEntry(Header(record, uuid4()).encode(), b"sealed %d" % number))
        heads.append(next_head(heads[-1], entries[-1].header, entries[-1].sealed))
    return entries, heads


def test_a_suffix_verifies_without_its_prefix() -> None:
    entries, heads = _chain(RECORD, 4)
    verified = verify_suffix(RECORD, heads[2], entries[2:], head=heads[4])
    assert [header.encode() for header in verified] == [entry.header for entry in entries[2:]]


def test_no_entries_lead_from_a_head_to_itself() -> None:
    assert verify_suffix(RECORD, genesis(RECORD), [], head=genesis(RECORD)) == ()


def test_an_altered_missing_reordered_or_added_entry_is_detected() -> None:
    entries, heads = _chain(RECORD, 3)
    altered = [*entries[:1], SealedEntry(entries[1].header, b"other"), *entries[2:]]
    for wrong in (altered, entries[1:], entries[:2], entries[::-1], [*entries, entries[0]]):
        with pytest.raises(IntegrityError):
            verify_suffix(RECORD, heads[0], wrong, head=heads[3])


def test_entries_of_another_record_do_not_verify_even_if_they_lead_to_the_head() -> None:
    entries, heads = _chain(RECORD, 2)
    with pytest.raises(IntegrityError):
        verify_suffix(uuid4(), heads[0], entries, head=heads[2])


def test_a_malformed_header_given_by_a_host_is_an_integrity_error() -> None:
    with pytest.raises(IntegrityError):
        verify_suffix(RECORD, genesis(RECORD), [SealedEntry(b"{}", b"")], head=genesis(RECORD))
