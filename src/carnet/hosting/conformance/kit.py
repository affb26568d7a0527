"""The conformance kit: makes all checks on a host, one after the other, and says what was found.

It goes on after a check that failed: a report names everything that is wrong, not the first thing. What it put at the
host it orders erased at the end.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from carnet.errors import CarnetError, HostUnavailable
from carnet.hosting.bulk_wire import ErasedAnswer
from carnet.hosting.conformance import (
    collection,
    copies,
    durability,
    erase,
    function,
    integrity,
    malformed,
    order,
    orders,
    oversight,
    refusal,
    speed,
)
from carnet.hosting.conformance.check import Check
from carnet.hosting.conformance.client import HostUnderTest, scheme_of, status_of
from carnet.hosting.conformance.durability import Restart
from carnet.hosting.conformance.must import NotRunError, must
from carnet.hosting.conformance.report import FORMAT, ConformanceReport, Finding, Speed

_SUBJECTS = (
    function, order, integrity, collection, erase, copies, refusal, malformed, oversight, durability, speed)
CLEAN_VERSION = 2**40       # later than any version the kit places a record under
_SILENT_CHECKS = 3          # this many in a row without an answer: the host is gone
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is asked. `only`: names of checks; empty for all. Without a restart, durability is not shown."""

    restart: Restart | None = None
    is_quick: bool = False
    only: Collection[str] = ()
    speed_seconds: float = 5.0

    def leaves_out(self, check: Check) -> str:
        """Why this check is not made; empty when it is."""
        if self.only and check.name not in self.only:
            return "it was not asked for"
        if check.needs == "restart" and self.restart is None:
            return "no way to start the host again was given"
        return "the run was a quick one" if check.needs == "time" and self.is_quick else ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the report says of the check itself: the kit's version, whose word the receipt key is, the machine."""

    kit: str
    key_was_told: bool = True
    words: Sequence[str] = ()


async def _erases_all_that_the_kit_made(host: HostUnderTest) -> None:
    """All that this run put at the host is erased at the end of it, on one order for many records."""
    records = list(dict.fromkeys(host.records))
    approval = host.signer.approval(len(records))
    for start in range(0, len(records), _BATCH):
        batch = [(record, CLEAN_VERSION) for record in records[start:start + _BATCH]]
        answer = await host.ask(orders.erase_all(batch, approval), ErasedAnswer)
        must(len(answer.items) == len(batch), "it did not erase all that this run put there")


LAST = Check(
    "erases-all-that-the-kit-made", "erase", "RELEASE", (_erases_all_that_the_kit_made.__doc__ or "").strip(),
    _erases_all_that_the_kit_made)
CHECKS: Sequence[Check] = (*(check for subject in _SUBJECTS for check in subject.CHECKS), LAST)

SUBJECTS = tuple(dict.fromkeys(check.subject for check in CHECKS))


async def examine(
    host: HostUnderTest, extent: Extent, around: Circumstances, *,
    told: Callable[[Finding], None] = lambda _finding: None,
) -> ConformanceReport:
    """Make the checks, tell of each as it ends, and give the report. Raises HostUnavailable if nobody answers."""
    status = await status_of(host)
    host.remembered |= {"restart": extent.restart, "speed_seconds": extent.speed_seconds}
    findings: list[Finding] = []
    silent = 0
    for check in CHECKS:
        if why := "the host stopped answering" if silent >= _SILENT_CHECKS else extent.leaves_out(check):
            finding = _finding(check, "not run", why)
        else:
            finding, was_silent = await _made(check, host)
            silent = silent + 1 if was_silent else 0
        findings.append(finding)
        told(finding)
    speeds: list[Speed] = host.remembered.get("speeds", [])
    return ConformanceReport(
        format=FORMAT, kit=around.kit, host=host.target.host_id,
        receipt_key=urlsafe_b64encode(host.target.receipt_key).rstrip(b"=").decode(),
        receipt_key_from="told" if around.key_was_told else "status", scheme=scheme_of(host.target.url),
        api=await _api(host), at=_day_and_time(host.signer.now()), is_quick=extent.is_quick,
        findings=tuple(findings), speeds=tuple(speeds),
        words=(f"host: version {status.version}, state {status.state}, {status.damaged} damaged", *around.words))


async def _made(check: Check, host: HostUnderTest) -> tuple[Finding, bool]:
    """One check; and whether it failed because nothing answered."""
    host.ledger.begin()
    was_silent = False
    try:
        await check.run(host)
    except NotRunError as error:
        finding = _finding(check, "not run", str(error))
    except CarnetError as error:
        finding, was_silent = _finding(check, "failed", _sentence(error)), isinstance(error, HostUnavailable)
    except (KeyError, TypeError, ValueError) as error:
        # An answer that has the form it announces and lacks what the check then looks for in it.
        finding = _finding(check, "failed", f"an answer lacks what it should have ({type(error).__name__}: {error})")
    else:
        finding = _finding(check, "passed", "")
    evidence = {"calls": host.ledger.calls, "evidence": host.ledger.evidence()}
    return _with(finding, evidence), was_silent


def _finding(check: Check, result: Any, said: str) -> Finding:
    return Finding(check.name, check.subject, check.rule, check.proves, result, said)


def _with(finding: Finding, evidence: dict[str, Any]) -> Finding:
    return replace(finding, **evidence)


def _sentence(error: CarnetError) -> str:
    text = " ".join(str(error).split())
    return text[:400]


async def _api(host: HostUnderTest) -> str:
    try:
        document: dict[str, Any] = (await host.call("GET", "/openapi.json")).of(dict)
        return str(document["info"]["version"])
    except (CarnetError, KeyError, TypeError):
        return ""


def _day_and_time(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
