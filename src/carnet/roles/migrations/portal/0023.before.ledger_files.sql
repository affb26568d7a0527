-- Files of accounting entries: what was imported, from which file, by which mapping (docs/accountants/files.md).

-- A line of a FEC may name another document than its entry does.
alter table ledger_line add column piece text not null default '', add column piece_on date;

create table ledger_mapping (
  books   text not null,
  version integer not null,
  content text not null,                             -- TOML
  kept_by text not null,
  kept_at timestamptz not null default clock_timestamp(),
  primary key (books, version)
);

-- A file as it was received: the proof of all entries that name its digest. Compressed in parts.
create table ledger_file (
  digest     bytea primary key,
  name       text not null,
  size       bigint not null,
  parts      integer not null,
  stored_at  timestamptz not null default clock_timestamp()
);
create table ledger_file_part (
  digest   bytea not null,
  part     integer not null,
  size     integer not null,                         -- before compression
  content  bytea not null,
  primary key (digest, part)
);
alter table ledger_file_part alter content set storage external;

create table ledger_import (
  batch       uuid primary key,
  books       text not null,
  digest      bytea not null,
  form        text not null,                         -- 'fec', or 'lines'
  fiscal_year integer not null,
  mapping     integer not null,                      -- its version; 0: none
  entries     bigint not null,
  lines       bigint not null,
  debit_cents numeric(24) not null,
  imported_by text not null,
  imported_at timestamptz not null default clock_timestamp(),
  unique (books, digest)
);

create trigger ledger_mapping_stays before update or delete on ledger_mapping
  for each row execute function ledger_is_append_only();
create trigger ledger_file_stays before update or delete on ledger_file
  for each row execute function ledger_is_append_only();
create trigger ledger_file_part_stays before update or delete on ledger_file_part
  for each row execute function ledger_is_append_only();
create trigger ledger_import_stays before update or delete on ledger_import
  for each row execute function ledger_is_append_only();
