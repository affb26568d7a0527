"""METADATA.XML as it came: its submission sets, each with the documents that are its members. Pure.

What the profile allows and the record does not take (folders, addenda, transformations) is refused in words.
May import: this room, documents, people, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from carnet.documents.codes import CONFIDENTIALITY, VISIBILITY
from carnet.documents.entry import AssociationType, Author, ReferenceId, Visibility
from carnet.documents.identifiers import is_uuid, unique_id
from carnet.documents.time import Dtm
from carnet.documents.xml import parse
from carnet.errors import InvalidInput, Issue
from carnet.feeds.mail import ebrim
from carnet.feeds.mail.described import Described
from carnet.feeds.mail.ebrim import rim
from carnet.feeds.mail.ebrim_in import Reader
from carnet.people.code import Code
from carnet.people.ins import Ins, InsPolicy
from carnet.people.names import parse_xcn

LIMIT_BYTES = 4 * 1024 * 1024
_ROOT = f"{{{ebrim.LCM}}}SubmitObjectsRequest"
_LEVELS = frozenset({"N", "R", "V"})
_NATIONAL = frozenset({CONFIDENTIALITY, VISIBILITY, ""})


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """A document as METADATA.XML describes it: `uri` is its file, `where` its place for whoever corrects it."""

    said: Described
    uri: str
    declared_hash: str
    declared_size: str
    replaces: str
    where: str


@dataclass(frozen=True, slots=True)
class DescribedSet:
    """A submission set as METADATA.XML describes it, with its members."""

    unique_id: str
    source_id: str
    submission_time: Dtm | None
    content_type: Code | None
    author: Author | None
    title: str
    comments: str
    patient_id: Ins | None
    files: tuple[DescribedFile, ...]
    where: str


def read_metadata(content: bytes, policy: InsPolicy, subset: str) -> tuple[list[DescribedSet], list[Issue]]:
    """The sets, and all that is wrong in them. Raises InvalidInput when it is no METADATA.XML at all."""
    root = parse(content, limit_bytes=LIMIT_BYTES)
    objects = root.find(rim("RegistryObjectList"))
    if root.tag != _ROOT or objects is None:
        words = "METADATA.XML is a SubmitObjectsRequest with a RegistryObjectList"
        raise InvalidInput(Issue("structure", words, f"{subset}/METADATA.XML"))
    return _Metadata(objects, policy, subset).read()


class _Metadata:
    """The objects of one METADATA.XML, by their ids."""

    def __init__(self, objects: etree._Element, policy: InsPolicy, subset: str) -> None:
        self._policy, self._subset = policy, subset
        self._entries = list(objects.iterfind(rim("ExtrinsicObject")))
        self._packages = list(objects.iterfind(rim("RegistryPackage")))
        self._associations = list(objects.iterfind(rim("Association")))
        self._nodes = {
            (each.get("classifiedObject", ""), each.get("classificationNode", ""))
            for each in objects.iter(rim("Classification"))}
        self.issues: list[Issue] = []

    def read(self) -> tuple[list[DescribedSet], list[Issue]]:
        replaced = self._replaced()
        files = {
            element.get("id", ""): self._file(element, place, replaced) for place, element in enumerate(self._entries)}
        packages = [each for each in self._packages if (each.get("id", ""), ebrim.SUBMISSION_SET) in self._nodes]
        if len(packages) != len(self._packages):
            self._note("not-supported", "folders are not taken by mail", "Folder")
        if not packages:
            self._note("required", "METADATA.XML has no submission set", "SubmissionSet")
        sets = [self._set(each, place, files) for place, each in enumerate(packages)]
        members = [file.where for each in sets for file in each.files]
        if packages and sorted(members) != sorted(file.where for file in files.values()):
            self._note("invariant", "each document is a member of one submission set", "Association")
        return sets, self.issues

    def _set(self, element: etree._Element, place: int, files: Mapping[str, DescribedFile]) -> DescribedSet:
        reader = Reader(element, self._place("SubmissionSet", place), self.issues)
        name = element.get("id", "")
        targets = [
            each.get("targetObject", "") for each in self._associations
            if each.get("associationType") == AssociationType.HAS_MEMBER and each.get("sourceObject") == name]
        identifier = reader.identifier(ebrim.SET_UNIQUE_ID)
        if not identifier:
            reader.note("required", "a submission set has an identifier", "uniqueId")
        patient = reader.identifier(ebrim.SET_PATIENT_ID)
        return DescribedSet(
            unique_id=(reader.attempt(lambda: unique_id(identifier), "uniqueId") or "") if identifier else "",
            source_id=reader.identifier(ebrim.SET_SOURCE_ID),
            submission_time=reader.time("submissionTime", "submissionTime"),
            content_type=next(iter(reader.codes(ebrim.SET_CONTENT_TYPE)), None),
            author=next(iter(reader.authors(ebrim.SET_AUTHOR)), None), title=reader.words("Name"),
            comments=reader.words("Description"),
            patient_id=self._patient(reader, patient), files=tuple(files[each] for each in targets if each in files),
            where=reader.where)

    def _file(self, element: etree._Element, place: int, replaced: Mapping[str, str]) -> DescribedFile:
        reader = Reader(element, self._place("DocumentEntry", place), self.issues)
        if element.get("objectType") != ebrim.STABLE_DOCUMENT:
            reader.note("not-supported", "only stable documents are taken", "objectType")
        return DescribedFile(
            said=self._described(reader), uri=reader.one("URI"), declared_hash=reader.one("hash"),
            declared_size=reader.one("size"), replaces=replaced.get(element.get("id", ""), ""), where=reader.where)

    def _described(self, reader: Reader) -> Described:
        identifier = reader.identifier(ebrim.ENTRY_UNIQUE_ID)
        level, visibility = self._labels(reader)
        signers = reader.slot("legalAuthenticator")
        signer = reader.attempt(lambda: parse_xcn(signers[0]), "legalAuthenticator") if signers else None
        first = {
            name: next(iter(reader.codes(scheme)), None) for name, scheme in (
                ("type_code", ebrim.ENTRY_TYPE), ("format_code", ebrim.ENTRY_FORMAT),
                ("healthcare_facility_type_code", ebrim.ENTRY_FACILITY),
                ("practice_setting_code", ebrim.ENTRY_PRACTICE))}
        return Described(
            unique_id=(reader.attempt(lambda: unique_id(identifier), "uniqueId") or "") if identifier else "",
            patient_id=self._patient(reader, reader.identifier(ebrim.ENTRY_PATIENT_ID)),
            source_patient_id=reader.one("sourcePatientId"), source_patient_info=reader.slot("sourcePatientInfo"),
            mime_type=reader.element.get("mimeType", "").strip().lower(), language_code=reader.one("languageCode"),
            creation_time=reader.time("creationTime", "creationTime"),
            service_start_time=reader.time("serviceStartTime", "serviceStartTime"),
            service_stop_time=reader.time("serviceStopTime", "serviceStopTime"), title=reader.words("Name"),
            comments=reader.words("Description"), authors=reader.authors(ebrim.ENTRY_AUTHOR),
            legal_authenticator=signer, confidentiality_code=level,
            visibility=visibility, event_codes=reader.codes(ebrim.ENTRY_EVENT),
            reference_ids=tuple(map(_reference, reader.slot("urn:ihe:iti:xds:2013:referenceIdList"))), **first)

    def _patient(self, reader: Reader, text: str) -> Ins | None:
        return reader.attempt(lambda: Ins.parse_cx(text, self._policy), "patientId") if text else None

    def _labels(self, reader: Reader) -> tuple[str, frozenset[Visibility]]:
        """The level, and who does not see it. What is not known is refused: it may be a label that hides."""
        levels, hidden = set(), set()
        for code in reader.codes(ebrim.ENTRY_CONFIDENTIALITY):
            if code.system in _NATIONAL and code.code in _LEVELS:
                levels.add(code.code)
            elif code.system in _NATIONAL and code.code in frozenset(Visibility):
                hidden.add(Visibility(code.code))
            else:
                words = f"one of N, R, V, {', '.join(Visibility)} is expected here"
                reader.note("code-invalid", words, "confidentialityCode")
        if len(levels) > 1:
            reader.note("business-rule", "two levels of confidentiality for one document", "confidentialityCode")
        return next(iter(sorted(levels)), "N" if hidden else ""), frozenset(hidden)

    def _replaced(self) -> dict[str, str]:
        """What each document replaces: the entryUUID or the uniqueId of a document that is already there."""
        found: dict[str, str] = {}
        for each in self._associations:
            kind, source = each.get("associationType", ""), each.get("sourceObject", "")
            target = each.get("targetObject", "").removeprefix("urn:uuid:").removeprefix("urn:oid:")
            if kind == AssociationType.HAS_MEMBER:
                continue
            if kind != AssociationType.REPLACES:
                self._note("not-supported", "documents are replaced here, not appended, transformed or signed",
                           "Association")
            elif source in found or not target:
                self._note("invariant", "a document replaces one other", "Association")
            else:
                found[source] = target.lower() if is_uuid(target) else target
        return found

    def _place(self, name: str, place: int) -> str:
        return f"{self._subset}/{name}[{place}]"

    def _note(self, code: str, words: str, place: str) -> None:
        self.issues.append(Issue(code, words, f"{self._subset}/{place}"))


def _reference(text: str) -> ReferenceId:
    """An HL7 CXi, `id^^^&OID&ISO^type`."""
    parts = text.split("^") + [""] * 5
    system = parts[3].split("&")
    return ReferenceId(parts[0], system[1] if len(system) > 1 else parts[3], parts[4])
