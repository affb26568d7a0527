"""The demonstration's books are such as an accountant would keep."""

from __future__ import annotations

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.ledger.bank.settle import Bank
from carnet.ledger.bank.store import BankStore
from carnet.ledger.costs import by_axes, costs_of
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.store import LedgerStore
from carnet.ledger.verifying.store import VerifyingStore
from carnet.ledger.verifying.verify import Verifier
from carnet.roles.demo_ledger import BY, enter_year
from tests.ledger.conftest import ledger

__all__ = ["ledger"]


@pytest.mark.parametrize("day", [date(2025, 11, 22), date(2025, 1, 1), date(2025, 3, 31)])
async def test_a_year_is_entered_whenever_one_starts(ledger: LedgerStore, day: date) -> None:
    bank = BankStore(ledger._database)
    await enter_year(ledger, bank, day)
    verifier = Verifier(ledger, VerifyingStore(ledger._database), Ed25519PrivateKey.generate().public_key())
    assert (await verifier.verify(PROGRAMME)).faults == ()
    costs = costs_of(await ledger.sums(by_axes()))[()]
    assert (costs.committed > 0, costs.in_kind > 0) == (True, True)
    movements = await bank.waiting(PROGRAMME)
    assert len(movements) == (3 if day.month > 1 else 0)
    matches = [match for _, match in await Bank(ledger, bank, BY, PROGRAMME).matches(movements)]
    assert all(each.clear is not None for each in matches)
