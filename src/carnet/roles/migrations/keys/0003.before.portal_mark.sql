-- How far the portal had come: kept here since this database is never rolled back with the portal's. A portal that is
-- behind it was restored from a backup (docs/decisions/0018-reconcile.md). It only ever grows.
create table portal_mark (
  the_one              boolean primary key default true check (the_one),
  epoch                bigint not null,
  log_size             bigint not null,              -- leaves of the audit log
  logged               numeric not null,             -- the greatest transaction that wrote a trace
  matrix               bigint not null,              -- the number of the access matrix in force
  hosts                text[] not null,              -- every host there was
  checkpoint_size      bigint not null default 0,    -- the last signed checkpoint of the audit log
  checkpoint_root      bytea not null default '',
  checkpoint_at        timestamptz,
  checkpoint_signature bytea not null default '',
  at                   timestamptz not null
);
