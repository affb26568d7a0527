"""What a token says beyond who: purpose, login, secret connection, application. What is not understood is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from carnet.errors import Unauthenticated
from carnet.people.caller import AccountantCaller, OfficerCaller, PatientCaller, ProfessionalCaller
from carnet.people.identifiers import DEMONSTRATION as DEMONSTRATION_IDENTIFIERS
from carnet.people.identity import CONFIDENTIALITY, PURPOSE_OF_USE, PURPOSES, SECRET, Identity, identity_of
from carnet.people.ins import DEMONSTRATION as DEMONSTRATION_INS
from carnet.rights.access import AccessMode

DOCTOR = {"SubjectNameID": "899700218896", "SubjectRole": ["10^1.2.250.1.71.1.2.7"]}
PATIENT = {"ins": "279035121518989", "ins_oid": "1.2.250.1.213.1.4.10"}
OFFICER = {"SubjectOfficerID": "agent-0001", "given_name": "Ève", "family_name": "ESSAI"}
OID = f"urn:oid:{PURPOSE_OF_USE}"


def said(claims: dict[str, Any]) -> Identity:
    return identity_of(
        claims, own_clients=frozenset({"portal"}), ins_policy=DEMONSTRATION_INS,
        identifier_policy=DEMONSTRATION_IDENTIFIERS)


def iua(*codes: str, system: str = OID) -> dict[str, Any]:
    return {"extensions": {"ihe_iua": {"purpose_of_use": [{"system": system, "code": code} for code in codes]}}}


def secret(code: str = SECRET, system: str = f"urn:oid:{CONFIDENTIALITY}") -> dict[str, Any]:
    return {"extensions": {"carnet": {"confidentiality_code": [{"system": system, "code": code}]}}}


def test_a_token_that_says_nothing_more_is_of_the_normal_mode_and_of_an_unknown_login() -> None:
    identity = said(DOCTOR)
    assert (identity.purpose_of_use, identity.authenticated_at, identity.is_secret) == ("normal", None, False)
    assert isinstance(identity.caller, ProfessionalCaller)
    assert not identity.caller.is_regulator


@pytest.mark.parametrize("code", PURPOSES)
@pytest.mark.parametrize("form", [
    iua, lambda code: iua(code, system=PURPOSE_OF_USE), lambda code: iua(code, code),
    lambda code: {"Mode_Acces_Raison": code}, lambda code: {"Mode_Acces_Raison": f"{code}^{PURPOSE_OF_USE}"},
    lambda code: iua(code) | {"Mode_Acces_Raison": code},
])
def test_the_purpose_is_read_from_the_claim_of_iua_or_of_pro_sante_connect(code: str, form: Any) -> None:
    assert said(DOCTOR | form(code)).purpose_of_use == code


def test_every_purpose_is_a_mode_of_access() -> None:
    assert set(PURPOSES) == {mode.value for mode in AccessMode}


@pytest.mark.parametrize("claims", [
    iua("TREAT"), iua("bris_de_glace", system="http://terminology.hl7.org/CodeSystem/v3-ActReason"), iua(""),
    iua("Bris_de_glace"), {"Mode_Acces_Raison": "urgence"}, {"Mode_Acces_Raison": "centre_15^1.2.3"},
    {"Mode_Acces_Raison": "centre_15^"},
])
def test_an_unknown_purpose_is_refused_and_never_taken_for_the_normal_one(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="unknown purpose of use"):
        said(DOCTOR | claims)


@pytest.mark.parametrize("claims", [
    iua("normal", "bris_de_glace"), iua("centre_15") | {"Mode_Acces_Raison": "bris_de_glace"},
])
def test_a_token_with_two_purposes_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="several purposes"):
        said(DOCTOR | claims)


@pytest.mark.parametrize(("claims", "claim"), [
    ({"extensions": {"ihe_iua": {"purpose_of_use": "bris_de_glace"}}}, "purpose_of_use"),
    ({"extensions": {"ihe_iua": {"purpose_of_use": [{"code": "normal"}]}}}, "purpose_of_use"),
    ({"extensions": [1]}, "extensions"),
    ({"extensions": {"carnet": {"confidentiality_code": SECRET}}}, "confidentiality_code"),
    ({"Mode_Acces_Raison": 3}, "Mode_Acces_Raison"),
    ({"Acces_Regulation_Medicale": True}, "Acces_Regulation_Medicale"),
    ({"Acces_Regulation_Medicale": "OUI"}, "Acces_Regulation_Medicale"),
    ({"auth_time": "yesterday"}, "auth_time"),
    ({"auth_time": True}, "auth_time"),
    ({"auth_time": -1}, "auth_time"),
    ({"auth_time": float("nan")}, "auth_time"),
    ({"auth_time": float("inf")}, "auth_time"),
    ({"auth_time": 10**300}, "auth_time"),
])
def test_a_claim_of_another_form_is_refused_by_its_name(claims: dict[str, Any], claim: str) -> None:
    with pytest.raises(Unauthenticated, match=claim):
        said(DOCTOR | claims)


def test_the_time_of_the_login_is_read() -> None:
    assert said(DOCTOR | {"auth_time": 1_800_000_000}).authenticated_at == datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize("system", [CONFIDENTIALITY, f"urn:oid:{CONFIDENTIALITY}", "urn:oid:1.2.250.1.213.1.1.5.97"])
def test_the_secret_connection_of_a_minor_is_read(system: str) -> None:
    assert said(DOCTOR | secret(system=system)).is_secret


@pytest.mark.parametrize("claims", [secret("MASQUE_PS"), secret("N"), secret(system="urn:oid:1.2.3")])
def test_another_confidentiality_than_the_secret_one_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="confidentiality_code"):
        said(DOCTOR | claims)


@pytest.mark.parametrize(("value", "is_regulator"), [("VRAI", True), ("FAUX", False), ("", False)])
def test_who_works_for_a_regulation_centre_is_known(value: str, is_regulator: bool) -> None:
    caller = said(DOCTOR | {"Acces_Regulation_Medicale": value}).caller
    assert isinstance(caller, ProfessionalCaller)
    assert caller.is_regulator is is_regulator


@pytest.mark.parametrize(("claims", "application"), [
    ({"client_id": "portal"}, ""), ({"azp": "portal"}, ""), ({"client_id": "portal", "azp": "portal"}, ""),
    ({"client_id": "my-pills"}, "my-pills"), ({"azp": "my-pills"}, "my-pills"),
])
def test_a_patient_asks_in_person_only_through_the_clients_of_the_portal(
    claims: dict[str, str], application: str
) -> None:
    caller = said(PATIENT | claims).caller
    assert isinstance(caller, PatientCaller)
    assert caller.application == application


@pytest.mark.parametrize(("claims", "reason"), [
    ({}, "client_id"), ({"client_id": "portal", "azp": "my-pills"}, "two clients"),
])
def test_a_patient_whose_client_is_not_known_is_refused(claims: dict[str, str], reason: str) -> None:
    with pytest.raises(Unauthenticated, match=reason):
        said(PATIENT | claims)


def test_an_officer_is_known_by_their_own_claim() -> None:
    assert said(OFFICER).caller == OfficerCaller("agent-0001", "ESSAI", "Ève")


def test_an_accountant_is_known_by_their_own_claim_and_is_nobody_else() -> None:
    accountant = {"SubjectAccountantID": "comptable-1", "given_name": "Ève", "family_name": "ESSAI"}
    assert said(accountant).caller == AccountantCaller("comptable-1", "ESSAI", "Ève")
    with pytest.raises(Unauthenticated, match="SubjectAccountantID has 1 to 64"):
        said(accountant | {"SubjectAccountantID": "é"})
    with pytest.raises(Unauthenticated, match="at once: SubjectOfficerID, SubjectAccountantID"):
        said(OFFICER | accountant)


@pytest.mark.parametrize("identifier", ["agent 1", "agent|1", "é", "x" * 65])
def test_an_officer_identifier_of_another_form_is_refused(identifier: str) -> None:
    with pytest.raises(Unauthenticated, match="SubjectOfficerID"):
        said(OFFICER | {"SubjectOfficerID": identifier})
