"""What the national rules say of one document: which were looked at, which could not be, which are broken and where.

Nothing here is the document's: texts are the rules' own, places are XPaths of names and numbers.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

MOST_BROKEN = 100
MOST_PLACES = 5
LONGEST_TEXT = 600
LONGEST_PLACE = 400


class Severity(StrEnum):
    """How much it counts that a rule is broken, as the rule itself says it; most say nothing, and are errors."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Broken(msgspec.Struct, frozen=True):
    """One rule that is broken, `count` times: of which rule set and pattern, in its own words, at which first places.
    """

    rules: str
    pattern: str
    severity: Severity
    text: str
    count: int
    places: tuple[str, ...] = ()


class NotRun(msgspec.Struct, frozen=True):
    """A rule set that applies and could not be run, and why; without a name, all of them."""

    rules: str
    why: str


class Verdict(msgspec.Struct, frozen=True):
    """One document held to the rules: `version` names the folder of rules by its digest."""

    version: str
    run: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def is_clean(self) -> bool:
        """True when something was looked at, all that applies was, and nothing is broken."""
        return bool(self.run) and not self.not_run and not self.broken

    @property
    def is_checked(self) -> bool:
        """True when at least one rule set was run to its end."""
        return bool(self.run)
