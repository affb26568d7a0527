"""The directory of hosts: how each is reached, as settings say, and whether it may be given a record.

Settings say who there is; the portal's table of standings says who is accredited (hosting/accreditation). It is read
again every few seconds, and the statements that give a host a record look at it once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.errors import InvalidSetting, Issue


@dataclass(frozen=True, slots=True)
class Host:
    """A host as settings name it: `receipt_key` is its raw Ed25519 public key. The reference keeps every record."""

    id: str
    url: str
    receipt_key: bytes
    company: str = ""
    is_reference: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the accreditation of a host comes to now, by the database's clock. `capacity` is in records."""

    host: str
    state: str
    is_active: bool
    siren: str = ""
    company: str = ""
    active_from: datetime | None = None
    active_until: datetime | None = None
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a record is kept, at one version of that answer."""

    record: UUID
    version: int
    home: str
    reference: str

    @property
    def both(self) -> tuple[str, str]:
        """The two hosts that hold the record."""
        return self.home, self.reference


class Directory:
    """The hosts there are, and which of them are active. One whose standing is unknown is not."""

    def __init__(self, hosts: Iterable[Host], standings: Iterable[Standing] = ()) -> None:
        self.hosts: Mapping[str, Host] = {host.id: host for host in hosts}
        references = [host for host in self.hosts.values() if host.is_reference]
        if len(references) != 1:
            raise InvalidSetting(Issue("value", "exactly one host must have the role reference", "hosts"))
        self.reference = references[0]
        if len(self.hosts) == 1:
            raise InvalidSetting(Issue("value", "at least one host must have the role home", "hosts"))
        self.standings: Mapping[str, Standing] = {}
        self.learn(standings)

    def learn(self, standings: Iterable[Standing]) -> None:
        """Take these standings, as just read, for all there are."""
        self.standings = {each.host: each for each in standings}

    def is_active(self, host: str) -> bool:
        """May this host be given a record now?"""
        standing = self.standings.get(host)
        return standing is not None and standing.is_active

    @property
    def homes(self) -> list[Host]:
        """Active hosts that take new records as their home."""
        return [host for host in self.hosts.values() if not host.is_reference and self.is_active(host.id)]

    def stand_ins(self, placement: Placement) -> list[Host]:
        """Active hosts that could stand in for one of the two, in an order of the record's own: it spreads the load."""
        others = [
            host for host in self.hosts.values() if self.is_active(host.id) and host.id not in placement.both]
        first = placement.record.int % len(others) if others else 0
        return others[first:] + others[:first]
