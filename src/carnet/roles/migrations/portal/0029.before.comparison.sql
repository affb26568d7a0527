-- The fair comparison: its protocol, what happens meanwhile, its closing by two (docs/comparison.md). Append-only; of a
-- comparison that an auditor countersigned nothing changes any more, and nothing is added.

-- Version 1 is the registration; those after it are amendments.
create table comparison_protocol (
  comparison_id text not null,
  version       integer not null,
  content       bytea not null,                      -- canonical bytes
  because       text not null default '',
  note          text not null,                       -- signed by the platform's audit key
  said_by       text not null,
  said_at       timestamptz not null default clock_timestamp(),
  primary key (comparison_id, version)
);

create table comparison_incident (
  incident_id   uuid primary key,
  comparison_id text not null,
  happened_on   date not null,
  gravity       text not null check (gravity in ('minor', 'serious', 'grave')),
  host          text not null,
  cohort        text not null,
  minutes_down  integer check (minutes_down >= 0),
  words         text not null,
  said_by       text not null,
  said_at       timestamptz not null default clock_timestamp()
);
create index comparison_incident_of on comparison_incident (comparison_id, happened_on);

-- How the sample of a cohort was drawn.
create table comparison_draw (
  comparison_id text not null,
  cohort        text not null,
  frame_digest  text not null,
  drawn_by      text not null,
  drawn_at      timestamptz not null default clock_timestamp(),
  primary key (comparison_id, cohort)
);
create table comparison_stratum (
  comparison_id text not null,
  cohort        text not null,
  stratum       text not null,
  frame         bigint not null,
  drawn         bigint not null,
  primary key (comparison_id, cohort, stratum)
);
-- Whom the survey asks, and under which name they answer: nothing else leads from an answer to a record.
create table comparison_sampled (
  record_id     uuid not null,
  comparison_id text not null,
  cohort        text not null,
  stratum       text not null,
  respondent    uuid not null default gen_random_uuid(),
  primary key (record_id, comparison_id)
);
create table comparison_sheet (
  respondent    uuid primary key,
  comparison_id text not null,
  cohort        text not null,
  stratum       text not null,
  scores        jsonb not null,                      -- by question, 1 to 5
  entered_by    text not null,
  entered_at    timestamptz not null default clock_timestamp()
);
create index comparison_sheet_of on comparison_sheet (comparison_id, cohort, stratum);

create table comparison_closing (
  comparison_id text not null,
  number        integer not null,
  facts         bytea not null,
  figures       bytea not null,
  report        bytea not null,                      -- the signed PDF
  note          text not null,                       -- signed by the officer
  closed_by     text not null,
  closed_at     timestamptz not null default clock_timestamp(),
  primary key (comparison_id, number)
);
alter table comparison_closing alter report set storage external;
create table comparison_audit (
  comparison_id text primary key,
  number        integer not null,
  signatory     text not null,
  name          text not null,
  checked       text[] not null,
  note          text not null,                       -- signed by the auditor
  audited_at    timestamptz not null default clock_timestamp(),
  foreign key (comparison_id, number) references comparison_closing (comparison_id, number)
);

create function comparison_stays() returns trigger language plpgsql as $$
begin
  raise exception 'a comparison is only ever added to' using errcode = 'restrict_violation';
end $$;
create function comparison_is_open() returns trigger language plpgsql as $$
begin
  if exists (select from comparison_audit where comparison_id = new.comparison_id) then
    raise exception 'comparison % is closed', new.comparison_id using errcode = 'check_violation',
      constraint = 'comparison_open';
  end if;
  return new;
end $$;
do $$
declare name text;
begin
  foreach name in array array['protocol', 'incident', 'draw', 'stratum', 'sheet', 'closing', 'audit'] loop
    execute format('create trigger comparison_%1$s_stays before update or delete on comparison_%1$s
      for each row execute function comparison_stays()', name);
    execute format('create trigger comparison_%1$s_not_truncated before truncate on comparison_%1$s
      for each statement execute function comparison_stays()', name);
    execute format('create trigger comparison_%1$s_open before insert on comparison_%1$s
      for each row execute function comparison_is_open()', name);
  end loop;
end $$;
-- Of those who were asked rows go when their record is erased; who answered is then known to nobody.
create trigger comparison_sampled_stays before update on comparison_sampled
  for each row execute function comparison_stays();
create trigger comparison_sampled_open before insert on comparison_sampled
  for each row execute function comparison_is_open();
