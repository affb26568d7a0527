"""What was published of the first programme, and every figure derived of it: recomputed from the loaded ledger."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from carnet.errors import Conflict
from carnet.ledger.ceiling import CEILING_CENTS, Extension
from carnet.ledger.counts.count import Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.figures import HISTORY, Asked, Figures, Span
from carnet.ledger.history.claims import entry_id_of, published
from carnet.ledger.history.load import load
from carnet.ledger.parts import Part, counted
from carnet.ledger.store import LedgerStore
from carnet.ledger.unit_costs import unit_cost

MILLION = 100_000_000       # cents
FIRST = Asked(HISTORY, Span(last=2014))


@pytest.fixture
async def figures(ledger: LedgerStore) -> Figures:
    counts = CountStore(ledger._database)
    await load(ledger, counts)
    return Figures(ledger, counts)


async def test_a_record_of_the_first_programme_cost_1196_euros(figures: Figures) -> None:
    whole = (await figures.table(FIRST, "category")).whole
    records = whole.units[Measure.RECORDS_OPENED]
    each = unit_cost(whole.cost.spent, records)
    assert each is not None
    assert (whole.cost.spent, records) == (500 * MILLION, 418_011)
    assert (each.each, each.more, each.nearest) == (119_614, 32_246, 119_614)
    assert each.each * records + each.more == whole.cost.spent
    # The press divided by 400 000 records, and said 1 250.
    assert unit_cost(whole.cost.spent, 400_000).nearest == 125_000      # type: ignore[union-attr]


async def test_hosting_alone_cost_more_than_the_ceiling(figures: Figures) -> None:
    table = await figures.table(FIRST, "category")
    hosting = next(row for row in table.rows if row.value == "hosting").cost
    each = unit_cost(hosting.committed, table.whole.units[Measure.RECORDS_OPENED])
    assert each is not None
    assert (hosting.committed, each.nearest, each.each, each.more) == (7 * MILLION, 1675, 1674, 249_586)
    published_months = published().claimed("extension-2014").months
    extension = Extension(cents=hosting.committed, months=published_months, begins=FIRST_DAY)
    assert unit_cost(extension.yearly_cents, 418_011) == each
    assert each.nearest > CEILING_CENTS == published().claimed("ceiling-2006").cents


FIRST_DAY = published().claimed("extension-2014").since


async def test_what_is_known_of_who_spent_it_sums_to_what_was_published(figures: Figures) -> None:
    spent = {row.value: row.cost.spent for row in (await figures.table(FIRST, "funding_line")).rows}
    court = sum(cents for line, cents in spent.items() if line)
    others = [spent[line] for line in ("ANAP", "Caisse des dépôts", "INCa", "GIE SESAM-Vitale", "État")]
    assert others == [350_000_000, 350_000_000, 800_000_000, 100_000_000, 130_000_000]
    rounding = spent["Autres nationaux : arrondi de la somme publiée"]
    assert (sum(others), rounding, sum(others) + rounding) == (1_730_000_000, -30_000_000, 17 * MILLION)
    assert spent["GIP-DMP puis ASIP Santé"] + sum(others) + rounding == 163_90 * MILLION // 100
    assert spent["Projets et plates-formes des régions"] == 46_10 * MILLION // 100
    assert (court, spent[""]) == (210 * MILLION, 290 * MILLION)
    assert spent[""] * 100 == 58 * sum(spent.values())      # of which nobody can say who spent it


async def test_what_it_was_for_is_known_of_a_tenth(figures: Figures) -> None:
    rows = {row.value: row.cost.spent for row in (await figures.table(FIRST, "category")).rows}
    assert rows[""] == 500 * MILLION - 8 * MILLION - 46_10 * MILLION // 100
    assert rows[""] * 1000 // sum(rows.values()) == 891


async def test_a_figure_of_2011_and_of_2024(figures: Figures) -> None:
    until_2011 = (await figures.table(Asked(HISTORY, Span(last=2011)), "phase")).whole
    assert unit_cost(until_2011.cost.spent, until_2011.units[Measure.RECORDS_OPENED]).nearest == 700_000  # type: ignore[union-attr]
    year = (await figures.table(Asked(HISTORY, Span(2024, 2024)), "phase")).whole
    assert (year.cost.spent, year.cost.estimated) == (0, 2227 * MILLION)
    activated, opened = year.units[Measure.RECORDS_ACTIVATED], year.units[Measure.RECORDS_OPENED]
    assert 100 * activated // opened == 15


async def test_every_part_opens_into_lines_that_sum_to_it(ledger: LedgerStore, figures: Figures) -> None:
    for part in Part:
        made = await figures.made_of(FIRST, part)
        lines = await ledger.lines(made.wanted)
        cents = sum(
            counted(part, each.content.dimensions.certainty, each.content.account, each.attributable_cents)
            for each in lines)
        assert (len(lines), cents) == (made.lines, made.cents), part


async def test_it_is_loaded_once(ledger: LedgerStore, figures: Figures) -> None:
    again = await load(ledger, CountStore(ledger._database))
    assert (again.entered, again.entries) == (0, len(published().entry))
    claims = published()
    other = replace(claims, claim=(replace(claims.claim[0], euros="600000000"), *claims.claim[1:]))
    with pytest.raises(Conflict, match="entered otherwise"):
        await load(ledger, CountStore(ledger._database), other)


async def test_every_entry_has_its_sources_as_its_proof(ledger: LedgerStore, figures: Figures) -> None:
    for made in published().entry:
        kept = await ledger.entry(entry_id_of(made.id))
        assert kept is not None
        assert kept.entry.proof
        _, _, content = await ledger.proof(kept.entry.proof) or ("", "", b"")
        assert hashlib.sha256(content).digest() == kept.entry.proof
        assert all(claim.source in content.decode() for claim in published().claims_of(made))


def test_claims_say_which_greater_one_they_are_part_of() -> None:
    history = published()
    for claim in history.claim:
        if claim.part_of:
            assert history.claimed(claim.part_of).cents >= claim.cents, claim.id
        assert (claim.source, claim.fr, claim.en) > ("", "", ""), claim.id
    # Two rounded parts of the Court's figure make more than it; nothing here hides that.
    assert history.claimed("gip-before-2010").cents + history.claimed("asip-2010-2011").cents == 150 * MILLION
    benchmarks = [claim.cents // 100 for claim in history.claim if claim.about == "benchmark"]
    assert benchmarks == [233, 225, 264, 60, 50]
