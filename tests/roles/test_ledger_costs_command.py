"""What was published, and the ceiling, from the command line."""

from __future__ import annotations

import re
from datetime import timedelta

from carnet.ledger.category import Category
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.postings import Amount, Piece
from tests.roles.test_ledger_command import Desk
from tests.roles.test_ledger_command import desk as desk  # noqa: PLC0414  a fixture


async def test_history_is_loaded_once(desk: Desk) -> None:
    first, again = await desk.types("history"), await desk.types("history")
    entered = r"history: (\d+) entries entered, (\d+) there already"
    assert (first[0], again[0]) == (0, 0)
    before, after = re.match(entered, first[1]), re.match(entered, again[1])
    assert before is not None
    assert after is not None
    assert (before.group(2), after.group(1), after.group(2)) == ("0", "0", before.group(1))


async def test_the_ceiling_ends_with_1_at_80_percent(desk: Desk) -> None:
    code, said, _ = await desk.types("ceiling")
    assert (code, "no record is counted" in said) == (0, True)
    await desk.ledger.open_books(PROGRAMME, "Le programme")
    today = await desk.ledger.today()
    await CountStore(desk.database).put([
        Count(measure=Measure.RECORDS_OPEN, on=day, count=10, host="alpha")
        for day in (today - timedelta(days=400), today)])
    about, piece = Dimensions(category=Category.STUDIES), Piece(on=today, label="étude")
    keeper = Keeper(desk.ledger, "C")
    await keeper.promise(piece, Amount(net_cents=11_999, dimensions=about))
    code, said, _ = await desk.types("ceiling")
    assert (code, "studies: 0,00 spent, 119,99 to come (promised)" in said) == (0, True)
    assert "12,00 EUR per patient, 79 % of 15,00 EUR: under the ceiling" in said
    for cents, percent, stands in ((1, 80, "80 % of the ceiling is reached"), (3_000, 100, "over the ceiling")):
        await keeper.promise(piece, Amount(net_cents=cents, dimensions=about))
        code, said, _ = await desk.types("ceiling")
        assert (code, f"{percent} % of 15,00 EUR: {stands}" in said) == (1, True), said
