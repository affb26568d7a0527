-- A portal that was restored is older than its hosts (docs/decisions/0018-reconcile.md). Until it was compared with all
-- of them, record by record in the order of their ids, nothing of what was not compared is served or committed.
alter table platform
  -- Records up to this one are served. All of them, but while a reconcile is under way.
  add column reconciled_upto uuid not null default 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  add column reconciling uuid,                       -- the reconcile under way
  add column restored text not null default '';      -- the restore (setting carnet.restored) that was last dealt with

-- Why nobody may use this record until officers say so: 'fork', 'unreadable', 'double'. Empty: it is as any other.
alter table record add column awaits text not null default '';

-- One row for each time that the portal was found older than its hosts. Global by nature, as restores are.
create table reconcile (
  reconcile_id uuid primary key,
  why          text not null,
  began_at     timestamptz not null default clock_timestamp(),
  restored_at  timestamptz not null,                 -- the last that the restored portal knew of
  former       jsonb not null,                       -- how far the portal had come, as the key store says
  epoch        bigint,                               -- null until every host said which was the greatest
  without      text[] not null default '{}',         -- hosts that are not waited for, by the word of two officers
  seen         bigint not null default 0,            -- records compared so far
  ended_at     timestamptz
);

-- What differed. Only ever appended, but for 'unnamed', whose bodies hosts keep until officers say otherwise.
create table reconcile_finding (
  record_id    uuid not null,
  reconcile_id uuid not null,                        -- the nil one: found while no reconcile was under way
  kind         text not null,
  host_id      text not null default '',
  detail       jsonb not null default '{}',
  at           timestamptz not null default clock_timestamp(),
  is_over      boolean not null default false,
  primary key (record_id, reconcile_id, kind, host_id)
);
