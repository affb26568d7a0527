"""The statements of a reconcile, as SQL. They run while nothing of the records they touch is served."""

POSITION = """
select p.epoch, p.matrix_version, p.reconciling, p.reconciled_upto, p.restored as dealt_with,
  coalesce(current_setting('carnet.restored', true), '') as restored, l.size, l.peaks,
  coalesce(e.logged::text::numeric, 0) as logged, e.at as latest_event, clock_timestamp() as now,
  coalesce(c.size, 0) as checkpoint_size, coalesce(c.root, '') as checkpoint_root,
  coalesce(c.at, 'epoch') as checkpoint_at, coalesce(c.signature, '') as checkpoint_signature
from platform p cross join audit_log l
left join lateral (select logged, at from audit_event order by logged desc limit 1) e on true
left join lateral (select * from audit_checkpoint order by size desc limit 1) c on true
"""

# Sessions, and codes that a second person was told, are of the life that ended.
BEGIN = """
with begun as (
  update platform set reconciling = $1, reconciled_upto = '00000000-0000-0000-0000-000000000000', restored = $4
  where reconciling is null returning reconciling),
sessions as (delete from web_session where exists (select from begun)),
handles as (delete from web_patient_handle where exists (select from begun)),
codes as (delete from second_person where exists (select from begun))
insert into reconcile (reconcile_id, why, former, restored_at)
select reconciling, $2, $3::text::jsonb, $5 from begun
"""

UNDER_WAY = """
select r.reconcile_id, r.why, r.began_at, r.restored_at, r.former::text, r.epoch, r.without, r.seen, r.ended_at,
  p.reconciled_upto, p.reconciling is not distinct from r.reconcile_id as is_under_way
from reconcile r, platform p where r.reconcile_id = coalesce($1, p.reconciling, (
  select reconcile_id from reconcile order by began_at desc limit 1))
"""

ASSIGN_EPOCH = """
with assigned as (update reconcile set epoch = $2 where reconcile_id = $1)
update platform set epoch = $2 where reconciling = $1 and epoch < $2
"""

PAGE = """
select r.record_id, r.placement_version, r.home, r.reference, r.place, r.head, r.state, r.awaits,
  array(select host_id || ' ' || role from placement p where p.record_id = r.record_id) as placed,
  (select min(place) from outbox o where o.record_id = r.record_id) as outbox_from
from record r where r.record_id > $1 order by r.record_id limit $2
"""

BASE = """
select ins_value, ins_oid, traits::text, opened_at, rights::text, place, head, snapshot_place, documents
from record where record_id = $1
"""

ADOPT = """
insert into record (record_id, ins_value, ins_oid, traits, state, opened_at, home, reference, placement_version, place,
  head, previous_head, snapshot_place, documents, rights, next_due, awaits)
values ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text::jsonb, $16, '')
on conflict (record_id) do update set state = $5, opened_at = $6, home = $7, reference = $8, placement_version = $9,
  place = $10, head = $11, previous_head = $12, snapshot_place = $13, documents = $14, rights = $15::text::jsonb,
  next_due = $16, awaits = '', rights_version = record.rights_version + 1
where record.head = $17
"""

PLACE = """
update record set home = $2, reference = $3, placement_version = $4, awaits = $5 where record_id = $1
"""

PLACED = """
insert into placement (record_id, host_id, role) select $1, * from unnest($2::text[], $3::text[])
on conflict (record_id, host_id) do update set role = excluded.role
"""

LOCATORS = """
insert into locator (identifier, record_id, entry_uuid)
select n.identifier, $1, n.entry_uuid from unnest($2::text[], $3::uuid[]) as n(identifier, entry_uuid)
on conflict do nothing
"""

TAKEN = """
select identifier, record_id from locator where identifier = any($2) and record_id <> $1
"""

PROXIES = """
with left_ones as (delete from proxy where record_id = $1 and person <> all($2::text[]))
insert into proxy (record_id, person) select $1, each from unnest($2::text[]) as each on conflict do nothing
"""

EMERGENCY = """
insert into emergency (record_id, emergency_id, professional, professional_name, organisation, mode, reason, opened_at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""

# What figures and meters say of a record is counted anew from its journal: part of it was never counted here, or twice.
RECOUNT = """
with metered as (insert into meter_recount (record_id) values ($1) on conflict do nothing)
insert into fill_recount (record_id) values ($1) on conflict do nothing
"""

HOLD = "update record set awaits = $2 where record_id = $1"

# A record that was erased since: its row stays as the tombstone of its identifiers, and names nobody. It is due: the
# worker then has its hosts ordered to erase, as after any erasure (record/due.py).
# The version is the last that a host saw: orders to erase under an older one would be taken for late ones.
ERASED = """
with before as (select ins_oid, ins_value from record where record_id = $1),
freed as (
  delete from locator l using before b
  where l.record_id = $1 and l.identifier = 'ins|' || b.ins_oid || '|' || b.ins_value),
untold as (delete from notification where record_id = $1 and act <> 'erase'),
alone as (delete from proxy where record_id = $1),
unasked as (delete from second_person where record_id = $1),
unchecked as (delete from document_check where record_id = $1),
undelivered as (delete from outbox where record_id = $1),
uncounted as (delete from record_fill where record_id = $1),
unexplained as (update emergency set reason = '' where record_id = $1)
insert into record (record_id, ins_value, ins_oid, traits, state, opened_at, home, reference, head, rights, next_due,
  placement_version)
values ($1, '', '', $2::text::jsonb, 'erased', $3, $4, $5, $6, $7::text::jsonb, $3, $8)
on conflict (record_id) do update set ins_value = '', traits = excluded.traits, rights = excluded.rights,
  placement_version = greatest(record.placement_version, excluded.placement_version),
  state = 'erased', documents = 0, next_due = $3, awaits = '', rights_version = record.rights_version + 1
"""

FINDINGS = """
insert into reconcile_finding (record_id, reconcile_id, kind, host_id, detail)
select f.record_id, $1, f.kind, f.host_id, f.detail::jsonb
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as f(record_id, kind, host_id, detail)
on conflict do nothing
"""

TRACE = """
insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)
"""

ADVANCE = """
with counted as (update reconcile set seen = seen + $3 where reconcile_id = $1)
update platform set reconciled_upto = greatest(reconciled_upto, $2::uuid) where reconciling = $1
"""

END = """
with ended as (update reconcile set ended_at = clock_timestamp() where reconcile_id = $1)
update platform set reconciling = null, reconciled_upto = 'ffffffff-ffff-ffff-ffff-ffffffffffff' where reconciling = $1
"""

COUNTS = """
select kind, count(*) as found from reconcile_finding where reconcile_id = $1 group by kind order by kind
"""

LISTED = """
select record_id, kind, host_id, detail::text, is_over from reconcile_finding
where reconcile_id = $1 and (kind, record_id, host_id) > ($2, $3, $4) order by kind, record_id, host_id limit $5
"""
