"""Everything that can go wrong, as a picture.

CarnetError
  Unauthenticated             nobody, or a token that does not hold
  NotPermitted                carries the decision and its reasons
  NotFound                    also for what the asker may not know exists
  Gone                        was here, is no more, and the asker may know
  InvalidInput                carries every issue, not the first
    InvalidIdentifier         an INS, RPPS, FINESS, OID that is not one
    InvalidDocument           the bytes are not the document they claim to be
    InvalidSubmission         the lot breaks a rule of the standard
      DuplicateUniqueId       this identifier already names other bytes
    InvalidSetting            a setting is wrong, and what is accepted
  TooLarge                    more bytes than the door takes
  NotAcceptable               the asker wants a form we do not have
  Conflict                    the record changed meanwhile: read again, then retry
  Unavailable                 try again after `retry_after_seconds`
    HostNotActive             a host may be given no record: place it again
    NowhereToPlace            no active host has room for a new record
    TooFewCopies              fewer than two hosts took the bodies
    HostUnavailable           one host did not answer, or answered wrong
    ClockBehind               the database's clock went back: no answer is safe
  IntegrityError              what a host gave is not what was stored

Doors translate these in one table each; a test walks this tree and the tables.
May import: nothing of the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

INFORMATIONAL = "informational"
"""The code of an issue that is only something to know: what was sent is kept."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with what was sent: a FHIR issue-type code, a sentence, and where it stands.

    `expression` is a FHIRPath, an XPath or a field's name; empty when the whole is wrong.
    """

    code: str
    message: str
    expression: str = ""

    def __str__(self) -> str:
        return f"{self.expression}: {self.message}" if self.expression else self.message


class CarnetError(Exception):
    """Anything the platform refuses or cannot do. Its text never carries a patient's data.

    `about` are the entries of the record that a refusal is about: for its trace, and told to nobody.
    """

    about: tuple[UUID, ...] = ()


class Unauthenticated(CarnetError):
    """No identity could be established. Log in, or send a valid token."""


class NotPermitted(CarnetError):
    """The decision was no. `decision` holds the reasons, as `rights.Decision`."""

    def __init__(self, decision: object) -> None:
        super().__init__("not permitted")
        self.decision = decision


class NotFound(CarnetError):
    """There is nothing here that the asker may know of. `decision`, if any, is why: for the trace, and told to nobody.
    """

    def __init__(self, message: str, decision: object = None) -> None:
        super().__init__(message)
        self.decision = decision


class Gone(CarnetError):
    """What was asked for existed and was removed, and the asker may know it."""


class InvalidInput(CarnetError):
    """What was sent breaks rules: `issues` holds all of them. Correct and send again."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__("; ".join(str(issue) for issue in issues))
        self.issues = issues


class InvalidIdentifier(InvalidInput):
    """An identifier has the wrong shape or the wrong key."""


class InvalidDocument(InvalidInput):
    """The bytes of a document are not what they claim to be."""


class InvalidSubmission(InvalidInput):
    """A submission breaks a rule of the standard; nothing of it was kept."""


class DuplicateUniqueId(InvalidSubmission):
    """The identifier already names other bytes somewhere in the platform. Nothing more is said."""

    def __init__(self, expression: str = "") -> None:
        super().__init__(Issue("duplicate", "identifier already used", expression))


class InvalidSetting(InvalidInput):
    """A setting is wrong: which, why, and what is accepted."""


class TooLarge(CarnetError):
    """More bytes than this door takes. `limit_bytes` says how many it does."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"larger than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class NotAcceptable(CarnetError):
    """The asker accepts none of the forms in which the answer exists."""


class Conflict(CarnetError):
    """The record changed between the reading and the writing. Read again, then retry."""


class Unavailable(CarnetError):
    """The platform cannot answer safely now. Try again after `retry_after_seconds`."""

    def __init__(self, message: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TooFewCopies(Unavailable):
    """Fewer than two hosts hold the bodies durably, so nothing was acknowledged."""


class HostNotActive(Unavailable):
    """A host that was to keep a record is not, or no longer, accredited: place the record again."""


class NowhereToPlace(Unavailable):
    """No host may have a new record now, and the message says why of each. What is open goes on as before."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry_after_seconds=60)


class HostUnavailable(Unavailable):
    """A host did not answer in time, or its circuit is open. `host` names it."""

    def __init__(self, host: str, message: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(f"host {host}: {message}", retry_after_seconds=retry_after_seconds)
        self.host = host


class ClockBehind(Unavailable):
    """The database's clock is behind the last audit event: service stops until it is right."""


class IntegrityError(CarnetError):
    """Stored bytes do not verify: wrong hash, wrong seal, or a chain that does not fold."""
