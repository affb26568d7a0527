-- Oversight of hosts: what they said they hold, what they were asked to prove, what they count; and orders of erasure
-- (docs/operators/oversight.md, docs/operators/life-of-a-record.md).

-- What a host last signed of a record on a day: that its chain ends there ('holds'), or that it erased it ('erased'). A head
-- covers all that is before it, so that the last one of a day says what the others did. 'committed', with no host, is the
-- portal's own word for what no host had received when the day's root was made. May be partitioned by day.
create table receipt (
  record_id uuid not null,
  host_id   text not null,
  day       date not null,
  says      text not null check (says in ('holds', 'erased', 'committed')),
  place     bigint not null,
  head      bytea not null,
  lacking   bigint,                                  -- named bodies it said it lacks; null when it did not say
  heard_at  timestamptz not null,
  signed    bytea not null,                          -- SHA-256 of the receipt, which is in signed_receipt
  primary key (record_id, host_id, day, says)
);
create index receipt_by_day on receipt (day, record_id, host_id, says);

-- The receipts themselves: one may be about many records. Global by nature, like the audit log; no request reads it.
create table signed_receipt (
  day     date not null,
  digest  bytea not null,
  host_id text not null,
  receipt text not null,
  primary key (day, digest)
);

-- A host said a shorter chain, or another one, than it had signed that it holds, and nobody had ordered it to erase.
create table contradiction (
  record_id  uuid not null,
  host_id    text not null,
  held_place bigint not null,
  held_head  bytea not null,
  receipt    text not null,                          -- the receipt that is contradicted
  told_place bigint not null,
  told_head  bytea not null,
  how        text not null,                          -- by which answer
  noted_at   timestamptz not null default clock_timestamp(),
  traced_at  timestamptz,                            -- when the audit log was told
  primary key (record_id, host_id, held_place)
);
create index contradiction_to_trace on contradiction (noted_at) where traced_at is null;
create index contradiction_by_host on contradiction (host_id, noted_at);

-- How a host did on a day (UTC). Counts only; what was never asked is null or 0.
create table host_audit (
  host_id           text not null,
  day               date not null,
  asked             bigint not null default 0,       -- records it was asked to prove that it holds
  right_answers     bigint not null default 0,
  wrong_answers     bigint not null default 0,
  missing_answers   bigint not null default 0,       -- it said that it does not hold what it should
  unanswered        bigint not null default 0,
  answer_ms         bigint not null default 0,       -- in all, over the answers
  compared_at       timestamptz,                     -- its last whole inventory of the day, and what that showed
  compared          bigint not null default 0,
  lacking           bigint not null default 0,
  unknown_records   bigint not null default 0,
  ahead             bigint not null default 0,
  contradicted      bigint not null default 0,
  bodies_read       bigint,                          -- that left it, by its own signed count
  explained_reads   bigint,
  unexplained_reads bigint,
  counts_receipt    text,
  primary key (host_id, day)
);

-- Sealed bodies that our own processes asked hosts for, by purpose. `near` are those of the minute before or after the day:
-- clocks differ. Does not grow with records.
create table body_read (
  day     date not null,
  host_id text not null,
  process uuid not null,
  purpose text not null,
  bodies  bigint not null default 0,
  near    bigint not null default 0,
  primary key (day, host_id, process, purpose)
);

create table daily_root (
  day          date primary key,
  size         bigint not null,
  root         bytea not null,
  made_at      timestamptz not null default clock_timestamp(),
  signature    bytea not null,
  witness      text,                                 -- the reference operator's receipt
  witnessed_at timestamptz
);

-- Which worker does what, when: any number of them may run.
create table oversight_turn (
  what    text not null,
  host_id text not null,
  next_at timestamptz not null,
  primary key (what, host_id)
);

-- A record that is erased: when that was committed, and when its key was destroyed, by the key store's clock.
create table erasure (
  record_id        uuid primary key,
  erased_at        timestamptz not null default clock_timestamp(),
  key_destroyed_at timestamptz
);

-- One order per host that was ever given anything of the record (rule EVER).
create table erasure_order (
  record_id    uuid not null,
  host_id      text not null,
  ordered_at   timestamptz not null default clock_timestamp(),
  due_at       timestamptz not null,
  leased_until timestamptz not null default '-infinity',
  attempts     integer not null default 0,
  waits_for    text not null default '',             -- why it is still due: what went wrong last
  receipt      text,
  done_at      timestamptz,
  entries      bigint,
  bodies       bigint,
  primary key (record_id, host_id)
);
create index erasure_order_due on erasure_order (host_id, due_at) where done_at is null;

-- Officers' words that a host may erase more in a day than its ceiling.
create table erasure_approval (
  approval_id uuid primary key,
  host_id     text not null,
  approval    text not null,
  most        bigint not null,
  ends_at     timestamptz not null,
  reason      text not null,
  approved_by text not null,
  approved_at timestamptz not null default clock_timestamp()
);

-- Records that were erased before there were orders. Their keys are long destroyed; when, the key store says.
insert into erasure (record_id) select record_id from record where state = 'erased';
insert into erasure_order (record_id, host_id, due_at)
select r.record_id, p.host_id, clock_timestamp()
from record r join placement p on p.record_id = r.record_id where r.state = 'erased' and p.receipt is null;
