"""What we write reads back equal, and is valid by the schema of CDA."""

from __future__ import annotations

from pathlib import Path

from carnet.documents.content import Content, MedicationKind, read_content
from tests.documents.content.written import (
    ALLERGIES,
    DISPENSED,
    PRESCRIBED,
    PROBLEMS,
    RESULTS,
    TAKEN,
    VACCINATIONS,
    written,
)
from tests.documents.test_compose import assert_valid


def test_every_value_that_we_write_reads_back_equal() -> None:
    content = read_content(written())
    assert content.results == RESULTS
    assert content.vaccinations == VACCINATIONS
    assert content.medications_as(MedicationKind.PRESCRIBED) == (PRESCRIBED,)
    assert content.medications_as(MedicationKind.DISPENSED) == (DISPENSED,)
    assert content.medications_as(MedicationKind.TREATMENT) == (TAKEN,)
    assert content.allergies == ALLERGIES
    assert content.problems == PROBLEMS
    assert content.unread == ()


def test_a_document_with_coded_entries_is_valid(shared_data: Path) -> None:
    assert_valid(written(), shared_data)


def test_a_document_without_entries_has_no_content() -> None:
    from tests.documents.lots import letter

    assert read_content(letter()) == Content()
