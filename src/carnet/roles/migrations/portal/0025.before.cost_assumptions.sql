-- What forecasts of a year's cost suppose, version by version, as somebody of the authority wrote it down (docs/costs.md).

create table cost_assumptions (
  year        integer not null,
  version     integer not null,                      -- 1, 2, 3… in its year
  assumptions jsonb not null,
  said_by     text not null,
  said_at     timestamptz not null default clock_timestamp(),
  primary key (year, version)
);
create trigger cost_assumptions_stay before update or delete on cost_assumptions
  for each row execute function ledger_is_append_only();
create trigger cost_assumptions_not_truncated before truncate on cost_assumptions
  for each statement execute function ledger_is_append_only();
