"""Before a document is sealed: is it safe to keep, and what does the antivirus say of it and of what it carries?

Called by `submit`, the one place where documents of all doors are sealed, without a lock held. A document that was
already there is not looked at again. May import: documents, errors, the antivirus of this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from carnet.documents.entry import DocumentEntry
from carnet.documents.safety.check import safety_issues
from carnet.documents.safety.inside import Carried, carried
from carnet.documents.submission import SubmittedDocument
from carnet.errors import InvalidDocument, InvalidSubmission, Issue
from carnet.record.antivirus.asked import Antivirus


async def look_at(
    new: Sequence[SubmittedDocument], entries: Sequence[DocumentEntry], antivirus: Antivirus | None,
) -> None:
    """Raises InvalidSubmission with all that is unsafe, Unavailable while the antivirus does not answer."""
    places = {entry.unique_id: f"DocumentEntry[{place}]" for place, entry in enumerate(entries)}
    issues: list[Issue] = []
    for document in new:
        where = places[document.entry.unique_id]
        files, found = await asyncio.to_thread(_judged, document, where)
        issues += found
        if antivirus is not None:
            issues += await _scanned(files, where, antivirus)
    if issues:
        raise InvalidSubmission(*issues)


def _judged(document: SubmittedDocument, where: str) -> tuple[tuple[Carried, ...], list[Issue]]:
    try:
        files = carried(document.entry.mime_type, document.content)
    except InvalidDocument as error:
        issues = [Issue(issue.code, issue.message, f"{where}.content") for issue in error.issues]
        return (Carried(document.entry.mime_type, document.content),), issues
    return files, list(safety_issues(files, where))


async def _scanned(files: Sequence[Carried], where: str, antivirus: Antivirus) -> list[Issue]:
    found = dict.fromkeys([name for file in files if (name := await antivirus.scan(file.content)) is not None])
    return [Issue("security", f"the antivirus found {name}", f"{where}.antivirus") for name in found]
