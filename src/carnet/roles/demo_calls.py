"""The demonstration's call for projects: invented, decided forty days ago, its advance released, its milestone to come.

The amounts are as small as the dozen invented records they are for. Where there is a call already, nothing is done.
May import: ledger, steering.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid4, uuid5

from carnet.journal.database import Database
from carnet.ledger.store import LedgerStore
from carnet.steering.calls.granting import Granting
from carnet.steering.calls.handling import Calls
from carnet.steering.calls.scoring import Mark
from carnet.steering.calls.steps import Given
from carnet.steering.calls.store import CallStore
from carnet.steering.store import FigureStore

CALL = "2026-demo-01"
_BY = "demonstration"
_OPENED, _CLOSED, _DECIDED = -75, -50, -40
_SCORERS = ("agent-0001", "agent-0002")
# Organisation and type of document, the group, what it asks for, documents a month, both marks, what it gets, why less.
_GROUPS = (
    ("1990001018 11488-4", "Maison de santé des Tilleuls (fictive)", 300, 4, (8, 7), 300, ""),
    ("1990001042 11502-2", "Laboratoire de l'Étoile (fictif)", 200, 6, (7, 7), 150, "le logiciel est payé ailleurs"),
    ("1990001117 11488-4", "Groupe tardif (inventé)", 250, 4, (3, 4), 0, "sous la note minimale"),
)


async def enter_call(database: Database) -> None:
    """Play the call from its opening to the advance of its grants, on the days it would have taken."""
    store, ledger = CallStore(database), LedgerStore(database)
    if await store.lives():
        return
    today, calls = await store.today(), Calls(store, ledger)
    store.ahead_days = _OPENED
    await calls.open(_file(today).encode(), _BY, uuid5(NAMESPACE_URL, CALL))
    for feed, name, asked, a_month, *_ in _GROUPS:
        await calls.apply(CALL, _application(today, feed, name, (asked, a_month)).encode(), _BY, uuid4())
    store.ahead_days = _CLOSED + 3
    for number, (*_, marks, _, _) in enumerate(_GROUPS, 1):
        for scorer, mark in zip(_SCORERS, marks, strict=True):
            given = [Mark(criterion=each, mark=mark, words="note inventée") for each in ("volumes", "methode")]
            await calls.score(CALL, f"A{number:03d}", scorer=scorer, marks=given, step_id=uuid4())
    store.ahead_days = _DECIDED
    granted = [
        Given(application=f"A{number:03d}", cents=cents, reason=why)
        for number, (*_, cents, why) in enumerate(_GROUPS, 1)]
    await calls.decide(CALL, "Décision inventée 2026-12", granted, by=_BY, step_id=uuid4())
    granting, store.ahead_days = Granting(store, ledger, FigureStore(database)), _DECIDED + 1
    for each in granted:
        if each.cents:
            await granting.measure(CALL, (each.application, "avance"), _BY, uuid4())
            await granting.release(CALL, (each.application, "avance"), _BY, uuid4())


def _file(today: date) -> str:
    def day(days: int) -> date:
        return today + timedelta(days)

    return f"""
call = "{CALL}"
purpose = "Équiper des professionnels qui s'engagent à alimenter les carnets (appel inventé)"
legal_act = "Arrêté inventé du {day(_OPENED)}"
payer = "180035024"
category = "regional_projects"
funding_line = "FIR"
contract = "DEMO-AAP-1"
budget_cents = 500
most_asked_cents = 300
opens = {day(_OPENED)}
closes = {day(_CLOSED)}
regions = ["11"]
scale = 10
least_percent = 50
partly = "pro_rata"
least_reached_percent = 40
criteria = [
  {{id = "volumes", words = "Ce qui est promis : volumes, types, sites", weight = 3}},
  {{id = "methode", words = "Comment le groupe s'y prend", weight = 1}},
]
scorers = [
  {{officer = "{_SCORERS[0]}", name = "Sophie Lambert"}},
  {{officer = "{_SCORERS[1]}", name = "Paul Inventé"}},
]
milestones = [
  {{id = "avance", words = "À la signature", on = {day(_DECIDED + 1)}, share = 40, percent = 0}},
  {{id = "alimentation", words = "Six documents promis sur dix", on = {day(20)}, share = 60, percent = 60}},
]
applicants = {{fewest = 1, most = 5}}
wanted = [{{type_code = "11488-4", fewest_a_month = 2}}, {{type_code = "11502-2", fewest_a_month = 2}}]
appeal = {{within_days = 30, counts_days = 60}}
"""


def _application(today: date, feed: str, name: str, amounts: tuple[int, int]) -> str:
    (organisation, type_code), (asked, a_month) = feed.split(), amounts
    return f"""
call = "{CALL}"
name = "{name}"
lead = "{organisation}"
beneficiary = "552100554"
region = "11"
asked_cents = {asked}
contact = {{name = "Personne inventée", email = "groupe@exemple.test"}}
organisations = [{{id = "{organisation}", name = "{name}"}}]
feeds = [{{organisation = "{organisation}", type_code = "{type_code}", documents_a_month = {a_month}, from = {
    today + timedelta(_DECIDED)}}}]
"""
