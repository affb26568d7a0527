"""Histories that we write pass the national schema, and the schematron of their model, full and without any line."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from carnet.documents.compose_care import compose_care
from carnet.documents.content.values import Reimbursed
from carnet.feeds.reimbursements.lines import read_line
from tests.feeds.reimbursements.batches import every_kind
from tests.feeds.reimbursements.heads import HEAD

_SCHEMA = "cda-fr-schematrons/infrastructure/cda/CDA_extended.xsd"
_RULES = "cda-fr-schematrons/schematrons/CI-SIS_CNAM-HR_2021.01.xsl"


def histories() -> dict[str, bytes]:
    """A line of each kind, with and without what may be absent; and nothing at all."""
    absent = dict.fromkeys(
        ("prescriber_id", "prescriber", "prescriber_establishment_id", "prescriber_establishment", "establishment_id",
         "establishment", "atc", "quantity"), "")
    cells = [*every_kind(), *(each._replace(performer_id="", performer="", **absent) for each in every_kind())]
    lines = [read_line(each, 1) for each in cells]
    whole = [line for line in lines if isinstance(line, Reimbursed)]
    assert len(whole) == 16
    return {"full": compose_care(HEAD, whole).content, "empty": compose_care(HEAD, ()).content}


def test_histories_are_valid_by_the_national_schema(shared_data: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / _SCHEMA))
    for name, content in histories().items():
        assert schema.validate(etree.fromstring(content)), (name, schema.error_log)


def test_histories_break_no_rule_of_the_national_schematron(shared_data: Path) -> None:
    saxon = pytest.importorskip("saxonche", reason="saxonche, which runs schematrons, is not installed")
    with saxon.PySaxonProcessor(license=False) as processor:
        rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(shared_data / _RULES))
        for name, content in histories().items():
            told = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=content.decode()))
            assert "svrl:fired-rule" in told, name
            assert "svrl:failed-assert" not in told, (name, told)
