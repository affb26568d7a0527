"""Matrices that come with the platform: one, for demonstrations. It is not the official one, which is not public."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from carnet.rights.matrix import NOTHING_OPEN, Matrix
from carnet.rights.matrix_file import read


@cache
def demonstration() -> Matrix:
    """The demonstration's matrix."""
    return read(files(__name__).joinpath("demonstration.tsv").read_bytes())


def shipped(*, is_demonstration: bool) -> Matrix:
    """What is in force before any matrix was loaded: outside of a demonstration, nothing is open."""
    return demonstration() if is_demonstration else NOTHING_OPEN
