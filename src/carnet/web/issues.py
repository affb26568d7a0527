"""What is wrong with a document, in words for who sends it; the standard's own words stand beside where we have none.

May import: errors, the catalogue of this room.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from carnet.errors import Issue
from carnet.web.words import Words

_ATTRIBUTE = re.compile(r"(?:DocumentEntry|SubmissionSet|Folder)\[?\d*\]?\.(\w+)")


def explained(issues: Iterable[Issue], words: Words) -> tuple[str, ...]:
    """One sentence per issue, the same one once."""
    return tuple(dict.fromkeys(_sentence(issue, words) for issue in issues))


def _sentence(issue: Issue, words: Words) -> str:
    found = _ATTRIBUTE.match(issue.expression)
    attribute = found[1] if found else "document"
    for key in (f"issue.{attribute}_{issue.code.replace('-', '_')}", f"issue.{attribute}"):
        if words.has(key):
            return words(key)
    return words("issue.other", what=str(issue))
