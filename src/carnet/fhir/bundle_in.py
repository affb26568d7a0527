"""A Provide Document Bundle, as a submission (ITI-65, PDSm comprehensive profile).

https://profiles.ihe.net/ITI/MHD/ITI-65.html. One submission set, its documents with their bytes, and what each
replaces; the transaction is all or nothing. May import: this room, documents, people, errors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carnet.documents.submission import Submission, SubmittedDocument
from carnet.errors import InvalidSubmission, Issue
from carnet.fhir.document_in import Received, first_attachment, header_of, read_draft, replaced_document
from carnet.fhir.draft import to_entry, with_header
from carnet.fhir.elements import Attachment
from carnet.fhir.parse import Message
from carnet.fhir.patch import Patch, read_patch
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings
from carnet.fhir.resources import (
    Binary,
    Bundle,
    BundleEntry,
    BundleRequest,
    DocumentReference,
    ListResource,
    kind_of,
    read,
)
from carnet.fhir.submission_set import read_submission_set
from carnet.fhir.systems import first_code
from carnet.fhir.validate import binding_issues, id_issues
from carnet.people.caller import Caller
from carnet.people.ins import InsPolicy

MOST_ENTRIES = 2001   # a submission set, and a thousand documents with their bytes
_ACCEPTED = ("List", "DocumentReference", "Binary", "Patient", "Parameters")


@dataclass(slots=True)
class Provided:
    """What a bundle holds, by the number of each entry."""

    sets: dict[int, ListResource] = field(default_factory=dict)
    documents: dict[int, DocumentReference] = field(default_factory=dict)
    binaries: dict[int, Binary] = field(default_factory=dict)
    patches: dict[int, Patch] = field(default_factory=dict)


def read_bundle(bundle: Bundle, message: Message, caller: Caller, policy: InsPolicy) -> tuple[Submission, Provided]:
    """The submission of a transaction bundle. Raises InvalidSubmission (or InvalidDocument) with every issue found."""
    if len(bundle.entry) > MOST_ENTRIES:
        raise InvalidSubmission(Issue("too-costly", f"at most {MOST_ENTRIES} entries in one bundle", "Bundle.entry"))
    problems = Problems()
    provided = _sort(bundle, problems)
    if len(provided.sets) != 1:
        problems.add("structure", f"one submission set is expected, {len(provided.sets)} found", "Bundle.entry")
    if not provided.documents:
        problems.add("required", "a bundle provides at least one DocumentReference", "Bundle.entry")
    _raise(problems)
    reading = _Reading(bundle, provided, message, policy, problems)
    documents = reading.documents()
    number, list_resource = next(iter(provided.sets.items()))
    _check_members(list_resource, number, bundle, provided, problems)
    _check_patches(provided, documents, problems)
    _raise(problems)
    surroundings = Surroundings(list_resource.contained, reading.entries)
    submission_set = read_submission_set(
        list_resource, surroundings, caller, policy, f"Bundle.entry[{number}].resource")
    return Submission(submission_set, tuple(documents), kind="ITI-65"), provided


def _raise(problems: Problems) -> None:
    if problems.issues:
        raise InvalidSubmission(*problems.issues)


def _sort(bundle: Bundle, problems: Problems) -> Provided:
    """Every entry in its place, after the rules of a transaction."""
    if bundle.type != "transaction":
        problems.add("value", "a Provide Document Bundle is of type transaction", "Bundle.type")
    provided = Provided()
    seen = set()
    for number, entry in enumerate(bundle.entry):
        where = f"Bundle.entry[{number}]"
        if entry.full_url in seen:
            problems.add("duplicate", "two entries have the same fullUrl", f"{where}.fullUrl")
        if entry.full_url:
            seen.add(entry.full_url)
        kind = kind_of(entry.resource)
        if kind not in _ACCEPTED:
            problems.add("not-supported", f"one of {', '.join(_ACCEPTED)} is expected here", f"{where}.resource")
            continue
        _check_request(entry.request, kind, f"{where}.request", problems)
        _place(entry, kind, number, provided, problems)
    return provided


def _check_request(request: BundleRequest | None, kind: str, where: str, problems: Problems) -> None:
    if request is None:
        problems.add("required", "an entry of a transaction has a request", where)
        return
    problems.issues += binding_issues(request.method, "Bundle.entry.request.method", f"{where}.method")
    method = "PATCH" if kind == "Parameters" else "POST"
    if request.method != method:
        problems.add("not-supported", f"a {kind} is sent with {method}", f"{where}.method")
    elif method == "POST" and request.url.strip("/") != kind:
        problems.add("value", f"a {kind} is created at {kind}", f"{where}.url")
    if request.if_match or request.if_none_match or request.if_none_exist or request.if_modified_since:
        problems.add("not-supported", "conditions on one entry are not supported", where)


def _place(entry: BundleEntry, kind: str, number: int, provided: Provided, problems: Problems) -> None:
    where = f"Bundle.entry[{number}].resource"
    match kind:
        case "List":
            found = read(entry.resource, ListResource)
            problems.issues += id_issues(found.id, where)
            problems.issues += binding_issues(found.status, "List.status", f"{where}.status")
            problems.issues += binding_issues(found.mode, "List.mode", f"{where}.mode")
            code = first_code(found.code)
            if code is None or code.code != "submissionset":
                problems.add("not-supported", "only a List with the code submissionset is taken", f"{where}.code")
            provided.sets[number] = found
        case "DocumentReference":
            reference = read(entry.resource, DocumentReference)
            problems.issues += id_issues(reference.id, where)
            problems.issues += binding_issues(reference.status, "DocumentReference.status", f"{where}.status")
            provided.documents[number] = reference
        case "Binary":
            provided.binaries[number] = read(entry.resource, Binary)
        case "Parameters":
            patch = problems.attempt(lambda: read_patch(entry, f"Bundle.entry[{number}]"))
            if patch is not None:
                provided.patches[number] = patch
        case _:
            pass   # a Patient serves as what references point to, and nothing of it is kept


class _Reading:
    """Reads the documents of one bundle."""

    def __init__(
        self, bundle: Bundle, provided: Provided, message: Message, policy: InsPolicy, problems: Problems
    ) -> None:
        self._provided = provided
        self._message = message
        self._policy = policy
        self._problems = problems
        self.entries = {entry.full_url: entry.resource for entry in bundle.entry if entry.full_url}
        self._numbers = {entry.full_url: number for number, entry in enumerate(bundle.entry)}
        self._unused = set(provided.binaries)

    def documents(self) -> list[SubmittedDocument]:
        """All of them, in the order of the bundle. What is wrong is noted."""
        found = []
        for number, reference in self._provided.documents.items():
            where = f"Bundle.entry[{number}].resource"
            document = self._problems.attempt(lambda reference=reference, where=where: self._document(reference, where))  # type: ignore[misc]
            if document is not None:
                found.append(document)
        for number in sorted(self._unused):
            self._problems.add("business-rule", "no DocumentReference points to this Binary", f"Bundle.entry[{number}]")
        return found

    def _document(self, reference: DocumentReference, where: str) -> SubmittedDocument | None:
        attachment = first_attachment(reference, where)
        content = self._content(attachment, f"{where}.content[0].attachment")
        if content is None:
            return None
        self._check_cardinalities(attachment, f"{where}.content[0].attachment")
        received = Received(reference, Surroundings(reference.contained, self.entries), content, where, attachment)
        before = len(self._problems.issues)
        draft = read_draft(received, self._policy, self._problems)
        replaces = replaced_document(received, self._problems)
        header = header_of(received, self._policy)
        draft = with_header(draft, header)
        if len(self._problems.issues) > before:
            return None   # what could not be read is not missing as well
        return SubmittedDocument(to_entry(draft, content, where), content, replaces, header)

    def _content(self, attachment: Attachment, where: str) -> bytes | None:
        number = self._numbers.get(attachment.url, -1)
        binary = self._provided.binaries.get(number)
        if binary is None:
            self._problems.add("not-found", "the address of a Binary of this bundle is expected here", f"{where}.url")
            return None
        if number not in self._unused:
            self._problems.add("business-rule", "another document points to this Binary too", f"{where}.url")
            return None
        self._unused.discard(number)
        if not _same_type(binary.content_type, attachment.content_type):
            self._problems.add("value", f"the Binary is {binary.content_type}", f"{where}.contentType")
        return self._message.payloads.content(binary.data or "", f"Bundle.entry[{number}].resource.data")

    def _check_cardinalities(self, attachment: Attachment, where: str) -> None:
        """What PDSm asks for beyond MHD, so that damage on the way is seen."""
        if not attachment.hash:
            self._problems.add("required", "the hash (SHA-1, base64) is mandatory (PDSm)", f"{where}.hash")
        if attachment.size is None:
            self._problems.add("required", "the size in bytes is mandatory (PDSm)", f"{where}.size")


def _same_type(one: str, other: str) -> bool:
    """`text/xml` of the field and `application/xml` of the official examples both say XML."""
    return _plain_type(one) == _plain_type(other)


def _plain_type(media_type: str) -> str:
    bare = media_type.partition(";")[0].strip().lower()
    return "text/xml" if bare == "application/xml" else bare


def _check_members(
    submission_set: ListResource, number: int, bundle: Bundle, provided: Provided, problems: Problems
) -> None:
    """The submission set names the documents of the bundle, all of them and no other."""
    where = f"Bundle.entry[{number}].resource.entry"
    expected = {bundle.entry[place].full_url for place in provided.documents} - {""}
    named = {member.item.reference for member in submission_set.entry}
    if named - expected:
        problems.add("not-supported", "an item of the submission set is no document of this bundle", where)
    if expected - named:
        problems.add("business-rule", "the submission set does not name every document of the bundle", where)


def _check_patches(provided: Provided, documents: list[SubmittedDocument], problems: Problems) -> None:
    """A patch says again what a replacement does; alone it would withdraw a document with nothing in its place."""
    replaced = {document.replaces for document in documents}
    for number, patch in provided.patches.items():
        if patch.document not in replaced:
            problems.add("business-rule", "no document of this bundle replaces the one patched here",
                         f"Bundle.entry[{number}].request.url")
