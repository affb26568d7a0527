"""The statements of figures, as SQL. Those that count do so in one statement with what they take from, or mark."""

# One worker counts at a time: two would wait for each other's rows.
ALONE = "select pg_try_advisory_xact_lock(hashtext('carnet figures'))"
WAIT_FOR_COUNTING = "select pg_advisory_xact_lock(hashtext('carnet figures'))"

# What is to be counted goes in the statement that counts it. $2 and $3: types, and the source of each.
COUNT_DOCUMENTS = """
with taken as (
  delete from to_count where (record_id, fact_id) in (
    select record_id, fact_id from to_count limit $1 for update skip locked)
  returning record_id, at, said, in_fill),
told as materialized (
  select t.record_id, t.at, t.in_fill, (t.at at time zone 'UTC')::date as day, s.*,
    feed_line_id(s.channel, s.organisation, s.software, s.kind, s.type_code) as line_id,
    coalesce(e.source, $4) as source
  from taken t cross join lateral jsonb_to_record(t.said) as s(
    type_code text, acted_at timestamptz, change int, is_brought bool, is_structured bool, replaces bool,
    channel text, organisation text, organisation_name text, software text, kind text)
  left join unnest($2::text[], $3::text[]) as e(type_code, source) on e.type_code = s.type_code),
lines as (
  insert into feed_line (line_id, channel, organisation, organisation_name, software, kind, type_code, last_at)
  select distinct on (line_id) line_id, channel, organisation, organisation_name, software, kind, type_code, at
  from told where is_brought order by line_id, at desc
  on conflict (line_id) do update set organisation_name = excluded.organisation_name,
    last_at = greatest(feed_line.last_at, excluded.last_at)),
documents as (
  insert into feed_document (day, line_id, documents, structured, replacing)
  select day, line_id, count(*), count(*) filter (where is_structured), count(*) filter (where replaces)
  from told where is_brought group by day, line_id
  on conflict (day, line_id) do update set documents = feed_document.documents + excluded.documents,
    structured = feed_document.structured + excluded.structured,
    replacing = feed_document.replacing + excluded.replacing),
delays as (
  insert into feed_delay (day, line_id, minutes, documents)
  select day, line_id, case when m < 60 then m when m < 2880 then m / 60 * 60 else m / 1440 * 1440 end, count(*)
  from told, greatest(0, floor(extract(epoch from at - acted_at) / 60)::bigint) as m
  where is_brought group by 1, 2, 3
  on conflict (day, line_id, minutes) do update set documents = feed_delay.documents + excluded.documents),
reached as (
  insert into feed_record (record_id, line_id, day) select distinct record_id, line_id, day from told where is_brought
  on conflict do nothing),
fill as (
  insert into record_fill (record_id, source, month, documents)
  select t.record_id, t.source, date_trunc('month', t.acted_at at time zone 'UTC')::date, sum(t.change)
  from told t join record r on r.record_id = t.record_id where not t.in_fill and r.state <> 'erased' group by 1, 2, 3
  on conflict (record_id, source, month) do update set documents = record_fill.documents + excluded.documents)
select count(*) from taken
"""

# What was counted of a message is taken back when it is counted again. Reasons are counted without the places in lists
# that they name: `value DocumentEntry[3].typeCode` is one reason with `value DocumentEntry[0].typeCode`.
COUNT_MESSAGES = """
with due as (select message_id from message where to_count order by received_at limit $1 for update skip locked),
told as materialized (
  select m.message_id, m.counted as old, m.received_at, m.organisation_name, m.channel, m.organisation, m.software,
    m.kind, m.type_code, m.state, (m.received_at at time zone 'UTC')::date as day,
    feed_line_id(m.channel, m.organisation, m.software, m.kind, m.type_code) as line_id,
    array(select distinct left(regexp_replace(r, '\\[[0-9]+\\]', '', 'g'), 120) from unnest(m.reasons) as r
          where r <> '') as why
  from message m join due using (message_id)),
lines as (
  insert into feed_line (line_id, channel, organisation, organisation_name, software, kind, type_code, last_at)
  select distinct on (line_id) line_id, channel, organisation, organisation_name, software, kind, type_code, received_at
  from told order by line_id, received_at desc
  on conflict (line_id) do update set organisation_name = excluded.organisation_name,
    last_at = greatest(feed_line.last_at, excluded.last_at)),
marked as (
  update message m set to_count = false,
    counted = jsonb_build_object('day', t.day, 'line', t.line_id, 'state', t.state, 'why', to_jsonb(t.why))
  from told t where m.message_id = t.message_id),
changes as (
  select day, line_id, state, '' as reason, 1 as n from told
  union all select day, line_id, state, w, 1 from told, unnest(why) as w
  union all select (old->>'day')::date, (old->>'line')::uuid, old->>'state', '', -1 from told where old is not null
  union all select (old->>'day')::date, (old->>'line')::uuid, old->>'state', w, -1
    from told, jsonb_array_elements_text(old->'why') as w where old is not null),
counts as (
  insert into feed_message (day, line_id, state, reason, messages)
  select day, line_id, state, reason, sum(n) from changes group by 1, 2, 3, 4 having sum(n) <> 0
  on conflict (day, line_id, state, reason) do update set messages = feed_message.messages + excluded.messages)
select count(*) from told
"""

