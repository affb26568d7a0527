"""A host keeps the daily roots it is shown, and no second one of a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carnet.host.counts import today
from tests.host.portal import Portal

_ONE, _OTHER = b"1" * 32, b"2" * 32


async def test_a_root_is_kept_for_ever_and_receipted(portal: Portal) -> None:
    kept = await portal.witness("2026-01-01", _ONE)
    assert (kept.status, portal.receipt(kept, "witness")) == (200, [["2026-01-01", _ONE.hex(), 7]])
    again = await portal.witness("2026-01-01", _ONE)
    assert portal.receipt(again, "witness") == [["2026-01-01", _ONE.hex(), 7]]
    await portal.witness("2026-01-03", _OTHER, size=9)
    roots = (await portal.witnessed()).content["roots"]
    assert [(root["day"], root["root"], root["size"]) for root in roots] == [
        ("2026-01-01", _ONE.hex(), 7), ("2026-01-03", _OTHER.hex(), 9)]
    assert [root["day"] for root in (await portal.witnessed("?after=2026-01-01")).content["roots"]] == ["2026-01-03"]
    assert (await portal.witness("2026-01-01", _ONE)).status == 200


async def test_another_root_or_size_of_a_day_is_a_conflict(portal: Portal) -> None:
    await portal.witness("2026-01-01", _ONE)
    for root, size in ((_OTHER, 7), (_ONE, 8)):
        refused = await portal.witness("2026-01-01", root, size=size)
        assert (refused.status, refused.content["day"], refused.content["root"]) == (409, "2026-01-01", _ONE.hex())
    assert len((await portal.witnessed()).content["roots"]) == 1


async def test_a_day_before_the_last_is_a_conflict(portal: Portal) -> None:
    await portal.witness("2026-01-02", _ONE)
    refused = await portal.witness("2026-01-01", _OTHER)
    assert (refused.status, refused.content["day"]) == (409, "2026-01-02")
    assert len((await portal.witnessed()).content["roots"]) == 1


async def test_a_day_to_come_is_refused(portal: Portal) -> None:
    assert (await portal.witness((today() + timedelta(days=2)).isoformat(), _ONE)).status == 400
    assert (await portal.witness(today().isoformat(), _ONE)).status == 200


@pytest.mark.parametrize("day", ["2026-02-30", "2026", ""])
async def test_what_is_no_day_is_refused(portal: Portal, day: str) -> None:
    assert (await portal.witness(day, _ONE)).status in (400, 401)
    assert (await portal.witnessed(f"?after={day}")).status == 400


async def test_the_token_says_which_root_of_which_day(portal: Portal) -> None:
    for item in (["2026-01-02", _ONE.hex()], ["2026-01-01", _OTHER.hex()]):
        call = {"token": portal.token("witness", [item]), "day": "2026-01-01", "root": _ONE, "size": 7}
        assert (await portal.post("/v1/witness", call)).status == 401
    assert (await portal.get("/v1/witness", portal.token("counts", []))).status == 401
