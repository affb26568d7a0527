"""The documents of the demonstration: an invented year of care, as software of invented professionals would send it.

Nobody here exists and nothing here is medical advice. The same words give the same bytes and identifiers at each start.
May import: documents, people; `demo_people` and `tokens` of this room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from carnet.documents.compose import Letterhead, Section, Table, compose, compose_level_1
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.pdf import text_pdf
from carnet.documents.time import Dtm
from carnet.people.identifiers import PS_ID_OID
from carnet.people.patient import Patient
from carnet.roles.demo_people import Identity
from carnet.roles.tokens import known

_SPECIALTY_OID = "1.2.250.1.213.1.1.4.5"
_SPECIALTIES = {
    "moreau": Code("G15_10/SM54", _SPECIALTY_OID, "Médecin - Médecine Générale (SM)"),
    "benali": Code("G15_10/SM04", _SPECIALTY_OID, "Médecin - Cardiologie et maladies vasculaires (SM)"),
    "legoff": Code("G15_10/SM44", _SPECIALTY_OID, "Médecin - Radio-diagnostic (SM)"),
    "petit": Code("G15_21", _SPECIALTY_OID, "Pharmacien"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One document in words: who wrote it (a login), when, its type, its title and what it says."""

    by: str
    at: str
    type_code: str
    title: str
    sections: tuple[Section, ...]
    is_pdf: bool = False
    sent_by: str = ""

    def letter(self, patient: Patient) -> bytes:
        """The bytes of the document, for this patient."""
        head = Letterhead(
            unique_id=f"2.25.{uuid5(NAMESPACE_URL, f'carnet:{patient.ins.value}:{self.title}:{self.at}').int}",
            type_code=self.type_code, title=self.title, patient=patient, author=_author(self.by),
            made_at=Dtm.parse(self.at))
        if not self.is_pdf:
            return compose(head, self.sections)
        paragraphs = tuple(paragraph for section in self.sections for paragraph in (section.title, *section.paragraphs))
        return compose_level_1(head, text_pdf(self.title, paragraphs))


def _author(login: str) -> Author:
    claims = known(login).claims
    person = Person(claims["SubjectNameID"], PS_ID_OID, claims["family_name"], claims["given_name"])
    institution = Institution(claims["SubjectOrganization"], claims["SubjectOrganizationID"])
    return Author(person, institution, (), (_SPECIALTIES[login],))


def _results(*rows: tuple[str, str, str]) -> tuple[Table, ...]:
    return (Table(("Analyse", "Résultat", "Valeurs de référence"), rows),)


_CAMILLE = (
    Told("moreau", "20251203091500+0100", "11488-4", "Consultation du 3 décembre 2025", (
        Section("Motif", ("Fatigue depuis six semaines, essoufflement dans les escaliers.",)),
        Section("Examen", ("Tension 118/74 mmHg. Pouls 76/min. Conjonctives pâles, examen sans autre particularité.",)),
        Section("Conclusion", ("Bilan biologique demandé. Revoir avec les résultats.",)))),
    Told("moreau", "20251205110000+0100", "11502-2", "Bilan sanguin du 5 décembre 2025", (
        Section("Hématologie", (), _results(
            ("Hémoglobine", "10,4 g/dL", "12,0 - 16,0"), ("Hématocrite", "33 %", "36 - 46"),
            ("VGM", "74 fL", "80 - 100"), ("Plaquettes", "288 G/L", "150 - 400")), "18723-7"),
        Section("Bilan martial", (), _results(
            ("Ferritine", "8 µg/L", "15 - 150"), ("Fer sérique", "5,1 µmol/L", "9 - 30"))),
    ), sent_by="laboratoire"),
    Told("moreau", "20251208174500+0100", "57833-6", "Ordonnance du 8 décembre 2025", (
        Section("Traitement", (
            "Sulfate ferreux 80 mg : 1 comprimé par jour, le matin à jeun, pendant 3 mois.",
            "Acide ascorbique 500 mg : 1 comprimé par jour, avec le fer.")),)),
    Told("petit", "20251209101000+0100", "60593-1", "Dispensation du 9 décembre 2025", (
        Section("Médicaments délivrés", (
            "Sulfate ferreux 80 mg, 3 boîtes de 30.", "Acide ascorbique 500 mg, 3 boîtes de 30.")),)),
    Told("legoff", "20260114143000+0100", "18748-4", "Échographie pelvienne du 14 janvier 2026", (
        Section("Indication", ("Anémie par carence martiale, recherche d'une cause gynécologique.",)),
        Section("Résultats", ("Utérus de taille normale, fibrome sous-séreux de 22 mm. Ovaires sans particularité.",)),
        Section("Conclusion", ("Fibrome utérin unique, sans caractère inquiétant.",))), is_pdf=True),
    Told("moreau", "20260312090000+0100", "11502-2", "Bilan sanguin du 12 mars 2026", (
        Section("Hématologie", (), _results(
            ("Hémoglobine", "12,9 g/dL", "12,0 - 16,0"), ("VGM", "84 fL", "80 - 100")), "18723-7"),
        Section("Bilan martial", (), _results(("Ferritine", "41 µg/L", "15 - 150"),))), sent_by="laboratoire"),
    Told("moreau", "20261012160000+0200", "87273-9", "Vaccination contre la grippe, automne 2026", (
        Section("Vaccin", ("Vaccin grippal saisonnier tétravalent, 1 dose intramusculaire, bras gauche.",)),)),
)

