"""A portal for tests of the host: it signs tokens, seals nothing, and calls the application in this process."""

from __future__ import annotations

import time
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey
from starlette.types import ASGIApp, Message

from carnet.journal.chain import BodyName, Header, genesis, next_head

HOST = "alpha"
FAR = 2_000_000_000


@dataclass(frozen=True)
class Answer:
    """What came back: `content` is decoded by its content type."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def content(self) -> Any:
        msgpack = self.headers["content-type"] == "application/msgpack"
        return msgspec.msgpack.decode(self.raw) if msgpack else msgspec.json.decode(self.raw)


@dataclass(frozen=True)
class Entry:
    """An entry of a chain that a test made, with the head it leads to."""

    record: UUID
    place: int
    previous: bytes
    header: bytes
    sealed: bytes

    @property
    def head(self) -> bytes:
        return next_head(self.previous, self.header, self.sealed)


def chain(record: UUID, *bodies: Sequence[bytes], after: Entry | None = None) -> list[Entry]:
    """Entries of one record, one after the other; each argument is the sealed bodies that one of them names."""
    entries: list[Entry] = []
    previous = after
    for sealed in bodies:
        names = tuple(BodyName(sha256(body).digest(), len(body)) for body in sealed)
        place, head = (previous.place, previous.head) if previous else (0, genesis(record))
        header = Header(record, uuid4(), bodies=names).encode()
        previous = Entry(record, place + 1, head, header, b"sealed " + uuid4().bytes)
        entries.append(previous)
    return entries


@dataclass
class Portal:
    """Orders things of one host. Every token is right, unless a test says otherwise."""

    app: ASGIApp
    key: Ed25519PrivateKey
    erasure_key: Ed25519PrivateKey
    receipt_key: bytes
    epoch: int = 1
    claims: dict[str, Any] = field(default_factory=dict)

    def token(self, method: str, items: Sequence[Sequence[Any]], /, **claims: Any) -> str:
        """A token as `hosting` makes them, but by another library."""
        content = {
            "iss": "portal", "aud": HOST, "method": method, "epoch": self.epoch, "exp": int(time.time()) + 60,
            "items": [[str(thing) if isinstance(thing, UUID) else thing for thing in item] for item in items],
            **self.claims, **claims,
        }
        key = self.erasure_key if method == "erase" else self.key
        content = {name: claim for name, claim in content.items() if claim is not None}
        return signed({"alg": "EdDSA", "typ": "JWT"}, msgspec.json.encode(content), key)

    def receipt(self, answer: Answer, method: str) -> list[list[Any]]:
        """What a receipt says, once its signature is verified by another library than the host's."""
        public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _base64url(self.receipt_key)})
        with _eddsa():
            claims = msgspec.json.decode(jws.deserialize_compact(answer.content["receipt"], public, ["EdDSA"]).payload)
        assert (claims["iss"], claims["method"]) == (HOST, method)
        assert abs(claims["at"] - time.time()) < 60
        items: list[list[Any]] = claims["items"]
        return items

    async def put(self, *bodies: tuple[UUID, bytes], version: int = 1, end: int = FAR, **changed: Any) -> Answer:
        names = [(record, sha256(sealed).digest(), sealed) for record, sealed in bodies]
        call = {
            "token": self.token("put", [[record, version, name.hex(), end] for record, name, _ in names]),
            "bodies": [{"record": str(record), "id": name, "sealed": sealed} for record, name, sealed in names],
        }
        return await self.post("/v1/bodies", call | changed)

    async def append(self, *entries: Entry, version: int = 1, **changed: Any) -> Answer:
        call = {
            "token": self.token("append", [[entry.record, version, entry.previous.hex()] for entry in entries]),
            "entries": [
                {"record": str(entry.record), "place": entry.place, "previous": entry.previous,
                 "header": entry.header, "sealed": entry.sealed}
                for entry in entries
            ],
        }
        return await self.post("/v1/entries", call | changed)

    async def read(self, *bodies: tuple[UUID, bytes], version: int = 1) -> Answer:
        """Ask for bodies by their sealed bytes."""
        names = [(record, sha256(sealed).digest()) for record, sealed in bodies]
        call = {
            "token": self.token("read", [[record, version, name.hex()] for record, name in names]),
            "bodies": [{"record": str(record), "id": name} for record, name in names],
        }
        return await self.post("/v1/bodies/read", call)

    async def head(self, record: UUID, version: int = 1, *, query: str = "") -> Answer:
        return await self.get(f"/v1/records/{record}/head{query}", self.token("head", [[record, version]]))

    async def journal(self, record: UUID, query: str = "", version: int = 1) -> Answer:
        return await self.get(f"/v1/records/{record}/entries{query}", self.token("journal", [[record, version]]))

    async def inventory(self, query: str = "") -> Answer:
        return await self.get(f"/v1/inventory{query}", self.token("inventory", []))

    async def unnamed(self, before: int) -> Answer:
        return await self.get(f"/v1/unnamed?before={before}", self.token("unnamed", []))

    async def collect(self, record: UUID, head: bytes, until: int, version: int = 1) -> Answer:
        token = self.token("collect", [[record, version, head.hex(), until]])
        return await self.post(f"/v1/records/{record}/collect", {"token": token, "head": head, "until": until})

    async def erase(self, record: UUID, version: int) -> Answer:
        token = self.token("erase", [[record, version]])
        return await self.post(f"/v1/records/{record}/erase", {"token": token, "version": version})

    async def export(self, *asked: tuple[UUID, int], version: int = 1, most_bytes: int = FAR) -> Answer:
        """Ask for records from the entry after a place on."""
        token = self.token("export", [[record, version, after] for record, after in asked])
        records = [{"record": str(record), "after": after} for record, after in asked]
        return await self.post("/v1/export", {"token": token, "records": records, "most_bytes": most_bytes})

    async def fill(
        self, *copies: tuple[Sequence[Entry], Sequence[bytes]], version: int = 1, end: int = FAR, **changed: Any
    ) -> Answer:
        """Bring chains of several records, each with sealed bodies."""
        firsts = [entries[0] for entries, _ in copies]
        call = {
            "token": self.token("fill", [[each.record, version, each.previous.hex(), end] for each in firsts]),
            "copies": [
                {"record": str(entries[0].record), "place": entries[0].place, "previous": entries[0].previous,
                 "entries": [{"header": entry.header, "sealed": entry.sealed} for entry in entries],
                 "bodies": [{"id": sha256(sealed).digest(), "sealed": sealed} for sealed in bodies]}
                for entries, bodies in copies
            ],
        }
        return await self.post("/v1/fill", call | changed)

    async def erase_all(self, *records: tuple[UUID, int], approval: str | None = None) -> Answer:
        call = {
            "token": self.token("erase", records), "approval": approval,
            "records": [{"record": str(record), "version": version} for record, version in records],
        }
        return await self.post("/v1/erase", call)

    async def challenge(self, nonce: bytes, *questions: dict[str, Any], version: int = 1) -> Answer:
        """Each question says `record` and, of `bodies`, `first` and `last`, what it asks."""
        full = [{"bodies": [], "first": 0, "last": 0} | question for question in questions]
        token = self.token("challenge", [[question["record"], version] for question in full])
        asked = [question | {"record": str(question["record"])} for question in full]
        return await self.post("/v1/challenge", {"token": token, "nonce": nonce, "questions": asked})

    async def counts(self, day: str) -> Answer:
        return await self.get(f"/v1/counts/{day}", self.token("counts", []))

    async def witness(self, day: str, root: bytes, size: int = 7) -> Answer:
        token = self.token("witness", [[day, root.hex()]])
        return await self.post("/v1/witness", {"token": token, "day": day, "root": root, "size": size})

    async def witnessed(self, query: str = "") -> Answer:
        return await self.get(f"/v1/witness{query}", self.token("witness", []))

    async def status(self) -> dict[str, Any]:
        content: dict[str, Any] = (await self.get("/v1/status", "")).content
        return content

    async def post(self, path: str, content: object) -> Answer:
        return await call(self.app, "POST", path, {}, content if isinstance(content, bytes) else _packed(content))

    async def get(self, path: str, token: str) -> Answer:
        return await call(self.app, "GET", path, {"authorization": f"Bearer {token}"} if token else {}, b"")


async def call(app: ASGIApp, method: str, path: str, headers: dict[str, str], content: bytes) -> Answer:
    """One request to an ASGI application, without a network."""
    target, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": target,
        "raw_path": target.encode(), "query_string": query.encode(), "root_path": "", "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], answered, b"".join(message.get("body", b"") for message in rest))


def _packed(content: object) -> bytes:
    return msgspec.msgpack.encode(content)


def signed(header: dict[str, Any], payload: bytes, key: Ed25519PrivateKey) -> str:
    """A JWS made by another library than the host's."""
    private, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    jwk = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": _base64url(private), "x": _base64url(public)})
    with _eddsa():
        return jws.serialize_compact(header, payload, jwk, algorithms=["EdDSA"])


@contextmanager
def _eddsa() -> Iterator[None]:
    """RFC 8037's name of the algorithm, which RFC 9864 narrows and joserfc warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        yield


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
