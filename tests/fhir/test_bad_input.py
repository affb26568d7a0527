"""What bad input gets: each row a request, and the status, the issue code and the place that answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fhir.resources.R4B.operationoutcome import OperationOutcome as SecondOpinion

from carnet.fhir.validate import validate
from tests.fhir.client import FHIR, Answer, Client
from tests.fhir.messages import PDF, Json, Spoil, bundle, cda, publication, spoilt
from tests.running import PATIENT, Platform

SYSTEM = f"urn:oid:{PATIENT.ins.oid}"
INS = f"{SYSTEM}|{PATIENT.ins.value}"
DOCUMENT = "Bundle.entry[1].resource"
ATTACHMENT = f"{DOCUMENT}.content[0].attachment"


@dataclass(frozen=True)
class Row:
    """A request and what answers it."""

    method: str
    path: str
    status: int
    code: str
    expression: str = ""
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    query: str = ""


def provided(spoil: Spoil, status: int, code: str, expression: str, message: Json | None = None) -> Row:
    """A bundle with something wrong."""
    return Row("POST", "", status, code, expression, spoilt(message or bundle(), spoil), {"content-type": FHIR})


def published(spoil: Spoil, status: int, code: str, expression: str, message: Json | None = None) -> Row:
    """A simplified publication with something wrong."""
    return Row("POST", "DocumentReference", status, code, expression, spoilt(message or publication(), spoil),
               {"content-type": FHIR})


def sent(body: bytes, status: int, code: str, expression: str = "", content_type: str = FHIR) -> Row:
    """Bytes that are no message."""
    return Row("POST", "", status, code, expression, body, {"content-type": content_type})


def asked(query: str, status: int, code: str, expression: str = "", **headers: str) -> Row:
    """A search with something wrong."""
    return Row("GET", "DocumentReference", status, code, expression, query=query, headers=headers)


def reference(message: Json) -> Json:
    """The first DocumentReference of a bundle."""
    found: Json = message["entry"][1]["resource"]
    return found


def attachment(message: Json) -> Json:
    """The attachment of it."""
    found: Json = message.get("content", [{}])[0].get("attachment") or reference(message)["content"][0]["attachment"]
    return found


def declare(message: Json, media_type: str) -> None:
    """Say another media type, twice alike."""
    attachment(message)["contentType"] = message["entry"][2]["resource"]["contentType"] = media_type


STRUCTURE = {
    "no JSON": sent(b"<Bundle/>", 400, "structure"),
    "cut short": sent(b'{"resourceType":"Bundle","type":"transaction"', 400, "structure"),
    "no body": sent(b"", 400, "required"),
    "not UTF-8": sent(b'{"resourceType":"Bundle","type":"\xff"}', 400, "structure"),
    "a key twice": sent(
        b'{"resourceType":"Bundle","type":"batch","type":"transaction"}', 400, "structure", "Bundle.type"),
    "too deep": sent(b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "structure"),
    "a null character": sent(b'{"resourceType":"Bundle","type":"transaction\\u0000"}', 400, "value"),
    "NaN": sent(b'{"resourceType":"Bundle","type":"transaction","total":NaN}', 400, "structure"),
    "no resource": sent(b"[]", 400, "structure", "Resource"),
    "unknown resource": sent(b'{"resourceType":"Dossier"}', 400, "structure", "Dossier"),
    "another resource": sent(b'{"resourceType":"Patient"}', 400, "structure", "Resource"),
    "an unknown element": provided(lambda m: m.update(titre="x"), 400, "structure", "Bundle.titre"),
    "a null": provided(lambda m: reference(m).update(description=None), 400, "structure", f"{DOCUMENT}.description"),
    "no status": provided(lambda m: reference(m).pop("status"), 400, "required", f"{DOCUMENT}.status"),
    "a bad date": provided(lambda m: reference(m).update(date="hier"), 400, "value", f"{DOCUMENT}.date"),
    "bad base64": provided(
        lambda m: m["entry"][2]["resource"].update(data="@@@@"), 422, "value", "Bundle.entry[2].resource.data"),
    "XML": sent(b"<Bundle xmlns='http://hl7.org/fhir'/>", 415, "not-supported", content_type="application/fhir+xml"),
    "no type": sent(b"{}", 415, "not-supported", content_type=""),
    "Latin-1": sent(b"{}", 415, "not-supported", content_type="application/fhir+json; charset=iso-8859-1"),
    "XML wanted": Row("POST", "", 406, "not-supported", body=b"{}",
                      headers={"content-type": FHIR, "accept": "application/fhir+xml"}),
    "a condition on the whole": Row("POST", "", 412, "not-supported", "if-none-exist", body=b"{}",
                                    headers={"content-type": FHIR, "if-none-exist": "identifier=1"}),
    "too large": Row("POST", "", 413, "too-long", body=b"{}",
                     headers={"content-type": FHIR, "content-length": "999999999"}),
}

BUNDLES = {
    "a batch": provided(lambda m: m.update(type="batch"), 422, "value", "Bundle.type"),
    "no submission set": provided(lambda m: m["entry"].pop(0), 422, "structure", "Bundle.entry"),
    "no document": provided(lambda m: m.update(entry=m["entry"][:1]), 422, "required", "Bundle.entry"),
    "a folder": provided(
        lambda m: m["entry"][0]["resource"]["code"]["coding"][0].update(code="folder"), 422, "not-supported",
        "Bundle.entry[0].resource.code"),
    "no request": provided(lambda m: m["entry"][1].pop("request"), 422, "required", "Bundle.entry[1].request"),
    "a PUT": provided(
        lambda m: m["entry"][1]["request"].update(method="PUT"),
        422, "not-supported", "Bundle.entry[1].request.method"),
    "an unknown method": provided(
        lambda m: m["entry"][1]["request"].update(method="SEND"),
        422, "code-invalid", "Bundle.entry[1].request.method"),
    "another address": provided(
        lambda m: m["entry"][1]["request"].update(url="Binary"), 422, "value", "Bundle.entry[1].request.url"),
    "a condition": provided(
        lambda m: m["entry"][1]["request"].update(ifNoneExist="identifier=1"), 422, "not-supported",
        "Bundle.entry[1].request"),
    "an Observation": provided(
        lambda m: m["entry"].append({"resource": {
            "resourceType": "Observation", "status": "final", "code": {"text": "x"}}}),
        422, "not-supported", "Bundle.entry[3].resource"),
    "a bad id": provided(lambda m: reference(m).update(id="a b"), 422, "value", f"{DOCUMENT}.id"),
    "a bad status": provided(lambda m: reference(m).update(status="toto"), 422, "code-invalid", f"{DOCUMENT}.status"),
    "superseded at once": provided(
        lambda m: reference(m).update(status="superseded"), 422, "business-rule", f"{DOCUMENT}.status"),
    "a draft": provided(
        lambda m: reference(m).update(docStatus="preliminary"), 422, "business-rule", f"{DOCUMENT}.docStatus"),
    "a Binary that nothing names": provided(
        lambda m: m["entry"].append({
            "fullUrl": "urn:uuid:1",
            "resource": {"resourceType": "Binary", "contentType": "text/plain", "data": "YQ=="},
            "request": {"method": "POST", "url": "Binary"}}), 422, "business-rule", "Bundle.entry[3]"),
    "no Binary": provided(
        lambda m: attachment(m).update(url="https://elsewhere.example/Binary/1"), 422, "not-found",
        f"{ATTACHMENT}.url"),
    "a set that does not name its document": provided(
        lambda m: m["entry"][0]["resource"].update(entry=[]) or m["entry"][0]["resource"].pop("entry"), 422,
        "business-rule", "Bundle.entry[0].resource.entry"),
    "no source": provided(
        lambda m: m["entry"][0]["resource"]["extension"].pop(1), 422, "required", "Bundle.entry[0].resource.extension"),
    "no kind of activity": provided(
        lambda m: m["entry"][0]["resource"]["extension"].pop(0), 422, "required", "Bundle.entry[0].resource.extension"),
    "no time of submission": provided(
        lambda m: m["entry"][0]["resource"].pop("date"), 422, "required", "Bundle.entry[0].resource.date"),
    "another patient in the set": provided(
        lambda m: m["entry"][0]["resource"]["subject"]["identifier"].update(value="284056938300167"), 422, "value",
        f"{DOCUMENT}.subject"),
    "a patch of another document": provided(
        lambda m: m["entry"].append({
            "resource": {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
                {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "DocumentReference.status"},
                {"name": "value", "valueCode": "superseded"}]}]},
            "request": {"method": "PATCH", "url": "DocumentReference/0c287d32-01e3-4d87-9953-9fcc9404eb21"}}),
        422, "business-rule", "Bundle.entry[3].request.url"),
}

DOCUMENTS = {
    "two contents": provided(
        lambda m: reference(m)["content"].append(reference(m)["content"][0]), 422, "structure", f"{DOCUMENT}.content"),
    "no media type": provided(
        lambda m: attachment(m).pop("contentType"), 422, "required", f"{ATTACHMENT}.contentType"),
    "no hash": provided(lambda m: attachment(m).pop("hash"), 422, "required", f"{ATTACHMENT}.hash"),
    "no size": provided(lambda m: attachment(m).pop("size"), 422, "required", f"{ATTACHMENT}.size"),
    "another hash": provided(
        lambda m: attachment(m).update(hash="A/hMRrv6Y15BjSM8kMLidrz+mHc="), 422, "value",
        f"{ATTACHMENT}.hash"),
    "another size": provided(
        lambda m: attachment(m).update(size=1), 422, "value", f"{ATTACHMENT}.size"),
    "another type of bytes": provided(
        lambda m: declare(m, "image/png"),
        422, "value", f"{ATTACHMENT}.contentType"),
    "a program": provided(
        lambda m: declare(m, "text/html"),
        422, "not-supported", f"{ATTACHMENT}.contentType"),
    "no identifier": provided(
        lambda m: reference(m).pop("masterIdentifier"), 422, "required", f"{DOCUMENT}.masterIdentifier"),
    "a bad identifier": provided(
        lambda m: reference(m)["masterIdentifier"].update(value="abc"),
        422, "value", f"{DOCUMENT}.masterIdentifier.value"),
    "no subject": provided(lambda m: reference(m).pop("subject"), 422, "required", f"{DOCUMENT}.subject"),
    "a subject elsewhere": provided(
        lambda m: reference(m).update(subject={"reference": "Patient/123"}), 422, "value", f"{DOCUMENT}.subject"),
    "a wrong INS": provided(
        lambda m: reference(m)["subject"]["identifier"].update(value="12"), 422, "value", f"{DOCUMENT}.subject"),
    "no type": provided(lambda m: reference(m).pop("type"), 422, "required", f"{DOCUMENT}.type"),
    "an unknown type": provided(
        lambda m: reference(m)["type"]["coding"][0].update(code="0-0"), 422, "code-invalid", f"{DOCUMENT}.type"),
    "no author": provided(lambda m: reference(m).pop("author"), 422, "required", f"{DOCUMENT}.author"),
    "an author elsewhere": provided(
        lambda m: reference(m).update(author=[{"reference": "Practitioner/1"}]),
        422, "not-found", f"{DOCUMENT}.author[0]"),
    "no label": provided(lambda m: reference(m).pop("securityLabel"), 422, "required", f"{DOCUMENT}.securityLabel"),
    "an unknown label": provided(
        lambda m: reference(m)["securityLabel"][0]["coding"][0].update(code="SECRET"), 422, "code-invalid",
        f"{DOCUMENT}.securityLabel[0]"),
    "no start of care": provided(
        lambda m: reference(m)["context"].pop("period"), 422, "required", f"{DOCUMENT}.context.period.start"),
    "care that ends before it starts": provided(
        lambda m: reference(m)["context"]["period"].update(end="2020-01-01"),
        422, "value", f"{DOCUMENT}.context.period.end"),
    "no facility": provided(
        lambda m: reference(m)["context"].pop("facilityType"), 422, "required", f"{DOCUMENT}.context.facilityType"),
    "a national facility that is not": provided(
        lambda m: reference(m)["context"]["facilityType"]["coding"][0].update(code="SA99"), 422, "code-invalid",
        f"{DOCUMENT}.context.facilityType"),
    "an addendum": provided(
        lambda m: reference(m).update(relatesTo=[{"code": "appends", "target": {"reference": "DocumentReference/1"}}]),
        422, "not-supported", f"{DOCUMENT}.relatesTo[0].code"),
    "replaces nothing known": provided(
        lambda m: reference(m).update(relatesTo=[{
            "code": "replaces", "target": {"reference": "DocumentReference/0c287d32-01e3-4d87-9953-9fcc9404eb21"}}]),
        422, "not-found", f"{DOCUMENT}.relatesTo"),
    "replaces an address that is none": provided(
        lambda m: reference(m).update(relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/x"}}]),
        422, "value", f"{DOCUMENT}.relatesTo[0].target.reference"),
    "a CDA of another patient": provided(
        lambda m: None, 422, "value", f"{DOCUMENT}.subject",
        bundle(cda().replace(PATIENT.ins.value.encode(), b"284056938300167"))),
    "a CDA with another identifier": provided(
        lambda m: None, 422, "value", f"{DOCUMENT}.masterIdentifier", bundle(cda())),
    "a CDA that is not XML": provided(
        lambda m: None,
        422, "structure", ATTACHMENT, bundle(b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'>")),
    "a CDA with a DOCTYPE": provided(
        lambda m: None, 422, "security", ATTACHMENT,
        bundle(b"<!DOCTYPE ClinicalDocument [<!ENTITY a 'b'>]><ClinicalDocument xmlns='urn:hl7-org:v3'/>")),
}

PUBLICATIONS = {
    "no bytes": published(
        lambda m: attachment(m).pop("data"), 422, "required", "DocumentReference.content[0].attachment.data"),
    "no date": published(lambda m: m.pop("date"), 422, "required", "DocumentReference.date"),
    "no type of document": published(lambda m: m.pop("type"), 422, "required", "DocumentReference.type"),
    "no patient": published(lambda m: m.pop("subject"), 422, "required", "DocumentReference.subject"),
    "a bundle": published(lambda m: None, 400, "structure", "Resource", bundle()),
    "an unknown patient": published(
        lambda m: m["subject"]["identifier"].update(value="284056938300167"), 404, "not-found", ""),
    "an empty document": published(lambda m: attachment(m).update(data=" "), 422, "required",
                                   "DocumentReference.content[0].attachment.size"),
    "another type in the CDA": published(
        lambda m: m["type"]["coding"][0].update(code="34133-9"), 422, "value", "DocumentReference.type",
        publication(cda("2.25.77"), unique_id="2.25.77")),
}

SEARCHES = {
    "nobody": asked("status=current", 400, "required", "patient.identifier"),
    "a patient elsewhere": asked("patient=Patient/123", 400, "value", "patient"),
    "two patients": asked(
        f"patient.identifier={INS}&patient={SYSTEM}|284056938300167", 400, "business-rule", "patient"),
    "a modifier": asked(f"patient.identifier={INS}&type:not=1", 400, "not-supported", "type:not"),
    "a modified patient": asked("patient:Patient.name=x", 400, "not-supported", "patient:Patient.name"),
    "a status that is none": asked(f"patient.identifier={INS}&status=lost", 400, "code-invalid", "status"),
    "a date that is none": asked(f"patient.identifier={INS}&creation=ge2026-13", 400, "value", "creation"),
    "a prefix": asked(f"patient.identifier={INS}&date=ap2026", 400, "not-supported", "date"),
    "a system alone": asked(f"patient.identifier={INS}&type=http://loinc.org|", 400, "not-supported", "type"),
    "an order": asked(f"patient.identifier={INS}&_sort=title", 400, "not-supported", "_sort"),
    "a count": asked(f"patient.identifier={INS}&_count=many", 400, "value", "_count"),
    "an unknown parameter, strictly": asked(
        f"patient.identifier={INS}&colour=red", 400, "not-supported", "colour", prefer="handling=strict"),
    "an author elsewhere": asked(f"patient.identifier={INS}&author=Practitioner/1", 400, "not-supported", "author"),
    "a page that was not made here": asked("_page=AAAA", 400, "value", "_page"),
    "parameters that are no text": asked("patient.identifier=%FF%FE", 400, "value"),
    "too many parameters": asked("&".join(f"type={n}" for n in range(150)), 400, "too-costly"),
    "far too many parameters": asked("&".join(f"type={n}" for n in range(1000)), 400, "value"),
    "a search as JSON": Row("POST", "DocumentReference/_search", 415, "not-supported", body=b"{}",
                            headers={"content-type": FHIR}),
    "XML by parameter": asked(f"patient.identifier={INS}&_format=xml", 406, "not-supported"),
    "no INS": Row("GET", "Patient", 400, "required", "identifier"),
    "an INS that is none": Row("GET", "Patient", 400, "value", "identifier", query=f"identifier={SYSTEM}|1"),
}

ADDRESSES = {
    "an unknown address": Row("GET", "Observation", 404, "not-found"),
    "an unknown id": Row("GET", "Binary/0c287d32-01e3-4d87-9953-9fcc9404eb21", 404, "not-found"),
    "an id that is none": Row("GET", "Binary/a b\0", 404, "not-found"),
    "a method": Row("DELETE", "Binary/0c287d32-01e3-4d87-9953-9fcc9404eb21", 405, "not-supported"),
    "an update": Row("PUT", "DocumentReference/1", 405, "not-supported"),
    "no token": Row("GET", "Patient", 401, "login", headers={"authorization": ""}),
    "no bearer": Row("GET", "Patient", 401, "login", headers={"authorization": "Basic YTpi"}),
    "a token that is none": Row("POST", "", 401, "login", headers={"authorization": "Bearer abc"}),
}

ROWS = {**STRUCTURE, **BUNDLES, **DOCUMENTS, **PUBLICATIONS, **SEARCHES, **ADDRESSES}


async def test_every_bad_input_gets_the_answer_of_its_row_a_trace_and_no_change(
    platform: Platform, doctor: Client
) -> None:
    record = await platform.opened()
    head = (await platform.stores.known(record, fresh=True)).head
    wrong = {}
    for name, row in ROWS.items():
        traces = await _traces(platform)
        answer = await _ask(doctor, row)
        found = (answer.status, answer.issues[:3])
        expected = (row.status, (row.code, row.expression))
        if answer.status != row.status or expected[1] not in answer.issues:
            wrong[name] = f"{found} instead of {expected}: {answer.body[:300]!r}"
        elif validate(answer.body) or SecondOpinion.model_validate_json(answer.body) is None:
            wrong[name] = "the answer is no FHIR"
        elif await _traces(platform) != traces + 1:
            wrong[name] = "no trace, or more than one"
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())
    assert (await platform.stores.known(record, fresh=True)).head == head


async def test_a_refusal_says_what_would_be_right_and_a_body_is_refused_while_it_grows(doctor: Client) -> None:
    unknown = await doctor.bearing("").get("Patient")
    assert unknown.headers["www-authenticate"].startswith("Bearer")
    method = await doctor.ask("PUT", "DocumentReference")
    assert method.headers["allow"] == "GET, POST, PATCH"
    large = await doctor.post("", b" " * (33 * 1024 * 1024))
    assert (large.status, large.issues) == (413, [("too-long", "")])


async def test_the_same_identifier_for_other_bytes_is_a_duplicate(platform: Platform, doctor: Client) -> None:
    await platform.opened()
    assert (await doctor.post("DocumentReference", publication(PDF, unique_id="2.25.5"))).status == 201
    answer = await doctor.post("DocumentReference", publication(PDF + b"\n", unique_id="2.25.5"))
    assert (answer.status, answer.issues) == (409, [("duplicate", "DocumentReference.masterIdentifier")])


async def _ask(client: Client, row: Row) -> Answer:
    if isinstance(row.body, bytes):
        return await client.ask(row.method, row.path, query=row.query, body=row.body, headers=row.headers)
    return await client.post(row.path, row.body)


async def _traces(platform: Platform) -> int:
    count: int = await platform.portal.fetchval("select count(*) from audit_event")
    return count
