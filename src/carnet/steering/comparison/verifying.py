"""Verifying a comparison: everything that is published computed again, and every signature. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import Certificate

from carnet.steering.comparison import signing
from carnet.steering.comparison.closing import sha256
from carnet.steering.comparison.facts import facts_of
from carnet.steering.comparison.figure import as_csv
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.seal import seal_of
from carnet.steering.comparison.store import Audit, Closing, KeptProtocol


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose signatures count: the platform's, officers', auditors' by id; certificates that reports are held to."""

    platform: Ed25519PublicKey
    officers: Sequence[Ed25519PublicKey]
    auditors: Mapping[str, Ed25519PublicKey]
    roots: tuple[Certificate, ...]


def faults_of(
    protocols: Sequence[KeptProtocol], closing: Closing | None, audit: Audit | None, keys: Keys,
) -> list[str]:
    """Everything that is not as it was signed; nothing where all is sound."""
    faults = [
        f"protocol, version {each.version}: {fault}" for each in protocols for fault in _about_protocol(each, keys)]
    if closing is not None:
        faults += _about_closing(protocols, closing, keys)
        if audit is not None:
            faults += _about_audit(protocols, closing, audit, keys)
    return faults


def _about_protocol(kept: KeptProtocol, keys: Keys) -> Iterator[str]:
    text = signing.registration(
        kept.protocol.id, kept.version, kept.protocol.digest, because=kept.because, at=kept.at)
    if signing.parse(kept.note)[0] != text:
        yield "its note is of other bytes"
    elif not signing.is_signed(kept.note, keys.platform):
        yield "its note is not signed by the platform's audit key"


def _about_closing(protocols: Sequence[KeptProtocol], closing: Closing, keys: Keys) -> Iterator[str]:
    digests = signing.Digests(
        tuple(each.protocol.digest for each in protocols), sha256(closing.facts), sha256(closing.figures),
        sha256(closing.report))
    text = signing.closing(protocols[0].protocol.id, closing.number, digests, by=closing.by, at=closing.at)
    if signing.parse(closing.note)[0] != text:
        yield "closing: protocol, facts, figures or report are not those that the officer signed"
    elif not any(signing.is_signed(closing.note, key) for key in keys.officers):
        yield "closing: signed by no officer of the settings"
    facts = facts_of(closing.facts)
    protocol = next((each.protocol for each in protocols if each.protocol.digest == facts.protocol), None)
    if protocol is None:
        yield "facts: of no version of the protocol"
    elif as_csv(figures_of(protocol, facts)) != closing.figures:
        yield "figures: computed again from the facts, they are others"
    seal = seal_of(closing.report, keys.roots)
    yield from (f"report: {fault}" for fault in (seal.faults if seal else ("it is not signed",)))


def _about_audit(
    protocols: Sequence[KeptProtocol], closing: Closing, audit: Audit, keys: Keys,
) -> Iterator[str]:
    text = signing.audit(
        signing.parse(closing.note)[0], name=audit.name, checked=audit.checked, at=audit.at)
    key = keys.auditors.get(audit.signatory)
    if audit.number != closing.number or signing.parse(audit.note)[0] != text:
        yield "audit: of another closing, or of other words"
    elif audit.signatory != protocols[-1].protocol.auditor:
        yield f"audit: by {audit.signatory}, whom the protocol does not name"
    elif key is None or not signing.is_signed(audit.note, key):
        yield f"audit: not signed by the key of {audit.signatory}"
