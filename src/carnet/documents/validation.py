"""A valid lot: everything that can be checked without the record it is for (SPEC 5.1, 5.2; ITI-41 and ITI-65).

That the patient has a record, that identifiers are new, that the sender may deposit or replace: others decide that.
May import: this room, people, errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.documents.rules import (
    SubmissionPolicy,
    author_issues,
    content_issues,
    entry_issues,
    list_issues,
    unique_id_issues,
)
from carnet.documents.submission import Submission
from carnet.errors import InvalidIdentifier, InvalidSubmission, Issue, TooLarge
from carnet.people.identifiers import IdentifierPolicy
from carnet.people.ins import DEMONSTRATION as ANY_INS
from carnet.people.ins import Ins

__all__ = ["DEMONSTRATION", "PRODUCTION", "SubmissionPolicy", "check_submission"]

PRODUCTION = SubmissionPolicy()
DEMONSTRATION = SubmissionPolicy(ins=ANY_INS, identifiers=IdentifierPolicy(keys="warn"))   # official examples pass


def check_submission(submission: Submission, policy: SubmissionPolicy = PRODUCTION) -> Submission:
    """The lot, if it is valid, with each class computed from its type: the sender's class is never trusted.

    Raises InvalidSubmission with every issue, or TooLarge. `expression` names the attribute, `DocumentEntry[0].hash`.
    """
    _refuse_too_large(submission, policy)
    issues = list(_lot_issues(submission, policy))
    for place, document in enumerate(submission.documents):
        where = f"DocumentEntry[{place}]"
        issues += entry_issues(document.entry, policy, where)
        issues += content_issues(document, policy, where)
    if issues:
        raise InvalidSubmission(*issues)
    return msgspec.structs.replace(submission, documents=tuple(
        msgspec.structs.replace(document, entry=msgspec.structs.replace(
            document.entry,
            class_code=codes.class_of(document.entry.type_code.code),
            type_code=codes.type_code(document.entry.type_code.code),
        ))
        for document in submission.documents
    ))


def _refuse_too_large(submission: Submission, policy: SubmissionPolicy) -> None:
    sizes = [len(document.content) for document in submission.documents]
    if any(size > policy.document_limit_bytes for size in sizes):
        raise TooLarge(policy.document_limit_bytes)
    if sum(sizes) > policy.submission_limit_bytes:
        raise TooLarge(policy.submission_limit_bytes)


def _lot_issues(submission: Submission, policy: SubmissionPolicy) -> Iterator[Issue]:
    """What is wrong in the lot as a whole."""
    lot = submission.submission_set
    if not (submission.documents or submission.folders or submission.associations):
        yield Issue("required", "an empty submission", "SubmissionSet")
    yield from unique_id_issues(lot.unique_id, "SubmissionSet.uniqueId")
    if not lot.source_id:
        yield Issue("required", "the source of a submission is an OID", "SubmissionSet.sourceId")
    yield from list_issues(CodeList.CONTENT_TYPE, lot.content_type_code, policy, "SubmissionSet.contentTypeCode")
    yield from author_issues(lot.author, policy, "SubmissionSet.author")
    yield from _folder_issues(submission)
    yield from _patient_issues(submission, policy)
    yield from _duplicates(submission)
    yield from _replacement_issues(submission)


def _folder_issues(submission: Submission) -> Iterator[Issue]:
    for place, folder in enumerate(submission.folders):
        yield from unique_id_issues(folder.unique_id, f"Folder[{place}].uniqueId")
        if not folder.title.strip():
            yield Issue("required", "a folder has a title", f"Folder[{place}].title")


def _patient_issues(submission: Submission, policy: SubmissionPolicy) -> Iterator[Issue]:
    """One patient, the same everywhere, whose INS this platform takes."""
    patient = submission.submission_set.patient_id
    try:
        Ins.parse(patient.value, patient.oid, policy.ins)
    except InvalidIdentifier as error:
        yield Issue("value", error.issues[0].message, "SubmissionSet.patientId")
    for name, holders in (
        ("DocumentEntry", [document.entry.patient_id for document in submission.documents]),
        ("Folder", [folder.patient_id for folder in submission.folders]),
    ):
        for place, found in enumerate(holders):
            if found != patient:
                yield Issue("value", "not the patient of the submission", f"{name}[{place}].patientId")


def _duplicates(submission: Submission) -> Iterator[Issue]:
    """Two objects of one lot never share an identifier."""
    lot, entries = submission.submission_set, [document.entry for document in submission.documents]
    names = Counter([lot.unique_id, *(e.unique_id for e in entries), *(f.unique_id for f in submission.folders)])
    uuids = Counter([lot.entry_uuid, *(e.entry_uuid for e in entries), *(f.entry_uuid for f in submission.folders)])
    if any(count > 1 for count in names.values()):
        yield Issue("duplicate", "two objects of this submission have the same uniqueId", "uniqueId")
    if any(count > 1 for count in uuids.values()):
        yield Issue("duplicate", "two objects of this submission have the same entryUUID", "entryUUID")


def _replacement_issues(submission: Submission) -> Iterator[Issue]:
    targets = Counter(document.replaces for document in submission.documents if document.replaces)
    for place, document in enumerate(submission.documents):
        expression = f"DocumentEntry[{place}].replaces"
        if document.replaces in (document.entry.unique_id, str(document.entry.entry_uuid)):
            yield Issue("business-rule", "a document cannot replace itself", expression)
        if document.replaces and targets[document.replaces] > 1:
            yield Issue("business-rule", "two documents of this submission replace the same one", expression)
