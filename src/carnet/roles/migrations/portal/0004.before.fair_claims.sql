-- Workers take what was tried longest ago, or never: what waits for a host that is away for a day keeps nothing else
-- from its turn. These two indexes give that order.

create index outbox_by_lease on outbox (leased_until, committed_at);
create index catch_up_by_lease on catch_up (leased_until, noted_at);
