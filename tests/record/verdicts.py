"""Verdicts as the worker leaves them, for tests of what is told of them."""

from __future__ import annotations

import msgspec

from carnet.documents.schematron.verdict import Broken, NotRun, Severity, Verdict
from carnet.journal.seal import seal_beside
from carnet.record.stores import Stores

RULES = "CI-SIS_ESSAI_2026.01"
TEXT = "[ESSAI] Le code de la section doit être présent."
PLACE = "/ClinicalDocument/component/structuredBody"
BROKEN = Verdict(
    "1", (RULES,), (NotRun("IHE", "it took more time or memory than it may"),),
    (Broken(RULES, "Entete", Severity.ERROR, TEXT, 2, (PLACE,)),))


async def settle_all(stores: Stores, verdict: Verdict = BROKEN) -> int:
    """Give every document that waits this verdict; how many."""
    due = await stores.records.checks.claim(100)
    for each in due:
        keys = await stores.keys.keys_of(each.record)
        sealed = seal_beside(keys, each.fingerprint, msgspec.json.encode(verdict))
        await stores.records.checks.settle(each, verdict.version, key_version=keys.version, sealed=sealed)
    return len(due)
