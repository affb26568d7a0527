"""The same situations in the types of `carnet`, for `decide`. The only file of the oracle that knows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from uuid import UUID

from carnet.documents.entry import (
    Author,
    AvailabilityStatus,
    DocumentEntry,
    Institution,
    Person,
    Visibility,
)
from carnet.documents.time import Dtm
from carnet.people.caller import (
    PROFESSION,
    Caller,
    OfficerCaller,
    OrganisationCaller,
    PatientCaller,
    ProfessionalCaller,
    SystemCaller,
)
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.people.ins import Ins, InsOid
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.facts import Facts, RightsPolicy
from carnet.rights.held import (
    Authorisation,
    Choice,
    Consent,
    DelegateKind,
    Delegation,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
    SaidThere,
)
from carnet.rights.matrix import PRODUCER, Key, Matrix, Row
from tests.rights.oracle.situation import (
    TODAY,
    Asking,
    Delegated,
    Document,
    Named,
    Opened,
    Proxied,
    Record,
    Said,
    There,
)

HOLDER = Ins("279035121518989", InsOid.TEST)
PEOPLE = {
    "holder": HOLDER, "namesake": Ins(HOLDER.value, InsOid.DEMONSTRATION), "relative": Ins("155096905518953",
    InsOid.TEST), "aunt": Ins("266016905518903", InsOid.TEST), "passer-by": Ins("180026905518917", InsOid.TEST),
}
IDS = {
    "": "", "doctor": "899700000011", "colleague": "899700000022", "unheard": "899700000033", "hospital": "1690000011",
    "clinic": "1690000022", "team": "equipe", "officer": "agent", "worker": "Carnet",
} | {name: str(ins) for name, ins in PEOPLE.items()}
MIDDAY = 12
_ID = UUID(int=1)
_ELSEWHERE = "1.2.250.1.999"       # the register of another place: its numbers are nobody's here


@lru_cache(8_192)
def access_of(asking: Asking) -> Access:
    """Who asks for what. Times are told from midday of the situations' usual day."""
    login = None if asking.login_ago is None else _moment(TODAY) - timedelta(seconds=asking.login_ago)
    return Access(
        _caller(asking.who, asking.works_for, asking.profession, asking.is_regulator), Act(asking.act),
        AccessMode(asking.mode), is_secret=asking.is_secret, target=IDS[asking.target],
        choice=Choice(asking.choice) if asking.choice else None, authenticated_at=login,
        emergencies_today=asking.emergencies_today, has_second_person=asking.has_second_person)


@cache
def _caller(who: str, works_for: str, profession: str, is_regulator: bool) -> Caller:
    match who:
        case "doctor":
            return ProfessionalCaller(
                ps_id=IDS["doctor"], family="DOCTEUR", given="Test", profession=Code(profession, PROFESSION),
                organisation=IDS[works_for] or None, is_regulator=is_regulator)
        case "software":
            return OrganisationCaller(IDS["hospital"], "Hôpital de test", "logiciel")
        case "officer":
            return OfficerCaller(IDS["officer"], "AGENT", "Test")
        case "worker":
            return SystemCaller()
    name = who.replace("application", "holder") if who == "application" else who.removesuffix("_application")
    return PatientCaller(PEOPLE[name], "PATIENT", "Test", "appli" if who.endswith("application") else "")


def facts_of(record: Record) -> Facts:
    """The record as `decide` gets it, at midday of its day."""
    policy = RightsPolicy(
        manages_minors=record.manages_minors, majority_years=record.majority,
        invisible_and_masked=record.pair_is_allowed, emergencies_a_day=record.platform_ceiling)
    return Facts(
        HOLDER, record.birth, _moment(record.today), _rights(record), matrix_of(record.cells), policy)


def _rights(record: Record) -> RecordRights:
    now = _moment(record.today)
    return RecordRights(
        state=RecordState(record.state), since=now - timedelta(days=400), is_protected=record.is_protected,
        motive="deces" if record.is_of_the_dead else "patient-demande", break_glass_ceiling=record.ceiling,
        consents=_consents(record.consents, now),
        authorisations={IDS[each.professional]: _authorisation(each, now) for each in record.said},
        delegations=tuple(_delegation(each, now) for each in record.delegated),
        proxies=tuple(_proxy(each, now) for each in record.proxies),
        emergencies=tuple(_emergency(each, now) for each in record.opened), said_there=_there(record.there, now))