_MARCEL = (
    Told("benali", "20260205113000+0100", "11490-0", "Lettre de sortie de cardiologie, 5 février 2026", (
        Section("Motif d'hospitalisation", ("Douleur thoracique d'effort, séjour du 2 au 5 février 2026.",)),
        Section("Synthèse", ("Coronarographie : sténose de l'artère IVA, un stent actif posé.",)),
        Section("Traitement de sortie", (
            "Acide acétylsalicylique 75 mg, 1 par jour. Clopidogrel 75 mg, 1 par jour pendant 6 mois.",
            "Bisoprolol 2,5 mg, 1 par jour. Atorvastatine 40 mg, 1 le soir.")),
        Section("Suites", ("Consultation de cardiologie à 3 mois. Réadaptation cardiaque prescrite.",)))),
    Told("benali", "20260504100000+0200", "11488-4", "Consultation de cardiologie du 4 mai 2026", (
        Section("Examen", ("Pas de récidive de douleur. Tension 124/72 mmHg. Épreuve d'effort négative à 130 W.",)),
        Section("Conclusion", ("Poursuite du traitement. Arrêt du clopidogrel le 5 août 2026.",)))),
    Told("moreau", "20260518083000+0200", "11502-2", "Bilan lipidique du 18 mai 2026", (
        Section("Biochimie", (), _results(
            ("Cholestérol LDL", "0,61 g/L", "< 0,70"), ("Triglycérides", "1,10 g/L", "< 1,50"),
            ("Créatinine", "88 µmol/L", "62 - 106"))),), sent_by="laboratoire"),
    Told("moreau", "20260902093000+0200", "60591-5", "Volet de synthèse médicale, septembre 2026", (
        Section("Antécédents", ("Coronaropathie stentée (2026). Hypercholestérolémie. Appendicectomie (1969).",)),
        Section("Allergies", ("Pénicilline : éruption en 1982.",)),
        Section("Traitement de fond", ("Acide acétylsalicylique 75 mg, bisoprolol 2,5 mg, atorvastatine 40 mg.",)))),
)

_LUCIA = (
    Told("legoff", "20260620151500+0200", "18748-4", "IRM du genou droit du 20 juin 2026", (
        Section("Indication", ("Entorse au ski, instabilité.",)),
        Section("Résultats", ("Rupture du ligament croisé antérieur. Ménisques intacts. Épanchement modéré.",)),
        Section("Conclusion", ("Rupture complète du ligament croisé antérieur.",))), is_pdf=True),
    Told("moreau", "20260623180000+0200", "57833-6", "Ordonnance du 23 juin 2026", (
        Section("Traitement", ("Attelle de genou. Paracétamol 1 g si douleur, 3 par jour. Kinésithérapie.",)),)),
)

DOCUMENTS: dict[str, tuple[Told, ...]] = {"camille": _CAMILLE, "marcel": _MARCEL, "lucia": _LUCIA}
"""What is deposited for each patient, by login. The records of Noé and Inès are left for visitors to open."""


def senders(login: str) -> Iterator[tuple[Identity, Told]]:
    """Each document of a patient with who deposits it: its author, or the software that feeds for the organisation."""
    for told in DOCUMENTS[login]:
        yield known(told.sent_by or told.by), told
