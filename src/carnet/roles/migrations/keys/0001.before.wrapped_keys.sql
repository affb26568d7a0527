-- The key store: one wrapped key per record and version, in a database of its own that is never rolled back
-- with the portal's. A row without a key says that the record was erased.

create table wrapped_key (
  record_id    uuid not null,
  version      integer not null,
  wrapped      bytea,
  created_at   timestamptz not null default clock_timestamp(),
  destroyed_at timestamptz,
  primary key (record_id, version),
  check ((wrapped is null) = (destroyed_at is not null))
);
