"""The form that opens a record: traits of identity, and the consent to a text whose version is kept.

May import: people, record, the forms of this room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from carnet.errors import InvalidIdentifier
from carnet.people.ins import Ins
from carnet.people.patient import Patient, Sex, Traits, parse_birth_date
from carnet.web import forms
from carnet.web.site import Visit
from carnet.web.words import Words

TRAITS = ("birth_family", "birth_given", "birth_date", "sex", "birthplace")
_FORM = "opening"


@dataclass(frozen=True, slots=True)
class OpeningView:
    """The form, empty or with what is wrong."""

    path: str
    ins: str
    traits: tuple[forms.Field, ...]
    channel: forms.Field
    agreement: forms.Field
    problems: tuple[str, ...]


def view(words: Words, path: str, ins: Ins, answers: forms.Answers, *, by_holder: bool) -> OpeningView:
    """The form for this person, filled in by its holder or by a professional for a patient."""
    sexes = (("", tuple((sex.value, words(f"opening.sex_{sex.value}")) for sex in Sex)),)
    agreement = forms.field(words, _FORM, "agreement", answers)
    channels = (("", tuple((way, words(f"opening.channel_{way}")) for way in ("oral", "written"))),)
    return OpeningView(
        path, ins.spaced,
        tuple(forms.field(words, _FORM, name, answers, choices=sexes if name == "sex" else ()) for name in TRAITS),
        forms.field(words, _FORM, "channel", answers, choices=channels),
        agreement if by_holder else replace(agreement, label=words("opening.agreement_patient")),
        tuple(answers.errors.values()),
    )


def read(visit: Visit, ins: Ins, *, channel_asked: bool) -> Patient | forms.Answers:
    """The patient that the form describes, or its answers with everything that is wrong."""
    values = {name: visit.text(name) for name in (*TRAITS, "channel", "agreement")}
    errors: dict[str, str] = {}
    if not values["agreement"]:
        errors["agreement"] = visit.words("opening.agreement_wrong")
    if channel_asked and values["channel"] not in ("oral", "written"):
        errors["channel"] = visit.words("opening.channel_wrong")
    try:
        patient = Patient(ins, _traits(values).checked())
    except InvalidIdentifier as error:
        errors |= forms.in_words(visit.words, _FORM, error.issues)
        return forms.Answers(values, errors)
    return forms.Answers(values, errors) if errors else patient


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
