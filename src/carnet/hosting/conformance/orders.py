"""The calls of a host, as values: what a token must say, where it goes, and what it carries. Nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from carnet.hosting.conformance.chains import Body, Entry
from carnet.hosting.tokens import Item


@dataclass(frozen=True, slots=True)
class Order:
    """One call: `content` is what a POST carries besides its token, None for a GET; `name` is its path, without ids."""

    method: str
    name: str
    path: str
    items: Sequence[Item]
    content: Mapping[str, Any] | None = None

    @property
    def is_post(self) -> bool:
        """True when the token travels in the content."""
        return self.content is not None

    def changed(self, **content: Any) -> Order:
        """The same order, and another content: the token still says what it said."""
        return replace(self, content={**(self.content or {}), **content})

    def at(self, path: str) -> Order:
        """The same order, sent elsewhere."""
        return replace(self, path=path)


def put(*bodies: Body, version: int = 1) -> Order:
    """Keep bodies."""
    items = [(str(each.record), version, each.id.hex(), each.ticket_end) for each in bodies]
    content = [{"record": str(each.record), "id": each.id, "sealed": each.sealed} for each in bodies]
    return Order("put", "/v1/bodies", "/v1/bodies", items, {"bodies": content})


def read(*bodies: Body, version: int = 1) -> Order:
    """Give bodies back."""
    items = [(str(each.record), version, each.id.hex()) for each in bodies]
    content = [{"record": str(each.record), "id": each.id} for each in bodies]
    return Order("read", "/v1/bodies/read", "/v1/bodies/read", items, {"bodies": content})


def append(*entries: Entry, version: int = 1) -> Order:
    """Append entries."""
    items = [(str(each.record), version, each.previous.hex()) for each in entries]
    content = [
        {"record": str(each.record), "place": each.place, "previous": each.previous, "header": each.header,
         "sealed": each.sealed} for each in entries]
    return Order("append", "/v1/entries", "/v1/entries", items, {"entries": content})


def head(record: UUID, *, version: int = 1, query: str = "") -> Order:
    """Say where the copy ends."""
    return _of_record("head", record, "head", version).at(f"/v1/records/{record}/head{query}")


def journal(record: UUID, *, version: int = 1, after: int = 0, limit: int = 500) -> Order:
    """Give entries."""
    path = f"/v1/records/{record}/entries?after={after}&limit={limit}"
    return _of_record("journal", record, "entries", version).at(path)


def inventory(*, after: UUID | None = None, limit: int = 1000) -> Order:
    """Say what is held."""
    query = f"?limit={limit}" + (f"&after={after}" if after else "")
    return Order("inventory", "/v1/inventory", f"/v1/inventory{query}", [])


def unnamed(before: int) -> Order:
    """Say which records have bodies that no entry names."""
    return Order("unnamed", "/v1/unnamed", f"/v1/unnamed?before={before}", [])


def collect(record: UUID, at: bytes, until: int, *, version: int = 1) -> Order:
    """Remove what no entry names, at this head."""
    order = _of_record("collect", record, "collect", version)
    return replace(order, items=[(str(record), version, at.hex(), until)], content={"head": at, "until": until})


def erase(record: UUID, version: int) -> Order:
    """Remove all of a record."""
    return replace(_of_record("erase", record, "erase", version), content={"version": version})


def erase_all(items: Sequence[tuple[UUID, int]], approval: str | None = None) -> Order:
    """Remove all of several records."""
    records = [{"record": str(record), "version": version} for record, version in items]
    content = {"records": records, "approval": approval}
    return Order("erase", "/v1/erase", "/v1/erase", [(str(each), version) for each, version in items], content)


def export(*asked: tuple[UUID, int, int], most_bytes: int = 16 * 2**20) -> Order:
    """Give whole copies: (record, version, after)."""
    records = [{"record": str(record), "after": after} for record, _, after in asked]
    items = [(str(record), version, after) for record, version, after in asked]
    return Order("export", "/v1/export", "/v1/export", items, {"records": records, "most_bytes": most_bytes})


def fill(
    entries: Sequence[Entry], bodies: Sequence[Body], *, version: int = 1, ticket_end: int | None = None,
) -> Order:
    """Keep bodies and append entries of one record, at once."""
    first = entries[0]
    copy = {
        "record": str(first.record), "place": first.place, "previous": first.previous,
        "entries": [{"header": each.header, "sealed": each.sealed} for each in entries],
        "bodies": [{"id": each.id, "sealed": each.sealed} for each in bodies]}
    end = ticket_end if ticket_end is not None else max((each.ticket_end for each in bodies), default=0)
    items = [(str(first.record), version, first.previous.hex(), end)]
    return Order("fill", "/v1/fill", "/v1/fill", items, {"copies": [copy]})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of possession: some bodies of a record, and the entries from one place to another."""

    record: UUID
    bodies: tuple[bytes, ...] = ()
    first: int = 1
    last: int = 1


def challenge(nonce: bytes, asked: Sequence[Asked], *, version: int = 1) -> Order:
    """Prove that these are held, now."""
    items = [(str(each.record), version) for each in asked]
    questions = [
        {"record": str(each.record), "bodies": list(each.bodies), "first": each.first, "last": each.last}
        for each in asked]
    return Order("challenge", "/v1/challenge", "/v1/challenge", items, {"nonce": nonce, "questions": questions})


def counts(day: str) -> Order:
    """Say what was read and written on a day."""
    return Order("counts", "/v1/counts/{day}", f"/v1/counts/{day}", [])


def witness(day: str, root: bytes, size: int) -> Order:
    """Keep the root of a day for ever."""
    content = {"day": day, "root": root, "size": size}
    return Order("witness", "/v1/witness", "/v1/witness", [(day, root.hex())], content)


def witnessed(after: str = "") -> Order:
    """Give the roots that are kept."""
    return Order("witness", "/v1/witness", "/v1/witness" + (f"?after={after}" if after else ""), [])


def _of_record(method: str, record: UUID, call: str, version: int) -> Order:
    path = f"/v1/records/{record}/{call}"
    return Order(method, f"/v1/records/{{record}}/{call}", path, [(str(record), version)])
