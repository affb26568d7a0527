"""Dimensions: what every euro says of itself beside its account. An entry balances within each set of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from carnet.errors import Issue
from carnet.ledger.category import Category
from carnet.people.luhn import has_luhn_key

WHOLE = 1_000_000
_SIREN = re.compile(r"[0-9]{9}")
Text = Annotated[str, Meta(max_length=200)]


class Certainty(StrEnum):
    """How sure an amount is, by what proves it: a payment, an invoice, a contract or act, or only a reckoning."""

    PAID = "paid"
    INVOICED = "invoiced"
    COMMITTED = "committed"
    ESTIMATED = "estimated"


class Dimensions(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Who paid whom, out of what, for what, where; which share is the record's, and why; how sure that is.

    `payer` and `beneficiary` are SIRENs, `region` a code of INSEE (empty: national), `host` and `consortium` those of
    the platform, `share_millionths` the record's share of it. What is not known is empty, and is never guessed.
    """

    category: Category | None = None
    certainty: Certainty = Certainty.INVOICED
    payer: Text = ""
    beneficiary: Text = ""
    funding_line: Text = ""
    legal_act: Text = ""
    contract: Text = ""
    lot: Text = ""
    phase: Text = ""
    region: Text = ""
    host: Text = ""
    consortium: Text = ""
    share_millionths: Annotated[int, Meta(ge=0, le=WHOLE)] = WHOLE
    share_reason: Annotated[str, Meta(max_length=1000)] = ""

    @property
    def digest(self) -> bytes:
        """SHA-256 of all of it: what an entry's chain holds of it."""
        return hashlib.sha256(msgspec.json.encode(msgspec.structs.astuple(self))).digest()


NOTHING_SAID = Dimensions()
AXES = tuple(name for name in Dimensions.__struct_fields__ if name != "share_reason")


def issues_of(dimensions: Dimensions, where: str = "") -> Iterator[Issue]:
    """What is wrong with them: SIRENs that are none, a share nobody justified."""
    prefix = f"{where}." if where else ""
    for name in ("payer", "beneficiary"):
        siren = getattr(dimensions, name)
        if siren and not is_siren(siren):
            yield Issue("value", f"{siren!r} is no SIREN: nine digits, the last of which is a key", f"{prefix}{name}")
    if dimensions.share_millionths != WHOLE and not dimensions.share_reason:
        yield Issue("required", "a share of the record that is not the whole says why", f"{prefix}share_reason")


def is_siren(text: str) -> bool:
    """True for nine digits with their key."""
    return _SIREN.fullmatch(text) is not None and has_luhn_key(text)


def attributable(cents: int, share_millionths: int) -> int:
    """The record's share of an amount, in whole cents: the nearest, and a half away from 0. The database does the same.
    """
    whole, rest = divmod(abs(cents), WHOLE)
    share = whole * share_millionths + (rest * share_millionths + WHOLE // 2) // WHOLE
    return -share if cents < 0 else share
