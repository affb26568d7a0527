"""Whatever is done with tranches, in whatever order and on whatever days, their cents are where they were."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from carnet.errors import Conflict, InvalidInput
from carnet.steering.calls import rules_of_grants as rules
from carnet.steering.calls.call import Appeal
from carnet.steering.calls.life import Life, Tranche, life_of
from carnet.steering.calls.milestones import MeasuredFeed, due_cents, outcome_of
from carnet.steering.calls.steps import (
    Appealed,
    Applied,
    Cancelled,
    Decided,
    Done,
    Given,
    Measured,
    Opened,
    Released,
    Step,
)
from tests.steering.calls.files import CABINET, TODAY, a_call, an_application, day

TRANCHES: list[Tranche] = [("A001", "avance"), ("A001", "alimentation"), ("A002", "alimentation"), ("A003", "avance")]
ACTS = st.tuples(
    st.sampled_from(["measure", "appeal", "release", "cancel"]), st.sampled_from(TRANCHES), st.integers(0, 12),
    st.integers(0, 60))


def _granted(first: int, second: int, *, partly: str, has_appeal: bool) -> list[Done]:
    call = replace(
        a_call(), partly=partly, appeal=Appeal(within_days=5, counts_days=7) if has_appeal else None)
    files = an_application(), an_application(organisation=CABINET), an_application(name="refusé")
    given = (Given(application="A001", cents=first), Given(application="A002", cents=second),
             Given(application="A003", cents=0, reason="non"))
    return [
        Opened(call=call, sha256=""),
        *(Applied(application=f"A{place:03d}", file=file, sha256="") for place, file in enumerate(files, 1)),
        Decided(legal_act="Décision", given=given)]


def _done(life: Life, act: str, tranche: Tranche, fed: int, today: date) -> Done:
    application, milestone = tranche
    said = {"application": application, "milestone": milestone}
    match act:
        case "measure":
            attempt, until = rules.measured_until(life, tranche, today)
            required = 9 if milestone == "alimentation" else 0
            feeds = [MeasuredFeed(organisation="1", type_code="x", required=required, documents=fed, records=fed)]
            named, cents = life.call.milestone(milestone), life.grants[application].tranches[milestone]
            assert named is not None
            outcome = outcome_of(feeds, named, life.call)
            return Measured(
                **said, attempt=attempt, since=today, until=until, feeds=tuple(feeds), documents=fed, records=fed,
                outcome=outcome, tranche_cents=cents, due_cents=due_cents(cents, feeds, outcome))
        case "appeal":
            rules.may_appeal(life, tranche, "parce que", today)
            return Appealed(**said, reason="parce que")
        case "release":
            return Released(**said, cents=rules.to_release(life, tranche, today), entry=uuid4())
        case _:
            cents = rules.to_cancel(life, tranche, "parce que", today)
            return Cancelled(**said, cents=cents, reason="parce que", entry=uuid4())


@settings(deadline=None, max_examples=80)
@given(
    st.integers(1, 70_000), st.integers(1, 30_000), st.sampled_from(["pro_rata", "nothing"]), st.booleans(),
    st.lists(ACTS, max_size=25))
def test_released_cancelled_and_left_are_always_the_grant(
    first: int, second: int, partly: str, has_appeal: bool, acts: list[tuple[str, Tranche, int, int]],
) -> None:
    steps: list[Step] = []

    def write(done: Done, on: date) -> Life:
        previous = steps[-1].head if steps else ""
        steps.append(Step(call="c", number=len(steps) + 1, by="x", on=on, previous=previous, done=done))
        life = life_of(steps)
        assert life is not None
        return life

    for done in _granted(first, second, partly=partly, has_appeal=has_appeal):
        life = write(done, TODAY)
    passed = 80
    for act, tranche, fed, days in acts:
        passed += days // 6
        try:
            life = write(_done(life, act, tranche, fed, day(TODAY, passed)), day(TODAY, passed))
        except (InvalidInput, Conflict):
            continue
    released = sum(each.cents for each in life.released.values())
    cancelled = sum(each.cents for each in life.cancelled.values())
    left = {
        (name, milestone): life.left((name, milestone)) for name, grant in life.grants.items()
        for milestone in grant.tranches}
    assert min(left.values()) >= 0
    assert released + cancelled + sum(left.values()) == first + second
    for tranche in life.cancelled:          # what is cancelled is settled: nothing of it hangs on
        assert left[tranche] == 0
    for tranche, said in life.released.items():
        last = life.measure(tranche)
        assert last is not None
        assert said.cents == last[1].due_cents
