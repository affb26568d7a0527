"""The statements of moves, as SQL.

A campaign may have a million rows of `move`, and what PostgreSQL knows of them is of before they were listed: it then
takes the campaign for a single row, and reads all of it for each batch. Each batch brings its campaign from a query of
its own, so that a row is found by its whole key, whatever is known of the table. For the same reason what was written
is asked for with `in`: that is one look into a hash, where a join may compare all with all.
"""

from __future__ import annotations

BEGIN = """
insert into move_campaign (campaign_id, kind, from_host, to_host, part, rate, most, in_background, approval, by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

CAMPAIGN = "select *, leased_until > clock_timestamp() as is_at_work from move_campaign"

# One at work at a time: two would do no harm, every step bears being done twice, and only be slower.
WORK_ON = """
update move_campaign set runner = $2, leased_until = clock_timestamp() + make_interval(secs => $3),
  worked_ms = worked_ms + $4, bytes = bytes + $5
where campaign_id = $1 and (runner = $2 or leased_until < clock_timestamp())
  and (select reconciling from platform) is null
returning *, true as is_at_work
"""

# Each host that may hold something of a record has its row of placement (rule EVER).
PLACED_AT = """
select r.record_id, r.placement_version, r.home, r.reference,
  case $1 when r.home then 'home' when r.reference then 'reference' else 'stand_in' end as part
from placement p join record r on r.record_id = p.record_id
where p.host_id = $1 and p.record_id > $2 and (p.role <> 'former' or $1 in (r.home, r.reference))
order by p.record_id limit $3
"""

ASKED_FOR = """
select r.record_id, r.home, q.host_id from move_request q join record r on r.record_id = q.record_id
where q.state = 'asked' and q.record_id > $1 and r.home <> q.host_id order by q.record_id limit $2
"""

LIST = """
insert into move (record_id, campaign_id, part, from_host, to_host)
select m.record_id, $1, m.part, m.from_host, m.to_host
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as m(record_id, part, from_host, to_host)
on conflict do nothing
"""

# Rule EVER: the target is written down before it is given anything. Rule STANDIN: from then on it stands in for nobody.
# Only an active host of another company than the other copy's is given a record. One that is erased by an order of its
# own (hosting/erasure) has its receipt: there is nothing left to move. One that was leaving, and of which the record's
# own rows no longer say so (a restore, or another campaign, gave its host another part), goes again as what is held.
TAKE = """
with due as (
  select * from move where campaign_id = $1 and record_id > $2 and state not in ('released', 'elsewhere')
  order by record_id limit $3 for update),
now_as as (
  select d.record_id, d.campaign_id, d.part, d.from_host, d.to_host, d.leaving_version, d.place, d.head, d.state as was,
    case when d.state = 'leaving' and p.record_id is null then 'held' else d.state end as state
  from due d left join placement p on p.record_id = d.record_id and p.host_id = d.from_host
    and p.role = 'leaving' and p.leaving_version = d.leaving_version),
seen as (
  select d.record_id, d.campaign_id, d.part, d.from_host, d.to_host, d.was, d.state, d.leaving_version,
    r.placement_version, r.home, r.reference, case when d.state = 'leaving' then d.place else r.place end as place,
    case when d.state = 'leaving' then d.head else r.head end as head,
    d.state in ('waiting', 'filling') and d.part <> 'stand_in' as is_to_fill,
    case when d.state = 'held' or d.part = 'stand_in' then d.from_host in (r.home, r.reference)
      when d.state <> 'leaving' then d.from_host <> case d.part when 'home' then r.home else r.reference end
      else false end as is_gone,
    case when r.state = 'erased' then o.receipt end as erased_by
  from now_as d join record r on r.record_id = d.record_id
    left join erasure_order o on o.record_id = d.record_id and o.host_id = d.from_host and o.done_at is not null),
erased as (
  insert into move_receipt (campaign_id, sha256, host_id, receipt)
  select distinct $1::uuid, sha256(convert_to(erased_by, 'UTF8')), from_host, erased_by
  from seen where erased_by is not null
  on conflict do nothing),
written as (
  insert into placement as p (record_id, host_id, role)
  select s.record_id, s.to_host, 'filling'
  from seen s join active_host a on a.host_id = s.to_host
  where s.is_to_fill and not s.is_gone and s.erased_by is null and s.to_host not in (s.home, s.reference)
    and not exists (
      select from host_standing o
      where o.siren = a.siren and o.host_id = case s.part when 'home' then s.reference else s.home end)
  order by s.record_id
  on conflict (record_id, host_id) do update
    set role = 'filling', since = clock_timestamp(), receipt = null, leaving_version = null
    where p.role in ('stand_in', 'former', 'filling')
  returning p.record_id),
judged as (select s.*, s.record_id in (select record_id from written) as is_written from seen s),
noted as (
  update move m set
    state = case when s.erased_by is not null then 'released' when s.is_gone then 'elsewhere'
      when s.is_written then 'filling' else s.state end,
    receipt = sha256(convert_to(s.erased_by, 'UTF8')),
    released_at = case when s.erased_by is not null then clock_timestamp() end,
    why = case when s.erased_by is not null then 'the record was erased, here too, before its turn came'
      when s.is_gone and s.state = 'held' then 'it came back there before it was erased there'
      when s.is_gone then 'it was no more there when its turn came'
      when s.is_to_fill and not s.is_written then 'the host it would go to may not be given it now' else '' end
  from judged s where m.record_id = s.record_id and m.campaign_id = s.campaign_id
    and (s.erased_by is not null or s.is_gone or s.was <> s.state or s.state in ('waiting', 'filling')))
