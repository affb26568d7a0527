"""SQL of moves that turn: to another host than they were to go to, or to an end, with what their patients are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from carnet.journal.content import Actor
from carnet.journal.database import Database

_MOVER = msgspec.json.encode(Actor("system", "", "Carnet")).decode()

# Where it was begun, the host that it does not go to may stand in, as after any move that is put back.
_AIM = """
with item as materialized (
  select i.*, $1::uuid as campaign_id from unnest($2::uuid[], $3::text[]) as i(record_id, to_host)),
back as (
  update placement p set role = 'stand_in'
  from item i join move m on m.record_id = i.record_id and m.campaign_id = i.campaign_id
  where m.state = 'filling' and p.record_id = m.record_id and p.host_id = m.to_host and p.role = 'filling')
update move m set to_host = i.to_host, state = 'waiting', why = '' from item i
where m.record_id = i.record_id and m.campaign_id = i.campaign_id and m.state in ('waiting', 'filling')
"""

# The request says that it cannot be, its patient is told, and the history of the record keeps it. One that was taken
# back, or replaced by another wish, meanwhile only leaves the list.
_REFUSE = """
with item as materialized (
  select i.*, m.campaign_id, m.to_host, m.state
  from unnest($2::uuid[], $3::text[], $4::text[]) as i(record_id, answer, why)
    join move m on m.record_id = i.record_id and m.campaign_id = $1 and m.state in ('waiting', 'filling')),
back as (
  update placement p set role = 'stand_in' from item i
  where i.state = 'filling' and p.record_id = i.record_id and p.host_id = i.to_host and p.role = 'filling'),
ended as (
  update move m set state = 'elsewhere', why = i.why from item i
  where m.record_id = i.record_id and m.campaign_id = i.campaign_id),
refused as (
  update move_request q set state = 'refused', answer = i.answer, changed_at = clock_timestamp() from item i
  where q.record_id = i.record_id and q.state = 'asked' and q.host_id = i.to_host
  returning q.record_id, q.host_id, q.answer),
told as (
  insert into notification (record_id, notification_id, recipient, act, detail)
  select r.record_id, gen_random_uuid(), 'person|' || r.ins_oid || '|' || r.ins_value, 'move_refused',
    jsonb_build_object('by_kind', 'system')
  from refused join record r on r.record_id = refused.record_id and r.state <> 'erased')
insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
select record_id, gen_random_uuid(), 'move_refused', 'done', 'moving', $1::uuid::text, $5::jsonb,
  jsonb_build_object('host', host_id, 'why', answer)
from refused
"""

_REASONS = """
select why, count(*) from move where campaign_id = $1 and state not in ('released', 'elsewhere') and why <> ''
group by why order by count(*) desc, why limit $2
"""


class TurningStore:
    """What the portal's database knows of moves that cannot go where they were to go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def full(self) -> set[str]:
        """Hosts that have as many records as they may."""
        rows = await self._database.fetch("select host_id from host_standing where counted >= capacity")
        return {row[0] for row in rows}

    async def aim(self, campaign: UUID, hosts: Mapping[UUID, str]) -> None:
        """These go to another host than they were to go to."""
        await self._database.execute(_AIM, campaign, list(hosts), list(hosts.values()))

    async def refuse(self, campaign: UUID, refused: Sequence[tuple[UUID, str, str]]) -> None:
        """The requests behind these cannot be granted: with each the code of why, and that in words."""
        await self._database.execute(
            _REFUSE, campaign, [each[0] for each in refused], [each[1] for each in refused],
            [each[2] for each in refused], _MOVER)

    async def reasons(self, campaign: UUID, limit: int = 3) -> list[tuple[str, int]]:
        """Why records of this campaign are not done, and how many each reason holds up: the most frequent first."""
        return [(row[0], row[1]) for row in await self._database.fetch(_REASONS, campaign, limit)]
