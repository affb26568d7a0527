-- Adoption: how many records there are, who reads them, what they hold, each day, against which plan
-- (docs/adoption.md, docs/decisions/0032-adoption.md).

-- A document of this record was opened on this day (UTC): by its holder's side (the nil visitor), or by a professional (a
-- digest of the record and of who it was: nothing else is made of it). Written with the trace; gone with the day's count.
create table record_visit (
  record_id uuid not null,
  day       date not null,
  visitor   uuid not null,
  primary key (record_id, day, visitor)
);

-- The last day on which each side opened a document of this record.
create table record_read (
  record_id       uuid primary key,
  by_professional date,
  by_holder       date
);

-- Useful consultations of a day: a professional who opened a document of a record, once. Does not grow with records.
create table visit_day (
  day         date not null,
  home        text not null,
  departement text not null,
  cohort      text not null,
  visits      bigint not null,
  primary key (day, home, departement, cohort)
);

-- All records of the last day that was counted, by what is asked of them; of no day before it.
create table adoption_cell (
  day             date not null,
  home            text not null,
  departement     text not null,
  cohort          text not null,
  state           text not null,
  is_activated    boolean not null,
  refuses_feeding boolean not null,
  is_recent       boolean not null,
  documents       smallint not null check (documents in (0, 1, 5)),      -- none, one to four, five or more
  is_read         boolean not null,
  records         bigint not null,
  in_force        bigint not null,                                       -- documents
  primary key (day, home, departement, cohort, state, is_activated, refuses_feeding, is_recent, documents, is_read)
);
create table adoption_source (
  day         date not null,
  home        text not null,
  departement text not null,
  cohort      text not null,
  source      text not null,
  records     bigint not null,
  in_force    bigint not null,
  primary key (day, home, departement, cohort, source)
);
create table adoption_type (
  day        date not null,
  type_code  text not null,
  documents  bigint not null,
  structured bigint not null,
  records    bigint not null,
  primary key (day, type_code)
);
create table adoption_feeder (
  day           date not null,
  departement   text not null,
  source        text not null,
  organisations bigint not null,
  primary key (day, departement, source)
);

-- How far the count of a day has come: records up to `after` are in it. `counted` is the last day that is whole.
create table adoption_turn (
  the_one  boolean primary key default true check (the_one),
  counted  date,
  counting date,
  after    uuid not null default '00000000-0000-0000-0000-000000000000'
);
insert into adoption_turn default values;

-- What was planned: files, each a version; the last one is in force.
create table adoption_plan (
  version   integer primary key,
  content   text not null,
  loaded_by text not null,
  loaded_at timestamptz not null default clock_timestamp()
);
create trigger only_appended before update or delete on adoption_plan
  for each row execute function refuse_change();
