"""The conformance report: what was found out about a host, signed by who looked, read again without asking anybody.

A JWS compact (RFC 7515, EdDSA) of type `carnet-conformance+jws`, so that it can be taken for no token and no receipt.
It says which host by its id and its receipt key. It does not say where the host is: the report is read by a committee
and may be published, the key is what identifies a host, and an address would serve only who wishes it ill.
Pure: no clock, no network.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.errors import IntegrityError

FORMAT = 1
MOST_BYTES = 4 * 2**20
_HEADER = urlsafe_b64encode(b'{"alg":"EdDSA","typ":"carnet-conformance+jws"}').rstrip(b"=")

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
    content = _HEADER + b"." + _encoded(msgspec.json.encode(report))
    return content + b"." + _encoded(key.sign(content)) + b"\n"


def read_report(content: bytes, kit_public_key: bytes) -> ConformanceReport:
    """The report in these bytes. Raises IntegrityError unless they are one, whole, that this key (32 bytes) signed."""
    if len(content) > MOST_BYTES:
        raise IntegrityError("this is no conformance report: it is too long")
    line, _, signature = content.strip().rpartition(b".")
    try:
        Ed25519PublicKey.from_public_bytes(kit_public_key).verify(_decoded(signature), line)
        header, _, payload = line.partition(b".")
        if header != _HEADER:
            raise IntegrityError("the key of the kit signed this, and it is no conformance report")
        return msgspec.json.decode(_decoded(payload), type=ConformanceReport)
    except (InvalidSignature, msgspec.MsgspecError, ValueError) as error:
        raise IntegrityError("this is no conformance report that the kit with this key signed") from error


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decoded(data: bytes) -> bytes:
    return urlsafe_b64decode(data + b"=" * (-len(data) % 4))
