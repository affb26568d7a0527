"""What is hidden from somebody is to them as what never was: in every answer, every trace, and in its time class."""

from __future__ import annotations

from uuid import uuid4

import pytest

from carnet.record import named
from carnet.record.clock import not_before_the_next_step
from tests.record.hiding import HIDDEN, Hide, observed, reader_of, world
from tests.running import Platform


@pytest.mark.parametrize(("hide", "reader"), HIDDEN, ids=lambda value: getattr(value, "__name__", value))
async def test_all_answers_are_those_of_a_record_without_it(
    platform: Platform, hide: Hide, reader: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[int] = []

    async def counted() -> None:
        steps.append(1)
        await not_before_the_next_step()

    monkeypatch.setattr(named, "not_before_the_next_step", counted)      # it still waits: only counted
    without, having = await world(platform), await world(platform)
    await hide(having)
    unknown = [f"2.25.{10**37 + 10**9 + number}" if "." in name else str(uuid4())
               for number, name in enumerate(having.names)]
    answers, written, waited = [], [], []
    for each, names in ((without, unknown), (having, having.names)):
        before = await platform.portal.fetchval("select count(*) from audit_event")
        steps.clear()
        answers.append(await observed(each, reader_of(each, reader), names))
        written.append(await platform.portal.fetchval("select count(*) from audit_event") - before)
        waited.append(len(steps))
    assert len(answers[0]) > 30
    for bare, full in zip(*answers, strict=True):
        assert bare == full
    assert written[0] == written[1]
    assert waited[0] == waited[1] == 10 * len(having.names)
