"""The statements of records, as SQL."""

LOAD = """
select r.*, r.rights::text as rights_json, clock_timestamp() as now, p.matrix_version as matrix_number, p.epoch,
  r.record_id <= p.reconciled_upto and r.awaits = '' as is_served
from record r, platform p where r.record_id = any($1)
"""

# While a reconcile is under way, what is found nowhere may be in a record that was not compared yet.
LOCATE = """
select n.identifier, l.record_id, l.entry_uuid, p.reconciling is null as is_all
from unnest($1::text[]) as n(identifier) left join locator l on l.identifier = n.identifier, platform p
"""

# Transactions are numbered as they begin to write, so that the latest event is among those of the last ones.
LATEST_EVENT = """
select clock_timestamp() as now, (
  select max(at) from (select at from audit_event order by logged desc limit 1000) as last_ones) as latest
"""

# An event with a head is kept only if the record, and the matrix in force, are still what the decision was taken on:
# then, and only then, the data may leave. It is also the fence against a database whose clock went back.
# Who opened a document is left to be counted, once a day; in the order of keys, so that two processes never wait for
# each other.
TRACE = """
with item as (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                       $9::bytea[], $10::bigint[], $11::bigint[], $13::bigint[], $14::uuid[])
    as i(record_id, event_id, act, outcome, door, request_id, actor, detail, head, rights_version, matrix_number,
         epoch, visitor)),
kept as (
  insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
  select i.record_id, i.event_id, i.act, i.outcome, i.door, i.request_id, i.actor::jsonb, i.detail::jsonb
  from item i left join record r on r.record_id = i.record_id, platform p
  where clock_timestamp() > $12 and (i.head is null or (
    r.head = i.head and r.rights_version = i.rights_version and i.matrix_number = p.matrix_version
    and i.epoch = p.epoch and r.record_id <= p.reconciled_upto and r.awaits = ''))
  returning event_id, at),
visited as (
  insert into record_visit (record_id, day, visitor)
  select i.record_id, (k.at at time zone 'UTC')::date, i.visitor from item i join kept k on k.event_id = i.event_id
  where i.visitor is not null order by 1, 2, 3
  on conflict do nothing)
select i.event_id, k.at, clock_timestamp() as now from item i left join kept k on k.event_id = i.event_id
"""

# Rows are locked in the order of their ids, so that two processes never wait for each other. The head is computed
# under the lock: deposits commute, they never conflict with each other. Rule FENCE is the outbox's own check. What was
# decided in a former life of the portal (EPOCH), or is about a record that was not compared yet (RECON), has no effect.
COMMIT = """
with item as (
  select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[], $5::timestamptz[], $6::bytea[],
                       $7::bytea[], $8::text[], $9::int[], $10::bool[], $11::bigint[], $29::bigint[])
    as i(record_id, placement_version, rights_version, expected_head, ticket_end, header, sealed,
         holders, documents, is_snapshot, matrix_number, epoch)),
locked as materialized (
  select record_id from record where record_id = any($1::uuid[]) order by record_id for update),
done as (
  update record r set
    place = r.place + 1, previous_head = r.head, head = sha256(r.head || i.header || i.sealed),
    documents = r.documents + i.documents,
    snapshot_place = case when i.is_snapshot then r.place + 1 else r.snapshot_place end
  from item i join locked l on l.record_id = i.record_id, platform p
  where r.record_id = i.record_id and r.placement_version = i.placement_version
    and r.rights_version = i.rights_version and (i.expected_head is null or r.head = i.expected_head)
    and i.matrix_number = p.matrix_version and i.epoch = p.epoch
    and r.record_id <= p.reconciled_upto and r.awaits = '' and (r.place > 0 or p.reconciling is null)
  returning r.record_id, r.place, r.previous_head, r.head),
queued as (
  insert into outbox (record_id, place, previous, head, header, sealed, holders, ticket_end)
  select d.record_id, d.place, d.previous_head, d.head, i.header, i.sealed, string_to_array(i.holders, ','),
         i.ticket_end
  from done d join item i on i.record_id = d.record_id),
named as (
  insert into locator (identifier, record_id, entry_uuid)
  select n.identifier, n.record_id, n.entry_uuid
  from unnest($12::text[], $13::uuid[], $14::uuid[]) as n(identifier, record_id, entry_uuid)
  join done d on d.record_id = n.record_id),
traced as (
  insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
  select e.record_id, e.event_id, e.act, e.outcome, e.door, e.request_id, e.actor::jsonb, e.detail::jsonb
  from unnest($15::uuid[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[])
    as e(record_id, event_id, act, outcome, door, request_id, actor, detail)
  join done d on d.record_id = e.record_id),
checked as (
  insert into document_check (record_id, fingerprint)
  select c.record_id, c.fingerprint from unnest($32::uuid[], $33::bytea[]) as c(record_id, fingerprint)
  join done d on d.record_id = c.record_id
  on conflict do nothing),
told as (
  insert into notification (record_id, notification_id, recipient, act, detail, read_at)
  select n.record_id, n.id, n.recipient, n.act, n.detail::jsonb, case when n.is_read then clock_timestamp() end
  from unnest($23::uuid[], $24::uuid[], $25::text[], $26::text[], $27::text[], $28::bool[])
    as n(record_id, id, recipient, act, detail, is_read)
  join done d on d.record_id = n.record_id),
counted_later as (
  insert into to_count (record_id, said)
  select c.record_id, c.said::jsonb from unnest($30::uuid[], $31::text[]) as c(record_id, said)
  join done d on d.record_id = c.record_id)
select i.record_id, d.place, d.previous_head, d.head, clock_timestamp() as now
from item i left join done d on d.record_id = i.record_id
"""

