-- Bank statements: each once, with the movements that it tells (docs/decisions/0030-bank-statements.md).

create table bank_statement (
  books         text not null,
  account       text not null,               -- its IBAN
  statement_id  text not null,               -- the bank's own
  digest        bytea not null,              -- of the file, which is kept among the proofs
  opened_on     date not null,
  closed_on     date not null,
  opening_cents bigint not null,
  closing_cents bigint not null,
  loaded_by     text not null,
  loaded_at     timestamptz not null default clock_timestamp(),
  primary key (books, account, statement_id)
);

-- Money that came (above 0) or went (below). `paid_by` is the entry that it paid: one, as long as that stands.
create table bank_movement (
  movement_id       uuid primary key,
  books             text not null,
  account           text not null,
  statement_id      text not null,
  number            integer not null,
  booked_on         date not null,
  cents             bigint not null,
  counterparty      text not null,
  counterparty_iban text not null,
  end_to_end_id     text not null,
  reference         text not null,
  bank_reference    text not null,
  paid_by           uuid unique,
  unique (books, account, statement_id, number),
  foreign key (books, account, statement_id) references bank_statement
);
create index bank_movement_booked on bank_movement (books, booked_on);
create index bank_movement_iban on bank_movement (counterparty_iban) where paid_by is not null;

-- What the bank told stays as it told it: only what a movement paid is noted.
create trigger bank_statement_stays before update or delete on bank_statement
  for each row execute function ledger_is_append_only();
create trigger bank_movement_stays before delete on bank_movement
  for each row execute function ledger_is_append_only();
create trigger bank_movement_unchanged before update on bank_movement for each row
  when ((old.movement_id, old.books, old.account, old.statement_id, old.number, old.booked_on, old.cents,
      old.counterparty, old.counterparty_iban, old.end_to_end_id, old.reference, old.bank_reference)
    is distinct from (new.movement_id, new.books, new.account, new.statement_id, new.number, new.booked_on, new.cents,
      new.counterparty, new.counterparty_iban, new.end_to_end_id, new.reference, new.bank_reference))
  execute function ledger_is_append_only();
