"""SQL of counts: what unit costs are divided by, as it was counted on each day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from carnet.journal.database import Database
from carnet.ledger.counts.count import Count, Measure

_PUT = """
insert into measured_count (data_set, measure, on_day, host, consortium, region, departement, count, note)
select * from unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
  $9::text[])
on conflict (data_set, measure, on_day, host, consortium, region, departement)
do update set count = excluded.count, note = excluded.note
"""
# The last day counted up to this one, for each measure.
_LAST = """
with last as (
  select measure, max(on_day) as on_day from measured_count where data_set = $1 and on_day <= $2 group by measure)
select c.* from measured_count c join last using (measure, on_day) where data_set = $1
"""
_LAST_BY_PLACE = """
with last as (
  select measure, max(on_day) as on_day from measured_count
  where data_set = $1 and on_day <= $2 and measure = any($3) group by measure)
select measure, on_day, host, consortium, region, sum(count)::bigint as count, min(note) as note
from measured_count c join last using (measure, on_day) where data_set = $1
group by measure, on_day, host, consortium, region
"""
_DAYS = """
select on_day, sum(count)::bigint as count from measured_count
where data_set = $1 and measure = $2 group by on_day order by on_day
"""
# The last day of each month that was counted, and each of the last thirty days; by way of the key, a day at a time.
_GROWTH = """
with ends as (
  select min(on_day) as first, max(on_day) as last from measured_count where data_set = $1 and measure = $2),
wanted as (
  select (select max(on_day) from measured_count c where c.data_set = $1 and c.measure = $2 and c.on_day >= m
    and c.on_day < m + interval '1 month') as on_day
  from ends, generate_series(date_trunc('month', first), last, interval '1 month') as m
  union
  select d::date from ends, generate_series(last - 30, last, interval '1 day') as d)
select on_day, sum(count)::bigint as count from measured_count c join wanted w using (on_day)
where data_set = $1 and measure = $2 group by on_day order by on_day
"""
_YEARS = """
select distinct extract(year from on_day)::int as year from measured_count where data_set = $1 order by year
"""
_OF_YEAR = """
select measure, on_day, host, consortium, region, sum(count)::bigint as count from measured_count
where data_set = $1 and measure = any($2) and on_day between make_date($3, 1, 1) and make_date($3, 12, 31)
group by measure, on_day, host, consortium, region order by on_day, measure, host, consortium, region
"""


class CountStore:
    """The table of counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, counts: Sequence[Count]) -> None:
        """Write these, over those of the same day and place."""
        await self._database.execute(
            _PUT, [each.data_set for each in counts], [each.measure.value for each in counts],
            [each.on for each in counts], [each.host for each in counts], [each.consortium for each in counts],
            [each.region for each in counts], [each.departement for each in counts], [each.count for each in counts],
            [each.note for each in counts])

    async def on(self, day: date, data_set: str) -> list[Count]:
        """The counts of each measure as they last were on this day. Their places do not overlap: they may be summed."""
        return [
            Count(measure=Measure(row["measure"]), on=row["on_day"], count=row["count"], data_set=data_set,
                  host=row["host"], consortium=row["consortium"], region=row["region"],
                  departement=row["departement"], note=row["note"])
            for row in await self._database.fetch(_LAST, data_set, day)]

    async def by_place(self, day: date, data_set: str, measures: Sequence[Measure]) -> list[Count]:
        """The same of these measures, whatever the département: what figures are divided by."""
        return [
            Count(measure=Measure(row["measure"]), on=row["on_day"], count=row["count"], data_set=data_set,
                  host=row["host"], consortium=row["consortium"], region=row["region"], note=row["note"])
            for row in await self._database.fetch(_LAST_BY_PLACE, data_set, day, [each.value for each in measures])]

    async def days(self, measure: Measure, data_set: str) -> list[tuple[date, int]]:
        """How it grew: day, and how many in all."""
        return [(row["on_day"], row["count"]) for row in await self._database.fetch(_DAYS, data_set, measure.value)]

    async def growth(self, measure: Measure, data_set: str) -> list[tuple[date, int]]:
        """The same, of the last day that was counted in each month, and of the last thirty days."""
        rows = await self._database.fetch(_GROWTH, data_set, measure.value)
        return [(row["on_day"], row["count"]) for row in rows]

    async def years(self, data_set: str) -> list[int]:
        """The years in which something was counted."""
        return [row["year"] for row in await self._database.fetch(_YEARS, data_set)]

    async def of_year(self, year: int, data_set: str, measures: Sequence[Measure]) -> list[Count]:
        """What was counted on each day of a year, whatever the département."""
        return [
            Count(measure=Measure(row["measure"]), on=row["on_day"], count=row["count"], data_set=data_set,
                  host=row["host"], consortium=row["consortium"], region=row["region"])
            for row in await self._database.fetch(_OF_YEAR, data_set, [each.value for each in measures], year)]
