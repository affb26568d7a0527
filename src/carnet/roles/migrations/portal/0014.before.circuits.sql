-- Which hosts each process takes for down at the moment: for people to see, nothing is decided on it. Does not grow.
create table circuit (
  process  text not null,
  host_id  text not null,
  down_for text not null,                            -- of puts, writes, reads: what the process does not try there
  since    timestamptz not null default clock_timestamp(),
  told_at  timestamptz not null default clock_timestamp(),
  primary key (process, host_id)
);
