"""SQL of what verifying looks at beside the entries themselves."""

from __future__ import annotations

import hashlib

from carnet.journal.database import Database
from carnet.ledger.fec.store import FileStore

_PROOFS = """
select distinct proof from ledger_entry where books = $1 and proof is not null and place <= $2 order by proof
"""
_PROOF = "select content from ledger_proof where digest = $1"
# A line that says another day or share than its entry and dimensions, or whose entry is not there.
_STRAY_LINE = """
select l.place from ledger_line l
left join ledger_entry e using (books, place)
left join ledger_dimensions d using (dimensions_id)
where l.books = $1 and (e.place is null or d.dimensions_id is null or l.dated <> e.dated
  or l.share_millionths <> d.share_millionths)
order by l.place limit 1
"""
_WRONG_SUM = """
with added as (
  select date_trunc('month', dated)::date as month, dimensions_id, account, sum(debit_cents) as debit,
    sum(credit_cents) as credit, sum(attributable_cents) as attributable, count(*) as lines
  from ledger_line where books = $1 group by 1, 2, 3),
kept as (select * from ledger_sum where books = $1)
select coalesce(a.month, k.month) as month, coalesce(a.account, k.account) as account
from added a full join kept k using (month, dimensions_id, account)
where (a.debit, a.credit, a.attributable, a.lines)
  is distinct from (k.debit_cents, k.credit_cents, k.attributable_cents, k.lines)
order by 1, 2 limit 1
"""


class VerifyingStore:
    """The same tables as the ledger's, read to be compared with each other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files = FileStore(database)

    async def proofs(self, books: str, through: int) -> list[bytes]:
        """The digests of the proofs that entries of these books name, up to this place in their chain."""
        return [row["proof"] for row in await self._database.fetch(_PROOFS, books, through)]

    async def hash_of(self, digest: bytes) -> bytes | None:
        """The SHA-256, computed now, of what is kept under this digest: a proof, or an imported file in its parts."""
        content: bytes | None = await self._database.fetchval(_PROOF, digest)
        if content is not None:
            return hashlib.sha256(content).digest()
        parts, found = 0, hashlib.sha256()
        async for part in self._files.content(digest):
            found.update(part)
            parts += 1
        return found.digest() if parts else None

    async def stray_line(self, books: str) -> int | None:
        """The place of the first entry with a line that is not its own, or of a line without entry."""
        place: int | None = await self._database.fetchval(_STRAY_LINE, books)
        return place

    async def wrong_sum(self, books: str) -> str:
        """The first month and account of which the sums that figures read are not those of the lines; or nothing."""
        row = await self._database.fetchrow(_WRONG_SUM, books)
        return f"{row['month']:%Y-%m}, account {row['account']}" if row is not None else ""
