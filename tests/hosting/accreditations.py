"""Hosts that apply, and those who sign: what tests of accreditation share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.hosting.accreditation.file import HostFile, read
from carnet.hosting.accreditation.rules import Facts, Signatory, check, last_day
from carnet.hosting.accreditation.steps import APPLICATION, Life, Role, Signed, Statement, Step, last_hash, life_of
from carnet.hosting.conformance.report import ConformanceReport, Finding, signed

TODAY = date(2026, 11, 22)
KEY = "A" * 43
SIRENS = {"alpha": "732829320", "beta": "404833048", "reference": "552100554"}
ROLE_OF = {
    Step.APPLIED: Role.APPLICANT, Step.CONFORMANCE: Role.CONFORMANCE, Step.SECURITY: Role.SECURITY,
    Step.CNIL: Role.CNIL, Step.COMMITTEE: Role.COMMITTEE,
}


def file_of(host: str = "alpha", *, siren: str = "", expires: date = date(2029, 6, 30), extra: str = "") -> bytes:
    """The file of a host, as TOML."""
    role = "reference" if host == "reference" else "home"
    return f"""
host = "{host}"
role = "{role}"
receipt_key = "{KEY}"
capacity_records = 1000000
{extra}
[company]
name = "{host.title()} Santé (fictif)"
siren = "{siren or SIRENS[host]}"
[[sites]]
name = "Salle 1"
address = "1 rue inventée, 59000 Lille"
country = "FR"
[certificate]
number = "HDS-0001"
body = "Organisme inventé"
issued_on = 2026-07-01
expires_on = {expires}
activities = [1, 2, 3, 4, 5, 6]
[[prices]]
version = "2026-1"
from = 2026-01-01
record_year_cents = 90
gigabyte_month_cents = 4
[contact]
name = "Alix Inventée"
email = "alix@hote.example"
telephone = "+33 1 99 00 00 00"
""".encode()


def report_of(host: str = "alpha", **changes: object) -> ConformanceReport:
    """A conformance report that passes, but for these changes."""
    told = {
        "format": 1, "kit": "1", "host": host, "receipt_key": KEY, "receipt_key_from": "told", "scheme": "https",
        "api": "1", "at": f"{TODAY}T10:00:00Z", "is_quick": False,
        "findings": (Finding("keeps", "Function", "TWO", "keeps what it took", "passed"),), **changes}
    return ConformanceReport(**told)      # type: ignore[arg-type]


@dataclass
class People:
    """Those who sign, each with a key of their own."""

    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    def of(self, role: Role, host: str = "alpha") -> Signatory:
        """The signatory of this role; the applicant of this host."""
        is_applicant = role is Role.APPLICANT
        name = f"{role}-{host}" if is_applicant else role.value
        return Signatory(
            name, f"{role.value.title()} (inventé)", role, self.key(name).public_key().public_bytes_raw(),
            host if is_applicant else "")

    def key(self, name: str) -> Ed25519PrivateKey:
        """The key of this signatory."""
        return self.keys.setdefault(name, Ed25519PrivateKey.generate())

    def signs(self, statement: Statement) -> Signed:
        """The statement, signed by whom it names."""
        key = self.key(statement.signatory)
        return Signed(statement, key.sign(statement.content), key.public_key().public_bytes_raw())


@dataclass
class Case:
    """The steps of one host, taken one after the other."""

    people: People = field(default_factory=People)
    host: str = "alpha"
    steps: list[Signed] = field(default_factory=list)
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        self.facts = Facts(TODAY, self.file(), report=report_of(self.host))

    def file(self, **changes: object) -> HostFile:
        """The file of this host."""
        return read(file_of(self.host, **changes))      # type: ignore[arg-type]

    @property
    def life(self) -> Life:
        return life_of(step.statement for step in self.steps)

    def statement(self, step: Step, **changes: object) -> Statement:
        """What its signatory would sign, but for these changes."""
        who = self.people.of(ROLE_OF.get(step, Role.MINISTER), self.host)
        told = {
            "host": self.host, "number": len(self.steps) + 1,
            "application": self.life.application + (step is Step.APPLIED), "step": step, "is_favourable": True,
            "signatory": who.id, "name": who.name, "role": who.role, "signed_on": self.facts.today,
            "document_sha256": hashlib.sha256(step.encode()).hexdigest(),
            "until": last_day(self.facts.today) if step is Step.DECISION else None,
            "previous": last_hash(self.steps), **changes}
        if step is Step.DECISION and not told["is_favourable"] and "until" not in changes:
            told["until"] = None
        return Statement(**told)        # type: ignore[arg-type]

    def take(self, step: Step, **changes: object) -> Life:
        """Take this step. Raises InvalidInput with every reason against it."""
        statement = self.statement(step, **changes)
        role = ROLE_OF.get(step, Role.MINISTER)
        return self.bring(self.people.signs(statement), self.people.of(role, self.host))

    def bring(self, signed_step: Signed, signatory: Signatory) -> Life:
        """Take a step that was signed."""
        life = check(self.steps, signed_step, signatory, self.facts)
        self.steps.append(signed_step)
        return life

    def until(self, last: Step) -> Case:
        """Take all steps of an application up to this one."""
        for step in APPLICATION[:APPLICATION.index(last) + 1]:
            self.take(step)
        return self

    def later(self, days: int) -> Case:
        """So many days pass."""
        self.facts = replace(self.facts, today=self.facts.today + timedelta(days=days))
        return self


def signed_report(people: People, report: ConformanceReport) -> bytes:
    """The report, as the kit's owner signs it."""
    return signed(report, people.key(Role.CONFORMANCE.value))
