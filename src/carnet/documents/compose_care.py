"""Write the history of reimbursements of a person (CNAM-HR 2021.01): eight sections, one coded entry for each line.

What is written here reads back as the same values (`documents.content`). It is written as text: a person has hundreds
of lines, a batch millions of persons, and a tree of elements would cost several times as much. All text is escaped.
May import: this room, people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from carnet.documents.compose_header import Letterhead, header_elements
from carnet.documents.content.values import CareKind, Reimbursed
from carnet.documents.elements import E
from carnet.people.code import Code
from carnet.people.names import Institution, Person

TITLE = "Données de remboursement"
TYPE = "REMB"
MODEL = "1.2.250.1.213.1.1.1.36"
_BODY = "<component><structuredBody>%s</structuredBody></component>"
_USAGE = (
    "Les données affichées sont le reflet des informations issues des procédures de remboursement ou de prise en charge"
    " détenues par l'Assurance Maladie pour la période de soins référencée.<br/>Elles sont fournies à titre purement"
    " informatif et leur exhaustivité ne peut être garantie, notamment en cas de changement administratif durant cette"
    " période de soins.<br/>Toute interprétation ou toute décision, de quelque nature que ce soit, se basant sur ces"
    " données relève de la seule responsabilité de la personne qui les consulte.")
_NOTE = (
    '<component><section><templateId root="2.16.840.1.113883.10.12.201"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.4.1.2.16"/><templateId root="1.2.250.1.213.1.1.2.73"/>'
    '<code code="55112-7" displayName="Commentaire sur le document" codeSystem="2.16.840.1.113883.6.1"/>'
    f'<title>Usage et Responsabilités</title><text ID="mention">{_USAGE}</text></section></component>')
_PRODUCT = (
    '<templateId root="2.16.840.1.113883.10.20.1.53"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.2"/>'
    '<templateId root="1.2.250.1.213.1.1.3.43"/>')
_SUPPLY = (
    '<templateId root="2.16.840.1.113883.10.20.1.34"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.3"/>'
    '<templateId root="1.2.250.1.213.1.1.3.44"/><id nullFlavor="UNK"/>')
_TREATMENT = (
    '<substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.24"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7"/><templateId root="1.2.250.1.213.1.1.3.42"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.1"/><id nullFlavor="UNK"/><text><reference value="#%s"/></text>'
    '<statusCode code="completed"/><effectiveTime xsi:type="IVL_TS"><low nullFlavor="UNK"/><high nullFlavor="UNK"/>'
    '</effectiveTime><effectiveTime operator="A"/>')
_VACCINATION = (
    '<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">'
    '<templateId root="2.16.840.1.113883.10.20.1.24"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/>'
    '<templateId root="1.2.250.1.213.1.1.3.45"/><id nullFlavor="UNK"/><code code="IMMUNIZ"'
    ' displayName="Vaccination sans autres précisions" codeSystem="2.16.840.1.113883.5.4"/>'
    '<text><reference value="#%s"/></text><statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>')
_SPLIT_PACK = (
    '<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13"/><templateId root="1.2.250.1.213.1.1.3.48"/>'
    '<id nullFlavor="UNK"/><code code="MED-559" displayName="Déconditionné" codeSystem="1.2.250.1.213.1.1.4.322"/>'
    '<text><reference value="#%s"/></text><statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>'
    '<value xsi:type="BL" value="%s"/></observation></entryRelationship>')
_DEVICE = (
    '<supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.34"/>'
    '<templateId root="1.2.250.1.213.1.1.3.20"/><id nullFlavor="UNK"/><text><reference value="#%s"/></text>'
    '<effectiveTime xsi:type="IVL_TS"><low nullFlavor="UNK"/></effectiveTime>')
_STAY = (
    '<encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.21"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.14"/><templateId root="1.2.250.1.213.1.1.3.58"/>'
    '<id nullFlavor="UNK"/><code code="%s" displayName="%s" codeSystem="2.16.840.1.113883.5.4">')
_ACT = (
    '<procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.29"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.19"/><templateId root="1.2.250.1.213.1.1.3.62"/>'
    '<id nullFlavor="UNK"/>')


class Composed(msgspec.Struct, frozen=True):
    """A document, and the same without its lines, which has the same header and is quickly read."""

    content: bytes
    without_lines: bytes


def compose_care(head: Letterhead, lines: Sequence[Reimbursed]) -> Composed:
    """The history of these lines, in their order, under this header. Every line has a `code`; a stay is of kind IMP."""
    root = E.ClinicalDocument(*header_elements(head, level_1=False), E.component())
    for template in root.iter("{*}templateId"):
        if template.get("root") == MODEL:
            template.set("extension", "2021.01")
    _period_of_nobody(root)
    text = etree.tostring(root, encoding="unicode").replace(
        "<ClinicalDocument ", '<ClinicalDocument xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ', 1)
    before, _, after = text.rpartition("<component/>")
    before = f'<?xml version="1.0" encoding="UTF-8"?>\n{before}'
    by_kind: dict[CareKind, list[Reimbursed]] = {kind: [] for kind in _SECTIONS}
    for line in lines:
        by_kind[line.kind].append(line)
    body = _BODY % (_NOTE + "".join(_section(kind, of_kind) for kind, of_kind in by_kind.items()))
    return Composed(f"{before}{body}{after}".encode(), f"{before}{_BODY % _NOTE}{after}".encode())


def _period_of_nobody(root: etree._Element) -> None:
    """The model names nobody as the performer of a period of care, and no encounter."""
    encounter = root.find("{*}componentOf/{*}encompassingEncounter/{*}effectiveTime")
    if encounter is not None:
        encounter.clear()
        encounter.set("nullFlavor", "NA")


class _Kind(msgspec.Struct, frozen=True):
    """How the lines of a kind stand in their section: what opens it, what its table says, and how one is written."""

    title: str
    code: str
    columns: tuple[str, ...]
    name: str
    entry: Callable[[str, Reimbursed], str]
    nothing: str


def _section(kind: CareKind, lines: Sequence[Reimbursed]) -> str:
    how = _SECTIONS[kind]
    if not lines:
        text, entries = "<paragraph>Aucune information</paragraph>", f"<entry>{how.nothing}</entry>"
    else:
        head = "".join(f"<th>{column}</th>" for column in how.columns)
        names = [f"{how.name}{place}" for place in range(1, len(lines) + 1)]
        rows = "".join(map(_row, names, lines))
        text = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        entries = "".join(f"<entry>{how.entry(name, line)}</entry>" for name, line in zip(names, lines, strict=True))
    return (
        f"<component><section>{how.code}<title>{how.title}</title><text>{text}</text>{entries}</section></component>")


def _row(name: str, line: Reimbursed) -> str:
    code = _text(line.code.code) if line.code else ""
    until = f" – {_day(line.until.text)}" if line.until else ""
    return (
        f'<tr><td>{_day(line.at.text) if line.at else ""}{until}</td><td>{code}</td>'
        f'<td><content ID="{name}">{_text(line.label)}</content></td><td>{_who(line.by, line.place)}</td>'
        f"<td>{_who(line.prescriber, line.prescriber_place)}</td>"
        f"<td>{_text(line.quantity)}</td></tr>")


def _medicine(name: str, line: Reimbursed) -> str:
    return _dispensed(_TREATMENT, name, line) + (
        _SPLIT_PACK % (name, "true" if line.is_split_pack else "false")) + "</substanceAdministration>"


def _vaccine(name: str, line: Reimbursed) -> str:
    return f"{_dispensed(_VACCINATION, name, line)}</substanceAdministration>"


def _dispensed(opening: str, name: str, line: Reimbursed) -> str:
    translations = "".join(_coded("translation", code) for code in line.codes)
    return (
        f'{opening % name}<consumable typeCode="CSM"><manufacturedProduct>{_PRODUCT}<manufacturedMaterial>'
        f'<code><originalText><reference value="#{name}"/></originalText>{translations}</code>'
        f"<name>{_text(line.label)}</name></manufacturedMaterial></manufacturedProduct></consumable>"
        f'<entryRelationship typeCode="REFR" inversionInd="false"><supply classCode="SPLY" moodCode="EVN">{_SUPPLY}'
        f"{_supplied(line)}</supply></entryRelationship>")


def _device(name: str, line: Reimbursed) -> str:
    translations = "".join(_coded("translation", code) for code in line.codes)
    return (
        f'{_DEVICE % name}{_supplied(line)}<participant typeCode="DEV"><participantRole classCode="MANU">'
        f'<playingDevice classCode="DEV" determinerCode="INSTANCE"><code><originalText><reference value="#{name}"/>'
        f"</originalText>{translations}</code></playingDevice></participantRole></participant></supply>")


def _stay(name: str, line: Reimbursed) -> str:
    kind = next((code for code in line.codes if code != line.code), _INPATIENT)
    group = _coded("value", line.code) if line.code else ""
    until = f'<high value="{line.until.text}"/>' if line.until else ""
    return (
        f"{_STAY % (_text(kind.code), _text(kind.display or kind.code))}<qualifier>{group}</qualifier></code>"
        f'<text><reference value="#{name}"/></text><effectiveTime>{_at("low", line)}{until}</effectiveTime>'
        f'<performer typeCode="PRF">{_entity("assignedEntity", None, line.place)}</performer></encounter>')


def _act(name: str, line: Reimbursed) -> str:
    code = _coded("code", line.code) if line.code else ""
    asked = (
        f'<performer>{_entity("assignedEntity", line.prescriber, line.prescriber_place)}</performer>'
        if line.prescriber or line.prescriber_place else "")
    return (
        f'{_ACT}{code}<text><reference value="#{name}"/></text><statusCode code="completed"/>'
        f'{_at("effectiveTime", line)}<performer>{_entity("assignedEntity", line.by, line.place)}</performer>{asked}'
        "</procedure>")


def _supplied(line: Reimbursed) -> str:
    """What was given out, by whom, and who prescribed it; the model wants no identifier of who dispensed."""
    quantity = f'<quantity value="{_text(line.quantity)}"/>' if line.quantity else ""
    by = Person("", "", line.by.family, line.by.given, id_type="EI") if line.by else None
    author = (
        f'<author><time nullFlavor="UNK"/>{_entity("assignedAuthor", line.prescriber, line.prescriber_place)}</author>'
        if line.prescriber or line.prescriber_place else "")
    return (
        f'{quantity}<performer typeCode="PRF">{_at("time", line)}{_entity("assignedEntity", by, line.place)}'
        f"</performer>{author}")


def _at(name: str, line: Reimbursed) -> str:
    return f'<{name} value="{line.at.text}"/>' if line.at else f'<{name} nullFlavor="UNK"/>'


@lru_cache(maxsize=65536)
def _entity(name: str, person: Person | None, place: Institution | None) -> str:
    known = person is not None and person.identifier
    identifier = _id(person.system, person.identifier) if person and known else '<id nullFlavor="UNK"/>'
    who = ""
    if person is not None:
        given = f"<given>{_text(person.given)}</given>" if person.given else ""
        who = f"<assignedPerson><name>{given}<family>{_text(person.family)}</family></name></assignedPerson>"
    where = ""
    if place is not None:
        root = _id(place.system, place.identifier) if place.identifier else ""
        where = f"<representedOrganization>{root}<name>{_text(place.name)}</name></representedOrganization>"
    return f"<{name}>{identifier}{who}{where}</{name}>"


@lru_cache(maxsize=65536)
def _coded(name: str, code: Code) -> str:
    display = f' displayName="{_text(code.display)}"' if code.display else ""
    return f'<{name} code="{_text(code.code)}"{display} codeSystem="{_text(code.system)}"/>'


def _id(root: str, extension: str) -> str:
    return f'<id root="{_text(root)}" extension="{_text(extension)}"/>'


@lru_cache(maxsize=65536)
def _text(text: str) -> str:
    """For a text and for an attribute."""
    return escape(text, {'"': "&quot;"})


@lru_cache(maxsize=65536)
def _who(person: Person | None, place: Institution | None) -> str:
    names = (person.name if person else "", place.name if place else "")
    return _text(", ".join(name for name in names if name))


@lru_cache(maxsize=32768)
def _day(text: str) -> str:
    """A date of HL7 as tables write it."""
    return "/".join(part for part in (text[6:8], text[4:6], text[:4]) if part)


def _head(code: str, display: str, templates: tuple[str, ...], inside: tuple[str, str] | None = None) -> str:
    also = (
        f'<translation code="{inside[0]}" displayName="{inside[1]}" codeSystem="2.16.840.1.113883.6.1"/>'
        if inside else "")
    roots = "".join(f'<templateId root="{template}"/>' for template in templates)
    return (
        f'{roots}<id nullFlavor="UNK"/><code code="{code}" displayName="{display}"'
        f' codeSystem="2.16.840.1.113883.6.1">{also}</code>')


_ACTS = ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.11", "1.2.250.1.213.1.1.2.118")
_INPATIENT = Code("IMP", "2.16.840.1.113883.5.4", "Hospitalisation (établissement, y compris HAD)")
_DONE = ("Date", "Code", "Libellé", "Réalisé par", "Demandé par", "Quantité")
_GIVEN = ("Date de délivrance", "Code", "Libellé", "Délivré par", "Prescrit par", "Quantité délivrée")
_NO_PRODUCT = (
    f'<consumable typeCode="CSM"><manufacturedProduct>{_PRODUCT}<manufacturedMaterial><code nullFlavor="NA"/>'
    '<name nullFlavor="NA"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>')
_NO_ACT = (
    f'{_ACT}<code nullFlavor="NA"/><text><reference value="#mention"/></text><statusCode code="completed"/>'
    '<effectiveTime nullFlavor="NA"/></procedure>')
_NO_DEVICE = (
    f'{_DEVICE % "mention"}<participant typeCode="DEV"><participantRole classCode="MANU"><playingDevice classCode="DEV"'
    ' determinerCode="INSTANCE"><code nullFlavor="NA"/></playingDevice></participantRole></participant></supply>')
_NO_STAY = (
    '<encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.21"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.14"/><templateId root="1.2.250.1.213.1.1.3.58"/>'
    '<id nullFlavor="UNK"/><code nullFlavor="NA" displayName="Aucun"/><text><reference value="#mention"/></text>'
    '<effectiveTime nullFlavor="NA"/></encounter>')
_SECTIONS: dict[CareKind, _Kind] = {
    CareKind.MEDICINE: _Kind(
        "Médicaments", _head("10160-0", "Médication administrée", (
            "2.16.840.1.113883.10.20.1.8", "1.3.6.1.4.1.19376.1.5.3.1.3.19", "1.2.250.1.213.1.1.2.143")),
        _GIVEN, "MED", _medicine, _TREATMENT % "mention" + _NO_PRODUCT),
    CareKind.VACCINE: _Kind(
        "Vaccinations", _head("11369-6", "Historique des vaccinations", (
            "2.16.840.1.113883.10.20.1.6", "1.3.6.1.4.1.19376.1.5.3.1.3.23", "1.2.250.1.213.1.1.2.147")),
        _GIVEN, "VAC", _vaccine, _VACCINATION % "mention" + _NO_PRODUCT),
    CareKind.MEDICAL_DEVICE: _Kind(
        "Dispositifs médicaux", _head("46264-8", "Dispositifs médicaux", (
            "2.16.840.1.11383.10.20.1.7", "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.5", "1.2.250.1.213.1.1.2.1")),
        _GIVEN, "DM", _device, _NO_DEVICE),
    CareKind.HOSPITALIZATION: _Kind(
        "Hospitalisations", _head("46240-8", "Historique des rencontres", (
            "2.16.840.1.113883.10.20.1.3", "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.3", "1.2.250.1.213.1.1.2.76")),
        ("Période du séjour", "Groupe", "Nature du séjour", "Lieu du séjour", "Demandé par", "Quantité"), "HOSP", _stay,
        _NO_STAY),
    CareKind.MEDICAL_DENTAL_CARE: _Kind(
        "Soins médicaux et dentaires", _head("29554-3", "Actes", _ACTS, ("67803-7", "Liste des actes")), _DONE, "ACTE",
        _act, _NO_ACT),
    CareKind.RADIOLOGY: _Kind(
        "Radiologie", _head("29554-3", "Actes", _ACTS, ("18726-0", "Radiologie")), _DONE, "RAD", _act, _NO_ACT),
    CareKind.BIOLOGY: _Kind(
        "Biologie", _head("29554-3", "Actes", _ACTS, ("26436-6", "Biologie")), _DONE, "BIO", _act, _NO_ACT),
}
