"""Take a step of an accreditation down: what was signed is compared with what there is, under one lock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from carnet.errors import IntegrityError, InvalidInput, Issue
from carnet.hosting.accreditation.file import HostFile, read
from carnet.hosting.accreditation.rules import Facts, Signatory, check
from carnet.hosting.accreditation.steps import Signed, Statement, Step, last_hash
from carnet.hosting.accreditation.store import AccreditationStore, Dossier, Trace, Turn
from carnet.hosting.conformance.report import ConformanceReport, read_report


@dataclass(frozen=True, slots=True)
class Wished:
    """A step that somebody is to sign: `document` is what its SHA-256 is of, `on` today when it is not said."""

    host: str
    step: Step
    signatory: Signatory
    document: bytes
    is_favourable: bool = True
    on: date | None = None
    until: date | None = None


async def statement_for(wished: Wished, store: AccreditationStore) -> Statement:
    """What is to be signed for this step to be taken down, as things are now. Nothing is checked yet."""
    dossier = await store.dossier(wished.host)
    steps = dossier.steps if dossier is not None else ()
    application = dossier.life.application if dossier is not None else 0
    return Statement(
        host=wished.host, number=len(steps) + 1, application=application + (wished.step is Step.APPLIED),
        step=wished.step, is_favourable=wished.is_favourable, signatory=wished.signatory.id,
        name=wished.signatory.name, role=wished.signatory.role, signed_on=wished.on or await store.today(),
        document_sha256=hashlib.sha256(wished.document).hexdigest(), until=wished.until, previous=last_hash(steps))


@dataclass(frozen=True, slots=True)
class Brought:
    """A signed step with its document. `receipt_key` is that of settings for this host, empty when they name it not."""

    signed: Signed
    signatory: Signatory
    document: bytes
    receipt_key: str = ""


async def accredit(brought: Brought, store: AccreditationStore, *, event: Callable[[Statement], Trace]) -> Dossier:
    """Take the step down; the audit event goes with it. Raises InvalidInput with every reason against it."""
    statement = brought.signed.statement
    if hashlib.sha256(brought.document).hexdigest() != statement.document_sha256:
        raise InvalidInput(Issue("value", "is not the document that was signed", "document"))
    async with store.turn(statement.host) as turn:
        facts = Facts(turn.today, _file(brought, turn), turn.others, _report(brought), brought.receipt_key)
        check(turn.dossier.steps, brought.signed, brought.signatory, facts)
        return await turn.write(brought.signed, brought.document, event(statement))


def _file(brought: Brought, turn: Turn) -> HostFile:
    if brought.signed.statement.step is Step.APPLIED:
        return read(brought.document)
    if not turn.dossier.files:
        raise InvalidInput(Issue("business-rule", f"host {turn.host} never applied: that is the first step", "step"))
    # A step of an application is about its own file, and no longer about the one of the decision before.
    return turn.dossier.files[max(turn.dossier.files)]


def _report(brought: Brought) -> ConformanceReport | None:
    if brought.signed.statement.step is not Step.CONFORMANCE:
        return None
    try:
        return read_report(brought.document, brought.signatory.public_key)
    except IntegrityError as error:
        raise InvalidInput(Issue("value", str(error), "document")) from error
