-- The ledger: books, their entries and lines, only ever appended (docs/ledger.md, docs/decisions/0028-ledger.md).

create table ledger_books (
  books          text primary key,                   -- 'programme', or an operator's own
  name           text not null,
  siren          text not null default '',
  entries        bigint not null default 0,
  head           bytea not null,                     -- of the chain of its entries
  closed_through date not null default '0001-01-01'
);

-- A set of dimensions, once: lines name it. The columns are those of ledger/dimensions.py.
create table ledger_dimensions (
  dimensions_id    integer primary key generated always as identity,
  digest           bytea not null unique,
  category         text not null,
  certainty        text not null check (certainty in ('paid', 'invoiced', 'committed', 'estimated')),
  payer            text not null,
  beneficiary      text not null,
  funding_line     text not null,
  legal_act        text not null,
  contract         text not null,
  lot              text not null,
  phase            text not null,
  region           text not null,
  host             text not null,
  consortium       text not null,
  share_millionths integer not null check (share_millionths between 0 and 1000000),
  share_reason     text not null
);

create table ledger_proof (
  digest     bytea primary key check (digest = sha256(content)),
  name       text not null,
  media_type text not null,
  content    bytea not null,
  stored_at  timestamptz not null default clock_timestamp()
);
alter table ledger_proof alter content set storage external;

create table ledger_entry (
  books         text not null,
  place         bigint not null,                     -- in the chain: 1, 2, 3…
  entry_id      uuid not null unique,
  journal       text not null,
  journal_label text not null,
  number        text not null,
  fiscal_year   integer not null,
  dated         date not null,
  label         text not null,
  piece         text not null,
  piece_on      date,
  valid_on      date,
  committed_on  date,
  invoiced_on   date,
  paid_on       date,
  accrued_on    date,
  proof         bytea,
  reverses      uuid unique,
  settles       uuid,
  entered_by    text not null,
  entered_at    timestamptz not null default clock_timestamp(),
  batch         uuid,                                -- what was imported together
  salt          bytea not null,
  head          bytea not null,
  written_in    xid8 not null default pg_current_xact_id(),
  primary key (books, place),
  unique (books, fiscal_year, journal, number)
);
create index ledger_entry_settles on ledger_entry (settles) where settles is not null;
create index ledger_entry_dated on ledger_entry (books, dated);
create index ledger_entry_batch on ledger_entry (batch) where batch is not null;

create table ledger_line (
  books            text not null,
  place            bigint not null,
  line             integer not null,
  dated            date not null,
  dimensions_id    integer not null,
  share_millionths integer not null,
  account          text not null check (account ~ '^[1-9][0-9A-Z]{0,19}$'),
  debit_cents      bigint not null,
  credit_cents     bigint not null,
  attributable_cents bigint not null generated always as (
    (debit_cents - credit_cents) / 1000000 * share_millionths
    + ((debit_cents - credit_cents) % 1000000 * share_millionths
      + case when debit_cents < credit_cents then -500000 else 500000 end) / 1000000) stored,
  label            text not null,
  account_label    text not null,
  auxiliary        text not null,
  auxiliary_label  text not null,
  lettering        text not null,
  lettered_on      date,
  currency         text not null,
  currency_amount  text not null,
  source_line      integer not null,
  primary key (books, place, line),
  check (debit_cents = 0 or credit_cents = 0)
);
create index ledger_line_of_dimensions on ledger_line (dimensions_id, dated);

-- What figures are made of: the sums of lines by month, dimensions and account, kept with the lines themselves.
create table ledger_sum (
  books              text not null,
  month              date not null,
  dimensions_id      integer not null,
  account            text not null,
  debit_cents        numeric(24) not null,
  credit_cents       numeric(24) not null,
  attributable_cents numeric(24) not null,
  lines              bigint not null,
  primary key (books, month, dimensions_id, account)
);

create table ledger_period (
  books        text not null,
  month        date not null,
  entries      bigint not null,
  head         bytea not null,
  debit_cents  numeric(24) not null,
  credit_cents numeric(24) not null,
  closed_by    text not null,
  closed_at    timestamptz not null default clock_timestamp(),
  signature    bytea,
  primary key (books, month)
);

-- Nobody changes or deletes what was entered: not this program either.
create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is only ever appended to' using errcode = 'restrict_violation';
end $$;
create trigger ledger_entry_stays before update or delete on ledger_entry
  for each row execute function ledger_is_append_only();
create trigger ledger_line_stays before update or delete on ledger_line
  for each row execute function ledger_is_append_only();
create trigger ledger_dimensions_stay before update or delete on ledger_dimensions
  for each row execute function ledger_is_append_only();
create trigger ledger_proof_stays before update or delete on ledger_proof
  for each row execute function ledger_is_append_only();
create trigger ledger_entry_not_truncated before truncate on ledger_entry
  for each statement execute function ledger_is_append_only();
create trigger ledger_line_not_truncated before truncate on ledger_line
  for each statement execute function ledger_is_append_only();
-- Of a closed period only the signature may still come.
create trigger ledger_period_stays before delete on ledger_period
  for each row execute function ledger_is_append_only();
create trigger ledger_period_unchanged before update on ledger_period for each row
  when (old.signature is not null or (old.books, old.month, old.entries, old.head, old.debit_cents, old.credit_cents)
    is distinct from (new.books, new.month, new.entries, new.head, new.debit_cents, new.credit_cents))
  execute function ledger_is_append_only();

create function ledger_entries_added() returns trigger language plpgsql as $$
declare closed text;
begin
  select format('%s is closed through %s', books, closed_through) into closed
  from added join ledger_books using (books) where dated <= closed_through limit 1;
  if closed is not null then
    raise exception '%', closed using errcode = 'check_violation', constraint = 'ledger_period_open';
  end if;
  return null;
end $$;
create trigger ledger_entries_added after insert on ledger_entry referencing new table as added
  for each statement execute function ledger_entries_added();

-- Debits are credits in every entry and, within it, in every set of dimensions; and a line comes with its entry, in the
-- same transaction: nothing is added to an entry that was there before.
create function ledger_lines_added() returns trigger language plpgsql as $$
begin
  if exists (select from added group by books, place, dimensions_id having sum(debit_cents) <> sum(credit_cents)) then
    raise exception 'debits and credits differ' using errcode = 'check_violation', constraint = 'ledger_balanced';
  end if;
  if exists (
    select from (select distinct books, place from added) one left join ledger_entry entry using (books, place)
    where entry.written_in is distinct from pg_current_xact_id()) then
    raise exception 'a line without its entry' using errcode = 'check_violation', constraint = 'ledger_entry_whole';
  end if;
  insert into ledger_sum as kept
  select books, date_trunc('month', dated)::date, dimensions_id, account, sum(debit_cents), sum(credit_cents),
    sum(attributable_cents), count(*)
  from added group by 1, 2, 3, 4
  on conflict (books, month, dimensions_id, account) do update set
    debit_cents = kept.debit_cents + excluded.debit_cents, credit_cents = kept.credit_cents + excluded.credit_cents,
    attributable_cents = kept.attributable_cents + excluded.attributable_cents, lines = kept.lines + excluded.lines;
  return null;
end $$;
create trigger ledger_lines_added after insert on ledger_line referencing new table as added
  for each statement execute function ledger_lines_added();
