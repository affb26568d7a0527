"""The conformance kit finds each host that lies, by the check that is for it, and says what it found."""

from __future__ import annotations

import pytest

from tests.hosting.conformance.conftest import Checked
from tests.hosting.conformance.lies import LIES, Lie

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: str(lie.name))
async def test_a_host_that_lies_is_found(checked: Checked, lie: Lie) -> None:
    await lie.install(checked)
    needed = ("it-starts-again",) if checked.while_it_is_off else ()
    report = await checked.examined(*lie.fails, *needed)
    said = {finding.name: finding.said for finding in report.of("failed")}
    assert set(said) == set(lie.fails)
    assert all(said.values())
    assert lie.says in " ".join(said.values())
    assert not report.has_passed