@cache
def _consents(said: tuple[tuple[str, bool], ...], now: datetime) -> dict[Choice, Consent]:
    return {Choice(choice): Consent(given=given, at=now - timedelta(days=30)) for choice, given in said}


@cache
def _there(said: tuple[There, ...], now: datetime) -> dict[str, SaidThere]:
    return {
        IDS[where]: SaidThere(organisation=IDS[where], consents=_consents(
            tuple((each.choice, not each.is_opposed) for each in said if each.organisation == where), now))
        for where in {each.organisation for each in said}}


@cache
def _authorisation(said: Said, now: datetime) -> Authorisation:
    return Authorisation(
        professional=IDS[said.professional], is_forbidden=said.is_forbidden,
        valid_until=None if said.ends is None else now + timedelta(seconds=said.ends),
        is_medecin_traitant=said.is_medecin_traitant, is_administrator=said.is_administrator)


@cache
def _delegation(given: Delegated, now: datetime) -> Delegation:
    return Delegation(
        delegation_id=_ID, kind=DelegateKind(given.kind), subject=IDS[given.subject], delegated_by=IDS[given.giver],
        valid_until=now + timedelta(seconds=given.ends), members=tuple(IDS[each] for each in given.members))


@cache
def _proxy(proxied: Proxied, now: datetime) -> Proxy:
    return Proxy(
        proxy_id=_ID, person=PEOPLE[proxied.person], kind=ProxyKind(proxied.kind), state=ProxyState(proxied.state),
        answer_by=now + timedelta(seconds=proxied.answer_by),
        ends_at=None if proxied.ends is None else now + timedelta(seconds=proxied.ends))


@cache
def _emergency(opened: Opened, now: datetime) -> Emergency:
    at = now - timedelta(seconds=opened.ago)
    return Emergency(
        emergency_id=_ID, professional=IDS[opened.professional], mode=opened.mode, opened_at=at,
        ends_at=at + timedelta(hours=1), reason="coma")


@cache
def matrix_of(cells: frozenset[tuple[str, str, str]]) -> Matrix:
    """A matrix with a row for each profession and type of these cells: what they do not say is a no."""
    return Matrix("oracle", tuple(
        Row(Key(PRODUCER, "AUTOMATE") if who == "software" else Key(PROFESSION, who), type_code,
            (who, type_code, "read") in cells, (who, type_code, "write") in cells, date(2020, 1, 1))
        for who, type_code in sorted({(who, type_code) for who, type_code, _ in cells})))


@lru_cache(8_192)
def entry_of(document: Document) -> DocumentEntry:
    """The document's entry."""
    made = Dtm.parse("20260101")
    return DocumentEntry(
        entry_uuid=_ID, logical_id=_ID, unique_id="1.2.3", patient_id=HOLDER, source_patient_id="1", hash="0" * 40,
        size=1, mime_type="text/xml", creation_time=made, service_start_time=made, title="Document",
        availability_status=AvailabilityStatus[document.status.upper()], authors=tuple(map(_author, document.authors)),
        visibility=frozenset(map(Visibility, document.visibility)), depositor=IDS[document.depositor],
        class_code=Code("10", "1.2.3.4"), type_code=Code(document.type_code, "2.16.840.1.113883.6.1"),
        format_code=Code("urn:ihe:iti:xds-sd:text:2008", "1.3.6.1.4.1.19376.1.2.3"),
        healthcare_facility_type_code=Code("SA01", "1.2.3.5"), practice_setting_code=Code("AMBULATOIRE", "1.2.3.6"))


def _author(named: Named) -> Author:
    person_of, institution_of = (PS_ID_OID, STRUCT_ID_OID) if named.is_national else (_ELSEWHERE, _ELSEWHERE)
    return Author(
        Person(IDS[named.person], person_of) if named.person else None,
        Institution("Structure", IDS[named.institution], institution_of) if named.institution else None)


@cache
def _moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=MIDDAY, tzinfo=UTC)
