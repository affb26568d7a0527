"""The fair comparison from the command line: its protocol, what happens meanwhile, its report, its closing by two.

May import: steering, ledger, hosting, audit, errors; `audit_log`, `key_files`, `report_certificate`, `settings` and
`wiring` of this room.
"""

from __future__ import annotations

import asyncio
import csv
import getpass
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.audit.events import NO_RECORD, Event
from carnet.audit.store import AuditStore
from carnet.errors import Conflict, InvalidInput, Issue, TooLarge
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.roles.audit_log import audit_key
from carnet.roles.key_files import read_bytes, read_signing_key
from carnet.roles.report_certificate import certificates_of, certified
from carnet.roles.settings import Settings, SignatorySetting
from carnet.roles.wiring import open_pool
from carnet.steering.comparison.closing import made_of
from carnet.steering.comparison.facts import Facts, Incident
from carnet.steering.comparison.figure import as_csv
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.gather import gather, sources_of
from carnet.steering.comparison.invented import invented_facts, invented_protocol, invented_span
from carnet.steering.comparison.keep import Auditor, Comparisons
from carnet.steering.comparison.labels import Labels
from carnet.steering.comparison.pdf import pdf_of
from carnet.steering.comparison.protocol import MOST_BYTES, Protocol, read_toml
from carnet.steering.comparison.report import Found, report_of
from carnet.steering.comparison.store import ComparisonStore
from carnet.steering.comparison.survey import MOST_BYTES as MOST_OF_ANSWERS
from carnet.steering.comparison.verifying import Keys, faults_of

_AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class _Open:
    """The comparisons of a platform, open, and who is at the terminal."""

    settings: Settings
    database: Database
    store: ComparisonStore
    comparisons: Comparisons
    by: str

    async def trace(self, act: str, comparison: str, **detail: object) -> None:
        """Leave the trace of what was done."""
        actor = Actor("officer", self.by, "")
        await AuditStore(self.database).append(Event(
            NO_RECORD, f"comparison_{act}", "done", "command", "", actor, {"comparison": comparison, **detail}))


async def register(settings: Settings, file: Path, *, by: str) -> int:
    """Register a protocol. Raises InvalidInput with every reason against it."""
    protocol = read_toml(_bytes(file, MOST_BYTES))
    async with _opened(settings, by) as at:
        kept = await at.comparisons.register(protocol, at.by, demonstration=settings.demonstration)
        await at.trace("register", protocol.id, sha256=protocol.digest)
    print(kept.note, end="")
    return 0


async def amend(settings: Settings, file: Path, *, because: str, by: str) -> int:
    """Register another version of a protocol."""
    protocol = read_toml(_bytes(file, MOST_BYTES))
    async with _opened(settings, by) as at:
        kept = await at.comparisons.amend(protocol, because, at.by)
        await at.trace("amend", protocol.id, sha256=protocol.digest, version=kept.version)
    print(kept.note, end="")
    return 0


async def tell(settings: Settings, comparison: str, incident: Incident) -> int:
    """Take down an incident."""
    async with _opened(settings, incident.by) as at:
        await at.comparisons.tell(comparison, incident)
        await at.trace("incident", comparison, gravity=incident.gravity.value, on=str(incident.on))
    print(f"{comparison}: incident of {incident.on}, {incident.gravity}, taken down")
    return 0


