"""`carnet host check` on a host of this process: what it says, what it writes, what it does not hold against a host."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from carnet.hosting.conformance.report import read_report
from carnet.roles.conformance import KEY_NAMES, Wished, check_host, verify_report
from carnet.roles.key_files import public_key, written
from tests.hosting.conformance.conftest import CEILING, Checked

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_in_a_hurry_whose_restart_fails_says_so_and_does_not_pass(checked: Checked, tmp_path: Path) -> None:
    for name in KEY_NAMES:
        file = tmp_path / f"{name}.key"
        file.touch(mode=0o600)
        file.write_text(written(getattr(checked.keys, name).private_bytes_raw()))
    console = Console(file=StringIO(), width=200)
    wished = Wished(
        checked.process.host.url, tmp_path, restart=f"{sys.executable} -c 'raise SystemExit(3)'", ceiling=CEILING,
        report=tmp_path / "report", is_quick=True,
        only=("it-starts-again", "bodies-are-taken-in-time", "status-says-who-it-is"))
    assert await check_host(wished, console) == 1
    assert isinstance(console.file, StringIO)
    said = console.file.getvalue()
    why = "the command that starts the host again ended with 3"
    assert f"NOT RUN durability/it-starts-again (TWO): {why}" in said
    assert "NOT RUN speed/bodies-are-taken-in-time (TWO): the run was a quick one" in said
    assert "NOT RUN order/nothing-is-overwritten (CAS): it was not asked for" in said
    assert "FAILED" not in said
    assert "Does NOT conform" in said
    report = read_report((tmp_path / "report").read_bytes(), checked.keys.kit.public_key().public_bytes_raw())
    assert report.is_quick
    assert report.receipt_key_from == "status"
    assert verify_report(tmp_path / "report", public_key(checked.keys.kit), console) == 1
