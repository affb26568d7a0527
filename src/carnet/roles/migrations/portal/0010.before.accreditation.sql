-- Accreditation of hosts, and who gets a new record (docs/decisions/0016-accreditation.md). The tables of hosts and cohorts
-- are small, global by nature, and only read on the path of a request.

-- What a host handed in, as it was: its first application is number 1, each renewal the next.
create table host_application (
  host_id  text not null,
  number   integer not null check (number > 0),
  content  bytea not null,
  sha256   bytea not null,
  filed_at timestamptz not null default clock_timestamp(),
  primary key (host_id, number)
);

-- What was signed, step by step. Never changed: `statement` is the bytes that `signature` is over.
create table host_step (
  host_id          text not null,
  number           integer not null check (number > 0),   -- in the whole life of the host
  application      integer not null,
  step             text not null,
  is_favourable    boolean not null,
  signatory        text not null,
  signatory_name   text not null,
  signatory_role   text not null,
  public_key       bytea not null,
  signed_on        date not null,
  document_sha256  bytea not null,
  until            date,                                   -- a decision's last day
  statement        bytea not null,
  signature        bytea not null,
  noted_at         timestamptz not null default clock_timestamp(),
  primary key (host_id, number)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is only ever appended', tg_table_name;
end $$;
create trigger only_appended before update or delete on host_application
  for each row execute function refuse_change();
create trigger only_appended before update or delete on host_step
  for each row execute function refuse_change();

-- What the steps of a host come to. Written with each step; a host that has no row is not active.
create table host_standing (
  host_id      text primary key,
  siren        text not null,
  company      text not null,
  state        text not null,
  active_from  timestamptz,
  active_until timestamptz,
  capacity     bigint not null,                            -- records
  counted      bigint not null default 0,                  -- records there when they were last counted
  taken        bigint not null default 0,                  -- room given to portal processes and not known to be used
  counted_at   timestamptz not null default '-infinity'
);

-- The only hosts that receive a record.
create view active_host as
select host_id, siren from host_standing
where state = 'active' and clock_timestamp() >= active_from and clock_timestamp() < active_until;

-- So many records of these départements, at these hosts, between these days.
create table cohort (
  cohort_id    text primary key,
  consortium   text not null,
  hosts        text[] not null,
  departements text[] not null,
  records      bigint not null,
  starts_on    date not null,
  ends_on      date not null,                              -- its last day
  loaded_at    timestamptz not null default clock_timestamp(),
  counted      bigint not null default 0,
  taken        bigint not null default 0,
  counted_at   timestamptz not null default '-infinity'
);

-- Room at a host, or in a cohort, that one portal process may fill until `ends_at`.
create table room_taken (
  room_id uuid primary key,
  kind    text not null check (kind in ('host', 'cohort')),
  id      text not null,
  size    bigint not null check (size > 0),
  ends_at timestamptz not null
);

-- Why a record is where it is: the rule that placed it, and what that rule looked at.
alter table record
  add column placed_by    text not null default '',
  add column departement  text not null default '',
  add column cohort       text not null default '';
create index record_by_place on record (home, reference, cohort) where state <> 'erased';

-- A patient's wish to have another home. Whoever moves records reads it.
create table move_request (
  record_id  uuid primary key,
  host_id    text not null,
  asked_at   timestamptz not null default clock_timestamp(),
  state      text not null default 'asked' check (state in ('asked', 'done', 'refused', 'withdrawn')),
  answer     text not null default '',
  changed_at timestamptz not null default clock_timestamp()
);
create index move_request_asked on move_request (asked_at) where state = 'asked';

alter table platform
  add column counted_at  timestamptz not null default '-infinity',   -- when records were last counted by host and cohort
  add column reminded_on date not null default '-infinity';          -- when what ends soon was last told
