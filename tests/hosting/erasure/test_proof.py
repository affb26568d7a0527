"""The proof of an erasure: dated, signed, with each receipt as it was signed; verified without the platform."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import IntegrityError, NotFound
from carnet.hosting.erasure.orders import Orders
from carnet.hosting.erasure.proof import KIND, ErasureProof, proof_of, read_proof, signed_proof
from carnet.hosting.signed import sign
from tests.hosting.erasure.erased import days_pass, erased
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = Ed25519PrivateKey.generate()
PORTAL = KEY.public_key().public_bytes_raw()


async def proven(ground: Ground, kept: Kept) -> ErasureProof:
    """The proof as it is now."""
    erasure = await ground.stores.hosting.erasure.of(kept.record)
    assert erasure is not None
    return proof_of(erasure, now=await ground.stores.hosting.now(), key_backup_days=30)


def keys_of(ground: Ground) -> dict[str, bytes]:
    return {name: each.host.receipt_key for name, each in ground.platform.hosts.items()}


async def test_a_proof_says_when_the_key_went_and_what_each_host_signed(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    await erased(ground, kept)
    before = await proven(ground, kept)
    assert {each.host: each.state for each in before.hosts} == dict.fromkeys(kept.placement.both, "still due")
    await days_pass(ground, kept)
    await Orders(ground.stores.copies, ground.stores.hosting).carry_out(kept.home)
    proof = await proven(ground, kept)
    assert {each.host: each.state for each in proof.hosts} == {kept.home: "erased", kept.reference: "still due"}
    destroyed_at = await ground.platform.keys.fetchval(
        "select destroyed_at from wrapped_key where record_id = $1", kept.record)
    assert (proof.key_destroyed_at, proof.key_backups_until) == (destroyed_at, destroyed_at + timedelta(days=30))
    assert read_proof(signed_proof(proof, KEY), PORTAL, keys_of(ground)) == proof
    await Orders(ground.stores.copies, ground.stores.hosting).carry_out(kept.reference)
    after = await proven(ground, kept)
    assert {each.state for each in after.hosts} == {"erased"}
    assert (after.is_complete, msgspec.structs.replace(after, issued_at=after.key_backups_until).is_complete) == (
        False, True)


async def test_a_proof_that_was_touched_or_lies_is_refused(ground: Ground, kept: Kept) -> None:
    await erased(ground, kept)
    await days_pass(ground, kept)
    for host in kept.placement.both:
        await Orders(ground.stores.copies, ground.stores.hosting).carry_out(host)
    proof = await proven(ground, kept)
    statement, keys = signed_proof(proof, KEY), keys_of(ground)
    assert read_proof(statement, PORTAL, keys) == proof
    header, content, signature = statement.split(".")
    moved = urlsafe_b64decode(content + "==").replace(b'"state":"erased"', b'"state":"still due"')
    untold = msgspec.structs.replace(proof.hosts[0], receipt=None)
    of_another = msgspec.structs.replace(proof, record=(await ground.opened()).record)
    swapped = msgspec.structs.replace(proof.hosts[0], receipt=proof.hosts[1].receipt)
    for lie in (
        f"{header}.{urlsafe_b64encode(moved).rstrip(b'=').decode()}.{signature}",
        signed_proof(proof, Ed25519PrivateKey.generate()),
        sign(msgspec.json.encode(proof), "carnet-another", KEY),
        sign(b"{}", KIND, KEY),
        signed_proof(msgspec.structs.replace(proof, hosts=(untold,)), KEY),
        signed_proof(msgspec.structs.replace(proof, hosts=(swapped,)), KEY),
        signed_proof(of_another, KEY),
        "", "no statement", "a.b.c",
    ):
        with pytest.raises(IntegrityError):
            read_proof(lie, PORTAL, keys)
    with pytest.raises(IntegrityError):
        read_proof(statement, PORTAL, {kept.home: keys[kept.home]})


async def test_there_is_no_proof_while_the_key_is_there(ground: Ground, kept: Kept) -> None:
    assert await ground.stores.hosting.erasure.of(kept.record) is None
    await erased(ground, kept)
    await ground.platform.portal.execute(
        "update erasure set key_destroyed_at = null where record_id = $1", kept.record)
    with pytest.raises(NotFound):
        await proven(ground, kept)
