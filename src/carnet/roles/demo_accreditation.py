"""The demonstration's hosts go through every step of an accreditation, at its first start, signed by invented people.

Their keys are demonstration keys, in the demonstration's folder: `carnet hosts` signs further steps with them. The
conformance report says itself that nothing was checked but that the host answers: `carnet host check` checks the rest.
May import: hosting, errors; `demo_settings`, `hosts`, `key_files` of this room. Touches the world: databases, network.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import aiohttp

from carnet.errors import Unavailable
from carnet.hosting.accreditation.accredit import Brought, Wished, statement_for
from carnet.hosting.accreditation.rules import Signatory, last_day
from carnet.hosting.accreditation.steps import APPLICATION, MAY_SIGN, Role, Step
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.hosting.conformance.report import FORMAT, ConformanceReport, Finding, signed
from carnet.journal.database import Database
from carnet.roles.demo_settings import COMPANIES, HOSTS, REFERENCE, SIGNATORIES, Plan, applicant_of
from carnet.roles.hosts import signed_with, traced
from carnet.roles.key_files import read_signing_key
from carnet.roles.wiring import open_pool

_BY = "demonstration"
_SIRENS = dict(zip(HOSTS, ("999000011", "999000029", "999000037"), strict=True))     # nobody's
_KIT = "demonstration"
_WORDS = "of the demonstration: nothing was looked at but that the host answers; run carnet host check for the rest"


async def accredit(plan: Plan) -> None:
    """Take the six steps for each host, from where a former start left off. Raises Unavailable when one is silent."""
    async with open_pool(plan.databases["portal"], 1) as pool:
        store = AccreditationStore(Database(pool))
        taken = {each.host: len(each.steps) for each in await store.dossiers()}
        for host in HOSTS:
            if left := APPLICATION[taken.get(host, 0):]:
                await _accredit(plan, host, left, store)


async def _accredit(plan: Plan, host: str, steps: Sequence[Step], store: AccreditationStore) -> None:
    today = await store.today()
    await _answers(plan, host)
    documents = {
        Step.APPLIED: _file(plan, host, today).encode(), Step.CONFORMANCE: _report(plan, host, today),
        Step.DECISION: f"Décision d'agrément fictive de l'hébergeur {host}\n".encode()}
    for step in steps:
        [role] = MAY_SIGN[step]
        signatory = _signatory(plan, role, host)
        document = documents.get(step, f"Document fictif : {step}, hébergeur {host}\n".encode())
        until = last_day(today) if step is Step.DECISION else None
        statement = await statement_for(Wished(host, step, signatory, document, on=today, until=until), store)
        key = read_signing_key(plan.key(f"signatory-{signatory.id}"), setting="signatories", demonstration=True)
        await traced(Brought(signed_with(statement, key), signatory, document, plan.public(host)), store, by=_BY)


def _signatory(plan: Plan, role: Role, host: str) -> Signatory:
    name = applicant_of(host) if role is Role.APPLICANT else role.value
    key = read_signing_key(plan.key(f"signatory-{name}"), setting="signatories", demonstration=True)
    return Signatory(
        name, SIGNATORIES[name][0], role, key.public_key().public_bytes_raw(),
        host if role is Role.APPLICANT else "")


async def _answers(plan: Plan, host: str) -> None:
    address = f"{plan.url(host)}/v1/status"
    try:
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            if answer.status != 200:
                raise Unavailable(f"host {host} answers {answer.status}")
    except aiohttp.ClientError as error:
        raise Unavailable(f"host {host} does not answer at {address}") from error


def _report(plan: Plan, host: str, today: date) -> bytes:
    answers = Finding("answers", "Function", "", "the host answers", "passed", calls=1)
    report = ConformanceReport(
        format=FORMAT, kit=_KIT, host=host, receipt_key=plan.public(host), receipt_key_from="told", scheme="http",
        api="", at=f"{today}T00:00:00Z", is_quick=False, findings=(answers,), words=(_WORDS,))
    return signed(report, read_signing_key(
        plan.key(f"signatory-{Role.CONFORMANCE}"), setting="signatories", demonstration=True))


def _file(plan: Plan, host: str, today: date) -> str:
    """The file of an invented company."""
    return f"""\
host = "{host}"
role = "{'reference' if host == REFERENCE else 'home'}"
receipt_key = "{plan.public(host)}"
capacity_records = 1000000

[company]
name = "{COMPANIES[host]}"
siren = "{_SIRENS[host]}"

[[sites]]
name = "Salle fictive"
address = "1 rue de la Démonstration, 59000 Lille"
country = "FR"

[certificate]
number = "HDS-DEMONSTRATION-{host.upper()}"
body = "Organisme certificateur fictif"
issued_on = {today - timedelta(days=30)}
expires_on = {last_day(today - timedelta(days=30))}
activities = [1, 2, 3, 4, 5, 6]

[[prices]]
version = "demonstration-1"
from = {today.replace(month=1, day=1)}
record_year_cents = 95
gigabyte_month_cents = 4
thousand_deposits_cents = 12
thousand_reads_cents = 3

[contact]
name = "Alix Fictive"
email = "alix@{host}.example"
telephone = "+33 1 99 00 00 00"
"""
