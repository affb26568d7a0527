-- The inbox: what feeds received, and what is to go out because of it. Content is sealed under a key of its day, kept
-- in the key store and destroyed when the day is over for good; what was deposited, or refused by the patient, has none.

create table message (
  message_id        uuid primary key,
  digest            bytea not null,                  -- SHA-256 of the bytes received: sent twice is one message
  channel           text not null,
  partner           text not null,
  organisation      text not null,
  organisation_name text not null,
  software          text not null,
  kind              text not null default '',
  control_id        text not null default '',
  received_at       timestamptz not null default clock_timestamp(),
  times             integer not null default 1,
  sent_at           timestamptz,
  acted_at          timestamptz,
  settled_at        timestamptz,
  type_code         text not null default '',
  is_structured     boolean not null default false,
  ins               text not null default '',        -- oid|value
  record_id         uuid,
  unique_ids        text[] not null default '{}',
  state             text not null
    check (state in ('received', 'waiting', 'refused', 'deposited', 'replaced', 'deleted')),
  reasons           text[] not null default '{}',
  issues            jsonb not null default '[]',
  day               date,
  header            bytea,
  sealed            bytea,
  attempts          integer not null default 0,
  next_at           timestamptz,
  corrected_by      uuid,
  check ((header is null) = (sealed is null) and (header is null) = (day is null)),
  check (state in ('received', 'waiting') or next_at is null)
);
alter table message alter sealed set storage external;
create unique index message_once on message (partner, digest);
create index message_of_partner on message (partner, received_at);
create index message_of_day on message (received_at);
create index message_due on message (next_at) where next_at is not null;
create index message_of_person on message (ins) where state in ('received', 'waiting');
create index message_documents on message using gin (unique_ids);
create index message_sealed on message (day) where day is not null;

create table outgoing (
  outgoing_id uuid primary key,
  message_id  uuid not null,
  channel     text not null,
  destination text not null,
  what        text not null,
  made_at     timestamptz not null default clock_timestamp(),
  day         date,
  header      bytea,
  sealed      bytea,
  attempts    integer not null default 0,
  next_at     timestamptz default clock_timestamp(),  -- null: sent, or given up
  sent_at     timestamptz,
  last_error  text not null default ''
);
alter table outgoing alter sealed set storage external;
create index outgoing_due on outgoing (channel, next_at) where next_at is not null;
create unique index outgoing_once on outgoing (message_id, channel, what, destination);
create index outgoing_sealed on outgoing (day) where day is not null;
