"""One platform for all tests of a file, and its meters."""

from __future__ import annotations

from tests.hosting.conftest import ground, kept, shared_ground

__all__ = ["ground", "kept", "shared_ground"]
