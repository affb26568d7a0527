"""A SoftHSM token of a test alone: the library of Debian's package `softhsm2`, with its own folder of tokens."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from carnet.journal.hsm.client import HsmAddress

PIN = "246813579"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)


@contextmanager
def soft_hsm(folder: Path) -> Iterator[HsmAddress]:
    """A token called `carnet`, for this process until the block ends. Skips where SoftHSM is not installed."""
    import pkcs11

    module = next((each for each in _MODULES if Path(each).exists()), "")
    if not module or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed here (Debian: apt-get install softhsm2)")
    tokens = folder / "tokens"
    tokens.mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "carnet", "--so-pin", "97531864", "--pin", PIN],
        check=True, capture_output=True)
    pkcs11.lib(module).reinitialize()   # the library may be loaded, with the tokens of another test
    try:
        yield HsmAddress(module, "carnet", "test-platform")
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
