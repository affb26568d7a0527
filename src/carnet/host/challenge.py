"""Challenge: prove that these bodies and these entries are held, now, by hashing their bytes with a new nonce.

Nothing is kept from one challenge to the next: each digest is made from the bytes that are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from uuid import UUID

import asyncpg
import msgspec

from carnet.host.bodies import mark_altered
from carnet.host.bulk_wire import Question
from carnet.host.damage import readable
from carnet.host.errors import Erased
from carnet.host.outside import Kept
from carnet.host.store import Store
from carnet.host.tokens import Order
from carnet.host.wire import TokenItem

_PREFIX = b"carnet challenge 1"

_ERASED = """
SELECT asked.record_id, coalesce(erased_version >= asked.version, false) AS is_erased
FROM portal CROSS JOIN unnest($2::uuid[], $3::bigint[]) AS asked (record_id, version)
LEFT JOIN record ON record.record_id = asked.record_id
WHERE epoch = $1
"""

# $2: prefix and nonce.
_BODIES = """
SELECT sha256($2 || sealed) AS digest, octet_length(sealed) AS size, sha256(sealed) <> body.body_id AS is_altered,
    object
FROM portal CROSS JOIN unnest($3::uuid[], $4::bytea[]) WITH ORDINALITY AS asked (record_id, body_id, rank)
LEFT JOIN body ON body.record_id = asked.record_id AND body.body_id = asked.body_id AND damaged_at IS NULL
WHERE epoch = $1
ORDER BY rank
"""
_RANGES = """
SELECT (
    SELECT CASE WHEN count(*) = asked.last - asked.first + 1
        THEN sha256($2 || string_agg(header || sealed, '' ORDER BY place)) END
    FROM entry WHERE entry.record_id = asked.record_id AND place BETWEEN asked.first AND asked.last
) AS digest
FROM portal CROSS JOIN unnest($3::uuid[], $4::bigint[], $5::bigint[]) WITH ORDINALITY
    AS asked (record_id, first, last, rank)
WHERE epoch = $1
ORDER BY rank
"""

_BodyAt = tuple[UUID, bytes]
_Range = tuple[UUID, int, int]


class Answer(msgspec.Struct, frozen=True):
    """One digest per body, and one for the range; nil for what is not held, or not whole."""

    bodies: tuple[bytes | None, ...]
    journal: bytes | None


class Challenged(msgspec.Struct, frozen=True):
    """The answers, and how many bodies, of how many bytes, were hashed for them."""

    answers: list[Answer]
    bodies: int
    size: int


async def challenge(
    store: Store, order: Order[TokenItem], nonce: bytes, questions: Sequence[Question]
) -> Challenged:
    """One answer per question, in order. Raises Erased if one of the records was erased.

    A body that is found altered counts as lacking from then on.
    """
    rows = await store.fetch(
        order.epoch, _ERASED, [item.record for item in order.items], [item.version for item in order.items])
    if erased := [row["record_id"] for row in rows if row["is_erased"]]:
        raise Erased(erased)
    salt = _PREFIX + nonce

    async def hashed(asked: Sequence[_BodyAt]) -> list[asyncpg.Record]:
        return await store.fetch(order.epoch, _BODIES, salt, [each[0] for each in asked], [each[1] for each in asked])

    async def hashed_ranges(asked: Sequence[_Range]) -> list[asyncpg.Record]:
        return await store.fetch(order.epoch, _RANGES, salt, *map(list, zip(*asked, strict=True)))

    bodies = [(question.record, name) for question in questions for name in question.bodies]
    found = await readable(bodies, hashed)
    ranges = [(question.record, question.first, question.last) for question in questions if question.first]
    journals = iter(await readable(ranges, hashed_ranges))
    await mark_altered(
        store, order.epoch, [body for body, row in zip(bodies, found, strict=True) if row and row["is_altered"]])
    far = iter(await store.outside.read(
        [Kept(*body, row["object"]) for body, row in zip(bodies, found, strict=True) if row and row["object"]],
        lambda sealed: (sha256(salt + sealed).digest(), len(sealed))))
    hashes = [_hash_of(row) if row is None or row["object"] is None else next(far) for row in found]
    digests = iter([each[0] if each else None for each in hashes])
    answers = []
    for question in questions:
        journal = next(journals) if question.first else None
        answers.append(Answer(
            tuple(islice(digests, len(question.bodies))), journal["digest"] if journal is not None else None))
    sizes = [each[1] for each in hashes if each]
    return Challenged(answers, len(sizes), sum(sizes))


def _hash_of(row: asyncpg.Record | None) -> tuple[bytes, int] | None:
    """The digest and the size of a body in PostgreSQL, None for one that is not held or is altered."""
    return None if row is None or row["digest"] is None or row["is_altered"] else (row["digest"], row["size"])
