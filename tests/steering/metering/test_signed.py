"""What a host signed of its days beside what the platform metered: it is compared, and decides nothing."""

from __future__ import annotations

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import IntegrityError
from carnet.host.receipts import Receipts
from carnet.steering.metering.signed import Compared, compared, signed_in
from carnet.steering.metering.tariff import DayMeter

DAY, NEXT = date(2026, 4, 1), date(2026, 4, 2)
RECEIPTS = Receipts("alpha", Ed25519PrivateKey.generate())


def receipt(day: date, **counts: int) -> str:
    """What a host signs of a day, as its program does."""
    names = ("bodies_read", "bytes_read", "bodies_put", "entries_appended", "refused", "exported", "challenged")
    return RECEIPTS.sign("counts", [(day.isoformat(), *(counts.get(name, 0) for name in names))])


def test_only_days_that_the_host_signed_are_compared() -> None:
    days = [DayMeter(DAY, 9, 9, deposits=5, reads=3), DayMeter(NEXT, 9, 9, deposits=100, reads=100)]
    signed = {DAY: receipt(DAY, bodies_put=6, bodies_read=3, entries_appended=7, refused=1)}
    assert compared(days, signed) == Compared(1, 5, 6, 3, 3, 7, 1)
    assert compared(days, {}) == Compared(0, 0, 0, 0, 0, 0, 0)


def test_what_a_host_gave_for_exports_and_challenges_was_read_for_nobody() -> None:
    assert signed_in(receipt(DAY, bodies_read=10, exported=4, challenged=3)).read_for_people == 3


@pytest.mark.parametrize(("put", "read", "is_short"), [(5, 3, False), (6, 9, False), (4, 3, True), (5, 2, True)])
def test_a_host_that_signed_fewer_is_marked_and_one_that_signed_more_is_not(
    put: int, read: int, *, is_short: bool,
) -> None:
    told = compared([DayMeter(DAY, deposits=5, reads=3)], {DAY: receipt(DAY, bodies_put=put, bodies_read=read)})
    assert told.is_short is is_short


@pytest.mark.parametrize("text", ["", "a.b.c", RECEIPTS.sign("counts", []), RECEIPTS.sign("counts", [("2026", 1)])])
def test_what_is_no_receipt_of_counts_is_said_to_be_none(text: str) -> None:
    with pytest.raises(IntegrityError):
        signed_in(text)
