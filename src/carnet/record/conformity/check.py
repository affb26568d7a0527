"""Hold documents that are due to the national rules, and keep what was found: the worker's part.

The very bytes are judged once for a version of the rules: the row is theirs, whichever documents they came as. What
fails is tried again later, and stops nothing else. Each reading of a document leaves a trace of its own kind: it is
nobody's visit, and hosts count it.
"""

from __future__ import annotations

import logging

import msgspec

from carnet.audit.events import done
from carnet.errors import CarnetError, Gone, IntegrityError, Unavailable
from carnet.journal.content import FiledDocument
from carnet.journal.seal import seal_beside
from carnet.people.caller import SystemCaller
from carnet.record.conformity.client import Checker
from carnet.record.conformity.fingerprint import fingerprint
from carnet.record.conformity.store import Due
from carnet.record.known import Known
from carnet.record.retrieve import content_of
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.rights.held import RecordState

log = logging.getLogger(__name__)

ACT = "check"
WORKER = Asker(SystemCaller(), door="worker")
_AT_ONCE = 16
_SOON_SECONDS, _LATER_SECONDS = 60.0, 3600.0


async def check_due(stores: Stores, checker: Checker) -> int:
    """Check documents that are due; how many were settled. What cannot be read now stays due.

    Raises Unavailable when the rules cannot be run here, or the portal's database is away.
    """
    await checker.version()         # nothing is claimed by who could not settle it
    settled = 0
    for due in await stores.records.checks.claim(_AT_ONCE):
        try:
            settled += await _check(due, stores, checker)
        except Unavailable:
            await stores.records.checks.put_off(due, _SOON_SECONDS)
        except Gone:
            await stores.records.checks.forget(due)
        except CarnetError as error:
            log.info("a document is checked later: %s", type(error).__name__)
            await stores.records.checks.put_off(due, _LATER_SECONDS)
    return settled


async def _check(due: Due, stores: Stores, checker: Checker) -> bool:
    known = await stores.known(due.record, fresh=True)
    if known.rights.state is RecordState.ERASED:
        raise Gone("this record was erased")
    keys = await stores.keys.keys_of(due.record)
    view = await stores.views.at(known, keys)
    filed = next(
        (each for each in view.newest_first if fingerprint(due.record, each.body.digest) == due.fingerprint), None)
    if filed is None:
        raise Gone("no document of the record has these bytes")
    verdict = await checker.check(await _read(filed, known, stores))
    sealed = seal_beside(keys, due.fingerprint, msgspec.json.encode(verdict))
    await stores.records.checks.settle(due, verdict.version, key_version=keys.version, sealed=sealed)
    return True


async def _read(filed: FiledDocument, known: Known, stores: Stores) -> bytes:
    event = done(
        WORKER, ACT, known.record, documents=[filed.entry.entry_uuid], segments=len(filed.body.segments))
    if not await stores.records.trace((event, known)):
        raise Unavailable("the record changed meanwhile")
    try:
        return await content_of(filed, known, stores)
    except IntegrityError:
        log.error("a document cannot be checked: a host gave other bytes than were stored")
        raise
