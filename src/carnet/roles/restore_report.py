"""What differed after a restore, as a page for people and a file for machines. Written as it is read: any length.

May import: record, errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from carnet.record.reconcile.found import Finding
from carnet.record.reconcile.kinds import KINDS
from carnet.record.reconcile.values import Reconcile


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared, how many things of each kind differed, and which."""

    title: str
    counts: Mapping[str, int]
    findings: AsyncIterable[Finding] | Sequence[Finding]
    facts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, reconcile: Reconcile, counts: Mapping[str, int], findings: AsyncIterable[Finding]) -> Self:
        """The report of this reconcile."""
        former = reconcile.former
        state = "is being compared" if reconcile.is_under_way else "was compared with its hosts and serves"
        facts = {
            "why": reconcile.why, "began": reconcile.began_at.isoformat(timespec="seconds"),
            "the restored portal knew all until": reconcile.restored_at.isoformat(timespec="seconds"),
            "it had come to": former.at.isoformat(timespec="seconds") if former is not None else "unknown",
            "last published checkpoint": f"{former.checkpoint.size} events" if former is not None else "unknown",
            "epoch": str(reconcile.epoch or "not yet"), "records compared": str(reconcile.seen),
            "hosts not waited for": ", ".join(reconcile.without) or "none",
        }
        if former is not None and former.matrix:
            facts["access matrix in force before"] = f"number {former.matrix}: load it again if it is not in force"
        return cls(f"the portal {state}", counts, findings, facts)


def described(report: Report) -> str:
    """The report in lines, without the records."""
    counts = report.counts
    if not counts and isinstance(report.findings, Sequence):
        counts = Counter(each.kind for each in report.findings)
    lines = [report.title, *(f"  {name}: {value}" for name, value in report.facts.items())]
    lines += [f"  {number:>8}  {kind}: {KINDS[kind]}" for kind, number in sorted(counts.items())]
    return "\n".join(lines if counts else [*lines, "  nothing differed"])


async def written(report: Report, file: Path) -> None:
    """Write the whole report as JSON, and the same in lines beside it (`.txt`)."""
    with file.open("wb") as data, file.with_suffix(".txt").open("w", encoding="utf-8") as lines:
        head = {"title": report.title, "facts": report.facts, "counts": report.counts, "kinds": KINDS}
        data.write(msgspec.json.encode(head)[:-1] + b',"findings":[')
        lines.write(described(report) + "\n\n")
        separator = b"\n"
        async for each in _all(report.findings):
            data.write(separator + msgspec.json.encode(each))
            separator = b",\n"
            lines.write(f"{each.kind} {each.record} {each.host}".rstrip() + "\n")
        data.write(b"\n]}\n")


async def _all(findings: AsyncIterable[Finding] | Sequence[Finding]) -> AsyncIterator[Finding]:
    if isinstance(findings, Sequence):
        for each in findings:
            yield each
        return
    async for each in findings:
        yield each
