-- Which version of the platform key wrapped each key, so that the platform key can be replaced while everything runs.
-- Rows and code from before know one version: 1.
alter table wrapped_key add column platform_key integer not null default 1;

-- One row a version. `proof` is a known text wrapped by it: a process whose key of this number is another one sees it.
-- A version is made, then put in force once every process has it open, then retired once no row is wrapped by it.
create table platform_key (
  version     integer primary key,
  proof       bytea not null,
  made_at     timestamptz not null default clock_timestamp(),
  in_force_at timestamptz,
  retired_at  timestamptz
);

-- The processes that unwrap keys now, and the versions that each has open. Written every few seconds by each of them.
create table key_process (
  process  text primary key,
  seen_at  timestamptz not null default clock_timestamp(),
  versions integer[] not null
);

-- How many keys each process unwrapped in each hour, and how many it refused to, beyond its ceiling.
create table unwrap_count (
  hour     timestamptz not null,
  process  text not null,
  unwrapped bigint not null default 0,
  refused  bigint not null default 0,
  primary key (hour, process)
);
