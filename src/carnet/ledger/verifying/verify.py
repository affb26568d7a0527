"""Verify: every head computed again from the lines, every proof hashed again, every closed month compared and its
signature checked.

What is altered, missing or out of its place changes the head of that entry, which is named; after it nothing of the
chain can be said. A chain that somebody computed anew from there on is caught by the first month closed after it, whose
signed note anybody may have kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.errors import NotFound
from carnet.ledger.chain import first_head, next_head, public_form, words_digest
from carnet.ledger.kept import Books, KeptEntry
from carnet.ledger.period import Period
from carnet.ledger.store import LedgerStore
from carnet.ledger.verifying.store import VerifyingStore

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, what is still to be signed, and every fault in words; none means the books hold."""

    books: str
    entries: int
    head: bytes
    proofs: int
    periods: int
    unsigned: tuple[str, ...]
    faults: tuple[str, ...]


class _Chain:
    """How far the chain was followed, what both sides came to in each month, and what did not hold."""

    def __init__(self, books: str) -> None:
        self.head, self.place, self.fault = first_head(books), 0, ""
        self.heads = {0: self.head}
        self.debits: Counter[date] = Counter()
        self.credits: Counter[date] = Counter()

    def take(self, kept: KeptEntry | int, wanted: set[int]) -> bool:
        """Follow the chain to this entry; False where it does not hold. Heads of the places wanted are kept."""
        if isinstance(kept, int):
            self.fault = f"entry {kept} is altered: its rows are no entry"
            return False
        entry, place = kept.entry, self.place + 1
        head = next_head(self.head, public_form(entry, words_digest(entry, kept.salt), {}))
        if kept.place != place:
            self.fault = f"entry {place} is missing"
        elif head != kept.head:
            what = f"{entry.journal} {entry.number} of {entry.on}"
            self.fault = f"entry {place} ({what}) is altered, or not in its place"
        if self.fault:
            return False
        self.place, self.head = place, head
        month = entry.on.replace(day=1)
        self.debits[month] += sum(line.debit_cents for line in entry.lines)
        self.credits[month] += sum(line.credit_cents for line in entry.lines)
        if place in wanted:
            self.heads[place] = head
        return True


class Verifier:
    """Reads books from their first entry on, and compares."""

    def __init__(self, store: LedgerStore, beside: VerifyingStore, key: Ed25519PublicKey) -> None:
        self._store, self._beside, self._key = store, beside, key

    async def verify(self, name: str, *, month: date | None = None) -> Verdict:
        """Say whether these books are what was entered; with a month, only what its closing says. Raises NotFound."""
        books = next((each for each in await self._store.all_books() if each.books == name), None)
        if books is None:
            raise NotFound(f"there are no books {name!r}")
        periods = await self._store.periods(name)
        if month is not None:
            periods = [each for each in periods if each.month == month]
            if not periods:
                raise NotFound(f"{month:%Y-%m} of {name!r} is not closed")
        until = periods[0].entries if month is not None else None
        chain = await self._follow(books, {each.entries for each in periods}, until)
        faults = [chain.fault] if chain.fault else []
        if not chain.fault:
            faults += _against_books(books, chain) if month is None else []
            faults += [each for period in periods for each in _against_period(period, chain)]
        faults += [
            f"the signature of {period.month:%Y-%m} is not this platform's" for period in periods
            if period.signature is not None and not period.is_signed_by(self._key)]
        proofs = await self._beside.proofs(name, until if until is not None else books.entries)
        faults += [each async for each in self._proofs(proofs)]
        if month is None:
            faults += [each async for each in self._sums(name)]
        unsigned = tuple(f"{period.month:%Y-%m}" for period in periods if period.signature is None)
        return Verdict(name, chain.place, chain.head, len(proofs), len(periods), unsigned, tuple(faults))

    async def _follow(self, books: Books, wanted: set[int], until: int | None) -> _Chain:
        chain, expected = _Chain(books.books), books.entries if until is None else until
        async for kept in self._entries(books.books):
            if chain.place == until or not chain.take(kept, wanted):
                break
        if not chain.fault and chain.place < expected:
            chain.fault = f"entry {chain.place + 1} is missing, and all after it"
        return chain

    async def _entries(self, books: str) -> AsyncIterator[KeptEntry | int]:
        """Every entry in its order; its place alone, where the rows are no entry any more."""
        after = 0
        while True:
            try:
                found = await self._store.entries(books, after=after, limit=_AT_ONCE)
            except ValueError:
                for each in range(after + 1, after + _AT_ONCE + 1):
                    try:
                        [kept] = await self._store.entries(books, after=each - 1, limit=1)
                    except ValueError:
                        yield each
                        return
                    yield kept
            for kept in found:
                yield kept
            if len(found) < _AT_ONCE:
                return
            after = found[-1].place

    async def _proofs(self, digests: list[bytes]) -> AsyncIterator[str]:
        for digest in digests:
            found = await self._beside.hash_of(digest)
            if found is None:
                yield f"the proof {digest.hex()} is missing"
            elif found != digest:
                yield f"the proof {digest.hex()} is another file than the one that was kept"

    async def _sums(self, books: str) -> AsyncIterator[str]:
        if (place := await self._beside.stray_line(books)) is not None:
            yield f"entry {place} has a line of another day, of another share, or no entry at all"
        if found := await self._beside.wrong_sum(books):
            yield f"what figures read is not the sum of the lines: {found}"


def _against_books(books: Books, chain: _Chain) -> list[str]:
    if (books.entries, books.head) == (chain.place, chain.head):
        return []
    said = f"these books say {books.entries} entries with the head {books.head.hex()}"
    return [f"{said}; found: {chain.place} with {chain.head.hex()}"]


def _against_period(period: Period, chain: _Chain) -> list[str]:
    faults = []
    if chain.heads.get(period.entries) != period.head:
        faults.append(f"{period.month:%Y-%m} was closed with another head than that of entry {period.entries}")
    sums = tuple(
        sum(cents for month, cents in side.items() if month <= period.month) for side in (chain.debits, chain.credits))
    if sums != (period.debit_cents, period.credit_cents):
        faults.append(f"{period.month:%Y-%m} was closed with other sums than those of its lines")
    return faults
