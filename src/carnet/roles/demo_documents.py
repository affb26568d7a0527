"""The documents of the demonstration: an invented year of care, as software of invented professionals would send it.

Nobody here exists and nothing here is medical advice. The same words give the same bytes and identifiers at each start.
May import: documents, people; `demo_entries`, `demo_people` and `tokens` of this room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from carnet.documents.compose import Letterhead, Section, compose, compose_level_1
from carnet.documents.content import MedicationKind
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.pdf import text_pdf
from carnet.documents.time import Dtm
from carnet.people.identifiers import PS_ID_OID
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Patient, Sex, Traits
from carnet.roles.demo_entries import allergy, biology, medicines, problems, vaccination
from carnet.roles.demo_people import Identity
from carnet.roles.tokens import known

_SPECIALTY_OID = "1.2.250.1.213.1.1.4.5"
_SPECIALTIES = {
    "moreau": Code("G15_10/SM54", _SPECIALTY_OID, "Médecin - Médecine Générale (SM)"),
    "benali": Code("G15_10/SM04", _SPECIALTY_OID, "Médecin - Cardiologie et maladies vasculaires (SM)"),
    "legoff": Code("G15_10/SM44", _SPECIALTY_OID, "Médecin - Radio-diagnostic (SM)"),
    "petit": Code("G15_21", _SPECIALTY_OID, "Pharmacien"),
}
_BIOLOGY = Code("G15_10/SM03", _SPECIALTY_OID, "Médecin - Biologie médicale (SM)")
_BIOLOGISTS = {
    "étoile": Author(
        Person("899700300702", PS_ID_OID, "LAMARE", "Nadia"),
        Institution("Laboratoire de l'Étoile (fictif)", "1990001042"), (), (_BIOLOGY,)),
    "vallon": Author(
        Person("899700300801", PS_ID_OID, "QUENTIN", "Hugo"),
        Institution("Centre hospitalier du Vallon (fictif)", "1990001026"), (), (_BIOLOGY,)),
}
"""Two laboratories, whose software is one: its login sends the reports of both."""


@dataclass(frozen=True, slots=True)
class Told:
    """One document in words: who wrote it (a login, or a biologist), when, its type, its title and what it says."""

    by: str
    at: str
    type_code: str
    title: str
    sections: tuple[Section, ...]
    is_pdf: bool = False
    sent_by: str = ""

    def letter(self, patient: Patient) -> bytes:
        """The bytes of the document, for this patient."""
        is_coded = any(section.entries for section in self.sections)
        name = f"carnet:{patient.ins.value}:{self.title}:{self.at}{':coded' if is_coded else ''}"
        head = Letterhead(
            unique_id=f"2.25.{uuid5(NAMESPACE_URL, name).int}",
            type_code=self.type_code, title=self.title, patient=patient, author=_author(self.by),
            made_at=Dtm.parse(self.at), facility="SA25" if self.by in _BIOLOGISTS else "SA07")
        if not self.is_pdf:
            return compose(head, self.sections)
        paragraphs = tuple(paragraph for section in self.sections for paragraph in (section.title, *section.paragraphs))
        return compose_level_1(head, text_pdf(self.title, paragraphs))


def _author(login: str) -> Author:
    if login in _BIOLOGISTS:
        return _BIOLOGISTS[login]
    claims = known(login).claims
    person = Person(claims["SubjectNameID"], PS_ID_OID, claims["family_name"], claims["given_name"])
    institution = Institution(claims["SubjectOrganization"], claims["SubjectOrganizationID"])
    return Author(person, institution, (), (_SPECIALTIES[login],))


def _blood(by: str, at: str, title: str, *sections: Section) -> Told:
    return Told(by, at, "11502-2", title, sections, sent_by="laboratoire")


NEIGHBOURS = 6
_COUNT, _IRON = ("Hématologie", "18723-7"), ("Bilan martial", "18719-5")
_CAMILLE = (
    Told("moreau", "20251203091500+0100", "11488-4", "Consultation du 3 décembre 2025", (
        Section("Motif", ("Fatigue depuis six semaines, essoufflement dans les escaliers.",)),
        Section("Examen", ("Tension 118/74 mmHg. Pouls 76/min. Conjonctives pâles, examen sans autre particularité.",)),
        Section("Conclusion", ("Bilan biologique demandé. Revoir avec les résultats.",)))),
    _blood(
        "étoile", "20251205110000+0100", "Bilan sanguin du 5 décembre 2025",
        biology(*_COUNT, "20251205083000+0100", hémoglobine="10.4", hématocrite="33", vgm="74", plaquettes="288"),
        biology(*_IRON, "20251205083000+0100", ferritine="8", fer="5.1")),
    Told("moreau", "20251208174500+0100", "57833-6", "Ordonnance du 8 décembre 2025", (
        medicines(
            "Traitement", MedicationKind.PRESCRIBED, "20251208",
            ("Sulfate ferreux 80 mg", "B03AA07", "1 comprimé par jour, le matin à jeun, pendant 3 mois",
             "Sulfate ferreux 80 mg : 1 comprimé par jour, le matin à jeun, pendant 3 mois."),
            ("Acide ascorbique 500 mg", "A11GA01", "1 comprimé par jour, avec le fer",
             "Acide ascorbique 500 mg : 1 comprimé par jour, avec le fer.")),)),
    Told("petit", "20251209101000+0100", "60593-1", "Dispensation du 9 décembre 2025", (
        medicines(
            "Médicaments délivrés", MedicationKind.DISPENSED, "20251209",
            ("Sulfate ferreux 80 mg", "B03AA07", "3 boîtes", "Sulfate ferreux 80 mg, 3 boîtes de 30."),
            ("Acide ascorbique 500 mg", "A11GA01", "3 boîtes", "Acide ascorbique 500 mg, 3 boîtes de 30.")),)),
    Told("legoff", "20260114143000+0100", "18748-4", "Échographie pelvienne du 14 janvier 2026", (
        Section("Indication", ("Anémie par carence martiale, recherche d'une cause gynécologique.",)),
        Section("Résultats", ("Utérus de taille normale, fibrome sous-séreux de 22 mm. Ovaires sans particularité.",)),
        Section("Conclusion", ("Fibrome utérin unique, sans caractère inquiétant.",))), is_pdf=True),
    _blood(
        "vallon", "20260115181000+0100", "Biologie du Centre hospitalier, 15 janvier 2026",
        biology(*_COUNT, "20260115141500+0100", hémoglobine="11.2", vgm="77", plaquettes="301"),
        biology(*_IRON, "20260115141500+0100", ferritine="15", crp="<1.0")),
    _blood(
        "étoile", "20260312090000+0100", "Bilan sanguin du 12 mars 2026",
        biology(*_COUNT, "20260312074500+0100", hémoglobine="12.9", vgm="84", plaquettes="276"),
        biology(*_IRON, "20260312074500+0100", ferritine="41")),
    _blood(
        "vallon", "20260921173000+0200", "Biologie du Centre hospitalier, 21 septembre 2026",
        biology(*_COUNT, "20260921091000+0200", hémoglobine="13.4", vgm="88", plaquettes="259"),
        biology(*_IRON, "20260921091000+0200", ferritine="52", crp="2.4")),
    Told("moreau", "20261012160000+0200", "87273-9", "Vaccination contre la grippe, automne 2026", (
        vaccination(
            "Vaccin", "Vaccin grippal saisonnier tétravalent, 1 dose intramusculaire, bras gauche.", "J07BB02",
            name="Vaccin grippal saisonnier tétravalent", day="20261012", lot="GR26-117"),)),
    _blood(
        "étoile", "20241118103000+0100", "Bilan sanguin du 18 novembre 2024",
        biology(*_COUNT, "20241118080000+0100", hémoglobine="12.6", vgm="82", plaquettes="262"),
        biology(*_IRON, "20241118080000+0100", ferritine="19")),
    _blood(
        "vallon", "20250610164500+0200", "Biologie du Centre hospitalier, 10 juin 2025",
        biology(*_COUNT, "20250610113000+0200", hémoglobine="11.5", vgm="78", plaquettes="295"),
        biology(*_IRON, "20250610113000+0200", ferritine="11")),
)

_MARCEL = (
    Told("benali", "20260205113000+0100", "11490-0", "Lettre de sortie de cardiologie, 5 février 2026", (
        Section("Motif d'hospitalisation", ("Douleur thoracique d'effort, séjour du 2 au 5 février 2026.",)),
        Section("Synthèse", ("Coronarographie : sténose de l'artère IVA, un stent actif posé.",)),
        medicines(
            "Traitement de sortie", MedicationKind.TREATMENT, "20260205",
            ("Acide acétylsalicylique 75 mg", "B01AC06", "1 par jour", "Acide acétylsalicylique 75 mg, 1 par jour."),
            ("Clopidogrel 75 mg", "B01AC04", "1 par jour pendant 6 mois", "Clopidogrel 75 mg, 1 par jour, 6 mois."),
            ("Bisoprolol 2,5 mg", "C07AB07", "1 par jour", "Bisoprolol 2,5 mg, 1 par jour."),
            ("Atorvastatine 40 mg", "C10AA05", "1 le soir", "Atorvastatine 40 mg, 1 le soir.")),
        Section("Suites", ("Consultation de cardiologie à 3 mois. Réadaptation cardiaque prescrite.",)))),
    Told("benali", "20260504100000+0200", "11488-4", "Consultation de cardiologie du 4 mai 2026", (
        Section("Examen", ("Pas de récidive de douleur. Tension 124/72 mmHg. Épreuve d'effort négative à 130 W.",)),
        Section("Conclusion", ("Poursuite du traitement. Arrêt du clopidogrel le 5 août 2026.",)))),
    _blood(
        "étoile", "20260518083000+0200", "Bilan lipidique du 18 mai 2026",
        biology("Biochimie", "18719-5", "20260518073000+0200", ldl="0.61", triglycérides="1.10", créatinine="88")),
    Told("moreau", "20260902093000+0200", "60591-5", "Volet de synthèse médicale, septembre 2026", (
        problems(
            "Problèmes en cours", ("Coronaropathie stentée", "I25.1", "20260202"),
            ("Hypercholestérolémie", "E78.0", "2019")),
        problems("Antécédents", ("Appendicite opérée", "K35.8", "1969"), is_history=True),
        allergy("Allergies", "Pénicilline : éruption en 1982.", "Pénicilline", "1982"),
        medicines(
            "Traitement de fond", MedicationKind.TREATMENT, "20260902",
            ("Acide acétylsalicylique 75 mg", "B01AC06", "1 par jour", "Acide acétylsalicylique 75 mg, 1 par jour."),
            ("Bisoprolol 2,5 mg", "C07AB07", "1 par jour", "Bisoprolol 2,5 mg, 1 par jour."),
            ("Atorvastatine 40 mg", "C10AA05", "1 le soir", "Atorvastatine 40 mg, 1 le soir.")))),
)

_LUCIA = (
    Told("legoff", "20260620151500+0200", "18748-4", "IRM du genou droit du 20 juin 2026", (
        Section("Indication", ("Entorse au ski, instabilité.",)),
        Section("Résultats", ("Rupture du ligament croisé antérieur. Ménisques intacts. Épanchement modéré.",)),
        Section("Conclusion", ("Rupture complète du ligament croisé antérieur.",))), is_pdf=True),
    Told("moreau", "20260623180000+0200", "57833-6", "Ordonnance du 23 juin 2026", (
        Section("Traitement", ("Attelle de genou. Paracétamol 1 g si douleur, 3 par jour. Kinésithérapie.",)),)),
)

def neighbours() -> Iterator[tuple[Patient, Told]]:
    """Invented people without a login, whose laboratory feeds their records: figures say nothing of fewer than five."""
    for number in range(1, NEIGHBOURS + 1):
        value = f"1800675{number:06d}"
        traits = Traits(
            birth_family="Voisin", birth_given=f"Invente {number}", birth_date=f"1980-06-{number:02d}", sex=Sex.MALE,
            birthplace="75112")
        report = _blood(
            "étoile", f"202610{number:02d}113000+0200", f"Bilan sanguin d'octobre 2026, voisin {number}",
            biology(*_COUNT, f"202610{number:02d}083000+0200", hémoglobine=f"13.{number}", plaquettes=f"2{number}4"))
        yield Patient(Ins(f"{value}{97 - int(value) % 97:02d}", InsOid.TEST), traits), report


DOCUMENTS: dict[str, tuple[Told, ...]] = {"camille": _CAMILLE, "marcel": _MARCEL, "lucia": _LUCIA}
"""What is deposited for each patient, by login. The records of Noé and Inès are left for visitors to open."""


def senders(login: str) -> Iterator[tuple[Identity, Told]]:
    """Each document of a patient with who deposits it: its author, or the software that feeds for the organisation."""
    for told in DOCUMENTS[login]:
        yield known(told.sent_by or told.by), told
