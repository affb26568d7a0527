"""Keeping a comparison: register and amend its protocol, draw its sample, take incidents and answers, close it by two.

Each is checked against what is kept, then written. `store.py` refuses what comes after an auditor countersigned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from carnet.errors import Conflict, InvalidInput, Issue
from carnet.steering.comparison import rules, signing
from carnet.steering.comparison.closing import Made, digests_of
from carnet.steering.comparison.facts import Incident
from carnet.steering.comparison.protocol import Protocol
from carnet.steering.comparison.sample import Frame
from carnet.steering.comparison.store import Audit, Closing, ComparisonStore, KeptProtocol
from carnet.steering.comparison.survey import Sheet, read_csv

Sign = Callable[[bytes], bytes]
_PLATFORM = "carnet"


@dataclass(frozen=True, slots=True)
class Auditor:
    """The signatory that a protocol designates, as settings register them."""

    id: str
    name: str
    sign: Sign


class Comparisons:
    """What named persons do with comparisons. `sign` is the platform's signature, for protocols."""

    def __init__(self, store: ComparisonStore, sign: Sign) -> None:
        self._store, self._sign = store, sign

    async def register(self, protocol: Protocol, by: str, *, demonstration: bool) -> KeptProtocol:
        """Keep a protocol, signed, before its first day. Raises InvalidInput with every reason, Conflict."""
        rules.check(protocol, await self._store.today(), demonstration=demonstration)
        return await self._add(protocol, 1, "", by)

    async def amend(self, protocol: Protocol, because: str, by: str) -> KeptProtocol:
        """Keep another version of a protocol. Raises InvalidInput, NotFound, Conflict."""
        versions = await self._store.protocols(protocol.id)
        rules.check_amendment(protocol, versions[-1].protocol, because=because)
        return await self._add(protocol, versions[-1].version + 1, because, by)

    async def _add(self, protocol: Protocol, version: int, because: str, by: str) -> KeptProtocol:
        at = await self._store.now()
        text = signing.registration(protocol.id, version, protocol.digest, because=because, at=at)
        note = signing.note(text, _PLATFORM, self._sign(text.encode()))
        kept = KeptProtocol(version, protocol, because, note, by, at)
        await self._store.add_protocol(kept)
        return kept

    async def tell(self, comparison: str, incident: Incident) -> None:
        """Take down an incident. Raises InvalidInput, NotFound, Conflict."""
        protocol = (await self._store.protocols(comparison))[-1].protocol
        issues = []
        if not protocol.from_ <= incident.on <= protocol.until:
            issues.append(Issue("value", f"is not between {protocol.from_} and {protocol.until}", "on"))
        if incident.on > await self._store.today():
            issues.append(Issue("value", "is yet to come", "on"))
        if not incident.words.strip():
            issues.append(Issue("required", "says what happened", "words"))
        if not incident.by.strip():
            issues.append(Issue("required", "is said by somebody", "by"))
        if incident.minutes_down is not None and incident.minutes_down < 0:
            issues.append(Issue("value", "is below 0", "minutes"))
        if incident.cohort and incident.cohort not in {each.id for each in protocol.cohorts}:
            issues.append(Issue("not-found", f"there is no cohort {incident.cohort}", "cohort"))
        if incident.host and incident.host not in {host for each in protocol.cohorts for host in each.hosts}:
            issues.append(Issue("not-found", f"{incident.host} is a host of neither cohort", "host"))
        if incident.host and incident.cohort:
            issues.append(Issue("business-rule", "names a host or a cohort, not both", "host"))
        if issues:
            raise InvalidInput(*issues)
        await self._store.add_incident(comparison, incident)

    async def draw(self, comparison: str, by: str) -> dict[str, dict[str, int]]:
        """Draw whom the survey asks, of both cohorts; how many of each stratum. Raises InvalidInput, Conflict."""
        protocol = (await self._store.protocols(comparison))[-1].protocol
        found = {}
        for cohort in protocol.cohorts:
            frame = Frame(f"{protocol.seed} {cohort.id}", protocol.sample)
            async for record, departement in self._store.frame(cohort):
                frame.add(record, protocol.stratum_of(departement))
            try:
                drawn = frame.drawn(protocol.sample)
            except ValueError as error:
                raise InvalidInput(Issue("business-rule", str(error), f"cohort {cohort.id}")) from error
            found[cohort.id] = (frame, drawn)
        for name, (frame, drawn) in found.items():
            await self._store.keep_draw(comparison, name, frame, drawn, by)
        return {name: {stratum: len(records) for stratum, records in drawn.items()}
                for name, (_, drawn) in found.items()}

    async def answer(self, comparison: str, content: bytes, by: str) -> list[Sheet]:
        """Take the answers of a file, all or none. Raises InvalidInput with every issue, Conflict."""
        protocol = (await self._store.protocols(comparison))[-1].protocol
        drawn = {name: who for _, name, who in await self._store.sampled(comparison)}
        sheets = read_csv(content, protocol, drawn)
        await self._store.keep_sheets(comparison, sheets, drawn, by)
        return sheets

    async def close(self, comparison: str, made: Made, by: str, sign: Sign) -> Closing:
        """Close it with these bytes, signed by an officer. Raises InvalidInput before its end, Conflict."""
        versions = await self._store.protocols(comparison)
        if await self._store.today() <= versions[-1].protocol.until:
            last = versions[-1].protocol.until
            raise InvalidInput(Issue("business-rule", f"its last day, {last}, is not over", "until"))
        if versions[-1].protocol.digest != made.facts.protocol:
            raise Conflict("the protocol was amended meanwhile: gather the facts again")
        before = await self._store.closing(comparison)
        number = before.number + 1 if before else 1
        text = signing.closing(
            comparison, number, digests_of([each.protocol for each in versions], made), by=by, at=made.at)
        closing = Closing(number, made.facts.content, made.figures, made.report,
                          signing.note(text, by, sign(text.encode())), by, made.at)
        await self._store.close(comparison, closing)
        return closing

    async def countersign(self, comparison: str, auditor: Auditor, checked: Sequence[str]) -> Audit:
        """Countersign the last closing, as the designated auditor. Raises InvalidInput, NotFound, Conflict."""
        protocol = (await self._store.protocols(comparison))[-1].protocol
        closing = await self._store.closing(comparison)
        if closing is None:
            raise Conflict(f"nobody closed comparison {comparison} yet")
        if auditor.id != protocol.auditor:
            raise InvalidInput(Issue("business-rule", f"the protocol names {protocol.auditor}", "signatory"))
        if not [each for each in checked if each.strip()]:
            raise InvalidInput(Issue("required", "an audit names what was checked", "checked"))
        at: datetime = await self._store.now()
        text = signing.audit(signing.parse(closing.note)[0], name=auditor.name, checked=checked, at=at)
        audit = Audit(closing.number, auditor.id, auditor.name, tuple(checked),
                      signing.note(text, auditor.id, auditor.sign(text.encode())), at)
        await self._store.countersign(comparison, audit)
        return audit
