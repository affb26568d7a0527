"""Who has a record and whether it serves, as everybody reads it: tables, no cell of a few, files that say the same."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from carnet.journal.database import Database
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.history.load import load
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_people import OFFICER, PASSWORD
from carnet.steering.adoption.places import PLACES
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.store import FigureStore
from tests.flows.browsing import NARROW, touring
from tests.steering.adoption.ground import Ground
from tests.web.people import MARCEL, MOREAU, logged_in
from tests.web.serving import Portal
from tests.web.visitor import Page, visiting

PATH = "/transparence/adoption"
PLAN = """
name = "Plan d'essai"
[[target]]
what = "opened"
by = 2027-12-31
count = 2_000_000
[[target]]
what = "fed"
by = 2027-12-31
count = 1_000
departement = "75"
[[target]]
what = "activated"
by = 2027-12-31
count = 900
region = "94"
"""
HIDDEN = "non montré"
_GROWN = (Measure.RECORDS_READ, Measure.RECORDS_WITH_1, Measure.RECORDS_ACTIVATED, Measure.RECORDS_OPENED)
_CELLS = """
insert into adoption_cell
select $1, case when n % 3 = 0 then 'alpha' else 'beta' end, code, '', state, n % 2 = 0, false, false, documents,
  n % 4 = 0, many, documents * many
from unnest($2::text[]) with ordinality as p(code, n), (values ('active', 0), ('active', 1), ('active', 5),
  ('closed', 1), ('refused', 0)) as s(state, documents), lateral (
    select case when code = '2B' then 1 else (n * 37 * (documents + 2) % 400) + 5 end as many) as m
