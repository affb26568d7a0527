"""The statements of the audit log, as SQL."""

# The row is locked, not waited for: another worker's turn is as good. All that a turn starts from is in that row, which
# is read again when it is locked; other tables are read as they were before. Until the turn ends, events are read along
# their index: a planner that believes in few would sort all that wait, at each turn again.
TURN = """
select size, peaks, taken_to, signed_size, signed_at, clock_timestamp() as now, cluster, here.system_identifier as here,
  pg_snapshot_xmin(pg_current_snapshot()) as horizon,
  set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
  set_config('enable_seqscan', 'off', true)
from audit_log, pg_control_system() as here for update of audit_log skip locked
"""

# A subquery and not a join: whatever the planner believes, each event costs one look into an index.
PENDING = """
select e.* from audit_event e
where e.logged >= $1 and e.logged < $2 and (
  select l.leaf_index from audit_leaf l where l.record_id = e.record_id and l.event_id = e.event_id) is null
order by e.logged, e.at, e.event_id limit $3
"""

INSERT_NODE = "insert into audit_node (level, number, hash) values ($1, $2, $3)"

MOVE = "update audit_log set size = $1, peaks = $2, taken_to = $3, cluster = $4"

SIGN = """
with kept as (insert into audit_checkpoint (size, root, at, signature) values ($1, $2, $3, $4))
update audit_log set signed_size = $1, signed_at = $3
"""

LEAVES = """
select l.leaf_index, l.leaf_hash, l.record_id, l.event_id, l.salt,
  e.at, e.act, e.outcome, e.door, e.request_id, e.actor, e.detail
from audit_leaf l left join audit_event e on e.record_id = l.record_id and e.event_id = l.event_id
order by l.leaf_index
"""

LEAF_OF_EVENT = """
select l.leaf_index, l.leaf_hash, l.record_id, l.event_id, l.salt,
  e.at, e.act, e.outcome, e.door, e.request_id, e.actor, e.detail
from audit_leaf l join audit_event e on e.record_id = l.record_id and e.event_id = l.event_id
where l.record_id = $1 and l.event_id = $2
"""

PASSED_OVER = """
select e.* from audit_event e, audit_log
where e.logged < taken_to and (
  select l.leaf_index from audit_leaf l where l.record_id = e.record_id and l.event_id = e.event_id) is null
order by e.at, e.event_id limit $1
"""

WAITING = """
select count(*) from audit_event e, audit_log
where e.logged >= taken_to and (
  select l.leaf_index from audit_leaf l where l.record_id = e.record_id and l.event_id = e.event_id) is null
"""

# Leaves of a time, with room on both sides: an event is a leaf seconds after it was written.
LEAVES_OF_TIME = """
select
  coalesce((select max(size) from audit_checkpoint where at < $1::timestamptz - interval '10 minutes'), 0) as first,
  coalesce((select min(size) from audit_checkpoint where at > $2::timestamptz + interval '10 minutes'), size) as last,
  exists (
    select from audit_event e where e.logged >= taken_to and e.at < $2 and (
      select l.leaf_index from audit_leaf l where l.record_id = e.record_id and l.event_id = e.event_id) is null)
    as is_behind
from audit_log
"""

BODIES_TRACED = """
select coalesce(sum((e.detail ->> 'segments')::bigint), 0)
from audit_leaf l join audit_event e on e.record_id = l.record_id and e.event_id = l.event_id
where l.leaf_index >= $1 and l.leaf_index < $2 and e.at >= $3 and e.at < $4
  and e.act in ('read', 'check') and e.outcome = 'done'
"""

# Events about no record, of which there are few kinds: along the index by record and time.
GAPS = """
select at, detail::text from audit_event
where record_id = '00000000-0000-0000-0000-000000000000' and act = $1 order by at
"""

CHECKPOINTS = "select size, root, at, signature from audit_checkpoint order by size"

LAST_CHECKPOINT = "select size, root, at, signature from audit_checkpoint order by size desc limit 1"

LEAF_HASHES = "select leaf_hash from audit_leaf where leaf_index >= $1 and leaf_index < $2 order by leaf_index"

NODE_HASHES = "select hash from audit_node where level = $1 and number >= $2 and number < $3 order by number"
