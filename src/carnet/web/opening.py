"""The form that opens a record: traits of identity, and the consent to a text whose version is kept.

May import: people, record, the forms of this room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from carnet.errors import InvalidIdentifier
from carnet.people.ins import Ins
from carnet.people.patient import Patient, Sex, Traits, parse_birth_date
from carnet.record.open_record import OpeningConsent
from carnet.record.place_record import Preference
from carnet.rights.held import Choice
from carnet.web import forms, hosts
from carnet.web.site import Visit

TRAITS = ("birth_family", "birth_given", "birth_date", "sex", "birthplace")
OPPOSABLE = (Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE)
"""Both are proposed when a professional opens a record (EX_1.1-1050)."""
_ABOUT_CONSENT = ("channel", "agreement", *(f"opposed_{choice}" for choice in OPPOSABLE))
_FORM = "opening"


@dataclass(frozen=True, slots=True)
class OpeningView:
    """The form, empty or with what is wrong."""

    path: str
    ins: str
    traits: tuple[forms.Field, ...]
    channel: forms.Field
    agreement: forms.Field
    oppositions: tuple[forms.Field, ...]
    problems: tuple[str, ...]
    place: hosts.PlaceFields


def view(visit: Visit, path: str, ins: Ins, answers: forms.Answers, *, by_holder: bool) -> OpeningView:
    """The form for this person, filled in by its holder or by a professional for a patient."""
    words = visit.words
    sexes = (("", tuple((sex.value, words(f"opening.sex_{sex.value}")) for sex in Sex)),)
    agreement = forms.field(words, _FORM, "agreement", answers)
    channels = (("", tuple((way, words(f"opening.channel_{way}")) for way in ("oral", "written"))),)
    return OpeningView(
        path, ins.spaced,
        tuple(forms.field(words, _FORM, name, answers, choices=sexes if name == "sex" else ()) for name in TRAITS),
        forms.field(words, _FORM, "channel", answers, choices=channels),
        agreement if by_holder else replace(agreement, label=words("opening.agreement_patient")),
        () if by_holder else tuple(forms.field(words, _FORM, _opposition(choice), answers) for choice in OPPOSABLE),
        tuple(answers.errors.values()), hosts.fields(visit, answers),
    )


def read(visit: Visit, ins: Ins, *, channel_asked: bool) -> tuple[Patient, Preference] | forms.Answers:
    """The patient that the form describes, with where the record should be; or its answers with all that is wrong."""
    values = {name: visit.text(name) for name in (*TRAITS, *_ABOUT_CONSENT, *hosts.FIELDS)}
    preference, of_place = hosts.read(visit)
    errors = _wrong(visit, channel_asked=channel_asked) | of_place
    try:
        patient = Patient(ins, _traits(values).checked())
    except InvalidIdentifier as error:
        errors |= forms.in_words(visit.words, _FORM, error.issues)
        return forms.Answers(values, errors)
    return forms.Answers(values, errors) if errors else (patient, preference)


def read_consent(visit: Visit) -> OpeningConsent | forms.Answers:
    """The consent alone, for a record whose holder is known; or the answers with everything that is wrong."""
    errors = _wrong(visit, channel_asked=True)
    if errors:
        return forms.Answers({name: visit.text(name) for name in _ABOUT_CONSENT}, errors)
    return consent(visit)


def consent(visit: Visit) -> OpeningConsent:
    """What the form of a professional says of the consent, with the uses that the patient opposes."""
    opposed = frozenset(choice for choice in OPPOSABLE if visit.text(_opposition(choice)))
    return OpeningConsent(
        visit.words("consent.version"), visit.text("channel"), visit.stores.clock.now(), opposed)


def _wrong(visit: Visit, *, channel_asked: bool) -> dict[str, str]:
    errors = {} if visit.text("agreement") else {"agreement": visit.words("opening.agreement_wrong")}
    if channel_asked and visit.text("channel") not in ("oral", "written"):
        errors["channel"] = visit.words("opening.channel_wrong")
    return errors


def _opposition(choice: Choice) -> str:
    return f"opposed_{choice}"


def _traits(values: dict[str, str]) -> Traits:
    given = values["birth_given"].upper()
    return Traits(
        birth_family=values["birth_family"].upper(), birth_given=given, given_names=(given,) if given else (),
        birth_date=parse_birth_date(_french_date(values["birth_date"])) or values["birth_date"] or "?",
        sex=Sex(values["sex"]) if values["sex"] in set(Sex) else Sex.UNKNOWN, birthplace=values["birthplace"].upper(),
    )


def _french_date(text: str) -> str:
    """`28/03/1979` as `1979-03-28`: people write dates in the order of their country."""
    parts = text.replace(".", "/").replace("-", "/").split("/")
    return "-".join(reversed(parts)) if len(parts) == 3 and len(parts[2]) == 4 else text
