"""The folder of national rules: which rule sets are in it, and which of them apply to a document.

Entry points are `schematrons/CI-SIS_<model>_<version>` for one model, and `schematrons/profils/` for every document,
as sources (`.sch`) or compiled (`.xsl`). Which model a rule set is for is read in the rule set: the templateIds of
models it names, else the LOINC code of the document's type, else its file's name. Nothing is written in the folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from lxml import etree

from carnet.documents.cda_read import every, first
from carnet.documents.codes import format_of_template
from carnet.documents.schematron.source import SCHEMATRON, expanded, read_rules
from carnet.errors import InvalidSetting, Issue

SETS, OF_ALL = Path("schematrons"), "profils"
_COUNTED = frozenset({".sch", ".xsl", ".xml"})
_MODEL = re.compile(r"(?<![\d.])1\.2\.250\.1\.213\.1\.1\.1\.\d+(?:\.\d+)*(?![\d.])")
_ITS_OWN = re.compile(r"templateId\[\s*@root\s*=\s*(?:&quot;|&apos;|[\"'])(" + _MODEL.pattern + ")")
_ANY_MODEL = "1.2.250.1.213.1.1.1.1"        # CI-SIS: every French CDA names it
_TYPE = re.compile(r"cda:code\[\s*@code\s*=\s*(?:&quot;|[\"'])([\w-]+)")
_NAME = re.compile(r"^(?:CI-SIS_)?(?P<model>.+?)(?:_(?P<version>\d{4}\.\d{2}))?$")


@dataclass(frozen=True)
class RuleSet:
    """One entry point. `is_for_all`: of every document; else of those of its model."""

    file: Path
    is_for_all: bool = False

    @property
    def name(self) -> str:
        """As it is told."""
        return self.file.stem

    @property
    def model(self) -> str:
        """The model that its name says."""
        found = _NAME.match(self.name)
        return found["model"] if found else self.name

    @property
    def version(self) -> str:
        """The version of the model that its name says; empty when it says none."""
        found = _NAME.match(self.name)
        return (found["version"] or "") if found else ""

    @cached_property
    def _named(self) -> tuple[frozenset[str], frozenset[str], bool]:
        """The templateIds of models that it names, but for those of families that it names a member of; the codes, when
        it names no model; and if it is about sections.
        """
        if self.file.suffix == ".xsl":
            text = self.file.read_text(encoding="utf-8", errors="replace")
        else:
            text = etree.tostring(expanded(self.file), encoding="unicode")
        models = ({*_ITS_OWN.findall(text)} - {_ANY_MODEL}) or ({*_MODEL.findall(text)} - {_ANY_MODEL})
        of_its_own = frozenset(each for each in models if not any(other.startswith(f"{each}.") for other in models))
        return of_its_own, frozenset() if of_its_own else frozenset(_TYPE.findall(text)), "structuredBody" in text

    def is_of(self, header: Declared) -> bool:
        """Does it apply to a document that declares this?"""
        if self.is_for_all:
            return True
        models, types, needs_sections = self._named
        if models:
            return not models.isdisjoint(header.templates)
        if types:
            return header.type_code in types and (header.is_structured or not needs_sections)
        return self.model.lower() in header.formats


@dataclass(frozen=True, slots=True)
class Declared:
    """What a document says it is: templateIds with their extensions, the code of its type, and if it has sections."""

    templates: dict[str, str]
    type_code: str
    is_structured: bool

    @property
    def formats(self) -> frozenset[str]:
        """The short names of the formats of its templates (`cse-mde`)."""
        codes = (format_of_template(each) for each in self.templates)
        return frozenset(each.code.split(":")[-2].lower() for each in codes if each and each.code.count(":") > 1)


def declared(document: etree._Element) -> Declared:
    """What this ClinicalDocument says it is."""
    templates = {each.get("root", ""): each.get("extension", "") for each in every(document, "templateId")}
    code = first(document, "code")
    is_structured = first(document, "component/structuredBody") is not None
    return Declared(templates, code.get("code", "") if code is not None else "", is_structured)


class RulesFolder:
    """The rule sets of one folder, as they are when it is read."""

    def __init__(self, folder: Path) -> None:
        """Raises InvalidSetting when there is no rule set in it."""
        self.folder = folder
        # The largest last: where memory is too small for all of them, it is the largest that cannot be run.
        self.sets = tuple(sorted(_rule_sets(folder / SETS), key=lambda each: (each.file.stat().st_size, each.name)))
        if not self.sets:
            raise InvalidSetting(Issue("value", f"holds no rule set in {SETS}", "document_rules_folder"))

    @cached_property
    def version(self) -> str:
        """The digest of all that rules are made of."""
        digest = sha256()
        for file in sorted(each for each in self.folder.rglob("*") if each.suffix in _COUNTED and each.is_file()):
            digest.update(file.relative_to(self.folder).as_posix().encode() + b"\0")
            digest.update(sha256(file.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def applying(self, header: Declared) -> Iterator[Sequence[RuleSet]]:
        """Each rule set to run. Where a document does not say of which version of its model it is, there are several:
        the newest first, and the first that finds nothing wrong counts.
        """
        of_model: dict[str, list[RuleSet]] = {}
        for each in self.sets:
            if each.is_for_all:
                yield (each,)
            elif each.is_of(header):
                of_model.setdefault(each.model, []).append(each)
        for versions in of_model.values():
            said = [each for each in versions if each.version and each.version in header.templates.values()]
            yield said or sorted(versions, key=lambda each: each.version, reverse=True)


def _rule_sets(folder: Path) -> Iterator[RuleSet]:
    """Sources before what was compiled of them."""
    for files, is_for_all in ((folder.glob("*"), False), ((folder / OF_ALL).rglob("*"), True)):
        found: dict[str, Path] = {}
        for file in sorted(files):
            if file.suffix in (".sch", ".xsl") and (file.stem not in found or file.suffix == ".sch"):
                found[file.stem] = file
        yield from (RuleSet(file, is_for_all) for file in _entry_points(found.values()))


def _entry_points(files: Iterable[Path]) -> Iterator[Path]:
    """What is no part of another: a source whose root is `schema`, or a stylesheet that gives SVRL."""
    for file in files:
        if file.suffix == ".xsl":
            with file.open("rb") as opened:
                if b"dsdl/svrl" in opened.read(64 * 1024):
                    yield file
        elif read_rules(file).tag == f"{SCHEMATRON}schema":
            yield file

