-- The access matrix. Each loading is one row and stays: a trace names the version that its decision rests on. Number 0, which
-- has no row, is what the platform ships. Global by nature, and never written on the path of a request.
create table access_matrix (
  number        bigint primary key check (number > 0),
  version       text not null,
  in_force_from timestamptz not null default clock_timestamp(),
  loaded_by     text not null,
  sha256        bytea not null,
  content       bytea not null                       -- the file, as it was loaded
);
create index access_matrix_by_version on access_matrix (version);

-- The number in force: every decision's transaction compares it with the one that was decided with.
alter table platform add column matrix_version bigint not null default 0;
