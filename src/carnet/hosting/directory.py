"""The directory of hosts: who may keep records, and in which part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from carnet.errors import InvalidSetting, Issue


@dataclass(frozen=True, slots=True)
class Host:
    """An accredited host: `receipt_key` is its raw Ed25519 public key; the reference operator keeps every record."""

    id: str
    url: str
    receipt_key: bytes
    company: str = ""
    is_reference: bool = False
    is_active: bool = True


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
    """The hosts there are. Built from settings; the accreditation of hosts will feed it."""

    def __init__(self, hosts: Iterable[Host]) -> None:
        self.hosts: Mapping[str, Host] = {host.id: host for host in hosts}
        references = [host for host in self.hosts.values() if host.is_reference]
        if len(references) != 1:
            raise InvalidSetting(Issue("value", "exactly one host must have the role reference", "hosts"))
        self.reference = references[0]
        if not self.homes:
            raise InvalidSetting(Issue("value", "at least one active host must have the role home", "hosts"))

    @property
    def homes(self) -> list[Host]:
        """Active hosts that take new records as their home."""
        return [host for host in self.hosts.values() if host.is_active and not host.is_reference]

    def home_for(self, record: UUID) -> Host:
        """The home of a new record: spread evenly over active hosts by its random id."""
        homes = self.homes
        return homes[record.int % len(homes)]

    def stand_ins(self, placement: Placement) -> list[Host]:
        """Active hosts that could stand in for one of the two, in an order of the record's own: it spreads the load."""
        others = [host for host in self.hosts.values() if host.is_active and host.id not in placement.both]
        first = placement.record.int % len(others) if others else 0
        return others[first:] + others[:first]
