"""What is signed: the registration of a protocol by the platform, its closing by an officer, its audit by a signatory.

Each is a short text that anybody can keep and check with a public key (Ed25519), as checkpoints of the audit log are.
Pure.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.errors import InvalidInput, Issue

ORIGIN = "carnet/comparison"
_MARK = "— "


@dataclass(frozen=True, slots=True)
class Digests:
    """What a closing is of: the SHA-256 of each version of the protocol, of facts, figures and report."""

    protocols: tuple[str, ...]
    facts: str
    figures: str
    report: str

    @property
    def lines(self) -> str:
        """As they are signed."""
        return "".join(f"protocol {each}\n" for each in self.protocols) + (
            f"facts {self.facts}\nfigures {self.figures}\nreport {self.report}\n")


def registration(comparison: str, version: int, digest: str, *, because: str, at: datetime) -> str:
    """The text of a registration (version 1), or of an amendment."""
    why = f"because {_one_line(because)}\n" if because else ""
    return f"{ORIGIN}\nprotocol {comparison} {version}\nsha256 {digest}\n{why}at {_told(at)}\n"


def closing(comparison: str, number: int, digests: Digests, *, by: str, at: datetime) -> str:
    """The text of a closing, which the officer signs."""
    return f"{ORIGIN}\nclosing {comparison} {number}\n{digests.lines}by {_one_line(by)}\nat {_told(at)}\n"


def audit(closing_text: str, *, name: str, checked: Sequence[str], at: datetime) -> str:
    """The text of an audit, which the auditor signs: the whole closing, and what was checked."""
    lines = "".join(f"checked {_one_line(each)}\n" for each in checked)
    return f"{closing_text}{lines}audited by {_one_line(name)}\nat {_told(at)}\n"


def note(text: str, name: str, signature: bytes) -> str:
    """The text with its signature, as signed notes are written."""
    return f"{text}\n{_MARK}{name.replace(' ', '_')} {b64encode(signature).decode()}\n"


def parse(written: str) -> tuple[str, bytes]:
    """The text of a note and its signature, which is not yet checked. Raises InvalidInput."""
    text, blank, last = written.rpartition(f"\n{_MARK}")
    try:
        signature = b64decode(last.strip().rpartition(" ")[2], validate=True)
    except ValueError as error:
        raise InvalidInput(Issue("structure", "this is no signed note")) from error
    if not blank or not text.startswith(f"{ORIGIN}\n"):
        raise InvalidInput(Issue("structure", f"this is no signed note of {ORIGIN}"))
    return text, signature


def is_signed(written: str, key: Ed25519PublicKey) -> bool:
    """Say whether the owner of this key signed exactly this note."""
    try:
        text, signature = parse(written)
        key.verify(signature, text.encode())
    except (InvalidInput, InvalidSignature):
        return False
    return True


def _told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _one_line(text: str) -> str:
    return " ".join(text.split())
