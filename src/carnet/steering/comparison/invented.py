"""A finished comparison that is invented: a protocol and facts, for demonstrations and tests. Nobody in it exists.

Everything after the facts is what a real one does: figures, report, seal, closing, audit.
"""

from __future__ import annotations

from datetime import date, timedelta

from carnet.ledger.category import Category
from carnet.steering.comparison.facts import (
    Amended,
    Answered,
    Answers,
    AtHost,
    Counts,
    Drawn,
    Facts,
    Gravity,
    Incident,
    Returned,
    Spent,
)
from carnet.steering.comparison.protocol import (
    Charge,
    Cohort,
    CostRule,
    Difference,
    Named,
    Protocol,
    Rule,
    Stratum,
)

AUDITOR = "auditor"
_SHARED = {
    Category.GOVERNANCE, Category.SECURITY, Category.INTEROPERABILITY, Category.SOFTWARE, Category.COMMUNICATION,
    Category.SUPPORT}
_ASIDE = {
    Category.PROFESSIONAL_SOFTWARE, Category.HOSPITAL_SYSTEMS, Category.CONVERGING_PROJECTS, Category.STUDIES,
    Category.REGIONAL_PROJECTS}
_BECAUSE = {
    "own": "payé par chacun : les lignes le disent",
    "shared": "sert à tous les dossiers, quelle que soit l’approche",
    "aside": "n’est pas propre à l’une des approches",
}
# Département: records, activated, read, with one and with five documents, documents, consultations.
_LEFT = {
    "67": (1_840, 690, 731, 1_395, 812, 9_350, 2_610), "68": (1_210, 402, 455, 866, 497, 5_610, 1_540),
    "57": (1_105, 371, 402, 802, 441, 5_020, 1_377),
    "88": (640, 183, 201, 402, 198, 2_340, 702), "52": (310, 80, 96, 185, 84, 1_020, 318),
    "55": (402, 103, 121, 244, 118, 1_377, 421)}
_RIGHT = {
    "33": (1_905, 812, 1_020, 1_602, 1_011, 12_480, 3_905), "64": (1_130, 463, 566, 930, 581, 6_905, 2_140),
    "31": (1_208, 511, 633, 1_004, 640, 7_745, 2_466),
    "47": (590, 214, 262, 463, 259, 3_010, 1_011), "40": (402, 139, 171, 312, 170, 2_004, 668),
    "32": (377, 128, 155, 291, 155, 1_842, 603)}
_SCORES = {"left": ((9, 21, 48, 61, 22), (6, 14, 29, 27, 9)), "right": ((5, 14, 39, 74, 38), (4, 9, 25, 34, 14))}
_QUESTION_SHIFT = {"found": 0, "simple": 1}


def invented_span(today: date) -> tuple[date, date]:
    """The twelve months that are over on this day."""
    end = today.replace(day=1)
    return end.replace(year=end.year - 1), end - timedelta(days=1)


def invented_protocol(since: date, until: date) -> Protocol:
    """The protocol of a demonstration: small cohorts, days that are over."""
    opened = since - timedelta(days=1)
    return Protocol(
        id="demonstration", title="Consortiums de bout en bout, ou portail et hébergeurs séparés",
        purpose="Dire, sur des cohortes fixées d’avance, ce que coûte un dossier, s’il est rempli, lu, disponible, et"
        " si l’on en est content.", is_demonstration=True, from_=since, until=until, auditor=AUDITOR,
        seed="carnet demonstration 2006", parts=("spent", "estimated", "in_kind"), sample=240, bootstraps=200,
        cohorts=(
            Cohort(id="left", name="Consortium (inventé)", approach="consortia", consortium="Santé-Est (inventé)",
                   hosts=("demo-est",), placing=("demo-est",), departements=tuple(_LEFT),
                   opened_from=opened - timedelta(days=180), opened_until=opened, records=5_600),
            Cohort(id="right", name="Portail (inventé)", approach="portal", hosts=("demo-sud", "demo-ouest"),
                   placing=("demo-sud",), departements=tuple(_RIGHT),
                   opened_from=opened - timedelta(days=180), opened_until=opened, records=5_600)),
        strata=(_stratum("dense", "Départements d’une métropole"), _stratum("sparse", "Départements peu denses")),
        costs=tuple(_rule(category) for category in Category),
        charges=(
            Charge(id="portal-for-consortium", cohort="left", category=Category.SOFTWARE, cents=1_150_000,
                   because="écrans et annuaire du portail, prêtés au consortium : facturés au prix de revient"),
            Charge(id="desk-for-portal", cohort="right", category=Category.SUPPORT, cents=420_000,
                   because="accueil téléphonique que le consortium inclut dans son prix")),
        questions=(Named(id="found", words="J’ai trouvé ce que je cherchais"),
                   Named(id="simple", words="Le dossier est simple à utiliser")),
        assumptions=(
            Named(id="invented", words="Tout est inventé : cohortes, coûts, personnes, réponses."),
            Named(id="placing", words="Les dossiers sont affectés par département et date d’ouverture, comme le"
                  " placement : un médecin ne connaît qu’une approche, et le consortium forme son territoire."),
            Named(id="strata", words="Les territoires ne sont pas tirés au sort : les strates rapprochent ceux qui se"
                  " ressemblent, et rien ne corrige ce qui les distingue encore."),
            Named(id="in-kind", words="Le personnel prêté est compté au coût horaire déclaré.")),
        differences=Difference(cents=50, points=2.0, score=0.2, visits=0.1))


