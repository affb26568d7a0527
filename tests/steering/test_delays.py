"""A percentile of delays is one of the delays."""

from __future__ import annotations

import pytest

from carnet.steering.delays import percentile


@pytest.mark.parametrize(("documents", "median", "ninety"), [
    ({}, None, None), ({5: 1}, 5, 5), ({0: 1, 5: 1}, 0, 5), ({1: 9, 1440: 1}, 1, 1), ({1: 8, 60: 1, 1440: 1}, 1, 60),
    ({1440: 0}, None, None)])
def test_half_of_the_documents_and_nine_of_ten(documents: dict[int, int], median: int, ninety: int) -> None:
    assert (percentile(documents, 50), percentile(documents, 90)) == (median, ninety)