# $3: what lines are told apart by. $4, $5: only of these organisations, of these types; null for all.
MESSAGES = """
select l.told, max(l.name) as name, f.state, f.reason, sum(f.messages)::bigint as messages
from feed_message f join feed_lines($3, $4, $5) l using (line_id) where f.day >= $1 and f.day < $2
group by l.told, f.state, f.reason having sum(f.messages) <> 0
"""
DOCUMENTS = """
select l.told, max(l.name) as name, sum(f.documents)::bigint as documents, sum(f.structured)::bigint as structured,
  sum(f.replacing)::bigint as replacing
from feed_document f join feed_lines($3, $4, $5) l using (line_id) where f.day >= $1 and f.day < $2 group by l.told
"""
DELAYS = """
select l.told, f.minutes, sum(f.documents)::bigint as documents
from feed_delay f join feed_lines($3, $4, $5) l using (line_id) where f.day >= $1 and f.day < $2
group by l.told, f.minutes
"""
# Each record once for each line asked for. Lines go by a number: to sort a million lists of words takes ten seconds.
RECORDS = """
with line as materialized (select line_id, told, dense_rank() over (order by told) as n from feed_lines($3, $4, $5)),
reached as (
  select distinct l.n, f.record_id from feed_record f join line l using (line_id) where f.day >= $1 and f.day < $2),
counts as (select n, count(*) as records from reached group by n)
select (select told from line where line.n = counts.n limit 1) as told, records from counts
"""

NOTE_PARTNERS = "insert into feed_partner (partner) select unnest($1::text[]) on conflict do nothing"

# A batch of lines leaves no message: the last document that it brought tells.
LAST_HEARD = """
select p.id, clock_timestamp() as now, k.since, greatest(
  (select max(m.received_at) from message m where m.partner = p.id),
  (select max(l.last_at) from feed_line l
   where l.channel = 'reimbursement' and l.organisation = p.organisation and l.software = p.software)) as last_at
from unnest($1::text[], $2::text[], $3::text[]) as p(id, organisation, software)
left join feed_partner k on k.partner = p.id
"""

TAKE_TURN = """
update fill_turn set next_at = clock_timestamp() + interval '10 minutes' where next_at <= clock_timestamp()
returning true
"""
# Never more than a hundredth of the time: the next one is as far as this one took, a hundred times.
END_TURN = """
update fill_turn set next_at = clock_timestamp() + greatest(interval '1 minute',
  100 * (clock_timestamp() - transaction_timestamp()))
"""
FORGET_DAY = "delete from fill_day where day = (clock_timestamp() at time zone 'UTC')::date and months = $1"
FILL_DAY = """
with of_source as (
  select record_id, source, sum(documents) as documents, max(month) as month
  from record_fill where documents > 0 group by record_id, source),
held as (
  select record_id, sum(documents) as documents, array_agg(source) filter (
    where month >= date_trunc('month', (transaction_timestamp() at time zone 'UTC') - make_interval(months => $1))
  ) as sources
  from of_source group by record_id),
each as (
  select r.home, r.departement, coalesce(h.documents, 0) as documents, coalesce(h.sources, '{}') as sources
  from record r left join held h on h.record_id = r.record_id where r.state = 'active'),
counts as (
  select home, departement, what, count(*) as records
  from each, unnest(sources || array['active', case when documents = 0 then 'empty' else 'any' end]
    || case when documents >= 5 then array['five'] else '{}' end) as what
  group by home, departement, what)
insert into fill_day (day, home, departement, months, what, records)
select (clock_timestamp() at time zone 'UTC')::date, home, departement, $1, what, records from counts
"""
FILL = """
with latest as (select max(day) as day from fill_day where day <= $1 and months = $2)
select f.day, case when $3 = 'home' then home when $3 = 'departement' then departement else '' end as place, what,
  sum(records)::bigint as records
from fill_day f join latest using (day) where months = $2 group by 1, 2, 3
"""

TO_RECOUNT = """
select record_id from fill_recount where noted_at <= clock_timestamp() order by record_id limit $1
"""
PUT_OFF_RECOUNT = "update fill_recount set noted_at = clock_timestamp() + interval '1 hour' where record_id = $1"
RECOUNT_ALL = """
insert into fill_recount (record_id) select record_id from record where state <> 'erased' and place > 0
on conflict (record_id) do update set noted_at = clock_timestamp()
"""
LOCK_RECORD = "select head = $2 and state <> 'erased' as is_still from record where record_id = $1 for update"
REFILL = """
with gone as (
  delete from record_fill
  where record_id = $1 and (source, month) not in (select * from unnest($2::text[], $3::date[]))),
known as (update to_count set in_fill = true where record_id = $1),
done as (delete from fill_recount where record_id = $1)
insert into record_fill (record_id, source, month, documents)
select $1, * from unnest($2::text[], $3::date[], $4::int[])
on conflict (record_id, source, month) do update set documents = excluded.documents
"""
FORGET_RECOUNT = "delete from fill_recount where record_id = $1"
