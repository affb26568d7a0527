"""Files of calls and applications: every fault at its field, nothing guessed."""

from __future__ import annotations

import json
import tomllib
from datetime import date

import pytest

from carnet.errors import InvalidInput, TooLarge
from carnet.steering.calls.application import read_application
from carnet.steering.calls.call import read_call
from carnet.steering.calls.faults import Fault, Rule
from carnet.steering.calls.reading import MOST_BYTES
from tests.steering.calls.files import CABINET, LABO, RESULTS, TODAY, a_call, application_file, call_file, day

FILE = call_file(day(TODAY, -30), day(TODAY, -1), day(TODAY, 92))


def _faults(read: object, *given: object) -> dict[str, Rule]:
    with pytest.raises(InvalidInput) as caught:
        read(*given)            # type: ignore[operator]
    return {each.expression: each.rule for each in caught.value.issues if isinstance(each, Fault)}


@pytest.mark.parametrize(("said", "instead", "where", "rule"), [
    ('payer = "180035024"', 'payer = "180035025"', "payer", Rule.SIREN),
    ('opens = 2026-05-02', "opens = 2026-08-02", "closes", Rule.ORDER),
    ("share = 70", "share = 69", "milestones", Rule.SHARES),
    ('officer = "agent-0002"', 'officer = "agent-0001"', "scorers", Rule.TWICE),
    ('type_code = "11488-4"', 'type_code = "0-0"', "wanted[0].type_code", Rule.TYPE),
    ('registers = ["FINESS"]', 'registers = ["ICI"]', "applicants.registers[0]", Rule.SHAPE),
    ("on = 2026-06-01", "on = 2026-05-31", "milestones[0].on", Rule.ORDER),
    ("on = 2026-09-01", "on = 2026-05-31", "milestones[1].on", Rule.ORDER),
    ("weight = 3", "weight = 0", "criteria[0].weight", Rule.SHAPE),
    ("scale = 10", "scale = 10\nnote = 1", "note", Rule.UNKNOWN_FIELD),
    ("scale = 10", "", "scale", Rule.MISSING),
    ('regions = ["84", "11"]', "regions = []", "regions", Rule.FEW),
])
def test_what_is_wrong_with_a_call_stands_at_its_field(said: str, instead: str, where: str, rule: Rule) -> None:
    text = FILE.decode()
    assert said in text
    assert _faults(read_call, text.replace(said, instead, 1).encode()).get(where) is rule


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = FILE.decode().replace("scale = 10", "").replace('payer = "180035024"', "payer = 3").replace("share = 30", "")
    assert _faults(read_call, text.encode()) == {
        "scale": Rule.MISSING, "payer": Rule.SHAPE, "milestones[0].share": Rule.MISSING}


def test_what_is_no_file_at_all_is_said() -> None:
    assert _faults(read_call, b"\xff") == {"": Rule.UNREADABLE}
    assert _faults(read_call, b'{"call":') == {"": Rule.UNREADABLE}
    assert _faults(read_call, b"{" * 50_000) == {"": Rule.UNREADABLE}
    with pytest.raises(TooLarge):
        read_call(b"#" * (MOST_BYTES + 1))


@pytest.mark.parametrize(("said", "instead", "where", "rule"), [
    ("asked_cents = 60001", "asked_cents = 70001", "asked_cents", Rule.TOO_MUCH),
    ('region = "84"', 'region = "93"', "region", Rule.REGION),
    ('call = "2026-aura-01"', 'call = "2025-x"', "call", Rule.OTHER_CALL),
    ('beneficiary = "552100554"', 'beneficiary = "552100555"', "beneficiary", Rule.SIREN),
    (f'lead = "{LABO}"', f'lead = "{CABINET}"', "lead", Rule.ORGANISATION),
    (f'organisation = "{LABO}"', f'organisation = "{CABINET}"', "feeds[0].organisation", Rule.ORGANISATION),
    (f'id = "{LABO}"', 'id = "2552100554"', "organisations[0].id", Rule.NOT_INVITED),
    ('type_code = "11488-4"', f'type_code = "{RESULTS}"', "feeds[0].type_code", Rule.TYPE),
    ("documents_a_month = 5", "documents_a_month = 1", "feeds", Rule.TOO_LITTLE),
    ("from = 2026-06-01", "from = 2026-08-02", "feeds[0].from", Rule.LATE_FEED),
    ('email = "groupe@exemple.test"', 'email = "groupe"', "contact.email", Rule.SHAPE),
])
def test_what_is_wrong_with_an_application_stands_at_its_field(
    said: str, instead: str, where: str, rule: Rule,
) -> None:
    text = application_file(TODAY).decode()
    assert said in text
    assert _faults(read_application, text.replace(said, instead, 1).encode(), a_call()).get(where) is rule


def test_an_application_may_come_as_json() -> None:
    said = tomllib.loads(application_file(TODAY).decode())
    content = json.dumps(said, default=lambda value: value.isoformat() if isinstance(value, date) else value).encode()
    assert read_application(content, a_call()) == read_application(application_file(TODAY), a_call())