"""


async def _a_country(portal: Portal) -> date:
    """Records in every département, one of each sort in 2B; a plan; and growth of two years."""
    pool = portal.platform.portal
    database = Database(pool)
    today = await FigureStore(database).today()
    await pool.execute("delete from adoption_cell")
    await pool.execute(_CELLS, today, list(PLACES))
    await pool.execute("update adoption_turn set counted = $1, counting = $1", today)
    await pool.execute(
        "insert into adoption_type values ($1, '11502-2', 900, 400, 300), ($1, '34133-9', 4, 0, 3)", today)
    await pool.execute(
        "insert into adoption_feeder values ($1, '75', 'laboratory', 3), ($1, '29', 'letters', 1)", today)
    await pool.execute("insert into adoption_source values ($1, 'alpha', '75', '', 'laboratory', 300, 900)", today)
    store, counts = AdoptionStore(database), CountStore(database)
    await store.load_plan(PLAN, "quelqu'un")
    await counts.put([
        Count(measure=measure, on=today - timedelta(days=30 * month), count=(24 - month) * number * 800,
              departement="75")
        for month in range(24)
        for number, measure in enumerate(_GROWN, start=1)])
    return today


def _table(page: Page, caption: str) -> dict[str, list[str]]:
    [table] = [each for each in page.tree.xpath("//table") if each.xpath("string(caption)") == caption]
    return {
        row.xpath("string(th)").strip(): [cell.text_content().replace("\u202f", "") for cell in row.xpath("td")]
        for row in table.xpath("tbody/tr")}


async def test_everybody_reads_where_records_are_and_no_cell_of_a_few(portal: Portal) -> None:
    await _a_country(portal)
    async with visiting(portal.url) as visitor:
        page = await visitor.get(PATH)
        assert page.status == 200
        places = _table(page, "Carnets par département")
        assert len(places) == len(PLACES)
        assert places["2B Haute-Corse"] == [HIDDEN] * 7
        assert places["75 Paris"][0].isdecimal()
        hidden = [name for name, row in places.items() if row[2] == HIDDEN]
        assert len(hidden) >= 2     # one alone would be found by the sum
        assert page.tree.xpath("//*[local-name()='svg'][@role='img']/*[local-name()='desc']")
        assert (await visitor.get(f"{PATH}?carte=opened")).status == 200
        assert (await visitor.get(f"{PATH}?carte=heads")).status == 404
        english = await visitor.get(f"/langue/en?retour={PATH}")
        assert "Records by département" in english.text


async def test_the_plan_stands_against_what_there_is(portal: Portal) -> None:
    await _a_country(portal)
    async with visiting(portal.url) as visitor:
        plan = _table(await visitor.get(PATH), "Prévu et atteint")
        assert plan["Carnets ouverts, France entière"][1] == "2000000"
        assert plan["Carnets alimentés, 75 Paris"][2].isdecimal()
        assert plan["Carnets activés, Corse"][2:] == [HIDDEN, HIDDEN]   # 2B would be what is left


async def test_reasons_sum_to_all_empty_records(portal: Portal) -> None:
    await _a_country(portal)
    async with visiting(portal.url) as visitor:
        rows = list(_table(await visitor.get(PATH), "Pourquoi des carnets sont vides ou presque").values())
        for column in (0, 1):
            numbers = [int(row[column]) for row in rows]
            assert sum(numbers[:-1]) == numbers[-1] > 0


@pytest.mark.parametrize("name", ["departements", "hosts", "growth", "sources", "types", "reasons", "plan", "whole"])
async def test_files_say_what_the_page_says(portal: Portal, name: str) -> None:
    await _a_country(portal)
    async with visiting(portal.url) as visitor:
        page = await visitor.get(PATH)
        assert f"{PATH}/{name}.csv" in page.tree.xpath("//a/@href")
        rows = list(csv.DictReader(io.StringIO((await visitor.get(f"{PATH}/{name}.csv")).content.decode())))
        table = pq.read_table(io.BytesIO((await visitor.get(f"{PATH}/{name}.parquet")).content)).to_pylist()
        assert rows == [{key: "" if value is None else str(value) for key, value in row.items()} for row in table]
        if name == "departements":
            assert next(row for row in rows if row["departement"] == "2B")["closed"] == ""
        if name == "types":
            assert [row["documents"] for row in rows] == ["900", ""]
        assert (await visitor.get(f"{PATH}/{name}.exe")).status == 404


async def test_the_first_programme_stands_on_the_same_page(portal: Portal) -> None:
    database = Database(portal.platform.portal)
    await load(LedgerStore(database), CountStore(database))
    async with visiting(portal.url) as visitor:
        page = await visitor.get(PATH)
        said = page.text.replace("\u202f", " ")
        assert "Les carnets ne sont pas encore comptés" in said
        for words in ("5 000 000", "418 011", "8 %", "plus de la moitié presque vides, le reste vide"):
            assert words in said.replace("\u00a0", " ")


async def test_officers_have_the_page_and_a_patient_has_it_only_in_public(portal: Portal) -> None:
    await portal.platform.opened(MARCEL, by=MOREAU)
    await Ground(portal.platform).count()
    async with visiting(portal.url) as visitor:
        page = await visitor.log_in(OFFICER, "agent")
        assert "/agent/adoption" in page.tree.xpath("//nav//a/@href")
        page = await visitor.get("/agent/adoption")
        assert page.status == 200
        assert HIDDEN in page.text      # there is one record
        assert "/agent/adoption/hosts.csv" in page.tree.xpath("//a/@href")
        assert (await visitor.get("/agent/adoption/hosts.csv")).status == 200
    async with logged_in(portal) as visitor:
        assert (await visitor.get("/agent/adoption")).status == 403
        assert (await visitor.get(PATH)).status == 200


@pytest.mark.browser
async def test_the_page_of_adoption_is_accessible(portal: Portal) -> None:
    await _a_country(portal)
    database = Database(portal.platform.portal)
    await load(LedgerStore(database), CountStore(database))
    async with touring(portal.url, "agent", scheme="dark", viewport=NARROW) as tourist:
        await tourist.goes("/")
        await tourist.logs_in("Agents de l’autorité : entrer", OFFICER, PASSWORD)
        await tourist.goes("/agent/adoption")
        await tourist.sees("adoption", "Qui a un carnet, et s’il sert", picture=True)
    async with touring(portal.url, "public") as tourist:
        await tourist.goes(PATH)
        await tourist.sees("adoption", "Qui a un carnet, et s’il sert", picture=True)
