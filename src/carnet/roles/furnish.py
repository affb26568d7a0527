"""Furnish: give the invented patients of the demonstration a record and documents, through the public doors only.

It may run at every start: what is already there is answered "already there".
May import: people, client; `demo_documents`, `demo_settings`, `opening`, `submit`, `tokens` here.
Touches the world: the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from carnet.client import Carnet, Described
from carnet.roles.demo_documents import DOCUMENTS, neighbours, senders
from carnet.roles.demo_settings import Plan
from carnet.roles.opening import open_record, patient_of
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
    for patient, documents in people:
        await open_record(patient, portal=plan.portal_url, token=tokens[_DOCTOR])
        for sender, told in documents:
            if sender.login not in tokens:
                tokens[sender.login] = await token_for(sender, issuer)
            async with Carnet(plan.portal_url, tokens[sender.login]) as carnet:
                outcome = await feed(Path(f"{told.title}.xml"), told.letter(patient), Described(""), carnet)
            fates[outcome.fate] += 1
            for reason in outcome.reasons:
                tell(f"  refused: {told.title}: {reason}")
    tell(f"  {len(people)} records, " + ", ".join(f"{count} documents {fate}" for fate, count in fates.items()))
