"""The invented sender: messages of the national profile, as software of a laboratory or of a hospital writes them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from itertools import count
from uuid import uuid4

from carnet.documents.cda_header import read_header
from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.entry import Author
from carnet.documents.time import Dtm
from carnet.people.ins import DEMONSTRATION
from carnet.people.names import Institution, Person
from carnet.people.patient import Patient
from tests.running import AUTHOR, PATIENT

LETTER = "11488-4"
_NUMBERS = count(1)
FLAGS = {
    "MASQUE_PS": "N", "INVISIBLE_PATIENT": "N", "INVISIBLE_REP_LEGAUX": "N", "CONNEXION_SECRETE": "N",
    "MODIF_CONF_CODE": "N", "DESTDMP": "Y", "DESTMSSANTEPS": "N", "DESTMSSANTEPAT": "N", "ACK_RECEPTION": "N",
    "ACK_LECTURE_MSS": "N",
}
SENDER = (
    "PRT||UC||SB^^participation|899700218896^FICTIF^Louis^^^^^^ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS|||"
    "Laboratoire inventé^^^^^ASIP-SANTE-ST&1.2.250.1.71.4.2.2&ISO^FINEG^^^750712184")
COPY = "PRT||UC||RCT^^participation|||||||||||^^X.400^{}"


BIOLOGIST = Author(
    Person("899700300702", "1.2.250.1.71.4.2.1", "LAMARE", "Nadia"), Institution("Laboratoire lointain", "1990001042"))


def report(text: str = "Bilan inventé.", *, replaces: str = "", of: Patient = PATIENT, by: Author = AUTHOR) -> bytes:
    """A CDA of a laboratory; `named` says what its identifier is."""
    head = Letterhead(
        unique_id=f"2.25.{uuid4().int}", type_code=LETTER, title="Consultation d'essai", patient=of, author=by,
        made_at=Dtm.parse("20260102093000+0100"), replaces=replaces or None)
    return compose(head, (Section("Motif", (text,)),))


def named(content: bytes) -> str:
    """The uniqueId of a CDA."""
    return read_header(content, DEMONSTRATION).unique_id


def control_id() -> str:
    """An identifier that no other message of this process has."""
    return f"ESSAI{next(_NUMBERS):06d}"


def msh(kind: str, version: str, number: str, *, charset: str = "UNICODE UTF-8", profile: str = "2.1") -> str:
    """An MSH."""
    return (
        f"MSH|^~\\&|SGL|LABO INVENTE|CARNET|PORTAIL|20260102103000+0100||{kind}|{number}|P|{version}|||||FRA|{charset}"
        f"|||{profile}^CISIS_CDA_HL7_V2")


def pid(patient: Patient = PATIENT, *, reliability: str = "VALI") -> str:
    """A PID with the strict traits."""
    ins, traits = patient.ins, patient.traits
    return (
        f"PID|||{ins.value}^^^ASIP-SANTE-INS-NIR&{ins.oid}&ISO^INS||{traits.birth_family}^{traits.birth_given}"
        f"^{traits.birth_given}^^^^L||{traits.birth_date.replace('-', '')}|{traits.sex}|||"
        f"1 rue Inventée^^PARIS^^75012^FRA^H~^^^^^^BDL^^{traits.birthplace}{'|' * 21}{reliability}")


def carrier(content: bytes | str, number: int = 1, *, status: str = "F", type_code: str = LETTER) -> str:
    """The OBX of a document: bytes in base64, text as it stands."""
    data = f"Base64^{b64encode(content).decode()}" if isinstance(content, bytes) else f"A^{content}"
    return f"OBX|{number}|ED|{type_code}^Consultation^LN||^TEXT^XML^{data}||||||{status}|"


def flag_lines(flags: Mapping[str, str], first: int, kind: str = "CE") -> list[str]:
    """The OBX of these flags; the others are as most senders have them."""
    return [
        f"OBX|{first + place}|{kind}|{name}^{name}^MetaDMPMSS||{value}^^expandedYes-NoIndicator||||||F|"
        for place, (name, value) in enumerate((FLAGS | dict(flags)).items())]


def oru(
    *contents: bytes, order: str = "NW", status: str = "F", flags: Mapping[str, str] | None = None,
    patient: Patient = PATIENT, number: str = "", more: Sequence[str] = (), type_code: str = LETTER,
) -> bytes:
    """ORU^R01 of these documents."""
    carriers = [
        carrier(content, place + 1, status=status, type_code=type_code) for place, content in enumerate(contents)]
    lines = [
        msh("ORU^R01^ORU_R01", "2.5", number or control_id()), pid(patient), "PV1|1|N", f"ORC|{order}|7001^SGL",
        f"OBR|1|7001^SGL||{type_code}^Consultation^LN", *carriers[:1], SENDER, *more, *carriers[1:],
        *flag_lines(flags or {}, len(contents) + 1)]
    return written(lines)


def mdm(
    content: bytes | None, event: str = "T02", *, parent: str = "", name: str = "",
    flags: Mapping[str, str] | None = None, patient: Patient = PATIENT, more: Sequence[str] = (),
) -> bytes:
    """MDM of this document: T02 new, T10 replaces `parent`, T04 and T11 delete."""
    status = {"T02": "F", "T10": "C", "T04": "D", "T11": "D"}[event]
    order = {"F": "NW", "C": "RO", "D": "CA"}[status]
    lines = [
        msh(f"MDM^{event}^MDM_T02", "2.6", control_id()), "EVN||20260102103000+0100", pid(patient), "PV1|1|N",
        f"ORC|{order}", f"OBR|1|||{LETTER}^Consultation^LN",
        f"TXA|1|{LETTER}|TEXT|20260102103000||||||||{name}|{parent}||||AU|||||899700218896",
        *([carrier(content, status=status)] if content is not None else []), SENDER, *more,
        *flag_lines(flags or {}, 2, "CWE")]
    return written(lines)


def adt(zfa: str, *, patient: Patient = PATIENT, event: str = "A01") -> bytes:
    """ADT of PAM-FR with this ZFA."""
    header = msh(f"ADT^{event}^ADT_{event}", "2.5^FRA^2.11", control_id())
    return written([header, "EVN||20260102103000+0100", pid(patient), "PV1|1|I", zfa])


def written(lines: Sequence[str], end: str = "\r", encoding: str = "utf-8") -> bytes:
    """The segments as bytes."""
    return "".join(f"{line}{end}" for line in lines).encode(encoding)


def batch(*messages: bytes, said: int | None = None) -> bytes:
    """These messages as one batch."""
    opening = written(["FHS|^~\\&|SGL|LABO INVENTE|CARNET|PORTAIL", "BHS|^~\\&|SGL|LABO INVENTE|CARNET|PORTAIL"])
    number = len(messages) if said is None else said
    return opening + b"".join(messages) + written([f"BTS|{number}", "FTS|1"])
