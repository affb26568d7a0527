-- Calls for projects: chains of steps, only ever appended (docs/calls.md). What steps come to is folded from them.

create table call_for_projects (
  call_id   text primary key,
  steps     bigint not null default 0,
  head      text not null default '',
  opened_at timestamptz not null default clock_timestamp()
);

create table call_step (
  call_id text not null,
  number  bigint not null,
  step_id uuid not null unique,                      -- chosen when the form was shown: what is sent twice is one step
  kind    text not null,
  content bytea not null,
  head    text not null check (head = encode(sha256(content), 'hex')),
  by      text not null,
  at      timestamptz not null default clock_timestamp(),
  primary key (call_id, number)
);
create trigger only_appended before update or delete on call_step for each row execute function refuse_change();
create trigger not_truncated before truncate on call_step for each statement execute function refuse_change();
