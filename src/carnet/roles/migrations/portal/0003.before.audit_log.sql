-- The audit log: one Merkle tree (RFC 9162) over all events, with signed checkpoints (docs/decisions/0014-audit-log.md).
-- These tables are global by nature, the log being one sequence: they are the exception to record_id first. Nothing of a
-- request reads or writes them; a worker appends in batches, and one at a time, for it locks the row of audit_log.

-- Which transaction wrote an event: what says, without a clock, that no earlier event can still appear. Events from before
-- this migration have 0. The index takes the place of the one by time, so that writing an event costs what it did.
alter table audit_event add column logged xid8 not null default '0';
alter table audit_event alter column logged set default pg_current_xact_id();
create index audit_event_by_transaction on audit_event (logged);
drop index audit_event_by_time;

-- One leaf per event, in the order of the log. The salt stays here, so that an event's content can go one day and its hash,
-- which then says nothing, still holds the tree together.
create table audit_leaf (
  leaf_index bigint primary key,
  leaf_hash  bytea not null,
  record_id  uuid not null,
  event_id   uuid not null,
  salt       bytea not null,
  unique (record_id, event_id)
);

-- Complete subtrees of 256, 65,536… leaves (levels 8, 16…), from which proofs are computed.
create table audit_node (
  level  smallint not null,
  number bigint not null,
  hash   bytea not null,
  primary key (level, number)
);

create table audit_checkpoint (
  size      bigint primary key,
  root      bytea not null,
  at        timestamptz not null,
  signature bytea not null
);

-- Where the log is. Every event of a transaction before taken_to is in it; transaction numbers are those of one cluster.
create table audit_log (
  the_one     boolean primary key default true check (the_one),
  size        bigint not null default 0,
  peaks       bytea not null default '',
  taken_to    xid8 not null default '0',
  cluster     bigint not null default 0,
  signed_size bigint not null default 0,
  signed_at   timestamptz not null default 'epoch'
);
insert into audit_log default values;
