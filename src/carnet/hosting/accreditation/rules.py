"""What must be true for a step to be taken down: every reason against it, in plain words.

Decides, and looks nothing up: the caller brings the facts, the day among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from carnet.errors import InvalidInput, Issue
from carnet.hosting.accreditation.file import HostFile
from carnet.hosting.accreditation.steps import (
    APPLICATION,
    MAY_SIGN,
    MUST_BE_FAVOURABLE,
    Decision,
    Life,
    Role,
    Signed,
    Statement,
    Step,
    last_hash,
    life_of,
)
from carnet.hosting.conformance.report import ConformanceReport

REPORT_DAYS = 90
DECISION_YEARS = 3


@dataclass(frozen=True, slots=True)
class Signatory:
    """One whose signature counts, as settings register it: `host` is whose applicant it is."""

    id: str
    name: str
    role: Role
    public_key: bytes
    host: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Another host that has an application or a decision."""

    host: str
    siren: str
    is_reference: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a step is judged on: `file` is that of its application, `receipt_key` that of settings, if they name it."""

    today: date
    file: HostFile
    others: Sequence[Other] = ()
    report: ConformanceReport | None = None
    receipt_key: str = ""


def check(steps: Sequence[Signed], signed: Signed, signatory: Signatory, facts: Facts) -> Life:
    """What the steps come to with this one. Raises InvalidInput with every reason against it."""
    life, statement = life_of(each.statement for each in steps), signed.statement
    issues = [
        *_about_order(life, steps, statement),
        *_about_signature(signed, signatory),
        *_about_days(steps, statement, facts.today),
        *_about_step(statement, facts),
    ]
    if issues:
        raise InvalidInput(*issues)
    return life_of([*(each.statement for each in steps), statement])


def last_day(from_: date) -> date:
    """The last day that a decision taken on this day may have: three years, to the day."""
    try:
        return from_.replace(year=from_.year + DECISION_YEARS) - timedelta(days=1)
    except ValueError:      # the 29th of February
        return date(from_.year + DECISION_YEARS, 2, 28)


def _about_order(life: Life, steps: Sequence[Signed], statement: Statement) -> Iterator[Issue]:
    step = statement.step
    if step not in life.next_steps:
        may = " or ".join(life.next_steps)
        yield _rule("step", f"{step} does not come now: the host is {life.state}, and what may come is {may}")
        return
    application, number = life.application + (step is Step.APPLIED), len(steps) + 1
    if (statement.application, statement.number) != (application, number):
        yield _rule("number", f"this would be step {number}, of application {application}: sign again")
    elif statement.previous != last_hash(steps):
        yield _rule("previous", "this was signed after another step than the last one: sign again")


def _about_signature(signed: Signed, signatory: Signatory) -> Iterator[Issue]:
    statement, who = signed.statement, signatory.id
    if (statement.signatory, statement.name, statement.role) != (who, signatory.name, signatory.role):
        yield _rule("signatory", f"names another signatory than {who}, {signatory.name}, {signatory.role}")
    if signatory.role not in MAY_SIGN[statement.step]:
        roles = " or ".join(sorted(MAY_SIGN[statement.step]))
        yield _rule("signatory", f"{who} signs as {signatory.role}, and {statement.step} is signed by {roles}")
    if signatory.role is Role.APPLICANT and signatory.host != statement.host:
        yield _rule("signatory", f"{who} is the applicant of host {signatory.host or '(none)'}")
    if signed.public_key != signatory.public_key or not signed.is_signed():
        yield _rule("signature", f"is not the signature of these bytes by the registered key of {who}")


def _about_days(steps: Sequence[Signed], statement: Statement, today: date) -> Iterator[Issue]:
    on = statement.signed_on
    if on > today:
        yield _rule("signed_on", f"{on} is yet to come: today is {today}")
    if steps and on < steps[-1].statement.signed_on:
        yield _rule("signed_on", f"{on} is before the last step, {steps[-1].statement.signed_on}")
    if statement.step is Step.DECISION and statement.is_favourable:
        yield from _about_end(on, statement.until, today)
    elif statement.until is not None:
        yield _rule("until", "only a favourable decision has a last day")


def _about_end(on: date, until: date | None, today: date) -> Iterator[Issue]:
    if until is None:
        yield Issue("required", "a favourable decision has a last day", "until")
    elif until > last_day(on):
        yield _rule("until", f"more than {DECISION_YEARS} years after {on}; accepted: up to {last_day(on)}")
    elif until < max(on, today):
        yield _rule("until", f"{until} is over already")


def _about_step(statement: Statement, facts: Facts) -> Iterator[Issue]:
    step, file = statement.step, facts.file
    if not statement.is_favourable and (step in MUST_BE_FAVOURABLE or step not in APPLICATION):
        yield _rule("is_favourable", f"{step} is never unfavourable: what did not hold is not signed")
    if file.host != statement.host:
        yield _rule("host", f"the file is that of host {file.host}")
    if step is Step.CONFORMANCE:
        yield from _about_report(facts)
    if step is Step.APPLIED or (step is Step.DECISION and statement.is_favourable):
        yield from about_company(file, facts.others)
        if file.certificate.expires_on < facts.today:
            yield _rule("certificate", f"the HDS certificate ended on {file.certificate.expires_on}")
    if step is Step.DECISION and facts.receipt_key not in ("", file.receipt_key):
        yield _rule("receipt_key", "the settings of this platform name another receipt key for this host")


def about_company(file: HostFile, others: Sequence[Other]) -> Iterator[Issue]:
    """Two copies of a record at one company are one: a home host's is never the reference operator's."""
    for other in others:
        if other.host != file.host and other.is_reference != file.is_reference and other.siren == file.company.siren:
            yield _rule(
                "company.siren", f"{file.company.name} also runs host {other.host}: the home host of a record and the"
                " reference operator are never one company")


def _about_report(facts: Facts) -> Iterator[Issue]:
    report, file = facts.report, facts.file
    if report is None:
        yield Issue("required", "a report of `carnet host check`, signed by the key of who ran it", "document")
        return
    if report.host != file.host:
        yield _rule("document", f"the report is about host {report.host}")
    if report.receipt_key != file.receipt_key:
        yield _rule("document", "the report is about a host with another receipt key than the file says")
    if report.is_quick:
        yield _rule("document", "the report is of the short form of the checks")
    if not report.has_passed:
        wrong = ", ".join(finding.name for finding in report.findings if finding.result != "passed")
        yield _rule("document", f"not every check was run and passed: {wrong or 'the report holds none'}")
    age = _age(report, facts.today)
    if age is None or not 0 <= age <= REPORT_DAYS:
        yield _rule("document", f"the report is of {report.at}; accepted: {REPORT_DAYS} days old at most")


def _age(report: ConformanceReport, today: date) -> int | None:
    try:
        return (today - datetime.fromisoformat(report.at).date()).days
    except ValueError:
        return None


def ends_on(decision: Decision, file: HostFile) -> date:
    """The last day on which the host is active: the decision's, or the certificate's when it ends before."""
    return min(decision.until, file.certificate.expires_on)


def _rule(where: str, words: str) -> Issue:
    return Issue("business-rule", words, where)
