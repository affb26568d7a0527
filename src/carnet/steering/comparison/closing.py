"""Closing: the bytes that are published, of facts and protocol, and their digests. The seal's time is the machine's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from carnet.steering.comparison.facts import Facts
from carnet.steering.comparison.figure import as_csv
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.labels import Labels
from carnet.steering.comparison.pdf import pdf_of
from carnet.steering.comparison.protocol import Protocol
from carnet.steering.comparison.report import Found, report_of
from carnet.steering.comparison.seal import Certified, sealed
from carnet.steering.comparison.signing import Digests


@dataclass(frozen=True, slots=True)
class Made:
    """Facts, figures and the signed report, as they were at this time."""

    facts: Facts
    figures: bytes
    report: bytes
    at: datetime


def made_of(protocol: Protocol, facts: Facts, certified: Certified, *, auditor: str, at: datetime) -> Made:
    """What is published of these facts, the report in French and sealed. `auditor` is the designated one's name."""
    figures = figures_of(protocol, facts)
    report = report_of(Found(protocol, facts, figures, auditor), Labels("fr"))
    pdf = sealed(pdf_of(report, at), certified, reason=f"Comparaison {protocol.id} : {protocol.title}")
    return Made(facts, as_csv(figures), pdf, at)


def digests_of(protocols: Sequence[Protocol], made: Made) -> Digests:
    """What an officer signs."""
    return Digests(
        tuple(each.digest for each in protocols), made.facts.digest, sha256(made.figures), sha256(made.report))


def sha256(content: bytes) -> str:
    """The digest, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
