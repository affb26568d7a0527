"""Documents held to rule sets by Saxon (XSLT 2): compiled once, when first needed, and kept.

Saxon resolves external entities and reads any address by itself: it is given trees that `documents.xml` read and wrote
again, and may open files only. It is loaded here and nowhere else: `saxonche` is optional (extra `rules`).
May import: the rest of documents, errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from carnet.documents.cda_header import clinical_document
from carnet.documents.schematron.folder import RuleSet, RulesFolder, declared
from carnet.documents.schematron.source import SVRL, stylesheet
from carnet.documents.schematron.verdict import (
    LONGEST_PLACE,
    LONGEST_TEXT,
    MOST_BROKEN,
    MOST_PLACES,
    Broken,
    NotRun,
    Severity,
    Verdict,
)
from carnet.documents.xml import parse
from carnet.errors import InvalidDocument

ONLY_FILES = ("http://saxon.sf.net/feature/allowedProtocols", "file")
Told = Callable[[str, str], None]
_STEP = re.compile(r"\*(?::([\w.-]+)\[namespace-uri\(\)='[^']*'\]|\[local-name\(\)='([\w.-]+)'(?: and [^\]]*)?\])")
_SEVERITIES = {
    "warning": Severity.WARNING, "warn": Severity.WARNING,
    "info": Severity.INFORMATION, "information": Severity.INFORMATION}
_BY_US = "the document is no CDA that can be read"


class Judge:
    """The rule sets of a folder, and Saxon."""

    def __init__(self, folder: Path) -> None:
        """Raises InvalidSetting when there is no rule set, ImportError without saxonche."""
        from saxonche import PySaxonApiError, PySaxonProcessor

        self._rules = RulesFolder(folder)
        self._saxon: Any = PySaxonProcessor(license=False)
        self._saxon.set_configuration_property(*ONLY_FILES)
        self._failure: type[Exception] = PySaxonApiError
        self._compiled: dict[str, Any] = {}

    @property
    def version(self) -> str:
        """The digest of the folder of rules."""
        return self._rules.version

    def judge(self, content: bytes, *, without: Collection[str] = (), told: Told | None = None) -> Verdict:
        """What the rules say of these bytes. `told` hears what is about to be done (`compile` or `run`, and the rule
        set), so that who waits knows what did not end; rule sets `without` are left out.
        """
        try:
            document = clinical_document(parse(content))
        except InvalidDocument:
            return Verdict(self.version, not_run=(NotRun("", _BY_US),))
        node = self._saxon.parse_xml(xml_text=etree.tostring(document, encoding="unicode"))
        run: list[str] = []
        broken: list[Broken] = []
        not_run: list[NotRun] = []
        for versions in self._rules.applying(declared(document)):
            chosen = [each for each in versions if each.name not in without]
            found = self._first_clean(chosen, node, told or _to_nobody)
            if isinstance(found, NotRun):
                not_run.append(found)
            elif found is not None:
                run.append(found[0].name)
                broken += found[1]
        return Verdict(self.version, tuple(run), tuple(not_run), tuple(broken[:MOST_BROKEN]))

    def _first_clean(
        self, versions: Sequence[RuleSet], node: Any, told: Told,
    ) -> tuple[RuleSet, list[Broken]] | NotRun | None:
        first: tuple[RuleSet, list[Broken]] | NotRun | None = None
        for rules in versions:
            try:
                broken = list(_broken(rules.name, self._run(rules, node, told)))
            except (self._failure, InvalidDocument) as error:
                first = first or NotRun(rules.name, _why(error))
                continue
            if not broken:
                return rules, []
            if first is None or isinstance(first, NotRun):
                first = (rules, broken)
        return first

    def _run(self, rules: RuleSet, node: Any, told: Told) -> str:
        compiled = self._compiled.get(rules.name)
        if compiled is None:
            told("compile", rules.name)
            text = etree.tostring(stylesheet(rules.file), encoding="unicode")
            compiled = self._saxon.new_xslt30_processor().compile_stylesheet(stylesheet_text=text)
            self._compiled[rules.name] = compiled
        told("run", rules.name)
        return str(compiled.transform_to_string(xdm_node=node))


def _to_nobody(_step: str, _name: str) -> None:
    return


def _broken(name: str, report: str) -> Iterator[Broken]:
    """What an SVRL report says is broken: the same rule at several places is one."""
    found: dict[tuple[str, Severity, str], list[str]] = {}
    pattern = ""
    for element in etree.fromstring(report.encode(), etree.XMLParser(resolve_entities=False, huge_tree=True)).iter():
        if element.tag == f"{SVRL}active-pattern":
            pattern = element.get("id") or element.get("name") or ""
        elif element.tag in (f"{SVRL}failed-assert", f"{SVRL}successful-report"):
            text = " ".join("".join(map(str, element.itertext(f"{SVRL}text"))).split())[:LONGEST_TEXT]
            key = element.get("id") or pattern, _severity(element), text
            found.setdefault(key, []).append(_place(element.get("location", "")))
    for (pattern, severity, text), places in found.items():
        yield Broken(name, pattern[:120], severity, text, len(places), tuple(dict.fromkeys(places))[:MOST_PLACES])


def _severity(element: etree._Element) -> Severity:
    said = (element.get("role") or element.get("flag") or "").lower()
    return _SEVERITIES.get(said, Severity.ERROR)


def _place(location: str) -> str:
    """An XPath by names: `/ClinicalDocument/component/section[2]`."""
    named = _STEP.sub(lambda match: match[1] or match[2], location)
    return named.replace("[1]", "")[:LONGEST_PLACE]


def _why(error: Exception) -> str:
    """In our words: Saxon's may quote the document."""
    if isinstance(error, InvalidDocument):
        return error.issues[0].message[:LONGEST_TEXT]
    said = str(error)
    if "prohibited" in said:
        return "its rules read something that is no file of the folder"
    if "I/O error" in said or "FODC0002" in said:
        return "a file that its rules read is not there"
    return "its rules cannot be run"
