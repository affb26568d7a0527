-- Moving records between hosts, and hosts that leave (docs/protocol.md, rules SWITCH, RELEASE, STANDIN).

-- 'filling': being brought a record it is to keep. 'leaving': no copy of the record any more, not yet known to have
-- erased it. Neither stands in for the record. 'former': erased it, by its receipt.
alter table placement drop constraint placement_role_check;
alter table placement
  add constraint placement_role_check
    check (role in ('home', 'reference', 'stand_in', 'filling', 'leaving', 'former')),
  add column leaving_version bigint;                       -- the placement version under which a leaving host erases
create index placement_by_host on placement (host_id, record_id);

-- One move of many records. What ran is kept for ever: its exit file can be written again.
create table move_campaign (
  campaign_id   uuid primary key,
  kind          text not null check (kind in ('migrate', 'exit', 'requests', 'lost')),
  from_host     text not null,                             -- '' when each record has its own
  to_host       text not null,                             -- '' when each record has its own
  part          text not null check (part in ('home', 'reference', 'any')),
  state         text not null default 'listing' check (state in ('listing', 'running', 'paused', 'ended')),
  why           text not null default '',                  -- why it waits, in words
  rate          integer not null default 0 check (rate >= 0),     -- records a second, 0 for as fast as it goes
  most          bigint not null default 0 check (most >= 0),      -- records in all, 0 for all there are
  in_background boolean not null default false,
  approval      text not null default '',                  -- an officer's word for more erasures than a host does in a day
  by            text not null,
  began_at      timestamptz not null default clock_timestamp(),
  ended_at      timestamptz,
  listed        bigint not null default 0,
  inventory     bytea not null default '',                 -- SHA-256 over the list, as it was made
  worked_ms     bigint not null default 0,                 -- how long somebody worked on it
  bytes         bigint not null default 0,                 -- sealed bytes that were copied
  runner        uuid,
  leased_until  timestamptz not null default '-infinity'
);

-- One record of a campaign. 'waiting' → 'filling' (the target is written down) → 'leaving' (the target is one of the two,
-- the old host holds what nobody counts any more) → 'released' (it erased). 'held': to go, and counted as a stand-in
-- meanwhile, since the two copies could not be verified. 'elsewhere': it was no more there when its turn came.
create table move (
  record_id       uuid not null,
  campaign_id     uuid not null,
  part            text not null check (part in ('home', 'reference', 'stand_in')),
  from_host       text not null,
  to_host         text not null,                           -- '' for a stand-in: nothing takes its place
  state           text not null default 'waiting'
    check (state in ('waiting', 'filling', 'leaving', 'held', 'released', 'elsewhere')),
  leaving_version bigint,
  place           bigint,                                  -- of the record when it was switched
  head            bytea,
  switched_at     timestamptz,
  bodies          bigint,                                  -- that the two copies were verified to hold
  verified_at     timestamptz,
  verified_by     text[],                                  -- the two hosts
  released_at     timestamptz,
  receipt         bytea,                                   -- SHA-256 of the old host's receipt
  why             text not null default '',
  primary key (record_id, campaign_id)
);
create index move_to_do on move (campaign_id, record_id) where state not in ('released', 'elsewhere');
create index move_by_campaign on move (campaign_id, record_id);

-- A receipt of erasure, verbatim: one covers many records.
create table move_receipt (
  campaign_id uuid not null,
  sha256      bytea not null,
  host_id     text not null,
  receipt     text not null,
  at          timestamptz not null default clock_timestamp(),
  primary key (campaign_id, sha256)
);
