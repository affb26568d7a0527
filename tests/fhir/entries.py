"""Entries of any shape that the standard allows and FHIR can say, for properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.documents.entry import Author, AvailabilityStatus, DocumentEntry, ReferenceId, Visibility
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID
from carnet.people.ins import Ins, InsOid
from carnet.people.names import Institution, Person

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"], exclude_characters="^|&\\"),
                min_size=1, max_size=20)
digits = st.text("0123456789", min_size=1, max_size=11)
oids = st.lists(st.integers(0, 99999), min_size=1, max_size=5).map(lambda parts: ".".join(["1.2", *map(str, parts)]))
uuids = st.builds(lambda number: UUID(int=number), st.integers(0, 2**128 - 1))


def listed(code_list: CodeList) -> st.SearchStrategy[Code]:
    """A code of one of our lists, or of a system that we do not know."""
    foreign = st.builds(Code, words, oids, words)
    known = [code for code in codes.every(code_list) if code.system not in ("-", "")]
    return st.sampled_from(known) | foreign


@st.composite
def times(draw: st.DrawFn) -> Dtm:
    """A year, a month, a day, or a second with or without a zone."""
    moment = datetime(1900, 1, 2, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 6_000_000_000)))
    form = draw(st.sampled_from(["%Y", "%Y%m", "%Y%m%d", "%Y%m%d%H%M%S"]))
    zone = draw(st.sampled_from(["", "+0200", "-0530"])) if form.endswith("%S") else ""
    return Dtm.parse(moment.strftime(form) + zone)


people = st.builds(
    Person, st.builds("8{}".format, digits), st.just(PS_ID_OID), words, words, id_type=st.just("IDNPS"))
patients = st.builds(
    Person, st.just("279035121518989"), st.just("1.2.250.1.213.1.4.10"), words, words, id_type=st.just("NH"))
devices = st.builds(Person, words, oids, words, words, kind=st.just("U"), id_type=st.sampled_from(["RI", "EI"]))
strangers = st.builds(Person, words, oids, words, id_type=st.sampled_from(["EI", "IDNPS", "RI"]))
institutions = st.builds(Institution, words) | st.builds(
    Institution, words, st.builds("1{}".format, digits), id_type=st.just("IDNST"))
role_codes = st.lists(st.builds(Code, words, oids, words), max_size=2).map(tuple)
authors = st.builds(
    Author, people | patients | devices | strangers, st.none() | institutions, role_codes, role_codes,
) | st.builds(Author, st.none(), institutions, role_codes, role_codes)
references = st.builds(ReferenceId, words, oids, st.sampled_from(["urn:ihe:iti:xds:2013:accession", "urn:x:order"]))

_local = st.builds("{}^^^&{}&ISO^PI".format, words, oids)
_lines = st.tuples(
    st.lists(st.builds("PID-5|{}^{}^{}^^^^{}".format, words, words, words, st.sampled_from("LD")), max_size=2),
    st.sampled_from([[], ["PID-7|19790328"], ["PID-7|197903"], ["PID-7|1979"]]),
    st.sampled_from([[], ["PID-8|F"], ["PID-8|M"], ["PID-8|UN"]]),
    st.lists(st.builds("PID-11|{}^^{}^^{}^{}".format, words, words, words, words), max_size=1),
    st.sampled_from([[], ["PID-11|^^^^^^BDL^^51215"]]),
).map(lambda parts: tuple(line for part in parts for line in part))


@st.composite
def entries(draw: st.DrawFn) -> DocumentEntry:
    """An entry."""
    source_patient_id = draw(_local | st.just("279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"))
    start = draw(times())
    wrote = tuple(draw(st.lists(authors, min_size=1, max_size=3)))
    signers = [author.person for author in wrote if author.person is None or author.person.kind == "D"]
    return DocumentEntry(
        entry_uuid=draw(uuids), logical_id=draw(uuids),
        unique_id=draw(oids | uuids.map(str) | st.builds("{}^{}".format, oids, st.text("abc123", min_size=1))),
        version=draw(st.integers(1, 9)),
        patient_id=Ins("279035121518989", draw(st.sampled_from(list(InsOid)))),
        source_patient_id=source_patient_id,
        source_patient_info=(f"PID-3|{source_patient_id}", *draw(_lines)),
        availability_status=draw(st.sampled_from(list(AvailabilityStatus))),
        hash=draw(st.binary(min_size=20, max_size=20)).hex(), size=draw(st.integers(0, 2**31 - 1)),
        mime_type=draw(st.sampled_from(["text/xml", "application/pdf", "text/plain"])),
        language_code=draw(st.sampled_from(["fr-FR", "en"])),
        creation_time=draw(times()), service_start_time=start,
        service_stop_time=draw(st.none() | times()),
        title=draw(words), comments=draw(st.just("") | words),
        authors=wrote,
        legal_authenticator=draw(st.none() | people | strangers | st.sampled_from([None, *signers])),
        class_code=draw(st.sampled_from(codes.every(CodeList.CLASS))),
        type_code=draw(st.sampled_from(codes.every(CodeList.TYPE))),
        format_code=draw(listed(CodeList.FORMAT)),
        confidentiality_code=draw(st.sampled_from("NRV")),
        visibility=frozenset(draw(st.sets(st.sampled_from(list(Visibility))))),
        healthcare_facility_type_code=draw(listed(CodeList.FACILITY_TYPE)),
        practice_setting_code=draw(listed(CodeList.PRACTICE_SETTING)),
        event_codes=tuple(draw(st.lists(st.builds(Code, words, oids, words), max_size=2))),
        reference_ids=tuple(draw(st.lists(references, max_size=2))),
    )
