"""The statements of adoption, as SQL. All records are read once a day, in the order of their ids, some at a time."""

# One worker counts at a time.
ALONE = "select pg_try_advisory_xact_lock(hashtext('carnet adoption'))"
TURN = "select counted, counting, after, (clock_timestamp() at time zone 'UTC')::date as today from adoption_turn"
BEGIN = "update adoption_turn set counting = $1, after = '00000000-0000-0000-0000-000000000000'"
FORGET = (
    "delete from adoption_cell where day >= $1", "delete from adoption_source where day >= $1",
    "delete from adoption_type where day >= $1", "delete from adoption_feeder where day >= $1")
FORGET_BEFORE = tuple(each.replace(">=", "<") for each in FORGET)
NEXT = """
select max(record_id::text)::uuid from (select record_id from record where record_id > $1 order by 1 limit $2) n
"""
GO_ON = "update adoption_turn set after = $1"
END = "update adoption_turn set counted = $1 where counting = $1"

# Visits of days that are over become the last day of each side, and one more consultation: in the statement that
# deletes them, so that each is counted once. The records of $1 to $2.
FOLD_VISITS = """
with gone as (
  delete from record_visit where record_id > $1 and record_id <= $2 and day < $3
  returning record_id, day, visitor, visitor = '00000000-0000-0000-0000-000000000000' as is_holder),
read as (
  insert into record_read (record_id, by_professional, by_holder)
  select g.record_id, max(day) filter (where not is_holder), max(day) filter (where is_holder)
  from gone g join record r on r.record_id = g.record_id where r.state <> 'erased' group by g.record_id
  on conflict (record_id) do update set
    by_professional = greatest(record_read.by_professional, excluded.by_professional),
    by_holder = greatest(record_read.by_holder, excluded.by_holder))
insert into visit_day (day, home, departement, cohort, visits)
select g.day, r.home, r.departement, r.cohort, count(*) from gone g join record r on r.record_id = g.record_id
where not is_holder group by 1, 2, 3, 4
on conflict (day, home, departement, cohort) do update set visits = visit_day.visits + excluded.visits
"""

# $4: how many days a record is recent, $5: how many days a reading counts for.
COUNT = """
with part as materialized (
  select record_id, home, departement, cohort, state, coalesce((rights->>'is_activated')::boolean, false) as activated,
    coalesce(rights->'consents'->'feeding'->>'given' = 'false', false) as refuses,
    (opened_at at time zone 'UTC')::date > $3::date - $4::int as recent
  from record where record_id > $1 and record_id <= $2 and state <> 'notice'),
by_source as materialized (
  select f.record_id, f.source, sum(f.documents)::bigint as documents from record_fill f
  where f.record_id > $1 and f.record_id <= $2 and f.documents > 0 group by f.record_id, f.source),
held as (select record_id, sum(documents)::bigint as documents from by_source group by record_id),
opened as (
  select record_id from record_read where record_id > $1 and record_id <= $2
    and greatest(by_professional, by_holder) > $3::date - $5::int
  union select record_id from record_visit where record_id > $1 and record_id <= $2 and day > $3::date - $5::int),
sources as (
  insert into adoption_source (day, home, departement, cohort, source, records, in_force)
  select $3, p.home, p.departement, p.cohort, s.source, count(*), sum(s.documents)
  from by_source s join part p on p.record_id = s.record_id where p.state <> 'erased' group by 2, 3, 4, 5
  on conflict (day, home, departement, cohort, source) do update set
    records = adoption_source.records + excluded.records, in_force = adoption_source.in_force + excluded.in_force)
insert into adoption_cell (day, home, departement, cohort, state, is_activated, refuses_feeding, is_recent, documents,
  is_read, records, in_force)
select $3, p.home, p.departement, p.cohort, p.state, p.activated, p.refuses, p.recent,
  case when h.documents >= 5 then 5 when h.documents > 0 then 1 else 0 end, o.record_id is not null, count(*),
  sum(case when p.state = 'erased' then 0 else coalesce(h.documents, 0) end)
from part p left join held h on h.record_id = p.record_id left join opened o on o.record_id = p.record_id
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
on conflict (day, home, departement, cohort, state, is_activated, refuses_feeding, is_recent, documents, is_read)
do update set records = adoption_cell.records + excluded.records, in_force = adoption_cell.in_force + excluded.in_force
"""

BROUGHT_BY = """
select l.organisation, l.type_code, sum(f.documents)::bigint as documents
from feed_document f join feed_line l on l.line_id = f.line_id where f.day > $1 group by 1, 2
"""
PUT_FEEDERS = """
insert into adoption_feeder (day, departement, source, organisations)
select $1, * from unnest($2::text[], $3::text[], $4::bigint[])
on conflict (day, departement, source) do update set organisations = excluded.organisations
"""
PUT_TYPES = """
insert into adoption_type (day, type_code, documents, structured, records)
select $1, * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
on conflict (day, type_code) do update set documents = excluded.documents, structured = excluded.structured,
  records = excluded.records
"""

CELLS = "select * from adoption_cell where day = $1"
HELD = "select * from adoption_source where day = $1"
TYPES = "select * from adoption_type where day = $1 order by documents desc, type_code"
FEEDERS = "select * from adoption_feeder where day = $1 order by departement, source"
CONSULTATIONS = "select home, departement, sum(visits)::bigint as visits from visit_day where day < $1 group by 1, 2"
VISITS = "select * from visit_day where day >= $1 and day < $2 order by day, home, departement, cohort"

# Two who load at once: the second one has the next version, or is told to try again.
PUT_PLAN = """
insert into adoption_plan (version, content, loaded_by)
select coalesce(max(version), 0) + 1, $1, $2 from adoption_plan returning version
"""
PLANS = """
select version, content, loaded_by, (loaded_at at time zone 'UTC')::date as loaded_on
from adoption_plan order by version desc
"""