# Both hosts are active at this very moment, are two companies, and the room is still the record's: else nothing is
# inserted.
INSERT_RECORD = """
with opened as (
  insert into record (record_id, ins_value, ins_oid, traits, state, opened_at, home, reference, head, rights, next_due,
    placed_by, departement, cohort)
  select $1, $2, $3, $4::text::jsonb, $5, $6::timestamptz, $7, $8, $9::bytea, $10::text::jsonb, $11::timestamptz,
    $13, $14, $15
  from active_host h join active_host r on r.host_id = $8 and r.siren <> h.siren
  where h.host_id = $7 and clock_timestamp() < $12
  returning record_id),
placed as (
  insert into placement (record_id, host_id, role)
  select record_id, host, role from opened,
    (values ($7::text, 'home'), ($8::text, 'reference')) as p(host, role))
insert into locator (identifier, record_id, entry_uuid)
select 'ins|' || $3 || '|' || $2, record_id, record_id from opened
"""

# Who opens emergency accesses to two records at once waits here: the second one then counts the first.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('emergency'), hashtext($1))"
OPENED_TODAY = """
select count(*) from emergency where professional = $1 and opened_at > clock_timestamp() - interval '24 hours'
"""

# The row of rights and all that is made of it. Proxies: those for whom the record is one they act in, or may. A record
# is open since it was opened: that it was announced, or refused, before that is not told.
UPDATE_RIGHTS = """
with put as (
  update record set rights = $2::text::jsonb, state = $3, next_due = $4, rights_version = rights_version + 1,
    opened_at = case when state in ('notice', 'refused') and $3 = 'active'
      then date_trunc('second', clock_timestamp()) else opened_at end
  where record_id = $1),
left_ones as (delete from proxy where record_id = $1 and person <> all($5::text[])),
acting as (
  insert into proxy (record_id, person) select $1, each from unnest($5::text[]) as each
  on conflict do nothing),
emergencies as (
  insert into emergency
    (record_id, emergency_id, professional, professional_name, organisation, mode, reason, opened_at)
  select $1, e.* from unnest(
    $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[]) as e)
insert into notification (record_id, notification_id, recipient, act, detail, read_at)
select $1, n.id, n.recipient, n.act, n.detail::jsonb, case when n.is_read then clock_timestamp() end
from unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::bool[]) as n(id, recipient, act, detail, is_read)
"""
