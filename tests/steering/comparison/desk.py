"""The desk of those who compare: a platform's database, keys of officer and auditor, settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg

from carnet.journal.database import Database
from carnet.roles.key_files import make_key, public_key, read_signing_key
from carnet.roles.settings import Settings, SignatorySetting
from carnet.roles.wiring import open_pool
from carnet.steering.comparison.facts import Amended, Facts
from carnet.steering.comparison.invented import AUDITOR, invented_facts, invented_protocol
from carnet.steering.comparison.protocol import Protocol
from carnet.steering.comparison.store import ComparisonStore

SINCE, UNTIL = date(2025, 1, 1), date(2025, 12, 31)
PROTOCOL = invented_protocol(SINCE, UNTIL)


def facts_of(protocol: Protocol = PROTOCOL) -> Facts:
    """The invented facts of this protocol, registered in time."""
    registered = Amended(
        version=1, digest=protocol.digest, said_on=date(2024, 11, 2), by="O", because="", after_first_day=False)
    return invented_facts(protocol, (registered,), date(2026, 1, 2))


@dataclass
class Desk:
    """A desk."""

    pool: asyncpg.Pool
    store: ComparisonStore
    settings: Settings
    keys: Path

    def key(self, name: str) -> Path:
        """The key file of somebody."""
        return self.keys / f"{name}.key"


@asynccontextmanager
async def open_desk(url: str, home: Path) -> AsyncIterator[Desk]:
    """A desk of a demonstration on this database, with keys of its own."""
    keys = home / "keys"
    for name in ("audit", "officer", "signatory-auditor", "another", "stranger"):
        make_key(keys / f"{name}.key", demonstration=True)

    def public(name: str) -> str:
        return public_key(read_signing_key(keys / f"{name}.key", setting="", demonstration=True))

    settings = Settings(
        home=str(home), demonstration=True, portal_database_url=url, officer_public_keys=(public("officer"),),
        signatories=tuple(
            SignatorySetting(id=name, name="Cour (fictive)", role="auditor", public_key=public(key))
            for name, key in ((AUDITOR, "signatory-auditor"), ("another", "another"))))
    async with open_pool(url, 2) as pool:
        yield Desk(pool, ComparisonStore(Database(pool)), settings, keys)
