"""The invented people of the demonstration, as an identity provider speaks of them: logins and claims.

Nobody here exists. Patients have numbers of the test authority (OID ending in .4.10) with a key that fits,
professionals and organisations numbers of ranges that no register gives. The claims: docs/vendors/tokens.md.
May import: nothing of the project.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

PASSWORD = "carnet-demonstration"  # noqa: S105 everybody's, printed by the demonstration
AUDIENCE = "carnet"
WEB_CLIENT = "carnet-portal"
COMMAND_CLIENT = "carnet-command"
OFFICER = "lambert"
ACCOUNTANT = "comptable"
_TEST_INS = "1.2.250.1.213.1.4.10"
_PROFESSION = "1.2.250.1.71.1.2.7"
_SECTOR = "1.2.250.1.71.4.2.4"

Kind = Literal["patient", "professional", "organisation", "officer", "accountant"]


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who can log in, or a piece of software that has a secret. `claims` go into both kinds of token."""

    login: str
    who: str
    kind: Kind
    password: str = PASSWORD
    claims: dict[str, Any]


def _patient(login: str, *, ins: str, family: str, given: str, birthdate: str, birthplace: str) -> Identity:
    claims = {
        "ins": ins,
        "ins_oid": _TEST_INS,
        "given_name": given,
        "family_name": family,
        "birthdate": birthdate,
        "gender": "female" if ins.startswith("2") else "male",
        "birthplace": birthplace,
    }
    return Identity(login=login, who=f"{given} {family}, patient", kind="patient", claims=claims)


class _Workplace(msgspec.Struct, frozen=True):
    finess: str
    name: str
    sector: str

    @property
    def struct_id(self) -> str:
        """The organisation's Struct_IdNat."""
        return f"1{self.finess}"

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "SubjectOrganization": self.name,
            "SubjectOrganizationID": self.struct_id,
            "Secteur_Activite": f"{self.sector}^{_SECTOR}",
        }


_PRACTICE = _Workplace("990001018", "Maison de santé des Tilleuls (fictive)", "SA08")
_HOSPITAL = _Workplace("990001026", "Centre hospitalier du Vallon (fictif)", "SA01")
_PHARMACY = _Workplace("990001034", "Pharmacie du Pont (fictive)", "SA33")
LABORATORY = _Workplace("990001042", "Laboratoire de l'Étoile (fictif)", "SA25")
_REGULATION = _Workplace("990001059", "SAMU du Vallon (fictif)", "SA01")


def _professional(login: str, who: str, *, rpps: str, profession: str, work: _Workplace, knowhow: str = "") -> Identity:
    given, _, family = who.partition(",")[0].partition(" ")
    practice = {
        "codeProfession": profession,
        "codeCategorieProfessionnelle": "C",
        "nomDexercice": family,
        "prenomDexercice": given,
        "activities": [
            {
                "codeModeExercice": "L",
                "raisonSocialeSite": work.name,
                "codeSecteurDactivite": f"{work.sector}^{_SECTOR}",
                "numeroFinessSite": work.finess,
            }
        ],
    }
    if knowhow:
        practice |= {"codeTypeSavoirFaire": "S", "codeSavoirFaire": knowhow}
    claims = {
        "SubjectNameID": f"8{rpps}",
        "preferred_username": f"8{rpps}",
        "given_name": given,
        "family_name": family,
        "SubjectRole": [f"{profession}^{_PROFESSION}"],
        **work.claims,
        "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "VRAI" if work is _REGULATION else "FAUX",
        "UITVersion": "1.0",
        "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
        "authMode": "CARD",
        "otherIds": [{"identifiant": f"8{rpps}", "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"exercices": [practice]},
    }
    return Identity(login=login, who=who, kind="professional", claims=claims)


def _officer(login: str, officer_id: str, *, given: str, family: str) -> Identity:
    claims = {"SubjectOfficerID": officer_id, "given_name": given, "family_name": family}
    return Identity(login=login, who=f"{given} {family}, agent de l'autorité (fictif)", kind="officer", claims=claims)


def _accountant(login: str, accountant_id: str, *, given: str, family: str) -> Identity:
    claims = {"SubjectAccountantID": accountant_id, "given_name": given, "family_name": family}
    return Identity(login=login, who=f"{given} {family}, comptable (fictif)", kind="accountant", claims=claims)


IDENTITIES = (
    _patient(
        "camille", ins="284056938300167", family="EXEMPLE", given="Camille", birthdate="1984-05-12", birthplace="69383"
    ),
    _patient(
        "marcel", ins="151115935000282", family="INVENTÉ", given="Marcel", birthdate="1951-11-03", birthplace="59350"
    ),
    _patient(
        "lucia", ins="290022A00400327", family="FICTIVE", given="Lucia", birthdate="1990-02-27", birthplace="2A004"
    ),
    _patient("noe", ins="112074410900456", family="EXEMPLE", given="Noé", birthdate="2012-07-19", birthplace="44109"),
    _patient(
        "ines", ins="296099935151255", family="PRÉTEXTE", given="Inès", birthdate="1996-09-14", birthplace="99351"
    ),
    _professional(
        "moreau",
        "Claire MOREAU, médecin généraliste",
        rpps="99700300108",
        profession="10",
        knowhow="SM54",
        work=_PRACTICE,
    ),
    _professional(
        "benali", "Karim BENALI, cardiologue", rpps="99700300207", profession="10", knowhow="SM04", work=_HOSPITAL
    ),
    _professional(
        "legoff", "Yann LE GOFF, radiologue", rpps="99700300306", profession="10", knowhow="SM44", work=_HOSPITAL
    ),
    _professional("roux", "Julie ROUX, infirmière", rpps="99700300405", profession="60", work=_PRACTICE),
    _professional("petit", "Amandine PETIT, pharmacienne", rpps="99700300504", profession="21", work=_PHARMACY),
    _professional(
        "garnier",
        "Paul GARNIER, médecin régulateur",
        rpps="99700300603",
        profession="10",
        knowhow="SM54",
        work=_REGULATION,
    ),
    _officer(OFFICER, "agent-0001", given="Sophie", family="LAMBERT"),
    _accountant(ACCOUNTANT, "comptable-0001", given="Hugo", family="BARRÊME"),
    Identity(login="laboratoire", who=f"{LABORATORY.name}, logiciel", kind="organisation", claims=LABORATORY.claims),
)


def identity(login: str) -> Identity | None:
    """The identity of this login, or none."""
    return next((known for known in IDENTITIES if known.login == login), None)
