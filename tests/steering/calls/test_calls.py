"""A call for projects on a real platform: from its opening to the last cent, and what is refused on the way."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from carnet.errors import InvalidInput, NotFound, Unavailable
from carnet.ledger.costs import Cost
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.postings import Piece
from carnet.steering.calls.faults import Fault, Rule, Stands
from carnet.steering.calls.granting import Granting
from carnet.steering.calls.report import accounts, as_csv, fed_by, total
from carnet.steering.calls.steps import Given, broken
from carnet.steering.store import FigureStore
from tests.running import Platform, another_patient, letter
from tests.steering.calls.board import BY, FIRST_TRANCHE, GIVEN, MEASURED, SECOND_TRANCHE, Board, marked
from tests.steering.calls.files import CABINET, CALL, FIRST, LABO, OTHER, SECOND, call_file, day
from tests.steering.ground import Ground


def rules(caught: pytest.ExceptionInfo[InvalidInput] | pytest.ExceptionInfo[Stands]) -> set[Rule]:
    return {each.rule for each in caught.value.issues if isinstance(each, Fault)}


async def test_a_grant_is_paid_for_what_was_measured_and_the_rest_is_promised_no_more(
    platform: Platform, fed: Board,
) -> None:
    await fed.decided(more='partly = "pro_rata"')
    assert await fed.costs("lot") == {
        ("avance",): Cost(committed=18_000 + 12_000), (MEASURED,): Cost(committed=42_001 + 28_000)}
    ground = Ground(platform)
    for number in range(2):                 # of 3 that were promised: 5 a month, one whole month, 60 of 100
        await platform.opened(another_patient(number))
        await ground.send(letter(of=another_patient(number)).content)

    await _pays_the_advance(fed)
    with pytest.raises(InvalidInput) as caught:
        await fed.granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())
    assert rules(caught) == {Rule.NOT_YET}
    with fed.days(1):
        life = await fed.granting.measure(CALL, SECOND_TRANCHE, BY, form := uuid4())
        assert await fed.granting.measure(CALL, SECOND_TRANCHE, BY, form) == life
        [(on, said)] = life.measures[SECOND_TRANCHE]
        assert (on, said.documents, said.records, said.feeds[0].required) == (day(fed.today, 1), 2, 2, 3)
        assert (said.outcome, said.due_cents) == ("partly", 42_001 * 2 // 3)
        await fed.granting.release(CALL, SECOND_TRANCHE, BY, form := uuid4())
        await fed.granting.release(CALL, SECOND_TRANCHE, BY, form)
        await fed.granting.cancel(CALL, SECOND_TRANCHE, "deux sur trois", BY, step_id=uuid4())
        assert await fed.is_even()
        with pytest.raises(Stands):
            await fed.granting.cancel(CALL, SECOND_TRANCHE, "encore", BY, step_id=uuid4())
        nothing = await fed.granting.measure(CALL, ("A002", MEASURED), BY, uuid4())
        assert nothing.measures["A002", MEASURED][0][1].due_cents == 0
        with pytest.raises(InvalidInput) as caught:
            await fed.granting.release(CALL, ("A002", MEASURED), BY, uuid4())
        assert rules(caught) == {Rule.NOTHING_DUE}
    assert (await fed.costs())[()] == Cost(paid=18_000, owed=28_000, committed=12_000 + 28_000)
    await _is_told(fed)


async def _pays_the_advance(board: Board) -> None:
    """The advance is due, released, and paid by the accountant as any invoice."""
    await board.granting.measure(CALL, FIRST_TRANCHE, BY, uuid4())
    with pytest.raises(InvalidInput) as caught:
        await board.granting.cancel(CALL, FIRST_TRANCHE, "pour voir", BY, step_id=uuid4())
    assert rules(caught) == {Rule.RELEASE_FIRST}
    life = await board.granting.release(CALL, FIRST_TRANCHE, BY, uuid4())
    entry = life.released[FIRST_TRANCHE].entry
    kept = await board.ledger.entry(entry)
    assert kept is not None
    assert kept.entry.proof is not None
    assert b'"outcome": "reached"' in ((await board.ledger.proof(kept.entry.proof)) or ("", "", b""))[2]
    with pytest.raises(Stands, match="nothing is left"):
        await board.granting.cancel(CALL, FIRST_TRANCHE, "pour voir", BY, step_id=uuid4())
    await Keeper(board.ledger, "C. Comptable").pay(Piece(on=board.today, label="virement"), 18_000, of=entry)


async def _is_told(board: Board) -> None:
    life = await board.store.life(CALL)
    assert broken(await board.store.steps(CALL)) == ""
    fed = await fed_by(life, FigureStore(board.ledger._database))
    lines = accounts(life, fed)
    whole = total(lines)
    assert (whole.granted, whole.released, whole.cancelled, whole.left) == (100_001, 46_000, 14_001, 40_000)
    assert lines[0].per_document is None        # of two records: nothing is shown that tells of them
    assert (lines[0].fed is not None, lines[2].fed) == (True, None)
    rows = as_csv([(life, lines)]).splitlines()
    assert rows[1].endswith(",60001,60001,46000,14001,0," + rows[1].split(",", 9)[9])
    assert rows[1].endswith(",0,<5,<5,<5,<5")
    assert rows[3].endswith(",9000,0,0,0,0,,,,,,,")


async def test_what_a_group_brought_before_or_another_brought_counts_for_nothing(
    platform: Platform, fed: Board,
) -> None:
    await fed.decided()
    ground = Ground(platform)
    await platform.opened()
    await ground.deposit(letter())                  # by a cabinet: of the second group
    for _ in range(3):
        await ground.send(letter().content)
    await ground.figures()
    await platform.portal.execute("update feed_document set day = day - 41 where line_id in"
                                        " (select line_id from feed_line where organisation = $1)", LABO)
    with fed.days(1):
        life = await fed.granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())
        other = await fed.granting.measure(CALL, ("A002", MEASURED), BY, uuid4())
    assert life.measures[SECOND_TRANCHE][0][1].documents == 0
    assert other.measures["A002", MEASURED][0][1].documents == 1


async def test_nothing_is_measured_while_what_was_fed_waits_to_be_counted(board: Board) -> None:
    await board.decided()
    await board.portal.execute(
        "insert into to_count (record_id, at, said) values ($1, clock_timestamp(), '{}')", uuid4())
    async with board.portal.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('carnet figures'))")    # a worker counts
        with board.days(1), pytest.raises(Unavailable):
            await board.granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())


async def test_a_second_measure_is_asked_for_once_and_in_time(board: Board) -> None:
    await board.decided(then="[appeal]\nwithin_days = 10\ncounts_days = 20")
    granting = board.granting
    with board.days(1):
        await granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())
        for wished in (granting.cancel(CALL, SECOND_TRANCHE, "non atteint", BY, step_id=uuid4()),
                       granting.release(CALL, SECOND_TRANCHE, BY, uuid4())):
            with pytest.raises(InvalidInput) as caught:
                await wished
            assert rules(caught) == {Rule.APPEAL_OPEN}
        await granting.measure(CALL, ("A002", MEASURED), BY, uuid4())
        await granting.appeal(CALL, SECOND_TRANCHE, "un logiciel en panne", BY, step_id=uuid4())
        with pytest.raises(InvalidInput, match="is measured from"):
            await granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())
    with board.days(12):
        with pytest.raises(InvalidInput, match="had to come until"):
            await granting.appeal(CALL, ("A002", MEASURED), "trop tard", BY, step_id=uuid4())
        await granting.cancel(CALL, ("A002", MEASURED), "non atteint", BY, step_id=uuid4())
        with pytest.raises(InvalidInput) as caught:     # it waits for its second measure, however late
            await granting.cancel(CALL, SECOND_TRANCHE, "non atteint", BY, step_id=uuid4())
        assert rules(caught) == {Rule.APPEAL_OPEN}
    with board.days(21):
        life = await granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())
        assert [said.attempt for _, said in life.measures[SECOND_TRANCHE]] == [1, 2]
        with pytest.raises(Stands):
            await granting.measure(CALL, SECOND_TRANCHE, BY, uuid4())
        with pytest.raises(Stands):
            await granting.appeal(CALL, SECOND_TRANCHE, "encore", BY, step_id=uuid4())
        await granting.cancel(CALL, SECOND_TRANCHE, "non atteint", BY, step_id=uuid4())
    assert await board.is_even()


async def test_no_more_is_taken_within_an_hour_than_people_hand_in(
    board: Board, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("carnet.steering.calls.store._MOST_AN_HOUR", 2)
    with board.days(-60):
        await board.calls.open(board.file(), BY, uuid4())
        for name in ("un", "deux"):
            await board.calls.apply(CALL, board.application(name=name), "", uuid4())
        with pytest.raises(Unavailable):
            await board.calls.apply(CALL, board.application(name="trois"), "", uuid4())


async def test_applications_come_between_two_days_and_a_file_is_one(board: Board) -> None:
    with board.days(-60):
        await board.calls.open(board.file(), BY, uuid4())
    content = board.application()
    with board.days(-61), pytest.raises(InvalidInput, match="opens on"):
        await board.calls.apply(CALL, content, "", uuid4())
    with board.days(-45):
        first = await board.calls.apply(CALL, content, "", uuid4())
        assert await board.calls.apply(CALL, content, "", uuid4()) == first
    with board.days(-44):
        assert await board.calls.apply(CALL, content, "", uuid4()) == first         # its receipt is given again
        with pytest.raises(InvalidInput, match="nothing is taken any more"):
            await board.calls.apply(CALL, board.application(name="Un autre"), "", uuid4())
    with pytest.raises(NotFound):
        await board.calls.apply("autre-appel", content, "", uuid4())


async def test_a_call_is_amended_with_a_number_and_a_reason_and_never_after_its_decision(board: Board) -> None:
    await board.opened()
    longer = call_file(day(board.today, -60), day(board.today, -43), day(board.today, 1))
    with board.days(-50):
        with pytest.raises(InvalidInput) as caught:
            await board.calls.amend(longer, " ", BY, uuid4())
        assert rules(caught) == {Rule.REASON}
        life = await board.calls.amend(longer, "une semaine de plus", BY, form := uuid4())
        assert (life.amendments, life.call.closes) == (1, day(board.today, -43))
        assert await board.calls.amend(longer, "une semaine de plus", BY, form) == life
    with board.days(-42), pytest.raises(InvalidInput) as caught:
        await board.calls.amend(board.file(), "à nouveau", BY, uuid4())
    assert rules(caught) == {Rule.FIXED}
    await board.scored(("A001", 9, 8), ("A002", 7, 7), ("A003", 2, 3))
    with board.days(-40):
        await board.calls.decide(CALL, "Décision 12", GIVEN, by=BY, step_id=uuid4())
    with pytest.raises(Stands):
        await board.calls.amend(longer, "trop tard", BY, uuid4())
    with pytest.raises(asyncpg.PostgresError):
        await board.portal.execute("update call_step set by = 'x'")


async def test_scorers_are_named_score_once_and_never_their_own(board: Board) -> None:
    await board.opened()
    score, form = board.calls.score, uuid4()
    with pytest.raises(InvalidInput) as caught:
        await score(CALL, "A001", scorer=OTHER, marks=marked(5), step_id=uuid4())
    assert rules(caught) == {Rule.NO_SCORER}
    with board.days(-45), pytest.raises(InvalidInput, match="is open until"):
        await score(CALL, "A001", scorer=FIRST, marks=marked(5), step_id=uuid4())
    await score(CALL, "A001", scorer=FIRST, marks=marked(5), step_id=form)
    await score(CALL, "A001", scorer=FIRST, marks=marked(5), step_id=form)
    with pytest.raises(Stands, match="with other words"):
        await score(CALL, "A001", scorer=FIRST, marks=marked(6), step_id=form)
    with pytest.raises(Stands, match="already"):
        await score(CALL, "A001", scorer=FIRST, marks=marked(6), step_id=uuid4())
    life = await board.calls.recuse(CALL, "A001", FIRST, "mon frère y travaille", uuid4())
    assert (life.scores("A001"), life.awaited("A001")) == ({}, [SECOND])
    await board.calls.recuse(CALL, "A002", SECOND, "j'y ai travaillé", uuid4())
    with pytest.raises(InvalidInput) as caught:
        await score(CALL, "A002", scorer=SECOND, marks=marked(5), step_id=uuid4())
    assert rules(caught) == {Rule.OF_THEIR_OWN}
    with pytest.raises(InvalidInput) as caught:
        await score(CALL, "A003", scorer=SECOND, marks=marked(11), step_id=uuid4())
    assert rules(caught) == {Rule.MARKS}


async def test_scorers_who_score_at_once_are_all_written_down(board: Board) -> None:
    await board.opened()
    await asyncio.gather(*(
        board.calls.score(CALL, application, scorer=scorer, marks=marked(5), step_id=uuid4())
        for application in ("A001", "A002", "A003") for scorer in (FIRST, SECOND)))
    assert len((await board.store.life(CALL)).scored) == 6
    assert broken(await board.store.steps(CALL)) == ""


async def test_a_scorer_whom_the_call_says_to_be_of_a_group_does_not_score_it(board: Board) -> None:
    with board.days(-60):
        named = board.file().replace(b'name = "No', f'organisations = ["{CABINET}"]\nname = "No'.encode())
        await board.calls.open(named, BY, uuid4())
        await board.calls.apply(CALL, board.application(organisation=CABINET), "", uuid4())
    with pytest.raises(InvalidInput) as caught:
        await board.calls.score(CALL, "A001", scorer=SECOND, marks=marked(9), step_id=uuid4())
    assert rules(caught) == {Rule.OF_THEIR_OWN}


@pytest.mark.parametrize(("changes", "rule"), [
    ({"A001": 60_002}, Rule.ABOVE_ASKED), ({"A003": 9_000, "A002": 0}, Rule.BELOW_LEAST),
    ({"A003": 9_000}, Rule.ABOVE_BUDGET),
    ({"A002": 39_999}, Rule.REASON), ({"A009": 5}, Rule.ALL_NAMED), ({"A001": -1}, Rule.ABOVE_ASKED),
])
async def test_a_decision_keeps_to_the_scores_the_budget_and_says_why(
    board: Board, changes: dict[str, int], rule: Rule,
) -> None:
    await board.opened()
    await board.scored(("A001", 9, 8), ("A002", 7, 7), ("A003", 2, 3))
    cents = {"A001": 60_001, "A002": 40_000, "A003": 0} | changes
    given = [Given(application=name, cents=each, reason="" if each else "sous") for name, each in cents.items()]
    with board.days(-40), pytest.raises(InvalidInput) as caught:
        await board.calls.decide(CALL, "Décision 12", given, by=BY, step_id=uuid4())
    assert rule in rules(caught)
    assert await board.costs() == {}


async def test_nothing_is_decided_before_two_scored_everything_and_it_is_decided_once(board: Board) -> None:
    await board.opened()
    with board.days(-46), pytest.raises(InvalidInput) as caught:
        await board.calls.decide(CALL, " ", GIVEN, by=BY, step_id=uuid4())
    assert {Rule.UNSCORED, Rule.STILL_OPEN, Rule.LEGAL_ACT} <= rules(caught)
    await board.scored(("A001", 9, 8), ("A002", 7, 7), ("A003", 2, 3))
    with pytest.raises(InvalidInput) as caught:
        await board.calls.decide(CALL, "Décision 12", GIVEN, by=BY, step_id=uuid4())
    assert rules(caught) == {Rule.TOO_SOON}             # the milestone is tomorrow
    with board.days(-40):
        done = await asyncio.gather(
            *(board.calls.decide(CALL, "Décision 12", GIVEN, by=BY, step_id=uuid4()) for _ in range(2)),
            return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Life", "Stands"]
    assert len(await board.ledger.entries(PROGRAMME)) == 2


async def test_a_recused_scorer_leaves_too_few(board: Board) -> None:
    await board.opened()
    await board.scored(("A001", 9, 8), ("A002", 7, 7), ("A003", 2, 3))
    await board.calls.recuse(CALL, "A002", SECOND, "j'y ai travaillé", uuid4())
    with board.days(-40), pytest.raises(InvalidInput) as caught:
        await board.calls.decide(CALL, "Décision 12", GIVEN, by=BY, step_id=uuid4())
    assert rules(caught) == {Rule.UNSCORED}


async def test_documents_of_one_site_are_not_paid_for_by_two_grants(board: Board) -> None:
    with board.days(-60):
        await board.calls.open(board.file(), BY, uuid4())
        for name in ("Groupe des Lilas", "Le même sous un autre nom"):
            await board.calls.apply(CALL, board.application(name=name, asked=10_000), "", uuid4())
    await board.scored(("A001", 9, 8), ("A002", 7, 7))
    given = [Given(application=name, cents=10_000) for name in ("A001", "A002")]
    with board.days(-40), pytest.raises(InvalidInput) as caught:
        await board.calls.decide(CALL, "Décision 12", given, by=BY, step_id=uuid4())
    assert rules(caught) == {Rule.OVERLAP}
    given[1] = Given(application="A002", cents=0, reason="le même site")
    with board.days(-40):
        await board.calls.decide(CALL, "Décision 12", given, by=BY, step_id=uuid4())
    second = board.file().replace(CALL.encode(), b"2026-autre-02")
    with board.days(-60):
        await board.calls.open(second, BY, uuid4())
        content = board.application(asked=10_000).replace(CALL.encode(), b"2026-autre-02")
        await board.calls.apply("2026-autre-02", content, "", uuid4())
    with board.days(-40):
        for scorer in (FIRST, SECOND):
            await board.calls.score("2026-autre-02", "A001", scorer=scorer, marks=marked(9), step_id=uuid4())
        with pytest.raises(InvalidInput, match=f"under the grant of {CALL}/A001"):
            await board.calls.decide("2026-autre-02", "Décision 13", given[:1], by=BY, step_id=uuid4())


async def test_a_release_that_is_broken_off_leaves_neither_step_nor_entry(board: Board) -> None:
    await board.decided()
    await board.granting.measure(CALL, FIRST_TRANCHE, BY, uuid4())
    await Keeper(board.ledger, "C").enter()
    await board.portal.execute(
        "update ledger_books set closed_through = current_date + 1 where books = 'programme'")
    with pytest.raises(InvalidInput, match="closed"):
        await board.granting.release(CALL, FIRST_TRANCHE, BY, uuid4())
    assert FIRST_TRANCHE not in (await board.store.life(CALL)).released
    assert await board.is_even()


async def test_two_who_release_at_once_release_once(board: Board) -> None:
    await board.decided()
    await board.granting.measure(CALL, FIRST_TRANCHE, BY, uuid4())
    other = Granting(board.store, board.ledger, FigureStore(board.ledger._database))
    done = await asyncio.gather(
        board.granting.release(CALL, FIRST_TRANCHE, BY, uuid4()), other.release(CALL, FIRST_TRANCHE, BY, uuid4()),
        return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Life", "Stands"]
    assert (await board.costs())[()].owed == 18_000
