"""A machine that keeps books in any order, and a model of what they come to in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace

from carnet.errors import Conflict, InvalidInput
from carnet.ledger.category import Category
from carnet.ledger.chain import first_head, next_head, public_form, words_digest
from carnet.ledger.costs import by_axes, costs_of
from carnet.ledger.dimensions import AXES, Certainty, Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.keep import Keeper
from carnet.ledger.kept import Wanted
from carnet.ledger.period import last_day
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
# Mostly after the months that are closed, so that little is refused for its day alone.
DAYS = st.sampled_from((*(date(2026, 4, day) for day in range(1, 13)), *MONTHS))
HUNDREDTHS = st.one_of(st.integers(1, 60), st.sampled_from((100, 101)), st.integers(61, 120))
WHATS = tuple(
    Dimensions(category=category, host=host, contract=contract, share_millionths=share, share_reason=reason)
    for category, host, contract, share, reason in (
        (Category.HOSTING, "alpha", "M1", 1_000_000, ""), (Category.HOSTING, "beta", "M1", 333_333, "un tiers"),
        (Category.SUPPORT, "", "", 1, "presque rien"), (None, "", "M2", 0, "rien du carnet")))
CENTS = st.one_of(st.integers(1, 20_000), st.integers(1, 10**12))
_books = count(1)


@dataclass
class Kept:
    """What the model knows of an entry: per set of dimensions, what it promises, owes, pays, estimates."""

    entry: Entry
    kind: str
    amounts: Counter[Dimensions] = field(default_factory=Counter)
    of: Kept | None = None
    is_standing: bool = True


class LedgerMachine(RuleBasedStateMachine):
    """Each example keeps books of its own in one ledger."""

    ledger: LedgerStore
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def __init__(self) -> None:
        super().__init__()
        self.books = f"b{next(_books)}"
        self.kept: list[Kept] = []
        self.entered = 0
        self.closed = date.min
        self.costs: Counter[tuple[object, str]] = Counter()
        self.run(self.ledger.open_books(self.books, self.books))

    @property
    def keeper(self) -> Keeper:
        """Who keeps these books."""
        return Keeper(self.ledger, "M", books=self.books)

    def standing(self, kind: str) -> list[Kept]:
        """Entries of this kind, those that were taken back too: what rests on them must be refused."""
        return [each for each in self.kept if each.kind == kind]

    def does(self, deed: Coroutine[Any, Any, Entry], *, is_right: bool) -> Entry | None:
        """Do it: it is taken exactly where the model says so."""
        entry, why = None, "taken, and the model refuses it"
        try:
            entry = self.run(deed)
        except (InvalidInput, Conflict) as error:
            why = f"refused: {error}"
        assert (entry is not None) == is_right, why
        return entry

    def keep(self, kept: Kept | None) -> None:
        """Note an entry, and what it costs."""
        if kept is not None:
            self.kept.append(kept)
            self.entered += 1
            self._count(kept, 1)

    @initialize()
    def begin(self) -> None:
        """A contract to begin with: nothing else can be done without one."""
        self.promise(date(2026, 4, 1), [(WHATS[0], 50_000, 10_000), (WHATS[1], 10_001, 0)])

    @rule(day=DAYS, amounts=st.lists(st.tuples(st.sampled_from(WHATS), CENTS, CENTS), min_size=1,
                                                      max_size=3, unique_by=lambda each: each[0]))
    def another(self, day: date, amounts: list[tuple[Dimensions, int, int]]) -> None:
        """Another contract."""
        self.promise(day, amounts)

    def promise(self, day: date, amounts: list[tuple[Dimensions, int, int]]) -> None:
        """A contract."""
        wished = [Amount(net_cents=net, vat_cents=vat, dimensions=what) for what, net, vat in amounts]
        entry = self.does(self.keeper.promise(_piece(day), *wished), is_right=day > self.closed)
        promised = Counter({what: net + vat for what, net, vat in amounts})
        self.keep(None if entry is None else Kept(entry, "promise", promised))

    @precondition(lambda self: self.standing("promise"))
    @rule(data=st.data(), day=DAYS, parts=st.lists(HUNDREDTHS, min_size=1, max_size=3))
    def invoice(self, data: st.DataObject, day: date, parts: list[int]) -> None:
        """An invoice of some hundredths of what was promised: more than all of it now and then."""
        of = data.draw(st.sampled_from(self.standing("promise")))
        wished = [
            Amount(net_cents=max(1, cents * part // 100), dimensions=what)
            for (what, cents), part in zip(of.amounts.items(), parts, strict=False)]
        left = Counter(of.amounts)
        for each in self._on(of):
            left.subtract(each.amounts)
        fits = all(left[each.dimensions] >= each.net_cents for each in wished)
        entry = self.does(
            self.keeper.invoice(_piece(day), *wished, of=of.entry.entry_id),
            is_right=day > self.closed and of.is_standing and fits)
        invoiced = Counter({each.dimensions: each.net_cents for each in wished})
        self.keep(None if entry is None else Kept(entry, "invoice", invoiced, of))

    @precondition(lambda self: self.standing("invoice"))
    @rule(data=st.data(), day=DAYS, hundredths=HUNDREDTHS)
    def pay(self, data: st.DataObject, day: date, hundredths: int) -> None:
        """A payment of some hundredths of an invoice."""
        of = data.draw(st.sampled_from(self.standing("invoice")))
        cents = max(1, of.amounts.total() * hundredths // 100)
        left = of.amounts.total() - sum(each.amounts.total() for each in self._on(of))
        entry = self.does(
            self.keeper.pay(_piece(day), cents, of=of.entry.entry_id),
            is_right=day > self.closed and of.is_standing and cents <= left)
        if entry is not None:
            shares = Counter({
                replace(line.dimensions, certainty=Certainty.INVOICED): line.credit_cents
                for line in entry.lines if line.account == "512"})
            assert shares.total() == cents
            self.keep(Kept(entry, "payment", shares, of))

    @rule(day=DAYS, what=st.sampled_from(WHATS), cents=CENTS)
    def lend(self, day: date, what: Dimensions, cents: int) -> None:
        """Something given in kind."""
        entry = self.does(self.keeper.lend(_piece(day), cents, what), is_right=day > self.closed)
        self.keep(None if entry is None else Kept(entry, "in_kind", Counter({what: cents})))

    @rule(day=DAYS, what=st.sampled_from(WHATS), cents=st.integers(-10**9, 10**9),
          over=st.sampled_from((0, 0, 0, 1)))
    def enter(self, day: date, what: Dimensions, cents: int, over: int) -> None:
        """An entry as it comes from elsewhere, written back below 0 too; one that does not balance is refused."""
        lines = (Line(account="471", debit_cents=cents, dimensions=what),
                 Line(account="467", credit_cents=cents + over, dimensions=what))
        wished = Entry(entry_id=uuid4(), journal="OD", number="", on=day, lines=lines)

        async def one() -> Entry:
            return (await self.keeper.enter(wished))[0]

        entry = self.does(one(), is_right=day > self.closed and over == 0)
        self.keep(None if entry is None else Kept(entry, "other"))

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), day=DAYS)
    def take_back(self, data: st.DataObject, day: date) -> None:
        """The reversal of any entry, of one that was taken back and of a reversal too."""
        of = data.draw(st.sampled_from(self.kept))
        is_right = day > self.closed and of.is_standing and of.kind != "reversal" and not self._on(of)
        entry = self.does(self.keeper.take_back(_piece(day), of.entry.entry_id), is_right=is_right)
        if entry is not None:
            of.is_standing = False
            self.keep(Kept(entry, "reversal"))
            self._count(of, -1)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """What is sent a second time, after whatever happened since, is not entered a second time."""
        of = data.draw(st.sampled_from(self.kept))
        if of.kind == "in_kind":
            [what] = of.amounts
            piece = replace(_piece(of.entry.on), entry_id=of.entry.entry_id)
            assert self.run(self.keeper.lend(piece, of.amounts[what], what)) == of.entry

    @rule(month=st.sampled_from(MONTHS))
    def close(self, month: date) -> None:
        """The end of a month, once."""
        try:
            period = self.run(self.keeper.close(month))
        except Conflict:
            assert last_day(month) <= self.closed
            return
        assert last_day(month) > self.closed
        self.closed = last_day(month)
        assert (period.entries, period.debit_cents == period.credit_cents) == (self.entered, True)

    def teardown(self) -> None:
        """Everything adds up."""
        self.run(self._adds_up())

    def _on(self, of: Kept) -> list[Kept]:
        return [each for each in self.kept if each.of is of and each.is_standing]

    def _count(self, kept: Kept, sign: int) -> None:
        for what, cents in kept.amounts.items():
            share, category = sign * _share(cents, what.share_millionths), what.category or ""
            match kept.kind:
                case "promise":
                    self.costs[category, "committed"] += share
                case "invoice":
                    self.costs[category, "owed"] += share
                    self.costs[category, "committed"] -= share
                case "payment":
                    self.costs[category, "paid"] += share
                    self.costs[category, "owed"] -= share
                case "in_kind":
                    self.costs[category, "in_kind"] += share

    async def _adds_up(self) -> None:
        wanted = Wanted(where={"books": (self.books,)})
        for axis in (*AXES, "month"):
            assert all(each.cents == 0 for each in await self.ledger.sums((axis,), wanted)), axis
        lines = [each async for each in _lines(self.ledger, wanted)]
        sums = {each.values: (each.debit_cents, each.credit_cents, each.attributable_cents, each.lines)
                for each in await self.ledger.sums(("month", "account", "category", "host", "certainty"), wanted)}
        assert sums == _summed(lines)
        head = first_head(self.books)
        for kept in await self.ledger.entries(self.books, limit=10_000):
            head = next_head(head, public_form(kept.entry, words_digest(kept.entry, kept.salt), {}))
            assert kept.head == head
        found = costs_of(await self.ledger.sums(by_axes("category"), wanted))
        for (category, part), cents in self.costs.items():
            cost = found.get((category,))
            assert (getattr(cost, part) if cost else 0) == cents, (category, part)
        assert all(cost.committed >= 0 for cost in found.values())


def _piece(day: date) -> Piece:
    return Piece(on=day, label="x")


def _share(cents: int, millionths: int) -> int:
    return int((Decimal(cents) * millionths / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))


async def _lines(ledger: LedgerStore, wanted: Wanted) -> Any:
    after = ("", 0, 0)
    while found := await ledger.lines(wanted, after=after, limit=500):
        for each in found:
            yield each
        after = found[-1].books, found[-1].place, found[-1].line


def _summed(lines: list[Any]) -> dict[tuple[object, ...], tuple[int, int, int, int]]:
    found: dict[tuple[object, ...], tuple[int, int, int, int]] = {}
    for each in lines:
        line, what = each.content, each.content.dimensions
        key = each.dated.replace(day=1), line.account, what.category or "", what.host, what.certainty
        share = (1 if line.cents >= 0 else -1) * _share(abs(line.cents), what.share_millionths)
        before = found.get(key, (0, 0, 0, 0))
        found[key] = (before[0] + line.debit_cents, before[1] + line.credit_cents, before[2] + share, before[3] + 1)
    return found
