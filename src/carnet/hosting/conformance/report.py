"""The conformance report: what was found out about a host, signed by who looked, read again without asking anybody.

A signed statement (hosting/signed.py) of its own kind, so that it can be taken for no token and no receipt.
It says which host by its id and its receipt key. It does not say where the host is: the report is read by a committee
and may be published, the key is what identifies a host, and an address would serve only who wishes it ill.
Pure: no clock, no network.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import IntegrityError
from carnet.hosting.signed import sign, verified

FORMAT = 1
KIND = "carnet-conformance"
MOST_BYTES = 4 * 2**20

Result = Literal["passed", "failed", "not run"]
RESULTS: tuple[Result, ...] = ("passed", "failed", "not run")


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call, as it went: never what was sent, so that no token and no key can be in it."""

    call: str
    status: int
    digest: str     # SHA-256 of the answer, hexadecimal; empty when none came


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check: the rule of docs/protocol.md it proves, and in a plain sentence what went wrong, if anything did."""

    name: str
    subject: str
    rule: str
    proves: str
    result: Result
    said: str = ""
    calls: int = 0
    evidence: tuple[Evidence, ...] = ()     # the last calls of the check


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured, of calls with one thing of `body_bytes` each, from `clients` at once."""

    what: Literal["puts", "appends", "reads"]
    calls: int
    clients: int
    body_bytes: int
    per_second: float
    p50_ms: float
    p99_ms: float


class ConformanceReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All checks of the kit, whether they were run or not. `receipt_key` is base64url, `at` is RFC 3339 in UTC."""

    format: Annotated[int, msgspec.Meta(ge=FORMAT, le=FORMAT)]
    kit: str                    # the version of the kit
    host: str
    receipt_key: str
    receipt_key_from: Literal["told", "status"]     # `status`: nobody told it, the host itself said it
    scheme: Literal["http", "https"]
    api: str                    # the version of the host API, as the host's OpenAPI document says it
    at: str
    is_quick: bool
    findings: tuple[Finding, ...]
    speeds: tuple[Speed, ...] = ()
    words: tuple[str, ...] = ()     # the machines in their own words: the host's of itself, then that of the kit

    def of(self, result: Result) -> tuple[Finding, ...]:
        """The checks that ended so."""
        return tuple(finding for finding in self.findings if finding.result == result)

    @property
    def has_passed(self) -> bool:
        """True when every check was run and passed: one that was not run proves nothing."""
        return bool(self.findings) and all(finding.result == "passed" for finding in self.findings)


def signed(report: ConformanceReport, key: Ed25519PrivateKey) -> bytes:
    """The report as it is kept and sent: one line."""
    return sign(msgspec.json.encode(report), KIND, key).encode() + b"\n"


def read_report(content: bytes, kit_public_key: bytes) -> ConformanceReport:
    """The report in these bytes. Raises IntegrityError unless they are one, whole, that this key (32 bytes) signed."""
    if len(content) > MOST_BYTES:
        raise IntegrityError("this is no conformance report: it is too long")
    try:
        said = verified(content.decode("ascii"), KIND, kit_public_key)
        return msgspec.json.decode(said, type=ConformanceReport)
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise IntegrityError("this is no conformance report of a form that is known") from error
