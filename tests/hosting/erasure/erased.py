"""Records that are erased, for tests of what follows: closed, asked, and the days have passed."""

from __future__ import annotations

from datetime import timedelta

from carnet.record.ask_erasure import ask_erasure
from carnet.record.close_record import close_record
from carnet.record.due import act_on_due
from carnet.rights.due import ERASURE
from tests.hosting.ground import Ground, Kept
from tests.record.life import let_pass
from tests.running import patient


async def erased(ground: Ground, kept: Kept) -> None:
    """Its holder closed it and asked for it; the worker destroyed its key a month later."""
    asker, ins, stores = patient(kept.patient), kept.patient.ins, ground.stores
    await close_record(asker, ins, motive="patient-demande", stores=stores)
    await ask_erasure(asker, ins, stores)
    await let_pass(ground.platform, kept.record, ERASURE + timedelta(seconds=1))
    while await act_on_due(stores):
        pass
    await ground.platform.quiet()


async def days_pass(ground: Ground, kept: Kept) -> None:
    """The orders of this record are due, and may be tried again."""
    await ground.platform.portal.execute(
        "update erasure_order set due_at = clock_timestamp(), leased_until = '-infinity' where record_id = $1",
        kept.record)
