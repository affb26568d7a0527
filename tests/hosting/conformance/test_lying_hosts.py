"""The conformance kit finds each host that lies, by the check that is for it, and says what it found."""

from __future__ import annotations

import pytest

from carnet.hosting.conformance.kit import CHECKS
from tests.hosting.conformance.conftest import Checked
from tests.hosting.conformance.faulty import FAULTY
from tests.hosting.conformance.lies import LIES
from tests.hosting.conformance.telling import Lie

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("lie", [*LIES, *FAULTY], ids=lambda lie: str(lie.name))
async def test_a_host_that_lies_is_found(checked: Checked, lie: Lie) -> None:
    await lie.install(checked)
    needed = ("it-starts-again",) if checked.while_it_is_off else ()
    report = await checked.examined(*lie.fails, *lie.also, *needed)
    said = {finding.name: finding.said for finding in report.of("failed")}
    assert set(said) == set(lie.fails)
    assert all(said.values())
    assert lie.says in " ".join(said.values())
    assert not report.has_passed


async def test_every_check_has_a_host_that_fails_it() -> None:
    assert {check.name for check in CHECKS} == {name for lie in (*LIES, *FAULTY) for name in lie.fails}
