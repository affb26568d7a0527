"""A proof from the log holds under the public key alone, and for exactly what it says."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from carnet.audit import merkle
from carnet.audit.checkpoint import ORIGIN, Checkpoint, verifier
from carnet.audit.log.proofs import consistency, event_proof
from carnet.audit.merkle import Root
from carnet.errors import IntegrityError, InvalidInput
from tests.audit.ground import Ground, event, write

KEY = Ed25519PrivateKey.generate()


async def test_every_event_of_the_log_has_a_proof_that_says_it(ground: Ground) -> None:
    events = [event() for _ in range(600)]
    await write(ground.pool, *events)
    await ground.sequencer().round()
    for index in (0, 1, 255, 256, 511, 512, 598, 599):
        [[record, event_id]] = await ground.pool.fetch(
            "select record_id, event_id from audit_leaf where leaf_index = $1", index)
        proof = await event_proof(ground.store, record, event_id)
        assert proof is not None
        assert proof.holds(ground.public)
        said = msgspec.json.decode(proof.said)
        assert (said["event"], said["record"], said["index"]) == (str(event_id), str(record), index)


async def test_a_proof_holds_for_nothing_else(ground: Ground) -> None:
    [first, *_] = await ground.logged(9)
    proof = await event_proof(ground.store, first.record, first.event_id)
    assert proof is not None
    assert proof.holds(ground.public)
    assert not proof.holds(KEY.public_key())
    for changed in (
        replace(proof, said=proof.said.replace(b"done", b"refused")), replace(proof, salt=bytes(16)),
        replace(proof, index=1), replace(proof, path=proof.path[1:]),
        replace(proof, checkpoint=replace(proof.checkpoint, size=8)),
    ):
        assert not changed.holds(ground.public)


async def test_an_event_has_no_proof_before_a_checkpoint_covers_it(ground: Ground) -> None:
    await ground.logged(2)
    [fresh] = await ground.written(1)
    assert await event_proof(ground.store, fresh.record, fresh.event_id) is None


async def test_any_two_checkpoints_prove_that_one_continues_the_other(ground: Ground) -> None:
    await ground.logged(21, checkpoint_each=3)
    async with ground.store.reading() as reading:
        checkpoints = await reading.checkpoints()
    assert [each.size for each in checkpoints] == [3, 6, 9, 12, 15, 18, 21]
    for old, new in zip(checkpoints, checkpoints[2:], strict=False):
        proof = await consistency(ground.store, old.size, new.size)
        assert merkle.is_consistent(Root(old.size, old.root), Root(new.size, new.root), proof)


async def test_a_proof_is_not_made_up_where_leaves_are_missing(ground: Ground) -> None:
    [first, *_] = await ground.logged(8, checkpoint_each=8)
    await ground.pool.execute("delete from audit_leaf where leaf_index = 3")
    with pytest.raises(IntegrityError):
        await event_proof(ground.store, first.record, first.event_id)


@given(st.integers(0, 2**50), st.binary(min_size=32, max_size=32), st.datetimes(timezones=st.just(UTC)))
def test_a_checkpoint_is_read_back_from_its_note(size: int, root: bytes, at: datetime) -> None:
    checkpoint = Checkpoint.of(Root(size, root), at, KEY)
    read = Checkpoint.parse(checkpoint.note(KEY.public_key()))
    assert read == checkpoint
    assert read.is_signed_by(KEY.public_key())


def test_a_checkpoint_is_a_signed_note_as_public_logs_write_them() -> None:
    checkpoint = Checkpoint.of(Root(3, bytes(32)), datetime(2026, 1, 2, 9, 30, tzinfo=UTC), KEY)
    note = checkpoint.note(KEY.public_key())
    text, _, signature = note.partition("\n\n")
    assert text == f"{ORIGIN}\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nat 2026-01-02T09:30:00+00:00"
    name, key_id, key = verifier(KEY.public_key()).split("+", 2)
    dash, signer, content = signature.split()
    assert (dash, signer, name) == ("—", ORIGIN, ORIGIN)
    assert b64decode(content)[:4].hex() == key_id
    assert b64decode(key) == b"\x01" + KEY.public_key().public_bytes_raw()
    KEY.public_key().verify(b64decode(content)[4:], f"{text}\n".encode())


@pytest.mark.parametrize(
    "note", ["", "hello", f"{ORIGIN}\n3\n\n", f"{ORIGIN}\nthree\nAA==\nat 2026-01-02\n\n— x AA==\n"])
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(InvalidInput):
        Checkpoint.parse(note)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    note = Checkpoint.of(Root(3, bytes(32)), datetime(2026, 1, 2, tzinfo=UTC), KEY).note(KEY.public_key())
    with pytest.raises(InvalidInput, match="another log"):
        Checkpoint.parse(note.replace(ORIGIN, "elsewhere/audit"))
