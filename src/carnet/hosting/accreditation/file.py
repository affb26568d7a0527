"""A host's file: what a company hands in to be accredited, as TOML, checked whole before anything of it is believed.

Bytes in; a `HostFile` out, or every issue. What law asks for is checked here: a certificate of all six activities
(CSP R1111-9), sites in the European Economic Area (CSP L1111-8). The form: docs/operators/hosts.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.people.luhn import has_luhn_key

MOST_BYTES = 256 * 1024
# The Union and Iceland, Liechtenstein, Norway: ISO 3166-1 codes of the European Economic Area.
EEA = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"})
# CSP R1111-9: the six activities of hosting health data.
ACTIVITIES = {
    1: "the physical sites", 2: "the hardware", 3: "the virtual infrastructure", 4: "the platform of applications",
    5: "running the information system", 6: "the backups",
}
_SIREN = re.compile(r"\d{9}")

Words = Annotated[str, Meta(min_length=1, max_length=500)]


class Company(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who runs the host: its name, and its nine-digit number in the register of companies (SIREN)."""

    name: Words
    siren: str


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place where data is kept: its address, and the ISO 3166-1 code of its country."""

    name: Words
    address: Words
    country: str


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The certificate of a host of health data (HDS): its last day counts."""

    number: Words
    body: Words
    issued_on: date
    expires_on: date
    activities: tuple[int, ...]


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of the price list, in whole cents, in force from its day until that of the next."""

    version: Words
    from_: date = msgspec.field(name="from")
    record_year_cents: Annotated[int, Meta(ge=0)]
    gigabyte_month_cents: Annotated[int, Meta(ge=0)]
    thousand_deposits_cents: Annotated[int, Meta(ge=0)] = 0
    thousand_reads_cents: Annotated[int, Meta(ge=0)] = 0


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom the authority calls."""

    name: Words
    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    telephone: Annotated[str, Meta(pattern=r"^\+?[0-9 .]{6,20}$")]


class HostFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that an application says of a host."""

    host: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    role: Literal["home", "reference"]
    receipt_key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
    capacity_records: Annotated[int, Meta(ge=1, le=200_000_000)]
    company: Company
    sites: Annotated[tuple[Site, ...], Meta(min_length=1)]
    certificate: Certificate
    prices: Annotated[tuple[Price, ...], Meta(min_length=1)]
    contact: Contact

    @property
    def is_reference(self) -> bool:
        """True for the operator that keeps the second copy of everything."""
        return self.role == "reference"

    def price_on(self, day: date) -> Price | None:
        """The price list in force on this day; None before the first."""
        begun = [price for price in self.prices if price.from_ <= day]
        return max(begun, key=lambda price: price.from_, default=None)


def read(content: bytes) -> HostFile:
    """The host's file in these bytes. Raises InvalidInput with everything that is wrong, and TooLarge."""
    file = read_again(content)
    if issues := list(_issues(file)):
        raise InvalidInput(*issues)
    return file


def read_again(content: bytes) -> HostFile:
    """The file in bytes that were accepted once. Raises InvalidInput when they are no such file, and TooLarge."""
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        return msgspec.convert(tomllib.loads(content.decode("utf-8")), HostFile)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(Issue("structure", f"is not TOML in UTF-8: {error}", "the file")) from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        raise InvalidInput(Issue("value", message, where.rstrip("`") or "the file")) from error


def _issues(file: HostFile) -> Iterator[Issue]:
    siren = file.company.siren
    if _SIREN.fullmatch(siren) is None or not has_luhn_key(siren):
        yield Issue("value", "a SIREN has nine digits, of which the last is the key of the others", "company.siren")
    for place, site in enumerate(file.sites):
        if site.country not in EEA:
            words = f"{site.country!r} is no country of the European Economic Area, where health data must be kept"
            yield Issue("business-rule", f"{words}; accepted: codes such as FR", f"sites[{place}].country")
    yield from _about_certificate(file.certificate)
    days = [price.from_ for price in file.prices]
    if len(set(days)) != len(days) or len({price.version for price in file.prices}) != len(days):
        yield Issue("duplicate", "two price lists have the same version or begin on the same day", "prices")


def _about_certificate(certificate: Certificate) -> Iterator[Issue]:
    if certificate.expires_on < certificate.issued_on:
        yield Issue("value", "ends before it begins", "certificate.expires_on")
    lacking = [f"{number} ({words})" for number, words in ACTIVITIES.items() if number not in certificate.activities]
    if lacking:
        yield Issue(
            "business-rule", f"does not cover all six activities of CSP R1111-9; lacking: {', '.join(lacking)}",
            "certificate.activities")
    if unknown := sorted(set(certificate.activities) - set(ACTIVITIES)):
        yield Issue("value", f"there are six activities, 1 to 6, and no {unknown[0]}", "certificate.activities")
