"""The accreditation of hosts from the command line: a step is signed, here or elsewhere, judged, and taken down.

What is refused leaves a trace too.
May import: hosting, audit, errors; `key_files`, `settings` and `wiring` of this room.
"""

from __future__ import annotations

import getpass
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.events import NO_RECORD, Event
from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.hosting.accreditation.accredit import Brought, Wished, accredit, statement_for
from carnet.hosting.accreditation.file import read
from carnet.hosting.accreditation.rules import Signatory
from carnet.hosting.accreditation.steps import MAY_SIGN, Role, Signed, Statement, Step, statement_of
from carnet.hosting.accreditation.store import AccreditationStore, Dossier
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.roles.key_files import read_bytes, read_signing_key, written
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool

TAKEN = "accredit_host"         # what the trace of a step says was done
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, and how: with a key of this machine, with a signature made elsewhere, or later."""

    signatory: str = ""
    key: Path | None = None
    signature: str = ""
    write_to: Path | None = None
    on: date | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Stepping:
    """Which step of which host, and the document that it is about."""

    host: str
    step: Step
    document: Path
    is_favourable: bool = True
    until: date | None = None


def step_of(name: str) -> Step:
    """The step of this name. Raises InvalidInput."""
    try:
        return Step(name)
    except ValueError:
        raise InvalidInput(Issue("value", f"no such step; accepted: {', '.join(Step)}", "step")) from None


async def apply_with(settings: Settings, file: Path, signing: Signing) -> int:
    """Hand in a host's file. Raises InvalidInput with everything that is wrong with it, or against it."""
    return await take(settings, Stepping(read(_bytes(file)).host, Step.APPLIED, file), signing)


async def take(settings: Settings, stepping: Stepping, signing: Signing) -> int:
    """Take a step down, and print what the host now is. Raises InvalidInput with every reason against it."""
    signatory = signatory_for(settings, stepping, signing.signatory)
    document = _bytes(stepping.document)
    wished = Wished(
        stepping.host, stepping.step, signatory, document, stepping.is_favourable, signing.on, stepping.until)
    async with accreditation_of(settings) as store:
        statement = await statement_for(wished, store)
        if signing.write_to is not None:
            signing.write_to.write_bytes(statement.content)
            print(f"to be signed by {signatory.name}: {signing.write_to}")
            return 0
        signed = Signed(statement, _signature(settings, signing, statement), signatory.public_key)
        key = next((host.receipt_key for host in settings.hosts if host.id == stepping.host), "")
        dossier = await traced(Brought(signed, signatory, document, key), store, by=signing.by or getpass.getuser())
    print(f"host {dossier.host}: step {statement.number}, {statement.step}; it is now {dossier.life.state}")
    return 0


async def traced(brought: Brought, store: AccreditationStore, *, by: str) -> Dossier:
    """Take the step down with its trace; one that is refused leaves its own. Raises InvalidInput."""
    def event(outcome: str, statement: Statement, **more: object) -> Event:
        detail = {
            "host": statement.host, "step": statement.step.value, "application": statement.application,
            "number": statement.number, "is_favourable": statement.is_favourable, "signatory": statement.signatory,
            "signed_on": str(statement.signed_on), "document": statement.document_sha256, **more}
        if statement.until is not None:
            detail["until"] = str(statement.until)
        return Event(NO_RECORD, TAKEN, outcome, "command", "", Actor("officer", by, ""), detail)

    try:
        return await accredit(brought, store, event=lambda statement: event("done", statement).columns())
    except InvalidInput as error:
        reasons = [f"{issue.code} {issue.expression}".strip() for issue in error.issues]
        await store.trace(event("refused", brought.signed.statement, reasons=reasons).columns())
        raise


def sign(statement: Path, key: Path) -> int:
    """Print what a statement says, and its signature. Raises IntegrityError for a file that is no statement."""
    content = statement.read_bytes()
    said = statement_of(content)
    print(f"host {said.host}, step {said.number}: {said.step}, signed as {said.name} ({said.role}) on {said.signed_on}")
    print(written(read_signing_key(key, setting="--key", demonstration=True).sign(content)))
    return 0


def signatory_for(settings: Settings, stepping: Stepping, named: str) -> Signatory:
    """Who signs this step: the one that is named, or the only one who may. Raises InvalidInput."""
    signatories = [
        Signatory(each.id, each.name, Role(each.role), read_bytes(each.public_key, setting="signatories"), each.host)
        for each in settings.signatories]
    if named:
        found = [each for each in signatories if each.id == named]
        if not found:
            raise InvalidInput(Issue("not-found", f"no signatory {named} in the settings", "--signatory"))
        return found[0]
    may = [
        each for each in signatories
        if each.role in MAY_SIGN[stepping.step] and each.host in ("", stepping.host)]
    if len(may) != 1:
        names = ", ".join(each.id for each in may) or "none"
        raise InvalidInput(Issue("required", f"who signs {stepping.step}? Those who may: {names}", "--signatory"))
    return may[0]


@asynccontextmanager
async def accreditation_of(settings: Settings) -> AsyncIterator[AccreditationStore]:
    """The store of accreditation of this platform, until the block ends."""
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 1) as pool:
        yield AccreditationStore(Database(pool))


def signed_with(statement: Statement, key: Ed25519PrivateKey) -> Signed:
    """The statement, signed by this key."""
    return Signed(statement, key.sign(statement.content), key.public_key().public_bytes_raw())


def _signature(settings: Settings, signing: Signing, statement: Statement) -> bytes:
    if (signing.key is None) == (not signing.signature):
        raise InvalidInput(Issue("required", "one of --key, --signature and --write-statement", "signature"))
    if signing.key is not None:
        key = read_signing_key(signing.key, setting="--key", demonstration=settings.demonstration)
        return key.sign(statement.content)
    try:
        return urlsafe_b64decode(signing.signature + "=" * (-len(signing.signature) % 4))
    except (Error, ValueError) as error:
        raise InvalidInput(Issue("value", "is not base64url", "--signature")) from error


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    return file.read_bytes()
