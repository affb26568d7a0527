"""Write the history of reimbursements of a person (CNAM-HR 2021.01): eight sections, one coded entry for each line.

What is written here reads back as the same values (`documents.content`). It is written as text: a person has hundreds
of lines, a batch millions of persons, and a tree of elements would cost several times as much. All text is escaped.
May import: this room, people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from carnet.documents.compose_header import Letterhead, header_elements, readdressed
from carnet.documents.content.values import CareKind, Reimbursed
from carnet.documents.elements import E
from carnet.people.code import Code
from carnet.people.ins import Ins, InsOid
from carnet.people.names import Institution, Person
from carnet.people.patient import Patient, Sex, Traits

TITLE = "Données de remboursement"
TYPE = "REMB"
MODEL = "1.2.250.1.213.1.1.1.36"
_ANY = "2.25.0"
_ANYBODY = Patient(
    Ins("0" * 15, InsOid.NIR), Traits(birth_family="", birth_given="", birth_date="", sex=Sex.UNKNOWN))
_BODY = (b"<component><structuredBody>", b"</structuredBody></component>")
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
    f'<title>Usage et Responsabilités</title><text ID="mention">{_USAGE}</text></section></component>').encode()
_PRODUCT = (
    '<templateId root="2.16.840.1.113883.10.20.1.53"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.2"/>'
    '<templateId root="1.2.250.1.213.1.1.3.43"/>')
_SUPPLY = (
    '<templateId root="2.16.840.1.113883.10.20.1.34"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.3"/>'
    '<templateId root="1.2.250.1.213.1.1.3.44"/><id nullFlavor="UNK"/>')
_TREATMENT = (
    '<substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.24"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7"/><templateId root="1.2.250.1.213.1.1.3.42"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7.1"/><id nullFlavor="UNK"/><text><reference value="#%b"/></text>'
    '<statusCode code="completed"/><effectiveTime xsi:type="IVL_TS"><low nullFlavor="UNK"/><high nullFlavor="UNK"/>'
    '</effectiveTime><effectiveTime operator="A"/>')
_VACCINATION = (
    '<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">'
    '<templateId root="2.16.840.1.113883.10.20.1.24"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/>'
    '<templateId root="1.2.250.1.213.1.1.3.45"/><id nullFlavor="UNK"/><code code="IMMUNIZ"'
    ' displayName="Vaccination sans autres précisions" codeSystem="2.16.840.1.113883.5.4"/>'
    '<text><reference value="#%b"/></text><statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>')
_SPLIT_PACK = (
    '<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13"/><templateId root="1.2.250.1.213.1.1.3.48"/>'
    '<id nullFlavor="UNK"/><code code="MED-559" displayName="Déconditionné" codeSystem="1.2.250.1.213.1.1.4.322"/>'
    '<text><reference value="#%b"/></text><statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>'
    '<value xsi:type="BL" value="%b"/></observation></entryRelationship>')
_DEVICE = (
    '<supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.34"/>'
    '<templateId root="1.2.250.1.213.1.1.3.20"/><id nullFlavor="UNK"/><text><reference value="#%b"/></text>'
    '<effectiveTime xsi:type="IVL_TS"><low nullFlavor="UNK"/></effectiveTime>')
_STAY = (
    '<encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.21"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.14"/><templateId root="1.2.250.1.213.1.1.3.58"/>'
    '<id nullFlavor="UNK"/><code code="%b" displayName="%b" codeSystem="2.16.840.1.113883.5.4">')
_ACT = (
    '<procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.29"/>'
    '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.19"/><templateId root="1.2.250.1.213.1.1.3.62"/>'
    '<id nullFlavor="UNK"/>')


_SUPPLIED = '%b<performer typeCode="PRF">%b%b</performer>%b'
_PRODUCT_GIVEN = (
    f'<consumable typeCode="CSM"><manufacturedProduct>{_PRODUCT}<manufacturedMaterial><code><originalText>'
    '<reference value="#%b"/></originalText>%b</code><name>%b</name></manufacturedMaterial></manufacturedProduct>'
    '</consumable><entryRelationship typeCode="REFR" inversionInd="false">'
    f'<supply classCode="SPLY" moodCode="EVN">{_SUPPLY}{_SUPPLIED}</supply></entryRelationship>')
_MEDICINE_GIVEN = f"<entry>{_TREATMENT}{_PRODUCT_GIVEN}{_SPLIT_PACK}</substanceAdministration></entry>".encode()
_VACCINE_GIVEN = f"<entry>{_VACCINATION}{_PRODUCT_GIVEN}</substanceAdministration></entry>".encode()
_DEVICE_GIVEN = (
    f'<entry>{_DEVICE}{_SUPPLIED}<participant typeCode="DEV"><participantRole classCode="MANU">'
    '<playingDevice classCode="DEV" determinerCode="INSTANCE"><code><originalText><reference value="#%b"/>'
    '</originalText>%b</code></playingDevice></participantRole></participant></supply></entry>').encode()
_STAYED = (
    f'<entry>{_STAY}<qualifier>%b</qualifier></code><text><reference value="#%b"/></text><effectiveTime>%b%b'
    '</effectiveTime><performer typeCode="PRF">%b</performer></encounter></entry>').encode()
_ACT_DONE = (
    f'<entry>{_ACT}%b<text><reference value="#%b"/></text><statusCode code="completed"/>%b<performer>%b</performer>%b'
    '</procedure></entry>').encode()
_TO_ESCAPE = re.compile('[&<>"]')
_ROW = b'<tr><td>%b</td><td>%b</td><td><content ID="%b">%b</content></td>%b<td>%b</td></tr>'
_SECTION_BEGINS = b"<component><section>%b<title>%b</title><text><table><thead><tr>%b</tr></thead><tbody>"
_ROWS_END, _SECTION_ENDS = b"</tbody></table></text>", b"</section></component>"
_NO_SECTION = (
    b"<component><section>%b<title>%b</title><text><paragraph>Aucune information</paragraph></text>"
    b"<entry>%b</entry></section></component>")


class Composed(NamedTuple):
    """A document, and the tree that its header was written from: whoever reads the header need not parse it again."""

    content: bytes
    header: etree._Element


def compose_care(head: Letterhead, lines: Sequence[Reimbursed]) -> Composed:
    """The history of these lines, in their order, under this header. Every line has a `code`; a stay is of kind IMP."""
    alike = msgspec.structs.replace(head, unique_id=_ANY, patient=_ANYBODY, care_start=None)
    root = readdressed(_headed(alike), head)
    text = etree.tostring(root, encoding="unicode").replace(
        "<ClinicalDocument ", '<ClinicalDocument xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ', 1)
    before, _, after = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode().rpartition(b"<component/>")
    by_kind: dict[CareKind, list[Reimbursed]] = {kind: [] for kind in _SECTIONS}
    for line in lines:
        by_kind[line.kind].append(line)
    sections = [part for kind, of_kind in by_kind.items() for part in _section(kind, of_kind)]
    return Composed(b"".join((before, _BODY[0], _NOTE, *sections, _BODY[1], after)), root)


@lru_cache(maxsize=16)
def _headed(head: Letterhead) -> etree._Element:
    """A document without sections: of a batch, the same for everybody but what is said of one person."""
    root = E.ClinicalDocument(*header_elements(head, level_1=False), E.component())
    for template in root.iter("{*}templateId"):
        if template.get("root") == MODEL:
            template.set("extension", "2021.01")
    _period_of_nobody(root)
    return root


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
    entry: Callable[[_Line], bytes]
    nothing: str
    is_product: bool = False


def _section(kind: CareKind, lines: Sequence[Reimbursed]) -> list[bytes]:
    how = _SECTIONS[kind]
    if not lines:
        return [_NO_SECTION % (how.code.encode(), how.title.encode(), how.nothing.encode())]
    head = "".join(f"<th>{column}</th>" for column in how.columns).encode()
    written = [_line(f"{how.name}{place}", line, how.is_product) for place, line in enumerate(lines, 1)]
    return [
        _SECTION_BEGINS % (how.code.encode(), how.title.encode(), head), *map(_row, written), _ROWS_END,
        *map(how.entry, written), _SECTION_ENDS]


class _Item(NamedTuple):
    """What was reimbursed, as it is written: its code and label, its code as an element, and all its codes."""

    code: bytes
    label: bytes
    element: bytes
    translations: bytes


class _People(NamedTuple):
    """Who cared, as it is written: two cells of a row, those who did it, and those who asked for it, or empty."""

    cells: bytes
    did: bytes
    asked: bytes


class _Line(msgspec.Struct, frozen=True, gc=False):
    """A line of a section: what it is called there, what it says, and its parts as they are written.

    What is reimbursed, and who cares for whom, come back from line to line: they are written once.
    """

    name: bytes
    said: Reimbursed
    item: _Item
    people: _People


def _line(name: str, line: Reimbursed, is_product: bool) -> _Line:
    people = _people(line.by, line.place, line.prescriber, line.prescriber_place, is_product)
    return _Line(name.encode(), line, _item(line.label, line.code, line.codes), people)


@lru_cache(maxsize=65536)
def _item(label: str, code: Code | None, codes: tuple[Code, ...]) -> _Item:
    return _Item(
        _text(code.code).encode() if code else b"", _text(label).encode(), _coded("code", code),
        b"".join(_coded("translation", each) for each in codes))


@lru_cache(maxsize=65536)
def _people(
    by: Person | None, place: Institution | None, prescriber: Person | None, prescriber_place: Institution | None,
    is_product: bool,
) -> _People:
    cells = f"<td>{_who(by, place)}</td><td>{_who(prescriber, prescriber_place)}</td>".encode()
    if is_product and by is not None:       # the model wants no identifier of who dispensed
        by = Person("", "", by.family, by.given, id_type="EI")
    asked = ""
    if prescriber or prescriber_place:
        asked = _entity("assignedAuthor" if is_product else "assignedEntity", prescriber, prescriber_place)
        asked = f'<author><time nullFlavor="UNK"/>{asked}</author>' if is_product else f"<performer>{asked}</performer>"
    return _People(cells, _entity("assignedEntity", by, place).encode(), asked.encode())


def _row(line: _Line) -> bytes:
    said = line.said
    when = _day(said.at.text) if said.at else b""
    if said.until:
        when += b" au " + _day(said.until.text)
    return _ROW % (when, line.item.code, line.name, line.item.label, line.people.cells, _text(said.quantity).encode())


def _medicine(line: _Line) -> bytes:
    name, item = line.name, line.item
    return _MEDICINE_GIVEN % (
        name, name, item.translations, item.label, *_supplied(line), name,
        b"true" if line.said.is_split_pack else b"false")


def _vaccine(line: _Line) -> bytes:
    return _VACCINE_GIVEN % (line.name, line.name, line.item.translations, line.item.label, *_supplied(line))


def _device(line: _Line) -> bytes:
    return _DEVICE_GIVEN % (line.name, *_supplied(line), line.name, line.item.translations)


def _stay(line: _Line) -> bytes:
    said = line.said
    kind = next((code for code in said.codes if code != said.code), _INPATIENT)
    until = b'<high value="%b"/>' % said.until.text.encode() if said.until else b""
    return _STAYED % (
        _text(kind.code).encode(), _text(kind.display or kind.code).encode(), _coded("value", said.code), line.name,
        _at(b"low", said), until, line.people.did)


def _act(line: _Line) -> bytes:
    when = _at(b"effectiveTime", line.said)
    return _ACT_DONE % (line.item.element, line.name, when, line.people.did, line.people.asked)


def _supplied(line: _Line) -> tuple[bytes, bytes, bytes, bytes]:
    """What was given out, when, by whom, and who prescribed it."""
    said = line.said
    quantity = b'<quantity value="%b"/>' % _text(said.quantity).encode() if said.quantity else b""
    return quantity, _at(b"time", said), line.people.did, line.people.asked


def _at(name: bytes, line: Reimbursed) -> bytes:
    return b'<%b value="%b"/>' % (name, line.at.text.encode()) if line.at else b'<%b nullFlavor="UNK"/>' % name


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


def _coded(name: str, code: Code | None) -> bytes:
    if code is None:
        return b""
    display = f' displayName="{_text(code.display)}"' if code.display else ""
    return f'<{name} code="{_text(code.code)}"{display} codeSystem="{_text(code.system)}"/>'.encode()


def _id(root: str, extension: str) -> str:
    return f'<id root="{_text(root)}" extension="{_text(extension)}"/>'


def _text(text: str) -> str:
    """For a text and for an attribute. One of them seldom has anything to escape, and is looked through once."""
    return escape(text, {'"': "&quot;"}) if _TO_ESCAPE.search(text) else text


def _who(person: Person | None, place: Institution | None) -> str:
    names = (person.name if person else "", place.name if place else "")
    return _text(", ".join(name for name in names if name))


@lru_cache(maxsize=32768)
def _day(text: str) -> bytes:
    """A date of HL7 as tables write it."""
    return "/".join(part for part in (text[6:8], text[4:6], text[:4]) if part).encode()


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
    f'{_DEVICE.replace("%b", "mention")}<participant typeCode="DEV"><participantRole classCode="MANU">'
    '<playingDevice classCode="DEV"'
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
        _GIVEN, "MED", _medicine, _TREATMENT.replace("%b", "mention") + _NO_PRODUCT,
        is_product=True),
    CareKind.VACCINE: _Kind(
        "Vaccinations", _head("11369-6", "Historique des vaccinations", (
            "2.16.840.1.113883.10.20.1.6", "1.3.6.1.4.1.19376.1.5.3.1.3.23", "1.2.250.1.213.1.1.2.147")),
        _GIVEN, "VAC", _vaccine, _VACCINATION.replace("%b", "mention") + _NO_PRODUCT,
        is_product=True),
    CareKind.MEDICAL_DEVICE: _Kind(
        "Dispositifs médicaux", _head("46264-8", "Dispositifs médicaux", (
            "2.16.840.1.11383.10.20.1.7", "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.5", "1.2.250.1.213.1.1.2.1")),
        _GIVEN, "DM", _device, _NO_DEVICE,
        is_product=True),
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
