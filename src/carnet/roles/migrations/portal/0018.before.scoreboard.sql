-- The feed scoreboard and the fill of records: counts by day that a worker makes, of what commits and messages leave to be
-- counted (docs/decisions/0026-scoreboard.md). What is counted goes with its count, in one statement: once, whoever dies.

-- What a commit says of documents that it brings, takes away or gives back; gone once counted.
create table to_count (
  record_id uuid not null,
  fact_id   uuid not null default gen_random_uuid(),
  at        timestamptz not null default clock_timestamp(),
  said      jsonb not null,
  in_fill   boolean not null default false,          -- the record's fill was counted anew since, with this
  primary key (record_id, fact_id)
);

-- A message is counted again whenever it changes: `counted` is what was counted of it last, and is taken back first.
alter table message
  add column to_count boolean not null default true,
  add column counted  jsonb;
create index message_to_count on message (received_at) where to_count;

-- Who feeds what, how: its id is made of the rest. Does not grow with records.
create table feed_line (
  line_id           uuid primary key,
  channel           text not null,
  organisation      text not null,
  organisation_name text not null,
  software          text not null,
  kind              text not null,
  type_code         text not null,
  last_at           timestamptz not null
);

create function feed_line_id(channel text, organisation text, software text, kind text, type_code text) returns uuid
language sql immutable
return md5(array[channel, organisation, software, kind, type_code]::text)::uuid;

-- Lines told apart by some of what they are made of; only of these organisations, of these types, or null for all.
create function feed_lines(told_by text[], organisations text[], types text[])
returns table (line_id uuid, told text[], name text)
language sql stable
begin atomic
  select l.line_id, array[
      case when 'organisation' = any(told_by) then l.organisation else '' end,
      case when 'software' = any(told_by) then l.software else '' end,
      case when 'channel' = any(told_by) then l.channel else '' end,
      case when 'kind' = any(told_by) then l.kind else '' end,
      case when 'type' = any(told_by) then l.type_code else '' end],
    case when 'organisation' = any(told_by) then l.organisation_name else '' end
  from feed_line l
  where (organisations is null or l.organisation = any(organisations)) and (types is null or l.type_code = any(types));
end;

-- Messages by the day (UTC) they came and their state now; with a reason, those of them that have it.
create table feed_message (
  day      date not null,
  line_id  uuid not null,
  state    text not null,
  reason   text not null,
  messages bigint not null,
  primary key (day, line_id, state, reason)
);

-- Documents by the day (UTC) of their deposit, and how long after the act that was.
create table feed_document (
  day        date not null,
  line_id    uuid not null,
  documents  bigint not null,
  structured bigint not null,
  replacing  bigint not null,
  primary key (day, line_id)
);
create table feed_delay (
  day       date not null,
  line_id   uuid not null,
  minutes   bigint not null,
  documents bigint not null,
  primary key (day, line_id, minutes)
);

-- Which records a line reached on a day: to count them once over any days.
create table feed_record (
  record_id uuid not null,
  line_id   uuid not null,
  day       date not null,
  primary key (record_id, line_id, day)
);
create index feed_record_by_day on feed_record (day, line_id);

-- Documents in force in a record, by what they are expected from and the month of the act.
create table record_fill (
  record_id uuid not null,
  source    text not null,
  month     date not null,
  documents integer not null,
  primary key (record_id, source, month)
);

-- Records whose fill is to be counted anew from their journal.
create table fill_recount (
  record_id uuid primary key,
  noted_at  timestamptz not null default clock_timestamp()
);

-- The fill of all active records on a day: how many of them have what. Global by nature: a worker sums it up.
create table fill_day (
  day         date not null,
  home        text not null,
  departement text not null,
  months      integer not null,
  what        text not null,
  records     bigint not null,
  primary key (day, home, departement, months, what)
);
create table fill_turn (
  the_one boolean primary key default true check (the_one),
  next_at timestamptz not null default '-infinity'
);
insert into fill_turn default values;

-- Since when the worker knows each partner of the settings.
create table feed_partner (
  partner text primary key,
  since   timestamptz not null default clock_timestamp()
);
