"""Furnish: give the invented patients of the demonstration a record and documents, through the public doors only.

It may run at every start: what is already there is answered "already there".
May import: people, client; `demo_care`, `demo_documents`, `demo_settings`, `opening`, `submit`, `tokens` here.
Touches the world: the network, and a process that it starts.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from carnet.client import Carnet, Described
from carnet.roles.demo_care import write_batch
from carnet.roles.demo_documents import DOCUMENTS, neighbours, senders
from carnet.roles.demo_settings import Plan
from carnet.roles.opening import open_record, patient_of
from carnet.roles.settings_read import PREFIX
from carnet.roles.submit import Fate, feed
from carnet.roles.tokens import known, token_for

_DOCTOR = "moreau"


async def furnish(plan: Plan, *, tell: Callable[[str], None]) -> None:
    """Open the records and feed them. `tell` gets a line for people at each step."""
    issuer = plan.issuer("professional")
    tokens = {_DOCTOR: await token_for(known(_DOCTOR), issuer)}
    fates: Counter[Fate] = Counter()
    people = [(patient_of(known(login)), list(senders(login))) for login in DOCUMENTS]
    people += [(patient, [(known(told.sent_by), told)]) for patient, told in neighbours()]
    for patient, _ in people:
        await open_record(patient, portal=plan.portal_url, token=tokens[_DOCTOR])
    reimbursed = asyncio.create_task(_reimbursed(plan))      # starting a command takes as long as all documents do
    for patient, documents in people:
        for sender, told in documents:
            if sender.login not in tokens:
                tokens[sender.login] = await token_for(sender, issuer)
            async with Carnet(plan.portal_url, tokens[sender.login]) as carnet:
                outcome = await feed(Path(f"{told.title}.xml"), told.letter(patient), Described(""), carnet)
            fates[outcome.fate] += 1
            for reason in outcome.reasons:
                tell(f"  refused: {told.title}: {reason}")
    tell(f"  {len(people)} records, " + ", ".join(f"{count} documents {fate}" for fate, count in fates.items()))
    tell(f"  reimbursements: {await reimbursed}")


async def _reimbursed(plan: Plan) -> str:
    """The insurer's batch, by the command that an insurer's would be brought by; its last words."""
    file = write_batch(plan.home / "batches" / "reimbursements.csv")
    command = ("-m", "carnet.roles.cli", "feed", "reimbursements", str(file), "--processes", "1")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    running = await asyncio.create_subprocess_exec(
        sys.executable, *command, "--config", str(plan.settings_file("insurer")), env=environment, stdin=DEVNULL,
        stdout=PIPE, stderr=STDOUT)
    try:
        told, _ = await running.communicate()
    except asyncio.CancelledError:
        running.kill()
        raise
    return " ".join(told.decode(errors="replace").split()).rpartition("persons: ")[2]
