"""One fixture that ends badly fails one test, and it is said how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_TESTS = """
import asyncio, itertools, pytest

which = itertools.count()

@pytest.fixture
async def served():
    number = next(which)
    if number == 1:
        raise SystemExit(3)
    if number == 2:
        raise asyncio.CancelledError
    yield

async def test_first(served): pass
async def test_that_exits(served): pass
async def test_that_is_cancelled(served): pass
async def test_last(served): pass
"""


def test_a_fixture_that_exits_or_is_cancelled_fails_its_own_test_alone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_them.py").write_text(_TESTS)
    said = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "-p", "tests.endings",
         "-c", "/dev/null", "--rootdir", tmp_path, "-o", "asyncio_mode=auto",
         "-o", "asyncio_default_fixture_loop_scope=function", tmp_path],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False).stdout
    assert "2 passed, 2 errors" in said, said
    assert "RuntimeError: the fixture served ended by SystemExit(3)" in said
    assert "RuntimeError: the fixture served ended by CancelledError()" in said
