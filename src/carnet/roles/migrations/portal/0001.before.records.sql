-- The portal: people and rights, each record's place in its chain, what waits for hosts, and the audit log.
-- Every table that grows with records has record_id first in its primary key, so that an existing engine can
-- distribute it; the locator, keyed by the identifier itself, is the one exception. No foreign key and no
-- sequence crosses records.

create table record (
  record_id         uuid primary key,
  ins_value         text not null,
  ins_oid           text not null,
  traits            jsonb not null,
  state             text not null check (state in ('active', 'closed')),
  opened_at         timestamptz not null,
  closed_at         timestamptz,
  closing_motive    text not null default '',
  home              text not null,
  reference         text not null check (reference <> home),
  placement_version bigint not null default 1,
  rights_version    bigint not null default 1,
  place             bigint not null default 0,       -- how many entries the chain has
  head              bytea not null,                  -- the head they lead to
  previous_head     bytea,                           -- the head before the last entry
  snapshot_place    bigint not null default 0,       -- the place of the last snapshot entry, 0 when there is none
  documents         bigint not null default 0
);

create table authorisation (
  record_id           uuid not null,
  professional        text not null,                 -- PS_IdNat
  professional_name   text not null default '',
  is_forbidden        boolean not null,
  valid_until         timestamptz,
  is_medecin_traitant boolean not null default false,
  primary key (record_id, professional)
);

-- Requests that name a document, or a person, and not a record: 'ins|oid|value', 'uid|uniqueId', 'uuid|entryUUID'.
-- Its primary key is what makes a uniqueId unique in the whole platform.
create table locator (
  identifier text primary key,
  record_id  uuid not null,
  entry_uuid uuid not null
);

-- Each host that was ever given the right to put bodies of a record (rule EVER): it is asked for a receipt of erasure.
create table placement (
  record_id uuid not null,
  host_id   text not null,
  role      text not null check (role in ('home', 'reference', 'stand_in', 'former')),
  since     timestamptz not null default clock_timestamp(),
  receipt   text,
  primary key (record_id, host_id)
);

-- Entries that have their place in the chain and are not yet known to be, with their bodies, at both hosts.
-- The check is rule FENCE: it is evaluated under the record's row lock, by the only clock there is.
create table outbox (
  record_id    uuid not null,
  place        bigint not null,
  previous     bytea not null,
  head         bytea not null,
  header       bytea not null,
  sealed       bytea not null,
  holders      text[] not null,                      -- hosts that hold the bodies
  ticket_end   timestamptz not null,
  committed_at timestamptz not null default clock_timestamp(),
  leased_until timestamptz not null default '-infinity',
  attempts     integer not null default 0,
  primary key (record_id, place),
  constraint ticket_not_expired check (committed_at < ticket_end)
);
create index outbox_by_age on outbox (committed_at);

-- Records of which a host is known, or suspected, to lack something. The worker brings it and removes the row.
create table catch_up (
  record_id    uuid not null,
  host_id      text not null,
  why          text not null,
  noted_at     timestamptz not null default clock_timestamp(),
  leased_until timestamptz not null default '-infinity',
  primary key (record_id, host_id)
);

-- Traces. Only ever appended. Events about no record in particular have the nil UUID.
create table audit_event (
  record_id  uuid not null,
  event_id   uuid not null,
  at         timestamptz not null default clock_timestamp(),
  act        text not null,
  outcome    text not null check (outcome in ('done', 'refused')),
  door       text not null,
  request_id text not null,
  actor      jsonb not null,
  detail     jsonb not null,
  primary key (record_id, event_id)
);
create index audit_event_by_record_and_time on audit_event (record_id, at);
create index audit_event_by_time on audit_event (at);

create table host_state (
  host_id      text primary key,
  boot         text not null default '',
  surveyed_at  timestamptz not null default '-infinity'
);

create table platform (
  the_one boolean primary key default true check (the_one),
  epoch   bigint not null default 1
);
insert into platform default values;
