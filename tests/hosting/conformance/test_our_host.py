"""Our own host passes the conformance kit, whole."""

from __future__ import annotations

import pytest

from tests.hosting.conformance.conftest import Checked

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_our_host_passes_whole(checked: Checked) -> None:
    report = await checked.examined()
    for f in report.findings:
        print(f.result, f.subject, f.name, f.said, f.calls)
    print(report.speeds)
    assert [(finding.name, finding.said) for finding in report.of("failed")] == []
    assert report.has_passed
