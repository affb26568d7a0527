"""The report as a PDF, tagged for screen readers (PDF/UA-1): laid out by Typst from `report.typ`. Same report,
same bytes.

Why Typst: docs/decisions/0033-signed-reports.md.
"""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

import msgspec

from carnet.steering.comparison.report import Report

_TEMPLATE = "report.typ"


def pdf_of(report: Report, at: datetime) -> bytes:
    """The pages of a report. `at` is the time that they say they were made."""
    import typst  # 84 MB that only those need who make a report

    return typst.compile(
        (files("carnet.steering.comparison") / _TEMPLATE).read_bytes(), format="pdf", pdf_standards="ua-1",
        ignore_system_fonts=True, timestamp=int(at.timestamp()),
        sys_inputs={"report": msgspec.json.encode(report).decode()})