def invented_facts(protocol: Protocol, amendments: tuple[Amended, ...], today: date) -> Facts:
    """What was found, in the demonstration. Minutes of one interruption are not known; nobody asked one host."""
    return Facts(
        protocol=protocol.digest, gathered_on=today, counted_on=protocol.until, amendments=amendments,
        counts=(*_counts("left", _LEFT), *_counts("right", _RIGHT)),
        at_hosts=(AtHost(host="demo-est", cohort="left", records=5_507),
                  AtHost(host="demo-ouest", cohort="right", records=1_500),
                  AtHost(host="demo-sud", cohort="", records=900),
                  AtHost(host="demo-sud", cohort="right", records=4_112)),
        spent=_spent(),
        answered=(Answered(host="demo-est", asked=8_740, unanswered=61, days=365),
                  Answered(host="demo-sud", asked=8_760, unanswered=24, days=365)),
        incidents=_incidents(protocol),
        drawn=(Drawn(cohort="left", stratum="dense", frame=4_155, drawn=181),
               Drawn(cohort="left", stratum="sparse", frame=1_352, drawn=97),
               Drawn(cohort="right", stratum="dense", frame=4_243, drawn=182),
               Drawn(cohort="right", stratum="sparse", frame=1_369, drawn=93)),
        answers=tuple(_answers()), returned=tuple(
            Returned(cohort=cohort, stratum=stratum, people=sum(scores))
            for cohort, both in _SCORES.items() for stratum, scores in zip(("dense", "sparse"), both, strict=True)))


def _stratum(name: str, words: str) -> Stratum:
    place = slice(3) if name == "dense" else slice(3, None)
    return Stratum(id=name, name=words, departements=(*tuple(_LEFT)[place], *tuple(_RIGHT)[place]))


def _rule(category: Category) -> CostRule:
    rule: Rule = "shared" if category in _SHARED else "aside" if category in _ASIDE else "own"
    return CostRule(category=category, rule=rule, because=_BECAUSE[rule])


def _counts(cohort: str, departements: dict[str, tuple[int, int, int, int, int, int, int]]) -> list[Counts]:
    return [
        Counts(cohort=cohort, departement=code, records=records, activated=activated, read=read, with_1=with_1,
               with_5=with_5, documents=documents, consultations=consultations)
        for code, (records, activated, read, with_1, with_5, documents, consultations) in departements.items()]


def _spent() -> tuple[Spent, ...]:
    consortium = "Santé-Est (inventé)"
    return (
        Spent(host="", consortium=consortium, category=Category.HOSTING, part="spent", cents=2_912_340),
        Spent(host="", consortium=consortium, category=Category.TRAINING, part="in_kind", cents=640_000),
        Spent(host="", consortium=consortium, category=Category.INDUCED, part="estimated", cents=511_275),
        Spent(host="demo-sud", consortium="", category=Category.HOSTING, part="spent", cents=2_204_181),
        Spent(host="demo-ouest", consortium="", category=Category.HOSTING, part="spent", cents=801_507),
        Spent(host="demo-ouest", consortium="", category=Category.TRAINING, part="in_kind", cents=512_000),
        Spent(host="demo-sud", consortium="", category=Category.INDUCED, part="estimated", cents=498_333),
        Spent(host="", consortium="", category=Category.SOFTWARE, part="spent", cents=1_999_999),
        Spent(host="", consortium="", category=Category.SUPPORT, part="spent", cents=734_511),
        Spent(host="", consortium="", category=Category.GOVERNANCE, part="in_kind", cents=425_000),
        Spent(host="", consortium="", category=Category.SECURITY, part="spent", cents=310_007))


def _incidents(protocol: Protocol) -> tuple[Incident, ...]:
    by = "A. Durand, responsable d’exploitation (inventée)"
    return (
        Incident(on=protocol.from_ + timedelta(days=20), gravity=Gravity.SERIOUS, host="demo-est", minutes_down=185,
                 words="Panne de disques : lectures servies par l’autre copie, dépôts en attente", by=by),
        Incident(on=protocol.from_ + timedelta(days=40), gravity=Gravity.MINOR, host="demo-sud",
                 words="Lenteur pendant une sauvegarde", by=by),
        Incident(on=protocol.from_ + timedelta(days=55), gravity=Gravity.MINOR, minutes_down=12,
                 words="Mise à jour du portail", by=by))


def _answers() -> list[Answers]:
    found = []
    for cohort, both in _SCORES.items():
        for stratum, scores in zip(("dense", "sparse"), both, strict=True):
            for question, shift in _QUESTION_SHIFT.items():
                turned = scores[shift:] + scores[:shift] if cohort == "left" else scores
                found += [
                    Answers(cohort=cohort, stratum=stratum, question=question, score=score, people=people)
                    for score, people in enumerate(turned, 1)]
    return found
