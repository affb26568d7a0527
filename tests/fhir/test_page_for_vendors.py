"""The tables of docs/vendors say what the doors take. Its commands are typed in `test_pages_typed.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.fhir import consent_search
from carnet.fhir.consent_resource import CATEGORY_CODES, ROLE_CODES
from carnet.fhir.metadata import OPERATIONS
from carnet.fhir.search_values import PARAMETERS
from carnet.people.identity import PURPOSES, SECRET

VENDORS = Path(__file__).resolve().parents[2] / "docs" / "vendors"


@pytest.mark.parametrize(("page", "names"), [
    ("fhir.md", [*PARAMETERS, "patient"]),
    ("consent.md", [*consent_search.PARAMETERS, *CATEGORY_CODES, *ROLE_CODES]),
    ("tokens.md", [*PURPOSES, SECRET, "Mode_Acces_Raison", "Acces_Regulation_Medicale", "SubjectOfficerID"]),
])
def test_the_page_lists_all_that_is_taken(page: str, names: list[str]) -> None:
    text = (VENDORS / page).read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_page_tells_of_every_operation() -> None:
    text = (VENDORS / "fhir.md").read_text(encoding="utf-8")
    assert [name for name in OPERATIONS if f"Patient/${name}" not in text.replace("\\$", "$")] == []
