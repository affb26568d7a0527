"""What the FHIR doors are told by `roles`. May import: people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from carnet.people.ins import PRODUCTION, InsPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirConfig:
    """`base` is the address of the FHIR doors as the outside sees it, without a last slash.

    `page_key` (64 bytes) seals the links to further pages: give the same one to all processes, else a link only serves
    in the process that made it. `limit_bytes` is for a whole request.
    """

    base: str
    custodian: str = "Carnet"
    version: str = "0.1.0"
    ins_policy: InsPolicy = PRODUCTION
    limit_bytes: int = 32 * 1024 * 1024
    rendered_bytes: int = 64 * 1024 * 1024
    page_key: bytes = field(default_factory=lambda: secrets.token_bytes(64), repr=False)
