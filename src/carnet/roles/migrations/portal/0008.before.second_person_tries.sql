-- Codes that a professional typed as second person and that were none: five in a quarter of an hour, and no more are taken.
create table second_person_try (
  try_id       uuid primary key,
  professional text not null,
  at           timestamptz not null default clock_timestamp()
);
create index second_person_try_by_professional on second_person_try (professional, at);
