"""A comparison is fixed before it begins, and closed by two: what is refused, and what shows."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import asyncpg
import msgspec
import pytest
from cryptography.x509 import Certificate

from carnet.errors import Conflict, InvalidInput
from carnet.hosting.oversight.store import OversightStore
from carnet.journal.database import Database
from carnet.ledger.store import LedgerStore
from carnet.roles import comparison as does
from carnet.roles.audit_log import audit_key
from carnet.roles.report_certificate import certificates_of
from carnet.steering.adoption.store import AdoptionStore
from carnet.steering.comparison.facts import Gravity, Incident, facts_of, incident_of
from carnet.steering.comparison.figure import as_csv, figures_in
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.gather import Sources, gather
from carnet.steering.comparison.keep import Comparisons
from carnet.steering.comparison.seal import seal_of
from tests.steering.comparison.desk import PROTOCOL, Desk

INCIDENT = Incident(on=date(2025, 3, 4), gravity=Gravity.SERIOUS, words="Panne", by="A. Durand", host="demo-est")


def comparisons(desk: Desk) -> Comparisons:
    return Comparisons(desk.store, lambda content: b"\0" * 64)


async def registered(desk: Desk) -> Comparisons:
    made = comparisons(desk)
    await made.register(PROTOCOL, "O", demonstration=True)
    return made


async def finished(desk: Desk) -> str:
    assert await does.demo(desk.settings) == 0
    [comparison] = await desk.store.all_ids()
    return comparison


async def test_a_finished_comparison_is_sound_and_its_figures_follow_from_what_is_published(desk: Desk) -> None:
    comparison = await finished(desk)
    assert await does.verify(desk.settings, comparison) == 0
    closing = await desk.store.closing(comparison)
    assert closing is not None
    [kept] = await desk.store.protocols(comparison)
    published = figures_of(kept.protocol, facts_of(closing.facts))
    assert as_csv(published) == closing.figures
    assert figures_in(closing.figures) == published
    acts = [row[0] for row in await desk.pool.fetch("select act from audit_event order by at")]
    assert acts == ["comparison_register", "comparison_close", "comparison_countersign"]


async def test_the_seal_holds_for_another_tool_and_breaks_with_a_byte(desk: Desk, tmp_path: Path) -> None:
    closing = await desk.store.closing(await finished(desk))
    assert closing is not None
    roots, pdf = certificates_of(desk.settings), closing.report
    await asyncio.to_thread(held_to, pdf, roots, desk.settings.path(desk.settings.report_certificate_file), tmp_path)


def held_to(pdf: bytes, roots: tuple[Certificate, ...], certificate: Path, tmp_path: Path) -> None:
    seal = seal_of(pdf, roots)
    assert seal is not None
    assert (seal.faults, "démonstration" in seal.signer) == ((), True)
    assert signed_for_openssl(pdf, tmp_path, certificate)
    at = pdf.index(b"stream") + 40
    changed = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1:]
    broken = seal_of(changed, roots)
    assert broken is not None
    assert broken.faults[:1] == ("the bytes are not those that were signed",)
    assert not signed_for_openssl(changed, tmp_path, certificate)
    added = seal_of(pdf + b"\n% more", roots)
    assert added is not None
    assert added.faults
    stranger = seal_of(pdf, ())
    assert stranger is not None
    assert "the certificate is not trusted here" in stranger.faults


def signed_for_openssl(pdf: bytes, folder: Path, certificate: Path) -> bool:
    """What `openssl cms` says of the bytes that the PDF names, and of the signature that lies between them."""
    ranges = [int(each) for each in pdf.rpartition(b"/ByteRange")[2].partition(b"[")[2].partition(b"]")[0].split()]
    signature = bytes.fromhex(pdf[ranges[1] + 1 : ranges[2] - 1].decode())
    (folder / "signed").write_bytes(pdf[ranges[0] : ranges[1]] + pdf[ranges[2] : ranges[2] + ranges[3]])
    (folder / "signature.der").write_bytes(signature)
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "signature.der", "-content",
         folder / "signed", "-CAfile", certificate, "-purpose", "any", "-out", folder / "out"],
        capture_output=True, check=False)
    return done.returncode == 0


async def test_after_the_auditor_nothing_is_added_and_nothing_changes(desk: Desk) -> None:
    comparison = await finished(desk)
    made = comparisons(desk)
    amended = msgspec.structs.replace(
        (await desk.store.protocols(comparison))[-1].protocol, purpose="Une autre question")
    with pytest.raises(Conflict):
        await made.amend(amended, "on a changé d’avis", "O")
    with pytest.raises(Conflict):
        await made.tell(comparison, msgspec.structs.replace(INCIDENT, on=amended.from_))
    with pytest.raises(Conflict):
        await does.countersign(
            desk.settings, comparison, desk.key("signatory-auditor"), checked=["encore une fois"])
    for change in ("update comparison_closing set report = ''", "delete from comparison_audit",
                   "truncate comparison_protocol"):
        with pytest.raises(asyncpg.PostgresError, match="only ever added"):
            await desk.pool.execute(change)
    assert await does.demo(desk.settings) == 0      # and doing it again does nothing
    assert await does.verify(desk.settings, comparison) == 0


async def test_what_somebody_changed_behind_the_platform_is_found(
    desk: Desk, capsys: pytest.CaptureFixture[str],
) -> None:
    comparison = await finished(desk)
    await desk.pool.execute("alter table comparison_closing disable trigger comparison_closing_stays")
    await desk.pool.execute(
        "update comparison_closing set figures = convert_to(replace(convert_from(figures, 'utf8'), 'cents,528.84329,',"
        " 'cents,500.84329,'), 'utf8')")
    capsys.readouterr()
    assert await does.verify(desk.settings, comparison) == 1
    told = capsys.readouterr().out
    assert "not those that the officer signed" in told
    assert "computed again from the facts, they are others" in told


async def test_only_an_officer_closes_and_only_the_named_auditor_countersigns(desk: Desk) -> None:
    await registered(desk)
    with pytest.raises(InvalidInput, match="of no officer"):
        await does.close(desk.settings, PROTOCOL.id, desk.key("stranger"), by="O")
    with pytest.raises(Conflict, match="nobody closed"):
        await does.countersign(desk.settings, PROTOCOL.id, desk.key("signatory-auditor"), checked=["tout"])
    with pytest.raises(InvalidInput, match="not the registered key"):
        await does.countersign(desk.settings, PROTOCOL.id, desk.key("stranger"), checked=["tout"])
    with pytest.raises(InvalidInput, match="no auditor nobody"):
        await does.countersign(
            desk.settings, PROTOCOL.id, desk.key("stranger"), checked=["tout"], signatory="nobody")


async def test_another_auditor_than_the_one_named_is_refused_and_so_is_an_audit_of_nothing(desk: Desk) -> None:
    made = Comparisons(desk.store, audit_key(desk.settings).sign)
    await made.register(PROTOCOL, "O", demonstration=True)
    await does.close(desk.settings, PROTOCOL.id, desk.key("officer"), by="O")
    with pytest.raises(InvalidInput, match="the protocol names auditor"):
        await does.countersign(
            desk.settings, PROTOCOL.id, desk.key("another"), checked=["tout"], signatory="another")
    with pytest.raises(InvalidInput, match="names what was checked"):
        await does.countersign(desk.settings, PROTOCOL.id, desk.key("signatory-auditor"), checked=[" "])
    assert await desk.store.audit(PROTOCOL.id) is None


async def test_nobody_closes_before_the_last_day_is_over(desk: Desk) -> None:
    today = await desk.store.today()
    running = msgspec.structs.replace(PROTOCOL, until=date(today.year + 1, 12, 31))
    await comparisons(desk).register(running, "O", demonstration=True)
    with pytest.raises(InvalidInput, match="is not over"):
        await does.close(desk.settings, running.id, desk.key("officer"), by="O")


async def test_an_amendment_after_the_first_day_shows_in_the_report(desk: Desk, tmp_path: Path) -> None:
    made = await registered(desk)
    amended = msgspec.structs.replace(PROTOCOL, differences=msgspec.structs.replace(PROTOCOL.differences, cents=100))
    await made.amend(amended, "le seuil était trop bas", "O")
    assert await does.report(desk.settings, PROTOCOL.id, tmp_path / "r", language="en") == 0
    facts = facts_of((tmp_path / "r" / "facts.json").read_bytes())
    assert [(each.version, each.because, each.after_first_day) for each in facts.amendments] == [
        (1, "", True), (2, "le seuil était trop bas", True)]
    with pytest.raises(InvalidInput, match="is fixed"):
        await made.amend(msgspec.structs.replace(amended, seed="another seed"), "autre graine", "O")
    with pytest.raises(InvalidInput, match="says why"):
        await made.amend(PROTOCOL, " ", "O")


async def test_what_nobody_knows_is_said_to_be_missing_and_is_never_0(desk: Desk) -> None:
    await registered(desk)
    database = Database(desk.pool)
    _, facts = await gather(PROTOCOL.id, Sources(
        desk.store, LedgerStore(database), AdoptionStore(database), OversightStore(database)))
    figures = figures_of(PROTOCOL, facts)
    known = {each.measure for each in figures if each.value}
    assert known == {"availability.hosts", "cost.of_which_charged"}     # none of two hosts asked; what is charged
    assert {each.missing for each in figures if each.measure == "cost.total"} == {
        "the ledger has no line of these months"}


@pytest.mark.parametrize(("changed", "why"), [
    ({"on": date(2026, 3, 4)}, "is not between"), ({"words": " "}, "says what happened"), ({"by": ""}, "by somebody"),
    ({"host": "gamma"}, "host of neither"), ({"cohort": "c"}, "no cohort c"), ({"minutes_down": -1}, "below 0"),
    ({"cohort": "left"}, "not both"),
])
async def test_an_incident_says_when_whose_and_who_says_so(desk: Desk, changed: dict[str, object], why: str) -> None:
    made = await registered(desk)
    with pytest.raises(InvalidInput, match=why):
        await made.tell(PROTOCOL.id, msgspec.structs.replace(INCIDENT, **changed))
    assert await desk.store.incidents(PROTOCOL.id, PROTOCOL.from_, PROTOCOL.until) == []
    await made.tell(PROTOCOL.id, INCIDENT)
    assert await desk.store.incidents(PROTOCOL.id, PROTOCOL.from_, PROTOCOL.until) == [INCIDENT]


def test_a_gravity_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Invalid enum value"):
        incident_of(date(2025, 3, 4), "awful", "Panne", "A", {})


async def test_two_who_register_at_once_are_told(desk: Desk) -> None:
    made = await registered(desk)
    with pytest.raises(Conflict, match="already"):
        await made.register(PROTOCOL, "P", demonstration=True)
    kept = (await desk.store.protocols(PROTOCOL.id))[0]
    with pytest.raises(Conflict):
        await desk.store.add_protocol(replace(kept, by="P"))


async def test_the_sample_is_drawn_once_of_records_placed_there_and_answers_come_back(
    desk: Desk, tmp_path: Path,
) -> None:
    made = await registered(desk)
    protocol = msgspec.structs.replace(PROTOCOL, sample=20)
    await made.amend(protocol, "moins de moyens", "O")
    for placing, departements in (("demo-est", ("67", "88")), ("demo-sud", ("33", "47"))):
        for departement in departements:
            await desk.pool.execute(OPENED, placing, departement)
    file = tmp_path / "sample.csv"
    assert await does.draw(desk.settings, PROTOCOL.id, file, by="O") == 0
    assert file.stat().st_mode & 0o077 == 0
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    assert len(rows) == 40
    with pytest.raises(Conflict, match="drawn already"):
        await made.draw(PROTOCOL.id, "O")
    answers = "respondent,cohort,stratum,found,simple\n" + "".join(
        f"{name},{cohort},{stratum},{1 + place % 5},\n" for place, (_, name, cohort, stratum) in enumerate(rows))
    wrong = answers + f"{rows[0][0]},left,dense,3,3\n{rows[1][1]},left,sparse,6,1\n"
    with pytest.raises(InvalidInput) as refused:
        await made.answer(PROTOCOL.id, wrong.encode(), "O")
    told = "\n".join(str(each) for each in refused.value.issues)
    for words in ("line 42", "was not drawn", "line 43", "found is '6'", "is there twice"):
        assert words in told
    assert await desk.store.answers(PROTOCOL.id) == ([], [])
    assert len(await made.answer(PROTOCOL.id, answers.encode(), "O")) == 40
    with pytest.raises(Conflict, match="there already"):
        await made.answer(PROTOCOL.id, answers.encode(), "O")
    scores, returned = await desk.store.answers(PROTOCOL.id)
    assert {each.question for each in scores} == {"found"}
    assert sum(each.people for each in returned) == sum(each.people for each in scores) == 40


OPENED = """
insert into record (record_id, ins_value, ins_oid, traits, state, opened_at, home, reference, head, cohort, departement,
  rights)
select gen_random_uuid(), 'x' || n || $1 || $2, 'oid', '{}', 'active', timestamptz '2024-12-01 12:00Z', 'alpha',
  'reference', '\\x00', $1, $2, '{}' from generate_series(1, 30) n
"""
