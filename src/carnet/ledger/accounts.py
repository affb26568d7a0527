"""Accounts of the French general chart (plan comptable général), as far as this ledger must tell them apart.

Decides by the number alone. Class 8 holds what moves no money: commitments (80), and contributions in kind (86, 87).
"""

from __future__ import annotations

import re
from enum import StrEnum

from carnet.ledger.category import Category

COMMITMENTS_GIVEN = "8018"
COMMITMENTS_COUNTERPART = "8098"
SUPPLIERS = "401"
GRANTS_TO_PAY = "4671"
VAT_ON_PURCHASES = "44566"
BANK = "512"
IN_KIND_USED = "861"
IN_KIND_GIVEN = "871"
_ACCOUNT = re.compile(r"[1-9][0-9A-Z]{0,19}")


class Kind(StrEnum):
    """What an account is for here."""

    CHARGE = "charge"               # class 6
    ASSET = "asset"                 # class 2: bought to be used for years
    VAT = "vat"                     # 4456: tax on what was bought, always apart
    THIRD_PARTY = "third_party"     # class 4: owed, to or by somebody
    TREASURY = "treasury"           # class 5
    INCOME = "income"               # class 7
    COMMITMENT = "commitment"       # 80: promised by contract or act
    IN_KIND = "in_kind"             # 86: staff lent, hours, minutes, valued
    OTHER = "other"


# The account that a cost of this category is entered under, when the programme itself enters it.
CHARGE_OF = {
    Category.GOVERNANCE: "621", Category.STUDIES: "617", Category.SOFTWARE: "205", Category.HOSTING: "611",
    Category.SECURITY: "611", Category.INTEROPERABILITY: "611", Category.PROFESSIONAL_SOFTWARE: "657",
    Category.HOSPITAL_SYSTEMS: "657", Category.REGIONAL_PROJECTS: "657", Category.FEEDING_INCENTIVES: "657",
    Category.TRAINING: "6333", Category.COMMUNICATION: "623", Category.SUPPORT: "611", Category.INDUCED: "658",
    Category.CONVERGING_PROJECTS: "657", Category.MIGRATION: "611",
}
_BY_PREFIX = (
    ("4456", Kind.VAT), ("80", Kind.COMMITMENT), ("86", Kind.IN_KIND), ("2", Kind.ASSET), ("4", Kind.THIRD_PARTY),
    ("5", Kind.TREASURY), ("6", Kind.CHARGE), ("7", Kind.INCOME))
COSTS = frozenset({Kind.CHARGE, Kind.ASSET, Kind.VAT, Kind.IN_KIND})


def kind_of(account: str) -> Kind:
    """What this account is for. 28 and 29 (depreciation) are no purchase; 681 would count an asset a second time."""
    if account.startswith(("28", "29", "68")):
        return Kind.OTHER
    return next((kind for prefix, kind in _BY_PREFIX if account.startswith(prefix)), Kind.OTHER)


def is_account(text: str) -> bool:
    """True for a number of the general chart: a class, 1 to 9, then digits or capital letters."""
    return _ACCOUNT.fullmatch(text) is not None
