"""A call and applications to it, as files: days are counted from the one that a test names."""

from __future__ import annotations

from datetime import date, timedelta

from carnet.steering.calls.application import Application, read_application
from carnet.steering.calls.call import Call, read_call

CALL = "2026-aura-01"
LETTERS, RESULTS = "11488-4", "11502-2"
LABO, CABINET, THIRD = "1750712184", "1750803447", "1990001042"
SIREN = "552100554"
FIRST, SECOND, OTHER = "agent-0001", "agent-0002", "agent-0003"


def day(today: date, days: int) -> date:
    """So many days after it."""
    return today + timedelta(days)


def call_file(opens: date, closes: date, ends: date, *, more: str = "", then: str = "") -> bytes:
    """A call with an advance of 30 % and 70 % on the day that it ends."""
    return f"""
call = "{CALL}"
purpose = "Équiper des professionnels qui alimentent le dossier"
legal_act = "Arrêté inventé du 2 janvier"
payer = "180035024"
category = "regional_projects"
funding_line = "FIR"
contract = "AAP-01"
budget_cents = 100_001
most_asked_cents = 70_000
opens = {opens}
closes = {closes}
regions = ["84", "11"]
scale = 10
least_percent = 50
{more}

[applicants]
fewest = 1
most = 3
registers = ["FINESS"]

[[wanted]]
type_code = "{LETTERS}"
fewest_a_month = 2

[[criteria]]
id = "volume"
words = "Ce qui est promis"
weight = 3

[[criteria]]
id = "method"
words = "Comment"
weight = 1

[[scorers]]
officer = "{FIRST}"
name = "Inès Fictive"

[[scorers]]
officer = "{SECOND}"
name = "Noël Inventé"

[[milestones]]
id = "avance"
words = "À la signature"
on = {day(closes, 1)}
share = 30
percent = 0

[[milestones]]
id = "alimentation"
words = "Six documents de dix"
on = {ends}
share = 70
percent = 60
{then}
""".encode()


def application_file(
    from_: date, *, organisation: str = LABO, a_month: int = 5, asked: int = 60_001, name: str = "Groupe des Lilas",
    type_code: str = LETTERS,
) -> bytes:
    """One organisation that feeds letters."""
    return f"""
call = "{CALL}"
name = "{name}"
lead = "{organisation}"
beneficiary = "{SIREN}"
region = "84"
asked_cents = {asked}

[contact]
name = "Personne Inventée"
email = "groupe@exemple.test"

[[organisations]]
id = "{organisation}"
name = "Site inventé"

[[feeds]]
organisation = "{organisation}"
type_code = "{type_code}"
documents_a_month = {a_month}
from = {from_}
""".encode()


TODAY = date(2026, 6, 1)


def a_call(*, more: str = "", then: str = "") -> Call:
    """A call that closed yesterday and ends in three months."""
    return read_call(call_file(day(TODAY, -30), day(TODAY, -1), day(TODAY, 92), more=more, then=then))


def an_application(**said: object) -> Application:
    """An application to it."""
    return read_application(application_file(TODAY, **said), a_call())       # type: ignore[arg-type]
