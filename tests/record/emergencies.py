"""What tests of emergency accesses share: askers who break the glass, and accesses opened before."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from carnet.people.caller import OfficerCaller, ProfessionalCaller
from carnet.rights.access import AccessMode, Asker
from tests.running import OTHER_DOCTOR, Platform

REASON = "Patient inconscient aux urgences"
REGULATOR = msgspec.structs.replace(OTHER_DOCTOR, ps_id="810000000025", family="REGULE", is_regulator=True)
OFFICER = Asker(OfficerCaller("agent-1", "ESSAI", "Odile"), door="test")


def breaking(
    platform: Platform, caller: ProfessionalCaller = OTHER_DOCTOR, *, logged_in_seconds_ago: int = 10,
    mode: AccessMode = AccessMode.BREAK_THE_GLASS,
) -> Asker:
    """This professional, in an emergency, who logged in a moment ago."""
    login = platform.stores.clock.now() - timedelta(seconds=logged_in_seconds_ago)
    return Asker(caller, mode, door="test", authenticated_at=login)


async def opened_before(
    platform: Platform, count: int, *, hours_ago: float = 1, caller: str = OTHER_DOCTOR.ps_id, reason: str = REASON,
) -> None:
    """So many accesses of this professional, each to a record of its own."""
    await platform.portal.execute(
        "insert into emergency"
        " (record_id, emergency_id, professional, professional_name, organisation, mode, reason, opened_at)"
        " select gen_random_uuid(), gen_random_uuid(), $1, 'Anne IMAGINAIRE', 'Autre cabinet inventé',"
        "  'bris_de_glace', $2, clock_timestamp() - $3::float8 * interval '1 hour' from generate_series(1, $4)",
        caller, reason, hours_ago, count)


async def recipients(platform: Platform, act: str) -> set[str]:
    """Who was told of this act."""
    rows = await platform.portal.fetch("select recipient from notification where act = $1", act)
    return {row["recipient"] for row in rows}


async def traces(platform: Platform, act: str, outcome: str) -> int:
    """How many traces of this act, with this outcome, there are."""
    count: int = await platform.portal.fetchval(
        "select count(*) from audit_event where act = $1 and outcome = $2", act, outcome)
    return count
