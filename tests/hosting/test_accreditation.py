"""Accreditation decides alone: what a file must hold, who signs which step, in which order, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import IntegrityError, InvalidInput
from carnet.hosting.accreditation.file import read
from carnet.hosting.accreditation.reminders import reminders_of
from carnet.hosting.accreditation.rules import Other, last_day
from carnet.hosting.accreditation.steps import APPLICATION, Role, Signed, Step, broken, statement_of
from carnet.hosting.accreditation.store import Dossier
from carnet.hosting.conformance.report import Finding
from tests.hosting.accreditations import KEY, SIRENS, TODAY, Case, file_of, report_of


def refused(error: pytest.ExceptionInfo[InvalidInput]) -> set[str]:
    return {issue.expression for issue in error.value.issues}


def test_a_file_that_is_right_is_read() -> None:
    file = read(file_of())
    assert (file.host, file.company.siren, file.is_reference) == ("alpha", SIRENS["alpha"], False)
    assert file.price_on(TODAY) == file.prices[0]
    assert file.price_on(date(2025, 12, 31)) is None


@pytest.mark.parametrize(("old", "new", "where"), [
    (SIRENS["alpha"], "732829321", "company.siren"),
    ('country = "FR"', 'country = "CH"', "sites[0].country"),
    ('country = "FR"', 'country = "fr"', "sites[0].country"),
    ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 6]", "certificate.activities"),
    ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, 6, 7]", "certificate.activities"),
    ("2029-06-30", "2026-06-30", "certificate.expires_on"),
    ("record_year_cents = 90", "record_year_cents = 90.5", "prices[0].record_year_cents"),
    ("record_year_cents = 90", "record_year_cents = -1", "prices[0].record_year_cents"),
    ("capacity_records = 1000000", "capacity_records = 0", "capacity_records"),
    (KEY, "short", "receipt_key"),
    ("[contact]", "[contact]\nfax = 1", "contact"),
    ('email = "alix@hote.example"', 'email = "nobody"', "contact.email"),
    ('host = "alpha"', "host = ", "the file"),
])
def test_a_file_that_is_wrong_is_refused_with_the_place_of_it(old: str, new: str, where: str) -> None:
    content = file_of().decode()
    assert old in content
    with pytest.raises(InvalidInput) as error:
        read(content.replace(old, new).encode())
    assert refused(error) == {where}


def test_everything_that_is_wrong_in_a_file_is_said_at_once() -> None:
    content = file_of().decode().replace('"FR"', '"US"').replace("[1, 2, 3, 4, 5, 6]", "[]")
    with pytest.raises(InvalidInput) as error:
        read(content.encode())
    assert refused(error) == {"sites[0].country", "certificate.activities"}


def test_six_steps_in_order_make_a_host_active() -> None:
    case = Case()
    states = [case.take(step).state for step in APPLICATION]
    assert states == ["applied", "conformance", "security", "cnil", "committee", "active"]
    assert case.life.decision is not None
    assert case.life.decision.until == date(2029, 11, 21)
    assert broken(case.steps) == ""


@pytest.mark.parametrize("missing", APPLICATION)
def test_no_step_can_be_left_out(missing: Step) -> None:
    case = Case()
    for step in APPLICATION[:APPLICATION.index(missing)]:
        case.take(step)
    for later in APPLICATION[APPLICATION.index(missing) + 1:]:
        with pytest.raises(InvalidInput) as error:
            case.take(later)
        assert "step" in refused(error)


@pytest.mark.parametrize("step", [*APPLICATION, Step.SUSPENDED])
@pytest.mark.parametrize("role", Role)
def test_each_role_signs_its_own_step_and_no_other(step: Step, role: Role) -> None:
    case = Case()
    for before in APPLICATION[:APPLICATION.index(step)] if step in APPLICATION else APPLICATION:
        case.take(before)
    statement = case.statement(step)
    is_own = role is statement.role
    who = case.people.of(role)
    statement = case.statement(step, signatory=who.id, name=who.name, role=who.role)
    if is_own:
        assert case.bring(case.people.signs(statement), who)
    else:
        with pytest.raises(InvalidInput) as error:
            case.bring(case.people.signs(statement), who)
        assert refused(error) == {"signatory"}


def test_an_applicant_signs_for_its_own_host_only() -> None:
    case = Case()
    who = case.people.of(Role.APPLICANT, "beta")
    statement = case.statement(Step.APPLIED, signatory=who.id, name=who.name)
    with pytest.raises(InvalidInput) as error:
        case.bring(case.people.signs(statement), who)
    assert refused(error) == {"signatory"}


def test_a_signature_by_another_key_or_over_other_bytes_is_refused() -> None:
    case = Case()
    statement, who = case.statement(Step.APPLIED), case.people.of(Role.APPLICANT)
    stranger = Ed25519PrivateKey.generate()
    right = case.people.signs(statement)
    for wrong in (
        Signed(statement, stranger.sign(statement.content), stranger.public_key().public_bytes_raw()),
        Signed(statement, stranger.sign(statement.content), who.public_key),
        Signed(case.statement(Step.APPLIED, document_sha256="0" * 64), right.signature, who.public_key),
    ):
        with pytest.raises(InvalidInput) as error:
            case.bring(wrong, who)
        assert refused(error) == {"signature"}


def test_a_statement_signed_for_another_place_in_the_steps_is_refused() -> None:
    case = Case().until(Step.CONFORMANCE)
    for changes in ({"number": 9}, {"application": 2}, {"previous": "0" * 64}):
        with pytest.raises(InvalidInput) as error:
            case.take(Step.SECURITY, **changes)
        assert refused(error) <= {"number", "previous"}


def test_a_step_altered_taken_out_or_put_elsewhere_is_seen() -> None:
    case = Case().until(Step.DECISION)
    changed = replace(case.steps[2], statement=case.statement(Step.SECURITY, number=3))
    assert "step 3 is not signed" in broken([*case.steps[:2], changed, *case.steps[3:]])
    assert "does not follow" in broken([*case.steps[:2], *case.steps[3:]])
    assert "does not follow" in broken([*case.steps[:2], case.steps[3], case.steps[2], *case.steps[4:]])
    assert "does not follow" in broken(case.steps[1:])


def test_a_statement_has_one_form_only() -> None:
    statement = Case().statement(Step.APPLIED)
    assert statement_of(statement.content) == statement
    for content in (statement.content.replace(b'":"', b'": "', 1), statement.content[:-1], b"{}", b""):
        with pytest.raises(IntegrityError):
            statement_of(content)


@pytest.mark.parametrize(("changes", "where"), [
    ({"signed_on": TODAY + timedelta(days=1)}, "signed_on"),
    ({"signed_on": TODAY - timedelta(days=1), "until": TODAY}, "signed_on"),
    ({"until": None}, "until"),
    ({"until": last_day(TODAY) + timedelta(days=1)}, "until"),
    ({"until": TODAY - timedelta(days=1)}, "until"),
    ({"is_favourable": False, "until": last_day(TODAY)}, "until"),
])
def test_days_of_a_decision_that_cannot_be_are_refused(changes: dict[str, Any], where: str) -> None:
    case = Case().until(Step.COMMITTEE)
    with pytest.raises(InvalidInput) as error:
        case.take(Step.DECISION, **changes)
    assert refused(error) == {where}


def test_a_decision_lasts_three_years_at_most_to_the_day() -> None:
    assert last_day(date(2026, 11, 22)) == date(2029, 11, 21)
    assert last_day(date(2028, 2, 29)) == date(2031, 2, 28)


@pytest.mark.parametrize("changes", [
    {"host": "beta"},
    {"receipt_key": "B" * 43},
    {"is_quick": True},
    {"findings": ()},
    {"findings": (Finding("keeps", "Function", "TWO", "keeps", "failed"),)},
    {"findings": (Finding("keeps", "Function", "TWO", "keeps", "not run"),)},
    {"at": f"{TODAY - timedelta(days=91)}T10:00:00Z"},
    {"at": f"{TODAY + timedelta(days=1)}T10:00:00Z"},
    {"at": "yesterday"},
])
def test_only_a_whole_and_recent_report_of_this_host_counts(changes: dict[str, Any]) -> None:
    case = Case().until(Step.APPLIED)
    case.facts = replace(case.facts, report=report_of(**changes))
    with pytest.raises(InvalidInput) as error:
        case.take(Step.CONFORMANCE)
    assert refused(error) == {"document"}


def test_a_report_of_ninety_days_still_counts() -> None:
    case = Case().until(Step.APPLIED)
    case.facts = replace(case.facts, report=report_of(at=f"{TODAY - timedelta(days=90)}T10:00:00Z"))
    assert case.take(Step.CONFORMANCE).state == "conformance"


def test_opinions_may_be_unfavourable_and_the_minister_decides_all_the_same() -> None:
    case = Case().until(Step.CONFORMANCE)
    for step in (Step.SECURITY, Step.CNIL, Step.COMMITTEE):
        case.take(step, is_favourable=False)
    assert case.take(Step.DECISION).state == "active"


@pytest.mark.parametrize("step", [Step.APPLIED, Step.CONFORMANCE])
def test_what_did_not_hold_is_not_signed_as_unfavourable(step: Step) -> None:
    case = Case()
    if step is Step.CONFORMANCE:
        case.take(Step.APPLIED)
    with pytest.raises(InvalidInput) as error:
        case.take(step, is_favourable=False)
    assert refused(error) == {"is_favourable"}


def test_a_refused_host_is_not_active_and_may_apply_again() -> None:
    case = Case().until(Step.COMMITTEE)
    assert case.take(Step.DECISION, is_favourable=False).state == "refused"
    assert case.until(Step.DECISION).life.state == "active"
    assert case.life.application == 2


def test_a_host_is_suspended_resumed_and_withdrawn() -> None:
    case = Case().until(Step.DECISION)
    assert case.take(Step.SUSPENDED).state == "suspended"
    with pytest.raises(InvalidInput):
        case.take(Step.SUSPENDED)
    assert case.take(Step.RESUMED).state == "active"
    with pytest.raises(InvalidInput):
        case.take(Step.RESUMED)
    life = case.take(Step.WITHDRAWN)
    assert (life.state, life.decision, life.next_steps) == ("withdrawn", None, (Step.APPLIED,))


def test_a_renewal_leaves_the_decision_in_force_until_the_next_one() -> None:
    case = Case().until(Step.DECISION).later(900)
    case.facts = replace(case.facts, report=report_of(at=f"{case.facts.today}T10:00:00Z"))
    case.facts = replace(case.facts, file=case.file(expires=date(2032, 1, 1)))
    before = case.life.decision
    for step in APPLICATION[:-1]:
        assert case.take(step).decision == before
    assert case.take(Step.DECISION).decision != before


def test_a_renewal_does_not_end_a_suspension() -> None:
    case = Case().until(Step.DECISION)
    case.take(Step.SUSPENDED)
    assert case.until(Step.DECISION).life.state == "suspended"


def test_a_refused_renewal_leaves_the_decision_until_its_end() -> None:
    case = Case().until(Step.DECISION).until(Step.COMMITTEE)
    assert case.take(Step.DECISION, is_favourable=False).state == "active"


@pytest.mark.parametrize("step", [Step.APPLIED, Step.DECISION])
def test_the_reference_operator_is_never_the_company_of_a_home_host(step: Step) -> None:
    case = Case()
    for before in APPLICATION[:APPLICATION.index(step)]:
        case.take(before)
    same = Other("reference", SIRENS["alpha"], is_reference=True)
    case.facts = replace(case.facts, others=[same])
    with pytest.raises(InvalidInput) as error:
        case.take(step)
    assert refused(error) == {"company.siren"}
    case.facts = replace(case.facts, others=[replace(same, is_reference=False)])     # two home hosts may be
    case.take(step)


@pytest.mark.parametrize("step", [Step.APPLIED, Step.DECISION])
def test_a_certificate_that_ended_carries_no_application_and_no_decision(step: Step) -> None:
    case = Case()
    for before in APPLICATION[:APPLICATION.index(step)]:
        case.take(before)
    case.facts = replace(case.facts, file=case.file(expires=TODAY - timedelta(days=1)))
    with pytest.raises(InvalidInput) as error:
        case.take(step)
    assert refused(error) == {"certificate"}


def test_a_host_whose_settings_name_another_receipt_key_is_not_decided_on() -> None:
    case = Case().until(Step.COMMITTEE)
    case.facts = replace(case.facts, receipt_key="B" * 43)
    with pytest.raises(InvalidInput) as error:
        case.take(Step.DECISION)
    assert refused(error) == {"receipt_key"}


@pytest.mark.parametrize(
    ("days", "within"), [(181, None), (180, 180), (91, 180), (90, 90), (30, 30), (0, 30), (-1, 30)])
def test_what_ends_is_told_six_three_and_one_month_before(days: int, within: int | None) -> None:
    case = Case().until(Step.DECISION)
    certificate_ends = case.facts.file.certificate.expires_on
    dossier = Dossier(
        "alpha", tuple(case.steps), {1: case.facts.file}, certificate_ends - timedelta(days=days))
    found = {each.what: each for each in reminders_of([dossier])}
    assert found.get("certificate") is None if within is None else found["certificate"].within == within
    if within is not None:
        assert found["certificate"].is_over is (days < 0)


def test_nothing_is_told_of_a_host_that_holds_no_decision() -> None:
    case = Case().until(Step.COMMITTEE)
    assert reminders_of([Dossier("alpha", tuple(case.steps), {1: case.facts.file}, date(2040, 1, 1))]) == []
