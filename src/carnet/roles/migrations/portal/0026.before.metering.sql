-- Metering: what each host holds of each record, in bytes and byte·days; what was done; invoices and what checking them
-- showed (docs/accountants/metering.md, docs/decisions/0031-metering.md).

-- An entry that both hosts hold, until a worker metered it. Written with the deletion of its row of the outbox.
create table entry_to_meter (
  record_id    uuid not null,
  place        bigint not null,
  header       bytea not null,
  sealed_bytes bigint not null,
  holders      text[] not null,
  committed_at timestamptz not null,
  delivered_at timestamptz not null default clock_timestamp(),
  primary key (record_id, place)
);

-- What a host became to a record, until a worker metered it.
create table placement_to_meter (
  record_id uuid not null,
  event_id  uuid not null default gen_random_uuid(),
  host_id   text not null,
  role      text not null check (role in ('keeps', 'leaves', 'gone')),
  at        timestamptz not null default clock_timestamp(),
  primary key (record_id, event_id)
);

create function placement_role_metered(role text, receipt text) returns text language sql immutable
return case when receipt is not null or role = 'former' then 'gone'
  when role in ('home', 'reference') then 'keeps' else 'leaves' end;

create function meter_placement() returns trigger language plpgsql as $$
begin
  insert into placement_to_meter (record_id, host_id, role)
  values (new.record_id, new.host_id, placement_role_metered(new.role, new.receipt));
  return null;
end $$;
create trigger placement_begun after insert on placement for each row
  when (new.role in ('home', 'reference')) execute function meter_placement();
create trigger placement_changed after update on placement for each row
  when (placement_role_metered(old.role, old.receipt) <> placement_role_metered(new.role, new.receipt))
  execute function meter_placement();

-- What a host holds of a record; in the row without a host, what there is of the record itself. Before day X (number of
-- days, 0001-01-01 being 1) the byte·days are bytes × X − moment, the sum of each change times its day.
create table meter (
  record_id      uuid not null,
  host_id        text not null,
  role           text not null,
  bodies         bigint not null,
  body_bytes     bigint not null,
  journal_bytes  bigint not null,
  bodies_moment  bigint not null,
  body_moment    bigint not null,                    -- of the bytes of bodies
  journal_moment bigint not null,
  place          bigint not null default 0,
  recounted      bigint not null default 0,
  primary key (record_id, host_id)
) with (fillfactor = 80);

-- Records whose size is to be counted from their journal: those from before there were meters, or of a restored portal.
create table meter_recount (
  record_id uuid primary key,
  noted_at  timestamptz not null default clock_timestamp()
);
create index meter_recount_by_time on meter_recount (noted_at);

-- The same, of all records: by how much a host holds more at the end of a day than of the day before. Does not grow
-- with records. `deposits` are the bodies it was given for entries that were committed, `entries` those entries.
create table meter_day (
  host_id       text not null,
  day           date not null,
  records       bigint not null,
  bodies        bigint not null,
  body_bytes    bigint not null,
  journal_bytes bigint not null,
  deposits      bigint not null,
  entries       bigint not null default 0,
  primary key (host_id, day)
);

-- People who asked for help, as officers enter it. A correction is a row below 0.
create table support_contact (
  contact_id uuid primary key default gen_random_uuid(),
  day        date not null,
  channel    text not null check (channel in ('telephone', 'mail', 'desk', 'online')),
  host_id    text not null default '',               -- who answered, when a host did
  contacts   integer not null check (contacts <> 0),
  minutes    integer not null default 0,
  note       text not null default '',
  entered_by text not null,
  entered_at timestamptz not null default clock_timestamp()
);
create trigger only_appended before update or delete on support_contact
  for each row execute function refuse_change();

-- A host's invoice: as it was read, with what was expected of each line. Once decided it stays. Its id is that of its entry
-- of the ledger.
create table host_invoice (
  invoice_id uuid primary key,
  host_id    text not null,
  number     text not null,
  month      date not null,
  issued_on  date not null,
  net_cents  bigint not null,
  vat_cents  bigint not null,
  proof      bytea not null,                         -- SHA-256 of the file, in ledger_proof
  checked    jsonb not null,
  state      text not null check (state in ('to_explain', 'ready', 'entering', 'entered', 'refused')),

  reason     text not null default '',               -- of a refusal
  read_by    text not null,
  read_at    timestamptz not null default clock_timestamp(),
  decided_by text not null default '',
  decided_at timestamptz,
  unique (host_id, number)
);
create index host_invoice_by_month on host_invoice (month, host_id);

-- Words of a named person on a line that differs. Only ever appended: the last one of a line holds.
create table host_invoice_word (
  invoice_id uuid not null,
  word_id    uuid not null default gen_random_uuid(),
  line       integer not null,
  words      text not null check (words <> ''),
  said_by    text not null,
  said_at    timestamptz not null default clock_timestamp(),
  primary key (invoice_id, word_id)
);
create trigger only_appended before update or delete on host_invoice_word
  for each row execute function refuse_change();

-- A platform that is in use: where its records are, and that they are to be counted.
insert into placement_to_meter (record_id, host_id, role, at)
select record_id, host_id, 'keeps', clock_timestamp() from placement
where role in ('home', 'reference') and receipt is null;
insert into meter_recount (record_id) select record_id from record where state <> 'erased' and place > 0;
