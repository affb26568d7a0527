"""Each rule of docs/protocol.md has a test that fails when the rule is switched off (tests/hosting/without.py)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.hosting.without import RULES

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"^\| ([A-Z]+(?:, [A-Z]+)*) \|", re.MULTILINE)


def test_every_rule_of_the_page_is_switched_off_by_one() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    named = {rule for row in _NAMED.findall(page) for rule in row.split(", ")}
    assert named <= {rule.split()[0] for rule in RULES}


def test_every_test_that_is_named_is_there() -> None:
    for each in RULES.values():
        file, _, name = each.test.partition("::")
        assert f"async def {name}(" in (ROOT / file).read_text(encoding="utf-8"), each.test


def test_every_line_that_is_switched_off_is_there() -> None:
    for change in (change for each in RULES.values() for change in each.changes):
        source = ROOT / "src" / f"{change.module.replace('.', '/')}.py"
        assert source.read_text(encoding="utf-8").count(change.old) == 1, change


@pytest.mark.slow
def test_with_all_rules_on_the_tests_pass() -> None:
    passed = _pytest(sorted({each.test for each in RULES.values()}))
    assert passed.returncode == 0, passed.stdout[-4000:]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_without_the_rule_its_test_fails(rule: str) -> None:
    failed = _pytest([RULES[rule].test], without=rule)
    assert failed.returncode == 1, failed.stdout[-4000:]        # 1: a test failed; 2 and more: it was not run
    assert re.search(r"^1 failed in|^1 failed", failed.stdout.splitlines()[-1]), failed.stdout[-2000:]


def _pytest(tests: Sequence[str], *, without: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "--tb=line", *tests]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    if without:
        command += ["-p", "tests.hosting.without"]
        environment["CARNET_WITHOUT"] = without
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
