"""Rule sets as they are written: read safely, their parts put together, made a stylesheet that gives SVRL.

ISO/IEC 19757-3, by the skeleton that lxml carries (R. Jelliffe's, for XSLT 1: what it makes is valid XSLT 2 too). Parts
are included by us: the national ones are named as Windows finds them, whatever the case, and nothing outside of the
folder is read. May import: the rest of documents, errors.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from lxml import etree, isoschematron  # type: ignore[attr-defined]

from carnet.documents.xml import parse
from carnet.errors import InvalidDocument, Issue

SCHEMATRON = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_DEEPEST = 10
_WITHHELD = "…"
_FILE = re.compile(r"""(["'])((?:[^"'<>:|*?\\]{1,200}/)?[^"'/<>:|*?\\]{1,200}\.xml)\1""")
_MAY_NOT = (f"{XSL}result-document", f"{XSL}evaluate")


def read_rules(file: Path) -> etree._Element:
    """The root element of a file of rules. Raises InvalidDocument for one that cannot be read."""
    try:
        return parse(file.read_bytes())
    except OSError:
        raise InvalidDocument(Issue("structure", f"{file.name} cannot be read")) from None


def expanded(file: Path) -> etree._Element:
    """A source with all its parts in it. Raises InvalidDocument when one is missing, or outside of the folder."""
    root = read_rules(file)
    _include(root, file, 0)
    return root


def stylesheet(file: Path) -> etree._Element:
    """The stylesheet of a rule set, that quotes nothing of a document. Raises InvalidDocument when it makes none."""
    root = read_rules(file) if file.suffix == ".xsl" else _compiled(expanded(file), file)
    for element in root.iter(*_MAY_NOT):
        raise InvalidDocument(Issue("security", f"{file.name} has {etree.QName(element).localname}, which is not run"))
    _withhold(root)
    _find_files(root, file)
    root.set(f"{_XML}base", file.resolve().as_uri())
    return root


def _include(element: etree._Element, file: Path, depth: int) -> None:
    if depth > _DEEPEST:
        raise InvalidDocument(Issue("structure", f"{file.name} is included by itself"))
    for include in list(element.iter(f"{SCHEMATRON}include")):
        part = found(file.parent / include.get("href", "").partition("#")[0])
        if part is None or not _is_within(part, file):
            raise InvalidDocument(Issue("structure", f"{include.get('href', '')[:120]} is not in the folder"))
        root = read_rules(part)
        _include(root, part, depth + 1)
        root.tail = include.tail
        parent = include.getparent()
        if parent is not None:
            parent.replace(include, root)


def _compiled(source: etree._Element, file: Path) -> etree._Element:
    source.set("queryBinding", "xslt")      # the skeleton knows of XSLT 1 only; its result is run as XSLT 2
    try:
        expanded_source = isoschematron.iso_abstract_expand(source)
        made: etree._Element | None = isoschematron.iso_svrl_for_xslt1(expanded_source).getroot()
    except etree.XSLTError as error:
        raise InvalidDocument(Issue("structure", f"{file.name} makes no stylesheet")) from error
    if made is None or made.tag != f"{XSL}stylesheet":
        raise InvalidDocument(Issue("structure", f"{file.name} makes no stylesheet"))
    made.set("version", "2.0")
    return made


def _withhold(root: etree._Element) -> None:
    """Of the words of a rule, leave what is the rule's: values of the document are quoted in none."""
    for text in root.iter(f"{SVRL}text"):
        for part in list(text):
            if part.tag == f"{XSL}text":
                continue
            said = etree.Element(f"{XSL}text")
            said.text, said.tail = _WITHHELD, part.tail
            text.replace(part, said)


def _find_files(root: etree._Element, file: Path) -> None:
    """Files that rules read are named as they are found here: value sets are named as Windows finds them too."""
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            if ".xml" in value:
                element.set(name, _FILE.sub(lambda match: match[1] + _as_found(match[2], file) + match[1], str(value)))


def _as_found(name: str, file: Path) -> str:
    there = found(file.parent / name)
    if there is None:
        return name
    return Path(os.path.relpath(there, file.parent)).as_posix()


def found(path: Path) -> Path | None:
    """This file, or the one whose path differs from it by case only; None when there is none."""
    path = Path(os.path.normpath(path))
    if path.is_file():
        return path
    at = Path(path.anchor or ".")
    for part in path.parts[1:] if path.anchor else path.parts:
        there = at / part
        if not there.exists():
            named = _names(at).get(part.lower())
            if named is None:
                return None
            there = at / named
        at = there
    return at if at.is_file() else None


@lru_cache(maxsize=512)
def _names(folder: Path) -> dict[str, str]:
    try:
        return {each.name.lower(): each.name for each in sorted(folder.iterdir())}
    except OSError:
        return {}


def _is_within(part: Path, file: Path) -> bool:
    """Is this part under the folder `schematrons` that the rule set is in?"""
    root = next((each for each in file.resolve().parents if each.name == "schematrons"), file.resolve().parent)
    return part.resolve().is_relative_to(root)
