"""The statements of oversight, as SQL."""

KEEP_RECEIPTS = """
with today as (select (clock_timestamp() at time zone 'utc')::date as day),
texts as (
  insert into signed_receipt (day, digest, host_id, receipt)
  select today.day, t.digest, t.host_id, t.receipt
  from unnest($9::bytea[], $10::text[], $11::text[]) as t(digest, host_id, receipt), today
  on conflict do nothing)
insert into receipt as r (record_id, host_id, day, says, place, head, lacking, heard_at, signed)
select h.record_id, h.host_id, today.day, h.says, h.place, h.head, h.lacking, to_timestamp(h.at), h.signed
from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::bigint[], $7::float8[], $8::bytea[])
  as h(record_id, host_id, says, place, head, lacking, at, signed), today
on conflict (record_id, host_id, day, says) do update set
  place = excluded.place, head = excluded.head, lacking = excluded.lacking, heard_at = excluded.heard_at,
  signed = excluded.signed
where r.place <= excluded.place and r.heard_at <= excluded.heard_at
"""

# A host is held to the last thing it signed two seconds or more before it was asked (clocks of processes differ),
# unless it erased since, by order.
NOTE_CONTRADICTIONS = """
with answer as (
  select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[], $5::float8[], $6::text[])
    as a(record_id, host_id, place, head, asked_at, how)),
signed as (
  select a.*, r.place as held_place, r.head as held_head, r.day, r.signed, r.heard_at
  from answer a cross join lateral (
    select * from receipt r
    where r.record_id = a.record_id and r.host_id = a.host_id and r.says = 'holds'
      and r.heard_at < to_timestamp(a.asked_at) - interval '2 seconds'
    order by r.day desc limit 1) as r),
noted as (
  insert into contradiction (record_id, host_id, held_place, held_head, receipt, told_place, told_head, how)
  select s.record_id, s.host_id, s.held_place, s.held_head,
    (select t.receipt from signed_receipt t where t.day = s.day and t.digest = s.signed), s.place, s.head, s.how
  from signed s
  where (s.held_place > s.place or (s.held_place = s.place and s.held_head <> s.head))
    and not exists (
      select from receipt e where e.record_id = s.record_id and e.host_id = s.host_id and e.says = 'erased'
        and e.heard_at >= s.heard_at)
    and not exists (
      select from placement p where p.record_id = s.record_id and p.host_id = s.host_id and p.receipt is not null)
  on conflict do nothing returning host_id),
counted as (
  insert into host_audit as h (host_id, day, contradicted)
  select host_id, (clock_timestamp() at time zone 'utc')::date, count(*) from noted group by host_id
  on conflict (host_id, day) do update set contradicted = h.contradicted + excluded.contradicted)
select count(*) from noted
"""

KEEP_COUNTS = """
insert into body_read as b (day, host_id, process, purpose, bodies, near)
select c.day, c.host_id, $1, c.purpose, c.bodies, c.near
from unnest($2::date[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) as c(day, host_id, purpose, bodies, near)
order by 1, 2, 4
on conflict (day, host_id, process, purpose) do update set
  bodies = greatest(b.bodies, excluded.bodies), near = greatest(b.near, excluded.near)
"""

TURN = """
insert into oversight_turn as t (what, host_id, next_at)
values ($1, $2, clock_timestamp() + make_interval(secs => $3))
on conflict (what, host_id) do update set next_at = excluded.next_at where t.next_at <= clock_timestamp()
returning true
"""

# Along the ids, which are random: some rows from a random one on, never the whole table. What waits in the outbox is at
# one host at least that does not have it yet: it is asked only for what is before.
SOME_RECORDS = """
with from_there as (
  select record_id, placement_version, home, reference, place, head from (
    select * from record where record_id >= $2 order by record_id limit 20000) as near_by
  where (home = $1 or reference = $1) and state <> 'erased' order by record_id limit $3),
from_the_first as (
  select record_id, placement_version, home, reference, place, head from (
    select * from record where record_id < $2 order by record_id limit 20000) as near_by
  where (home = $1 or reference = $1) and state <> 'erased' order by record_id
  limit greatest(0, $3 - (select count(*) from from_there))),
chosen as (select * from from_there union all select * from from_the_first)
select c.record_id, c.placement_version, c.home, c.reference, coalesce(o.place - 1, c.place) as place,
  coalesce(o.previous, c.head) as head
from chosen c left join lateral (
  select place, previous from outbox o where o.record_id = c.record_id order by place limit 1) as o on true
where coalesce(o.place - 1, c.place) > 0
"""

ADD_CHALLENGE = """
insert into host_audit as h
  (host_id, day, asked, right_answers, wrong_answers, missing_answers, unanswered, answer_ms)
values ($1, (clock_timestamp() at time zone 'utc')::date, $2, $3, $4, $5, $6, $7)
on conflict (host_id, day) do update set asked = h.asked + excluded.asked,
  right_answers = h.right_answers + excluded.right_answers, wrong_answers = h.wrong_answers + excluded.wrong_answers,
  missing_answers = h.missing_answers + excluded.missing_answers, unanswered = h.unanswered + excluded.unanswered,
  answer_ms = h.answer_ms + excluded.answer_ms
"""

SET_INVENTORY = """
insert into host_audit as h (host_id, day, compared_at, compared, lacking, unknown_records, ahead)
values ($1, (clock_timestamp() at time zone 'utc')::date, clock_timestamp(), $2, $3, $4, $5)
on conflict (host_id, day) do update set compared_at = excluded.compared_at, compared = excluded.compared,
  lacking = excluded.lacking, unknown_records = excluded.unknown_records, ahead = excluded.ahead
"""

SET_READS = """
insert into host_audit as h (host_id, day, bodies_read, explained_reads, unexplained_reads, counts_receipt)
values ($1, $2, $3, $4, $5, $6)
on conflict (host_id, day) do update set bodies_read = excluded.bodies_read,
  explained_reads = excluded.explained_reads, unexplained_reads = excluded.unexplained_reads,
  counts_receipt = excluded.counts_receipt
where h.bodies_read is null
returning true
"""

DAYS_NOT_COMPARED = """
select d::date from generate_series($2::date, $3::date, interval '1 day') as d
where not exists (
  select from host_audit h where h.host_id = $1 and h.day = d::date and h.bodies_read is not null)
order by d
"""

FIGURES = """
select host_id as host, day, asked, right_answers, wrong_answers, missing_answers, unanswered, answer_ms, compared_at,
  compared, lacking, unknown_records, ahead, contradicted, bodies_read, explained_reads, unexplained_reads
from host_audit where day >= $1 and ($2::text is null or host_id = $2) order by host_id, day
"""

READ_FOR_PEOPLE = """
select day, sum(bodies)::bigint from body_read
where host_id = $1 and day >= $2 and day < $3 and purpose in ('retrieve', 'again') group by day
"""

ROOTS_DUE = """
with first as (
  select coalesce((select max(day) + 1 from daily_root), (select min(day) from receipt), $1::date - 1) as day)
select d::date from first, generate_series(first.day, $1::date - 1, interval '1 day') as d order by d
"""

COMMITTED = """
insert into receipt (record_id, host_id, day, says, place, head, heard_at, signed)
select distinct on (o.record_id) o.record_id, '', $1, 'committed', o.place, o.head, o.committed_at, ''
from outbox o where o.committed_at < ($1::date + 1)::timestamp at time zone 'utc'
order by o.record_id, o.place desc
on conflict do nothing
"""

SAID_ON = """
select record_id, host_id, says, place, head, lacking, signed from receipt
where day = $1 order by record_id, host_id, says
"""
