"""The statements of metering, as SQL."""

# One worker meters at a time: what a host holds is read, changed and written back.
ALONE = "select pg_try_advisory_xact_lock(hashtext('carnet metering'))"

DUE = """
select record_id from (select record_id from entry_to_meter order by record_id limit $1) e
union
select record_id from (select record_id from placement_to_meter order by record_id limit $1) p
"""

# What is metered goes in the transaction that meters it.
TAKE_ENTRIES = """
delete from entry_to_meter where record_id = any($1::uuid[])
returning record_id, place, header, sealed_bytes, holders, delivered_at,
  (committed_at at time zone 'utc')::date as committed_on, (delivered_at at time zone 'utc')::date as delivered_on
"""
TAKE_PLACEMENTS = """
delete from placement_to_meter where record_id = any($1::uuid[])
returning record_id, host_id, role, at, (at at time zone 'utc')::date as placed_on
"""

HELD = """
select record_id, host_id, role, bodies, body_bytes, journal_bytes, bodies_moment, body_moment, journal_moment, place,
  recounted
from meter where record_id = any($1::uuid[])
"""

PUT_HELD = """
insert into meter (record_id, host_id, role, bodies, body_bytes, journal_bytes, bodies_moment, body_moment,
  journal_moment, place, recounted)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
order by 1, 2
on conflict (record_id, host_id) do update set role = excluded.role, bodies = excluded.bodies,
  body_bytes = excluded.body_bytes, journal_bytes = excluded.journal_bytes, bodies_moment = excluded.bodies_moment,
  body_moment = excluded.body_moment, journal_moment = excluded.journal_moment, place = excluded.place,
  recounted = excluded.recounted
"""

ADD_CHANGES = """
insert into meter_day as m (host_id, day, records, bodies, body_bytes, journal_bytes, deposits, entries)
select * from unnest($1::text[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
  $8::bigint[])
on conflict (host_id, day) do update set records = m.records + excluded.records, bodies = m.bodies + excluded.bodies,
  body_bytes = m.body_bytes + excluded.body_bytes, journal_bytes = m.journal_bytes + excluded.journal_bytes,
  deposits = m.deposits + excluded.deposits, entries = m.entries + excluded.entries
"""

RECOUNTED = "delete from meter_recount where record_id = $1"

RECOUNT_ALL = """
with noted as (
  insert into meter_recount (record_id) select record_id from record where state <> 'erased' and place > 0
  on conflict do nothing)
select count(*) from record where state <> 'erased' and place > 0
"""
# One that is erased has nothing to be counted.
TO_RECOUNT = """
with first as (select record_id from meter_recount order by noted_at limit $1),
erased as (
  delete from meter_recount m using first f, record r
  where m.record_id = f.record_id and r.record_id = f.record_id and r.state = 'erased')
select f.record_id from first f join record r on r.record_id = f.record_id where r.state <> 'erased'
"""

# The day before the first has all that came before.
DAYS = """
select greatest(day, $2::date - 1) as day, sum(records)::bigint as records, sum(bodies)::bigint as bodies,
  sum(body_bytes)::bigint as body_bytes, sum(journal_bytes)::bigint as journal_bytes,
  coalesce(sum(deposits) filter (where day >= $2), 0)::bigint as deposits,
  coalesce(sum(entries) filter (where day >= $2), 0)::bigint as entries
from meter_day where host_id = $1 and day < $3 group by 1 order by 1
"""

HOSTS = "select distinct host_id from meter_day order by host_id"

CONTACTS = """
select channel, host_id, sum(contacts)::bigint as contacts, sum(minutes)::bigint as minutes from support_contact
where day >= $1 and day < $2 group by channel, host_id having sum(contacts) <> 0 or sum(minutes) <> 0
order by channel, host_id
"""
ADD_CONTACTS = """
insert into support_contact (day, channel, host_id, contacts, minutes, note, entered_by)
select $1, $2, $3, $4, $5, $6, $7
where $1 <= (clock_timestamp() at time zone 'utc')::date and ($4 > 0 or -$4 <= (
  select coalesce(sum(contacts), 0) from support_contact where day = $1 and channel = $2 and host_id = $3))
returning contact_id
"""
