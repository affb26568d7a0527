"""Challenge: prove that these bodies and these entries are held, now, by hashing their bytes with a new nonce.

Nothing is kept from one challenge to the next: each digest is made from the bytes that are stored. They are hashed
here, some at a time: this process has a hash several times faster than that of many a PostgreSQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from itertools import islice, takewhile
from operator import itemgetter
from typing import Any
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
from carnet.journal.chain import body_id

_PREFIX = b"carnet challenge 1"

_ERASED = """
SELECT asked.record_id, coalesce(erased_version >= asked.version, false) AS is_erased
FROM portal CROSS JOIN unnest($2::uuid[], $3::bigint[]) AS asked (record_id, version)
LEFT JOIN record ON record.record_id = asked.record_id
WHERE epoch = $1
"""

# $2: how many bytes come at a time; the first that is asked comes in any case.
_BODIES = """
SELECT fits, CASE WHEN fits THEN sealed END AS sealed, object
FROM (
    SELECT rank, sealed, object,
        rank = 1 OR coalesce(sum(octet_length(sealed)) OVER (ORDER BY rank), 0) <= $2::bigint AS fits
    FROM portal CROSS JOIN unnest($3::uuid[], $4::bytea[]) WITH ORDINALITY AS asked (record_id, body_id, rank)
    LEFT JOIN body ON body.record_id = asked.record_id AND body.body_id = asked.body_id AND damaged_at IS NULL
    WHERE epoch = $1
) AS found
ORDER BY rank
"""
_RANGES = """
SELECT fits, CASE WHEN fits AND held = last - first + 1 THEN (
    SELECT string_agg(header || sealed, '' ORDER BY place)
    FROM entry WHERE entry.record_id = found.record_id AND place BETWEEN first AND last
) END AS joined
FROM (
    SELECT asked.*, held, rank = 1 OR sum(size) OVER (ORDER BY rank) <= $2::bigint AS fits
    FROM portal CROSS JOIN unnest($3::uuid[], $4::bigint[], $5::bigint[]) WITH ORDINALITY
        AS asked (record_id, first, last, rank)
    CROSS JOIN LATERAL (
        SELECT count(*) AS held, coalesce(sum(octet_length(header) + octet_length(sealed)), 0) AS size
        FROM entry WHERE entry.record_id = asked.record_id AND place BETWEEN asked.first AND asked.last
    ) AS here
    WHERE epoch = $1
) AS found
ORDER BY rank
"""
_AT_ONCE_BYTES = 4 * 2**20

_BodyAt = tuple[UUID, bytes]
_Range = tuple[UUID, int, int]


class Answer(msgspec.Struct, frozen=True):
    """One digest per body, and one for the range; nil for what is not held, or not whole."""

    bodies: tuple[bytes | None, ...]
    journal: bytes | None


class _Found(msgspec.Struct, frozen=True):
    """A body: its object outside, or the digest and the size of one that is here and as it is named."""

    object: UUID | None
    hash: tuple[bytes, int] | None
    is_altered: bool


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

    async def hashed(asked: Sequence[_BodyAt]) -> list[_Found]:
        return [
            _Found(row["object"], *_hashes(salt, row["sealed"], name))
            async for (_, name), row in _each(store, order.epoch, _BODIES, asked)]

    async def hashed_ranges(asked: Sequence[_Range]) -> list[bytes | None]:
        return [
            None if row["joined"] is None else sha256(salt + row["joined"]).digest()
            async for _, row in _each(store, order.epoch, _RANGES, asked)]

    bodies = [(question.record, name) for question in questions for name in question.bodies]
    found = await readable(bodies, hashed)
    ranges = [(question.record, question.first, question.last) for question in questions if question.first]
    journals = iter(await readable(ranges, hashed_ranges))
    await mark_altered(
        store, order.epoch, [body for body, each in zip(bodies, found, strict=True) if each and each.is_altered])
    far = iter(await store.outside.read(
        [Kept(*body, each.object) for body, each in zip(bodies, found, strict=True) if each and each.object],
        lambda sealed: (sha256(salt + sealed).digest(), len(sealed))))
    hashes = [each and (next(far) if each.object else each.hash) for each in found]
    digests = iter([each[0] if each else None for each in hashes])
    answers = [
        Answer(tuple(islice(digests, len(question.bodies))), next(journals) if question.first else None)
        for question in questions]
    sizes = [each[1] for each in hashes if each]
    return Challenged(answers, len(sizes), sum(sizes))


async def _each(
    store: Store, epoch: int, statement: str, asked: Sequence[Any]
) -> AsyncIterator[tuple[Any, asyncpg.Record]]:
    """What is asked, and its row, as many at a time as fit into memory."""
    left = asked
    while left:
        rows = await store.fetch(epoch, statement, _AT_ONCE_BYTES, *map(list, zip(*left, strict=True)))
        fitting = list(takewhile(itemgetter("fits"), rows))
        for each in zip(left, fitting, strict=False):
            yield each
        left = left[len(fitting):]


def _hashes(salt: bytes, sealed: bytes | None, name: bytes) -> tuple[tuple[bytes, int] | None, bool]:
    """The digest and the size of a body in PostgreSQL, None for one that is not held or is altered; and if it is."""
    if sealed is None:
        return None, False
    if body_id(sealed) != name:
        return None, True
    return (sha256(salt + sealed).digest(), len(sealed)), False