select s.*, s.erased_by is not null or s.is_gone as is_done, s.is_to_fill and not s.is_written as is_refused
from judged s order by s.record_id
"""

# Rule SWITCH: only where the record is, under its row's lock, still what its new host was verified to hold. Rule PLACE:
# the placement version moves, so that no deposit whose bodies were put before is committed after. A stand-in only goes:
# what counted it as a copy and is not committed yet is refused in the same way. Each record that has another host now
# has its trace: its holder reads it, and a portal restored to before it is known by what it forgot.
SWITCH = """
with due as materialized (
  select i.*, $1::uuid as campaign_id
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])
      as i(record_id, part, from_host, to_host, version, place, head)
    join record r on r.record_id = i.record_id
  where r.placement_version = i.version and case i.part
    when 'home' then r.home = i.from_host and r.place = i.place and r.head = i.head
    when 'reference' then r.reference = i.from_host and r.place = i.place and r.head = i.head
    else i.from_host not in (r.home, r.reference) end
  order by i.record_id for update of r),
switched as (
  update record r set placement_version = r.placement_version + 1,
    home = case d.part when 'home' then d.to_host else r.home end,
    reference = case d.part when 'reference' then d.to_host else r.reference end,
    placed_by = case when d.part = 'stand_in' then r.placed_by when $9 then 'patient' else 'moved' end,
    cohort = case d.part when 'home' then '' else r.cohort end
  from due d where r.record_id = d.record_id
  returning r.record_id, d.campaign_id, d.part, d.from_host, d.to_host, r.placement_version, r.home, r.reference,
    r.place, r.head),
placed as (
  insert into placement as p (record_id, host_id, role, leaving_version)
  select record_id, to_host, part, null from switched where part <> 'stand_in'
  union all
  select record_id, from_host, 'leaving', placement_version - 1 from switched
  on conflict (record_id, host_id) do update
    set role = excluded.role, leaving_version = excluded.leaving_version, since = clock_timestamp(), receipt = null),
noted as (
  update move m set state = 'leaving', leaving_version = s.placement_version - 1, place = s.place, head = s.head,
    switched_at = clock_timestamp(), why = ''
  from switched s where m.record_id = s.record_id and m.campaign_id = s.campaign_id),
traced as (
  insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
  select record_id, gen_random_uuid(), 'record_moved', 'done', 'moving', campaign_id::text, $10::jsonb,
    jsonb_build_object('part', part, 'from', from_host, 'to', to_host, 'version', placement_version)
  from switched where part <> 'stand_in'),
granted as (
  update move_request q set state = 'done', changed_at = clock_timestamp()
  from switched s where q.record_id = s.record_id and q.state = 'asked' and q.host_id = s.home)
select * from switched
"""

# The host that leaves counts as a stand-in again: it was not ordered to erase, and deposits may need it.
HOLD = """
with item as (select * from unnest($2::uuid[], $3::text[]) as i(record_id, from_host)),
back as (
  update placement p set role = 'stand_in', leaving_version = null
  from item i where p.record_id = i.record_id and p.host_id = i.from_host and p.role = 'leaving'
  returning p.record_id, $1::uuid as campaign_id)
update move m set state = 'held', why = $4
from back b where m.record_id = b.record_id and m.campaign_id = b.campaign_id and m.state = 'leaving'
"""

# The host it would go to may stand in again: what it was given already is no harm there, and is not counted.
PUT_BACK = """
with back as (
  update placement p set role = 'stand_in' from move m
  where m.campaign_id = $1 and m.record_id = any($2::uuid[]) and m.state = 'filling'
    and p.record_id = m.record_id and p.host_id = m.to_host and p.role = 'filling')
update move set state = 'waiting', why = $3
where campaign_id = $1 and record_id = any($2::uuid[]) and state = 'filling'
"""

WHY = "update move set why = $3 where campaign_id = $1 and record_id = any($2::uuid[])"

# $9: SHA-256 of the receipt, which has a line for each of these records: it is not hashed once more for each.
RELEASED = """
with kept as (
  insert into move_receipt (campaign_id, sha256, host_id, receipt) values ($1, $9, $3, $2)
  on conflict do nothing),
item as materialized (
  select i.*, $1::uuid as campaign_id, $3::text as host_id
  from unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::text[])
    as i(record_id, leaving_version, bodies, verified_by)),
left_now as (
  update placement p set role = 'former', receipt = 'sha256:' || encode($9, 'hex')
  from item i where p.record_id = i.record_id and p.host_id = i.host_id and p.role = 'leaving'
    and p.leaving_version = i.leaving_version)
update move m set state = 'released', receipt = $9, released_at = clock_timestamp(),
  verified_at = $8, verified_by = string_to_array(i.verified_by, ','), bodies = i.bodies, why = ''
from item i where m.record_id = i.record_id and m.campaign_id = i.campaign_id
"""

LINES = """
select * from move where campaign_id = $1 and record_id > $2 order by record_id limit $3
"""

LOAD_OF = """
select case $1 when r.home then 'home' when r.reference then 'reference' else 'stand_in' end as part,
  count(*) as records, sum(r.documents)::bigint as documents
from placement p join record r on r.record_id = p.record_id
where p.host_id = $1 and (p.role <> 'former' or $1 in (r.home, r.reference)) group by 1
"""

# Smaller ones say more about their beginning than about their rate.
MEASURED = """
select c.began_at, c.worked_ms, c.bytes, count(*) as released
from move_campaign c join move m on m.campaign_id = c.campaign_id and m.state = 'released'
where c.worked_ms > 1000 group by c.campaign_id having count(*) >= 100 order by c.began_at desc limit 1
"""
