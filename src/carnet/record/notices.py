"""Who is told of a change: the holder of everything, and others of what concerns them. Never what a document says."""

from __future__ import annotations

from carnet.record.effects import Notice, to_person
from carnet.record.known import Known
from carnet.rights.access import Act, Asker
from carnet.rights.held import RecordRights


def notices_of(asker: Asker, act: Act, known: Known, rights: RecordRights) -> tuple[Notice, ...]:
    """The notices that go with this change."""
    return (Notice(to_person(known.holder), act.value),)
