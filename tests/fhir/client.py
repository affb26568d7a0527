"""A small FHIR client for tests: it calls the doors in this process, as a server would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from carnet.fhir.app import FhirDoors

FHIR = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, as JSON."""
        return msgspec.json.decode(self.body)

    @property
    def issues(self) -> list[tuple[str, str]]:
        """Code and first expression (or location) of every issue of an OperationOutcome."""
        found = self.json.get("issue", [])
        return [(issue["code"], (issue.get("expression") or issue.get("location") or [""])[0]) for issue in found]


class Client:
    """Asks the doors, with one token."""

    def __init__(self, doors: FhirDoors, token: str = "") -> None:
        self.doors = doors
        self.token = token

    def bearing(self, token: str) -> Client:
        """The same, as somebody else."""
        return Client(self.doors, token)

    async def get(self, path: str, parameters: Any = (), **headers: str) -> Answer:
        """GET [base]/path."""
        return await self.ask("GET", path, query=urlencode(parameters), headers=headers)

    async def post(self, path: str, body: Any, content_type: str = FHIR, **headers: str) -> Answer:
        """POST [base]/path; what is no bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.ask("POST", path, body=content, headers={"content-type": content_type, **headers})

    async def ask(
        self, method: str, path: str, *, query: str = "", body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request."""
        named = {name.replace("_", "-").lower(): value for name, value in (headers or {}).items()}
        if self.token:
            named.setdefault("authorization", f"Bearer {self.token}")
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": f"/fhir/{path}",
            "path_params": {"path": path}, "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        pieces = [body[start:start + 65536] for start in range(0, len(body), 65536)] or [b""]
        incoming = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces) - 1}
            for number, piece in enumerate(pieces)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.doors(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(message.get("body", b"") for message in sent[1:]))
