"""All that a verified token says of a visit: who, and when they logged in, what for, in secret or not.

The purpose is that of IHE IUA, with the codes of TRE_R248 (VIHF's purposeofuse, SPEC 1.4); the secret connection of a
minor is after VIHF's confidentiality-code. docs/vendors/tokens.md lists the claims. A claim that is not understood is
refused: a purpose taken for another would open or close a record. Pure: `tokens.py` checked signature and dates.
May import: the types of this room, errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from carnet.errors import Unauthenticated
from carnet.people.caller import Caller, PatientCaller
from carnet.people.claims import caller_of
from carnet.people.identifiers import PRODUCTION as PRODUCTION_IDENTIFIERS
from carnet.people.identifiers import IdentifierPolicy
from carnet.people.ins import PRODUCTION as PRODUCTION_INS
from carnet.people.ins import InsPolicy

PURPOSE_OF_USE = "1.2.250.1.213.1.1.4.248"      # TRE_R248
PURPOSES = ("normal", "bris_de_glace", "centre_15")
CONFIDENTIALITY = "1.2.250.1.213.1.1.4.13"      # TRE_A07
SECRET = "INVISIBLE_REPRESENTANTS_LEGAUX"       # noqa: S105  a code of TRE_A07
_SYSTEMS_OF_PURPOSE = frozenset({PURPOSE_OF_USE, f"urn:oid:{PURPOSE_OF_USE}"})
_SYSTEMS_OF_SECRET = frozenset(
    f"{form}{oid}" for form in ("", "urn:oid:") for oid in (CONFIDENTIALITY, "1.2.250.1.213.1.1.5.97"))   # JDV_J64
_LAST_SECOND = 253_402_300_799      # of the year 9999


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks and how: `authenticated_at` is when they logged in, None when the issuer did not say."""

    caller: Caller
    authenticated_at: datetime | None = None
    purpose_of_use: str = PURPOSES[0]
    is_secret: bool = False


class _Coded(msgspec.Struct):
    """A code and its system, as IHE IUA writes them in JSON."""

    system: str
    code: str


class _Iua(msgspec.Struct):
    purpose_of_use: list[_Coded] = msgspec.field(default_factory=list)


class _Ours(msgspec.Struct):
    confidentiality_code: list[_Coded] = msgspec.field(default_factory=list)


class _Extensions(msgspec.Struct):
    ihe_iua: _Iua = msgspec.field(default_factory=_Iua)
    carnet: _Ours = msgspec.field(default_factory=_Ours)


class _Claims(msgspec.Struct):
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)
    access_reason: str = msgspec.field(default="", name="Mode_Acces_Raison")
    auth_time: float | None = None
    client_id: str = ""
    azp: str = ""


def identity_of(
    claims: Mapping[str, Any],
    *,
    own_clients: frozenset[str] = frozenset(),
    ins_policy: InsPolicy = PRODUCTION_INS,
    identifier_policy: IdentifierPolicy = PRODUCTION_IDENTIFIERS,
) -> Identity:
    """All that these claims say. Raises Unauthenticated, saying which claim is missing or wrong.

    `own_clients` are those through which a patient asks in person; any other is an application that acts for them.
    """
    caller = caller_of(claims, ins_policy=ins_policy, identifier_policy=identifier_policy)
    try:
        said = msgspec.convert(claims, _Claims)
    except msgspec.ValidationError as error:
        raise Unauthenticated(f"a claim of the token has another form than expected: {error}") from error
    if isinstance(caller, PatientCaller):
        caller = _through(caller, said, own_clients)
    return Identity(
        caller=caller, authenticated_at=_authenticated_at(said), purpose_of_use=_purpose(said),
        is_secret=_is_secret(said))


def _through(patient: PatientCaller, said: _Claims, own_clients: frozenset[str]) -> PatientCaller:
    """A patient in person, or through an application: they may not do the same."""
    if said.client_id and said.azp and said.client_id != said.azp:
        raise Unauthenticated("the claims client_id and azp name two clients")
    client = said.client_id or said.azp
    if not client:
        raise Unauthenticated("the claim client_id (or azp), through which the patient asks, is missing")
    return patient if client in own_clients else msgspec.structs.replace(patient, application=client)


def _authenticated_at(said: _Claims) -> datetime | None:
    if said.auth_time is None:
        return None
    if not 0 <= said.auth_time <= _LAST_SECOND:     # also refuses what is not a number
        raise Unauthenticated("the claim auth_time is no number of seconds since 1970")
    return datetime.fromtimestamp(said.auth_time, UTC)


def _purpose(said: _Claims) -> str:
    """The one purpose that the token gives, by IUA's claim or by that of Pro Sante Connect."""
    given = {_purpose_code(each) for each in said.extensions.ihe_iua.purpose_of_use}
    if said.access_reason:
        code, caret, system = said.access_reason.partition("^")
        given.add(_purpose_code(_Coded(system if caret else PURPOSE_OF_USE, code)))
    if len(given) > 1:
        raise Unauthenticated("the token gives several purposes: purpose_of_use and Mode_Acces_Raison say one")
    return given.pop() if given else PURPOSES[0]


def _purpose_code(given: _Coded) -> str:
    if given.system not in _SYSTEMS_OF_PURPOSE or given.code not in PURPOSES:
        raise Unauthenticated(
            f"unknown purpose of use (extensions.ihe_iua.purpose_of_use, Mode_Acces_Raison); known in "
            f"urn:oid:{PURPOSE_OF_USE}: {', '.join(PURPOSES)}")
    return given.code


def _is_secret(said: _Claims) -> bool:
    codes = said.extensions.carnet.confidentiality_code
    if any(each.system not in _SYSTEMS_OF_SECRET or each.code != SECRET for each in codes):
        raise Unauthenticated(
            f"the claim extensions.carnet.confidentiality_code is {SECRET} of urn:oid:{CONFIDENTIALITY}, or nothing")
    return bool(codes)
