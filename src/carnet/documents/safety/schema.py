"""A CDA held to the national XML Schema (CI-SIS, `CDA_extended.xsd`): where its structure is wrong, and by which rule.

The schema's own messages may quote the document, and issues are kept where documents are not: what is said here names
elements and attributes only. May import: this room, errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any, cast

from lxml import etree

from carnet.documents.cda_header import clinical_document
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.documents.xml import parse
from carnet.errors import InvalidSetting, Issue

SCHEMA_FILE = Path("infrastructure", "cda", "CDA_extended.xsd")
MOST_ISSUES = 20
_RULES = {
    "SCHEMAV_ELEMENT_CONTENT": "is not expected here, or what comes before it is missing",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "has an attribute that the schema does not know",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "has an attribute that the schema does not know",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "lacks an attribute",
    "SCHEMAV_CVC_ENUMERATION_VALID": "has a value that is not in its list",
    "SCHEMAV_CVC_PATTERN_VALID": "has a value of the wrong form",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "has a value of the wrong type",
}
_TOLD_WITH_ANOTHER = frozenset({"SCHEMAV_CVC_ATTRIBUTE_3", "SCHEMAV_CVC_ATTRIBUTE_2"})
_NUMBER = re.compile(r"\[\d+\]$")
_NAMESPACE = re.compile(r"\{[^}]*\}")


class Schema:
    """The compiled schema. Threads take turns: libxml2's list of errors is one for each schema."""

    def __init__(self, folder: Path) -> None:
        """Read it from the folder of national rules. Raises InvalidSetting when it is not there, or is none."""
        file = folder / SCHEMA_FILE
        try:
            self._schema = etree.XMLSchema(etree.parse(str(file), etree.XMLParser(no_network=True)))
        except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            message = f"no schema of CDA can be read from {SCHEMA_FILE} of this folder"
            raise InvalidSetting(Issue("value", message, "document_rules_folder")) from error
        self._turn = Lock()

    def issues(self, content: bytes) -> Iterator[Issue]:
        """What breaks the schema in a CDA, the first of it; nothing for other documents.

        `expression` is the XPath of the element. Raises InvalidDocument for XML that cannot be read.
        """
        if sniff(content) not in (CDA, SELF_PRESENTING_CDA):
            return
        document = clinical_document(parse(content))
        with self._turn:
            if self._schema.validate(document):
                return
            errors = list(cast("Iterable[Any]", self._schema.error_log))
        told = [error for error in errors if error.type_name not in _TOLD_WITH_ANOTHER] or errors
        for error in told[:MOST_ISSUES]:
            element = _named(document, error.path)
            rule = _RULES.get(error.type_name, f"breaks the schema ({error.type_name})")
            name = _NUMBER.sub("", element.rpartition("/")[2])[:60]
            yield Issue("structure", f"line {error.line}: {name} {rule}", element[:300])


def _named(document: etree._Element, path: str | None) -> str:
    """The XPath of an element by its names; that of the root when the schema does not say which it is."""
    tree = document.getroottree()
    for found in cast("list[Any]", tree.xpath(path)) if path else ():
        names = _NAMESPACE.sub("", tree.getelementpath(found)).removeprefix(".").strip("/")
        return "/ClinicalDocument/" + names.rpartition("ClinicalDocument/")[2] if names else "/ClinicalDocument"
    return "/ClinicalDocument"
