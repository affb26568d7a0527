"""Reads: what each host counts and signs, against what explains it. A read without a trace shows at the host.

Two comparisons. Per host: what left it, by its own signed count, against what our processes asked it for. For the
platform: what our processes asked for as a retrieval, against the traces of retrievals in the audit log. What is over
in the second is laid to hosts in proportion to the retrievals asked of each.
It does not show: a read that has a trace, true or made up; journal pages (they hold no document); fewer bodies than
the margin; what a host reads for itself, or does not count; one who falsifies traces and counts alike, but traces are
in the audit log, whose checkpoints are kept elsewhere.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RETRIEVE = "retrieve"
_UNANSWERED = "export_unanswered"
_IN_AN_EXPORT = 2_000       # bodies that may have left in an export whose answer never arrived: 16 MiB of small ones


@dataclass(frozen=True, slots=True)
class Explained:
    """Bodies that left a host on a day: by its own count, of these how many are explained, and how many are not."""

    left: int
    explained: int
    unexplained: int

    def is_alarm(self, margin: int) -> bool:
        """True beyond the margin, which is for processes that died before they had counted."""
        return self.unexplained > margin


def explained(
    left: Mapping[str, int], asked: Mapping[str, Mapping[str, int]], traced: int,
) -> dict[str, Explained]:
    """For each host that said what left it: how much of that is explained.

    `asked` are bodies that our processes asked each host for, by purpose; `traced` those of all traced retrievals.
    """
    retrieved = {host: asked.get(host, {}).get(RETRIEVE, 0) for host in left}
    all_retrieved = sum(by_purpose.get(RETRIEVE, 0) for by_purpose in asked.values())
    traceless = max(0, all_retrieved - traced)
    found = {}
    for host, count in left.items():
        share = -(-traceless * retrieved[host] // all_retrieved) if all_retrieved else 0
        unexplained = min(count, max(0, count - _allowed(asked.get(host, {}))) + share)
        found[host] = Explained(count, count - unexplained, unexplained)
    return found


def _allowed(by_purpose: Mapping[str, int]) -> int:
    unanswered = by_purpose.get(_UNANSWERED, 0)
    return sum(by_purpose.values()) - unanswered + unanswered * _IN_AN_EXPORT
