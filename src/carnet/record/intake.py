"""Before a document is sealed: is it safe to keep, is it built as the schema says, what does the antivirus say?

Called by `submit`, the one place where documents of all doors are sealed, without a lock held. Every file inside a
document is looked at too; a document that was already there is not looked at again.
May import: documents, errors, the antivirus of this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from carnet.documents.entry import DocumentEntry
from carnet.documents.safety.check import safety_issues
from carnet.documents.safety.inside import Carried, carried
from carnet.documents.safety.schema import Schema
from carnet.documents.submission import SubmittedDocument
from carnet.errors import INFORMATIONAL, InvalidDocument, InvalidSubmission, Issue
from carnet.record.antivirus.asked import Antivirus


@dataclass(frozen=True, slots=True)
class Intake:
    """What this platform looks at documents with: the antivirus and the schema of CDA, if it was given them. `checks`:
    the national rules too, after the deposit (`conformity/`).
    """

    antivirus: Antivirus | None = None
    schema: Schema | None = None
    checks: bool = False


NOTHING_MORE = Intake()


async def look_at(
    new: Sequence[SubmittedDocument], entries: Sequence[DocumentEntry], intake: Intake,
) -> tuple[Issue, ...]:
    """What their sender is told of documents that may be kept: a PDF that can act is not opened by pages.

    Raises InvalidSubmission with all that is unsafe or breaks the schema; Unavailable without the antivirus.
    """
    places = {entry.unique_id: f"DocumentEntry[{place}]" for place, entry in enumerate(entries)}
    issues: list[Issue] = []
    notes: list[Issue] = []
    for document in new:
        where = places[document.entry.unique_id]
        files, found = await asyncio.to_thread(_judged, document, where, intake.schema)
        issues += [each for each in found if each.code != INFORMATIONAL]
        notes += [each for each in found if each.code == INFORMATIONAL]
        if intake.antivirus is not None:
            issues += await _scanned(files, where, intake.antivirus)
    if issues:
        raise InvalidSubmission(*issues)
    return tuple(notes)


def _judged(
    document: SubmittedDocument, where: str, schema: Schema | None,
) -> tuple[tuple[Carried, ...], list[Issue]]:
    try:
        files = carried(document.entry.mime_type, document.content)
        broken = list(schema.issues(document.content)) if schema is not None else []
    except InvalidDocument as error:
        issues = [Issue(issue.code, issue.message, f"{where}.content") for issue in error.issues]
        return (Carried(document.entry.mime_type, document.content),), issues
    return files, [*broken, *safety_issues(files, where)]


async def _scanned(files: Sequence[Carried], where: str, antivirus: Antivirus) -> list[Issue]:
    found = dict.fromkeys([name for file in files if (name := await antivirus.scan(file.content)) is not None])
    return [Issue("security", f"the antivirus found {name}", f"{where}.antivirus") for name in found]