async def draw(settings: Settings, comparison: str, write_to: Path, *, by: str) -> int:
    """Draw whom the survey asks, and write them to a file that only this account reads."""
    async with _opened(settings, by) as at:
        found = await at.comparisons.draw(comparison, at.by)
        await at.trace("draw", comparison, drawn={name: sum(of.values()) for name, of in found.items()})
        sampled = await at.store.sampled(comparison)
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("record_id", "respondent", "cohort", "stratum"))
    rows.writerows((record, name, who.cohort, who.stratum) for record, name, who in sampled)
    with os.fdopen(os.open(write_to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text.getvalue())
    for name, of in found.items():
        print(f"{name}: {', '.join(f'{count} of {stratum}' for stratum, count in of.items())}")
    return 0


async def survey(settings: Settings, comparison: str, file: Path, *, by: str) -> int:
    """Take the answers of a file, all or none."""
    content = _bytes(file, MOST_OF_ANSWERS)
    async with _opened(settings, by) as at:
        sheets = await at.comparisons.answer(comparison, content, at.by)
        await at.trace("survey", comparison, sheets=len(sheets))
    print(f"{comparison}: {len(sheets)} answers taken")
    return 0


async def report(settings: Settings, comparison: str, folder: Path, *, language: str) -> int:
    """Write the report as things are now, as a draft: PDF without seal, figures, facts and protocol."""
    async with _opened(settings, "") as at:
        protocol, facts = await gather(comparison, sources_of(at.database))
        made_at = await at.store.now()
    figures = figures_of(protocol, facts)
    found = Found(protocol, facts, figures, _name(settings, protocol), is_draft=True)
    pdf = pdf_of(report_of(found, Labels("en" if language == "en" else "fr")), made_at)
    _write(folder, {
        "report.pdf": pdf, "figures.csv": as_csv(figures), "facts.json": facts.content,
        "protocol.json": protocol.content})
    missing = sum(bool(each.missing) for each in figures)
    print(f"{comparison}: draft in {folder}, {missing} of {len(figures)} figures missing")
    return 0


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


async def close(settings: Settings, comparison: str, key: Path, *, by: str) -> int:
    """Fix facts, figures and report, sealed and signed by an officer."""
    async with _opened(settings, by) as at:
        protocol, facts = await gather(comparison, sources_of(at.database))
        note = await _close(at, protocol, facts, _officer_key(settings, key))
    print(note, end="")
    return 0


async def countersign(
    settings: Settings, comparison: str, key: Path, *, checked: list[str], signatory: str = "",
) -> int:
    """Countersign the last closing, as the auditor that the protocol names."""
    async with _opened(settings, "") as at:
        named = signatory or (await at.store.protocols(comparison))[-1].protocol.auditor
        note = await _countersign(at, comparison, named, key, checked)
    print(note, end="")
    return 0


async def verify(settings: Settings, comparison: str) -> int:
    """Compute everything published again, and every signature; 1 if anything is not as it was signed."""
    async with _opened(settings, "") as at:
        protocols = await at.store.protocols(comparison)
        closing, audit = await at.store.closing(comparison), await at.store.audit(comparison)
    faults = await asyncio.to_thread(faults_of, protocols, closing, audit, _keys(settings))
    stands = "countersigned" if audit else "closed, not countersigned" if closing else "not closed"
    print("\n".join(faults) if faults else f"sound: {comparison}, {len(protocols)} versions of its protocol, {stands}")
    return 1 if faults else 0


async def demo(settings: Settings) -> int:
    """Make a finished comparison that is invented, on a platform of demonstration; nothing where there is one."""
    is_new = await make_invented(settings)
    print("demonstration: registered, closed and countersigned" if is_new else "demonstration: there already")
    return 0


async def make_invented(settings: Settings) -> bool:
    """The same; whether it was made. Its protocol, cohorts and facts are invented, all else is what a real one does.

    Raises InvalidInput on a platform that is no demonstration.
    """
    if not settings.demonstration:
        raise InvalidInput(Issue("business-rule", "this platform is no demonstration", "demonstration"))
    async with _opened(settings, "A. Durand (fictive)") as at:
        protocol = invented_protocol(*invented_span(await at.store.today()))
        if protocol.id in await at.store.all_ids():
            return False
        await at.comparisons.register(protocol, at.by, demonstration=True)
        await at.trace("register", protocol.id, sha256=protocol.digest)
        _, gathered = await gather(protocol.id, sources_of(at.database))
        facts = invented_facts(protocol, gathered.amendments, gathered.gathered_on)
        keys = settings.path(settings.audit_key_file).parent
        await _close(at, protocol, facts, read_signing_key(keys / "officer.key", setting="--key", demonstration=True))
        checked = ["les chiffres recalculés des faits (inventé)", "les règles de coûts du protocole (inventé)"]
        await _countersign(at, protocol.id, _AUDITOR, keys / "signatory-auditor.key", checked)
    return True


async def _close(at: _Open, protocol: Protocol, facts: Facts, key: Ed25519PrivateKey) -> str:
    made = await asyncio.to_thread(     # pyHanko runs a loop of its own
        made_of, protocol, facts, certified(at.settings), auditor=_name(at.settings, protocol), at=await at.store.now())
    closing = await at.comparisons.close(protocol.id, made, at.by, key.sign)
    await at.trace("close", protocol.id, number=closing.number, facts=facts.digest)
    return closing.note


async def _countersign(at: _Open, comparison: str, signatory: str, key: Path, checked: list[str]) -> str:
    known = _auditor(at.settings, signatory)
    private = read_signing_key(key, setting="--key", demonstration=at.settings.demonstration)
    if private.public_key().public_bytes_raw() != read_bytes(known.public_key, setting="signatories"):
        raise InvalidInput(Issue("value", f"is not the registered key of {signatory}", "--key"))
    protocols, closing = await at.store.protocols(comparison), await at.store.closing(comparison)
    if closing is None:
        raise Conflict(f"nobody closed comparison {comparison} yet")
    if faults := await asyncio.to_thread(faults_of, protocols, closing, None, _keys(at.settings)):
        raise InvalidInput(*(Issue("business-rule", fault, "closing") for fault in faults))
    audit = await at.comparisons.countersign(comparison, Auditor(known.id, known.name, private.sign), checked)
    await at.trace("countersign", comparison, signatory=signatory, checked=list(audit.checked))
    return audit.note


@asynccontextmanager
async def _opened(settings: Settings, by: str) -> AsyncIterator[_Open]:
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 2) as pool:
        database = Database(pool)
        store = ComparisonStore(database)
        yield _Open(settings, database, store, Comparisons(store, audit_key(settings).sign), by or getpass.getuser())


def _officer_key(settings: Settings, file: Path) -> Ed25519PrivateKey:
    key = read_signing_key(file, setting="--key", demonstration=settings.demonstration)
    known = [read_bytes(each, setting="officer_public_keys") for each in settings.officer_public_keys]
    if key.public_key().public_bytes_raw() not in known:
        raise InvalidInput(Issue("value", "is of no officer of the settings (officer_public_keys)", "--key"))
    return key


def _auditor(settings: Settings, named: str) -> SignatorySetting:
    found = next((each for each in settings.signatories if each.id == named and each.role == _AUDITOR), None)
    if found is None:
        raise InvalidInput(Issue("not-found", f"no auditor {named} among the signatories of the settings", "signatory"))
    return found


def _name(settings: Settings, protocol: Protocol) -> str:
    return next((each.name for each in settings.signatories if each.id == protocol.auditor), protocol.auditor)


def _keys(settings: Settings) -> Keys:
    return Keys(
        audit_key(settings).public_key(),
        [_public(each, "officer_public_keys") for each in settings.officer_public_keys],
        {each.id: _public(each.public_key, "signatories") for each in settings.signatories if each.role == _AUDITOR},
        certificates_of(settings) if settings.path(settings.report_certificate_file).exists() else ())


def _public(text: str, setting: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(read_bytes(text, setting=setting))


def _bytes(file: Path, most: int) -> bytes:
    if file.stat().st_size > most:
        raise TooLarge(most)
    return file.read_bytes()
