-- Rights as one value per record (docs/decisions/0015-rights.md): what its holder and the law said, folded from its journal.
-- Nothing was released before this, and journals written until now hold entries that are written otherwise: only an empty
-- platform goes on from here.
do $$ begin
  if exists (select from record) then
    raise exception 'records of an earlier development version cannot be carried over: start from empty databases';
  end if;
end $$;

alter table record drop column closed_at, drop column closing_motive, drop constraint record_state_check;
alter table record
  add column rights jsonb not null,
  -- when the worker looks at this record if nobody does before: the end of a notice, of a suspension, of ten years…
  add column next_due timestamptz;
create index record_by_next_due on record (next_due) where next_due is not null;
drop table authorisation;

-- For whom a person acts, or is invited to: 'oid|value' of the person. Made from the rights of each record.
create table proxy (
  record_id uuid not null,
  person    text not null,
  primary key (record_id, person)
);
create index proxy_by_person on proxy (person);

-- Every emergency access, until an officer closes it as justified or not.
create table emergency (
  record_id         uuid not null,
  emergency_id      uuid not null,
  professional      text not null,
  professional_name text not null,
  organisation      text not null,
  mode              text not null,
  reason            text not null,
  opened_at         timestamptz not null,
  review            text check (review in ('justified', 'unjustified')),
  review_note       text not null default '',
  reviewed_by       text not null default '',
  reviewed_at       timestamptz,
  primary key (record_id, emergency_id)
);
create index emergency_by_professional on emergency (professional, opened_at);
create index emergency_to_review on emergency (opened_at) where review is null;

-- A second person who agrees to an emergency access beyond the daily ceiling.
create table second_person (
  record_id    uuid not null,
  professional text not null,
  code         text not null,
  asked_at     timestamptz not null,
  agreed_by    text,
  agreed_at    timestamptz,
  primary key (record_id, professional)
);
create unique index second_person_by_code on second_person (code);

-- What someone is told: that something happened, never what a document says. 'person|oid|value' or 'professional|PS_IdNat'.
create table notification (
  record_id       uuid not null,
  notification_id uuid not null,
  recipient       text not null,
  act             text not null,
  detail          jsonb not null,
  at              timestamptz not null default clock_timestamp(),
  read_at         timestamptz,
  primary key (record_id, notification_id)
);
create index notification_by_recipient on notification (recipient, at);
