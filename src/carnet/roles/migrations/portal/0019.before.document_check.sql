-- Documents to be held to the national rules (docs/decisions/0027-schematrons.md): a row comes with the deposit, the
-- worker settles it. What was found is sealed with the record's key; nothing here says which document it is about.
create table document_check (
  record_id   uuid not null,
  fingerprint bytea not null,                        -- SHA-256 of the record's id and the document's digest
  asked_at    timestamptz not null default clock_timestamp(),
  next_at     timestamptz default clock_timestamp(), -- null: settled
  attempts    integer not null default 0,
  checked_at  timestamptz,
  rules       text not null default '',              -- the digest of the rules it was held to
  key_version integer not null default 0,
  sealed      bytea,
  primary key (record_id, fingerprint)
);
create index document_check_due on document_check (next_at) where next_at is not null;
