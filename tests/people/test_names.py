from __future__ import annotations

import pytest

from carnet.errors import InvalidIdentifier
from carnet.people.caller import Caller, OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.people.code import Code
from carnet.people.ins import Ins, InsOid
from carnet.people.names import Institution, Person, format_xcn, format_xon, parse_xcn, parse_xon

DOCTOR = "801234567890^DURANT^Romuald^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
CABINET = "CABINET DURANT^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^401234567890009"


def test_a_person_is_read_and_written_as_the_standard_shows() -> None:
    assert parse_xcn(DOCTOR) == Person("801234567890", "1.2.250.1.71.4.2.1", "DURANT", "Romuald")
    assert format_xcn(parse_xcn(DOCTOR)) == DOCTOR


def test_a_patient_can_be_an_author() -> None:
    person = parse_xcn("279035121518989^FORM-TROIS^Gérard^^^^^^&1.2.250.1.213.1.4.8&ISO^D^^^NH")
    assert (person.id_type, person.name) == ("NH", "Gérard FORM-TROIS")


def test_an_organisation_is_read_and_written_as_the_standard_shows() -> None:
    assert parse_xon(CABINET) == Institution("CABINET DURANT", "401234567890009")
    assert format_xon(parse_xon(CABINET)) == CABINET
    assert parse_xon("Sans numéro") == Institution("Sans numéro")
    assert format_xon(Institution("Sans numéro")) == "Sans numéro"


def test_marks_of_hl7_in_a_name_are_escaped() -> None:
    person = Person("1", "1.2.3", "O^NEIL & FILS", "A\\B|C~D")
    assert parse_xcn(format_xcn(person)) == person
    assert format_xcn(person).count("^") == DOCTOR.count("^")


@pytest.mark.parametrize("text", ["", "^^^^^^^^&1.2.3&ISO^D^^^IDNPS"])
def test_nobody_is_no_person(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_xcn(text)


def test_an_organisation_has_a_name() -> None:
    with pytest.raises(InvalidIdentifier):
        parse_xon("^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^401234567890009")


def test_each_kind_of_caller_is_kept_apart() -> None:
    callers: list[Caller] = [
        PatientCaller(Ins("299077512345678", InsOid.TEST), "INVENTEE", "Camille"),
        ProfessionalCaller(ps_id="801234567897", family="FICTIF", given="Louis", profession=Code("10", "G15")),
        OrganisationCaller("1750803447", "Hôpital inventé", "Logiciel d'essai"),
    ]
    assert len({type(caller) for caller in callers}) == 3
