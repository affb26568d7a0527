"""The daily count: every measure, on the real platform; once a day; whoever dies is followed."""

from __future__ import annotations

from datetime import date

from carnet.ledger.counts.count import Measure
from carnet.record.activate import activate
from carnet.record.authorise import authorise
from carnet.record.retrieve import describe, retrieve
from carnet.steering.adoption.counting import end_day
from carnet.steering.adoption.standing import standing_of, standings_by
from tests.running import DOCTOR, OTHER_DOCTOR, PATIENT, another_patient, letter, patient, professional
from tests.steering.adoption.ground import Ground


async def _records(ground: Ground, number: int) -> None:
    for each in range(number):
        await ground.platform.opened(another_patient(each))


async def test_every_measure_is_counted_of_every_record(ground: Ground) -> None:
    await _records(ground, 4)
    await ground.fed.deposit(letter(of=another_patient(0)))
    for _ in range(5):
        await ground.fed.deposit(letter(of=another_patient(1)))
    await activate(patient(another_patient(1)), another_patient(1).ins, ground.platform.stores)
    last = await ground.platform.stores.record_of(another_patient(3).ins)
    await ground.platform.portal.execute("update record set state = 'closed' where record_id = $1", last)
    await ground.count()
    assert await ground.counted() == {
        Measure.RECORDS_OPENED: 4, Measure.RECORDS_REFUSED: 0, Measure.RECORDS_CLOSED: 1, Measure.RECORDS_ACTIVATED: 1,
        Measure.RECORDS_READ: 0, Measure.RECORDS_WITH_1: 2, Measure.RECORDS_WITH_5: 1, Measure.RECORDS_OPEN: 3,
        Measure.DOCUMENTS: 6, Measure.CONSULTATIONS: 0}
    places = {(each.departement, each.region) for each in await ground.rows()}
    assert places == {("75", "11")}     # the doctor's, in Île-de-France
    found = await ground.store.counted()
    assert found is not None
    assert sum(each.in_force for each in found.held) == 6
    assert [(each.type_code, each.documents, each.records) for each in found.brought] == [("11488-4", 6, 2)]
    assert [(each.departement, each.source, each.organisations) for each in found.feeders] == [("75", "letters", 1)]


async def test_erased_records_were_opened_and_refused_ones_never(ground: Ground) -> None:
    await _records(ground, 3)
    for number, state in enumerate(("erased", "refused", "notice")):
        record = await ground.platform.stores.record_of(another_patient(number).ins)
        await ground.platform.portal.execute("update record set state = $2 where record_id = $1", record, state)
    await ground.count()
    standing = standing_of(await ground.store.cells())
    assert (standing.opened, standing.refused, standing.open, standing.closed) == (1, 1, 0, 0)


async def test_a_consultation_is_counted_once_for_each_professional_record_and_day(ground: Ground) -> None:
    stores, document = ground.platform.stores, letter()
    await ground.platform.opened()
    await ground.fed.deposit(document, letter("Autre."))
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, stores)
    for doctor in (DOCTOR, DOCTOR, OTHER_DOCTOR):
        await retrieve(professional(doctor), document.entry.unique_id, stores)
    await retrieve(patient(), document.entry.unique_id, stores)
    await ground.count()
    first = await ground.counted()
    assert (first[Measure.RECORDS_READ], first[Measure.CONSULTATIONS]) == (1, 0)    # the day is not over
    await ground.days_pass()
    await retrieve(professional(DOCTOR), document.entry.unique_id, stores)
    await ground.count()
    second = await ground.counted()
    assert (second[Measure.RECORDS_READ], second[Measure.CONSULTATIONS]) == (1, 2)
    await ground.days_pass()
    await ground.count()
    assert (await ground.counted())[Measure.CONSULTATIONS] == 3
    visits = await ground.store.visits(await _days_ago(ground, 5), await _days_ago(ground, 0))
    assert [each.visits for each in visits] == [2, 1]


async def _days_ago(ground: Ground, days: int) -> date:
    day: date = await ground.platform.portal.fetchval(
        "select (clock_timestamp() at time zone 'UTC')::date - $1::int", days)
    return day


async def test_a_record_that_nobody_opened_for_ninety_days_is_read_no_more(ground: Ground) -> None:
    document = letter()
    await ground.platform.opened()
    await ground.fed.deposit(document)
    await retrieve(patient(), document.entry.unique_id, ground.platform.stores)
    for days, read in ((1, 1), (88, 1), (1, 0)):
        await ground.days_pass(days)
        await ground.count()
        assert (await ground.counted())[Measure.RECORDS_READ] == read


async def test_a_description_is_no_reading(ground: Ground) -> None:
    document = letter()
    await ground.platform.opened()
    await ground.fed.deposit(document)
    await describe(professional(), document.entry.unique_id, ground.platform.stores)
    assert await ground.platform.portal.fetchval("select count(*) from record_visit") == 0


async def test_a_second_run_of_a_day_changes_nothing(ground: Ground) -> None:
    await _records(ground, 2)
    await ground.count()
    before = await ground.rows()
    await _records(ground, 0)
    await ground.platform.opened(PATIENT)
    await ground.count()
    assert await ground.rows() == before
    day = (await ground.store.counted()).day        # type: ignore[union-attr]
    await end_day(day, ground.store, ground.counts, ground.figures)
    assert await ground.rows() == before


async def test_a_worker_that_dies_is_followed_by_another_and_no_record_is_counted_twice(ground: Ground) -> None:
    await _records(ground, 5)
    for _ in range(2):
        step = await ground.store.count(2)
        assert step is not None
        assert not step.is_whole
    assert await ground.store.counted() is None     # what is not whole is not told
    await ground.count()
    assert (await ground.counted())[Measure.RECORDS_OPENED] == 5


async def test_a_day_that_was_not_ended_is_begun_anew_on_the_next(ground: Ground) -> None:
    await _records(ground, 3)
    await ground.store.count(2)
    await ground.days_pass()
    await ground.count()
    assert (await ground.counted())[Measure.RECORDS_OPENED] == 3


async def test_what_fell_to_nothing_is_counted_as_nothing(ground: Ground) -> None:
    await _records(ground, 1)
    await ground.fed.deposit(letter(of=another_patient(0)))
    await ground.count()
    await ground.days_pass()
    await ground.platform.portal.execute("delete from record_fill")
    await ground.count()
    assert (await ground.counted())[Measure.DOCUMENTS] == 0


async def test_cells_tell_hosts_and_cohorts_apart(ground: Ground) -> None:
    await _records(ground, 4)
    await ground.platform.portal.execute("update record set cohort = 'c1' where home = 'alpha'")
    await ground.count()
    cells = await ground.store.cells()
    by_cohort, by_home = standings_by(lambda each: each.cohort, cells), standings_by(lambda each: each.home, cells)
    assert by_cohort["c1"] == by_home["alpha"]
    assert sum(each.opened for each in by_cohort.values()) == 4
