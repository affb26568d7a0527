"""Calls to a host about many records at once (export, fill, erase), and to watch it (challenge, counts, witness).

Nobody waits for one of these as for a page: they have long budgets, and no flights. What they bring is checked here as
far as it can be without knowing a head: bodies against their names, receipts against what was ordered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from carnet.errors import HostUnavailable, IntegrityError
from carnet.hosting.bulk_wire import (
    Answer,
    ChallengeAnswer,
    CopyFrom,
    CopyToFill,
    DailyCounts,
    ErasedAnswer,
    ExportAnswer,
    FillAnswer,
    Question,
    RecordCopy,
    Witnessed,
    WitnessedAnswer,
)
from carnet.hosting.line.client import Down, Line, Refused
from carnet.hosting.wire import EntryResult, ReceiptAnswer
from carnet.journal.chain import body_id

SLOW_SECONDS = 30.0
EXPORT_BYTES = 16 * 2**20
MOST_RECORDS = 500      # in one export, fill, challenge or order to erase: no host takes more
T = TypeVar("T")


class CeilingReached(HostUnavailable):
    """The host executes no more erasures today, unless officers approve them. Nothing of the call was done."""


class BulkCalls(Line):
    """The part of `HostClient` that moves, erases and watches."""

    async def export(
        self, asked: Sequence[CopyFrom], *, most_bytes: int = EXPORT_BYTES,
    ) -> Sequence[RecordCopy]:
        """Copies of the first of these records, as many as fit into `most_bytes`: ask again for those that follow.

        Bodies hash to their names; whether entries lead to a head is for the caller to verify.
        """
        token = self._token("export", [(str(each.record), each.version, each.after) for each in asked])
        payload = {
            "token": token, "records": [{"record": each.record, "after": each.after} for each in asked],
            "most_bytes": most_bytes,
        }
        try:
            copies = self._decoded(
                await self._post("/v1/export", payload, SLOW_SECONDS, self.reads), ExportAnswer).copies
        except Down:
            self._asked("export_unanswered")        # the host may have counted what never arrived
            raise
        self._asked("export", sum(len(copy.bodies) for copy in copies))
        if not copies or [copy.record for copy in copies] != [each.record for each in asked[:len(copies)]]:
            raise IntegrityError(f"host {self.host.id} exports other records than those asked")
        for copy in copies:
            if any(body_id(body.sealed) != body.id for body in copy.bodies):
                raise IntegrityError(f"host {self.host.id} exports a body that is not what it is named")
        return copies

    async def fill(self, copies: Sequence[CopyToFill]) -> Sequence[EntryResult]:
        """Have the host keep these bodies and append these entries; of each record all or nothing.

        A result says what `append` would say of the record's last entry, and which named bodies are lacking there.
        """
        items = [(str(copy.record), copy.version, copy.previous.hex(), copy.ticket_end) for copy in copies]
        payload = {
            "token": self._token("fill", items),
            "copies": [
                {"record": copy.record, "place": copy.place, "previous": copy.previous, "entries": copy.entries,
                 "bodies": copy.bodies} for copy in copies
            ],
        }
        answer = self._decoded(await self._post("/v1/fill", payload, SLOW_SECONDS, self.writes), FillAnswer)
        if len(answer.results) != len(copies):
            raise IntegrityError(f"host {self.host.id} gave {len(answer.results)} results for {len(copies)} records")
        held = [(copy, result) for copy, result in zip(copies, answer.results, strict=True) if result.is_stored]
        for copy, result in held:
            self._check_filled(copy, result)
        self._believe(answer.receipt, "fill", [
            (str(copy.record), result.place, result.head.hex(), len(result.lacking)) for copy, result in held])
        return answer.results

    async def erase_all(
        self, items: Sequence[tuple[UUID, int]], *, approval: str | None = None,
    ) -> ErasedAnswer:
        """Order the erasure of all the host holds of these records, each under its placement version.

        Raises CeilingReached, and nothing is done, when this is more than the host erases in a day and `approval`, the
        officers' JWS, does not cover it.
        """
        asked = [(str(record), version) for record, version in items]
        payload = {
            "token": self._token("erase", asked), "approval": approval,
            "records": [{"record": record, "version": version} for record, version in asked],
        }
        answer = await self._erased("/v1/erase", payload, ErasedAnswer)
        done = [(str(each.record), each.version, each.entries, each.bodies) for each in answer.items]
        late = {(str(each.record), each.version) for each in answer.refused}
        if [each[:2] for each in done] != [each for each in asked if each not in late]:
            raise IntegrityError(f"host {self.host.id} erased other records than those ordered")
        self._believe(answer.receipt, "erase", done)
        return answer

    async def challenge(self, nonce: bytes, questions: Sequence[Question]) -> Sequence[Answer]:
        """The host's digests, under `nonce`, of what is asked, made from the bytes it stores. Not yet compared."""
        token = self._token("challenge", [(str(each.record), each.version) for each in questions])
        payload = {
            "token": token, "nonce": nonce,
            "questions": [
                {"record": each.record, "bodies": each.bodies, "first": each.first, "last": each.last}
                for each in questions
            ],
        }
        answer = self._decoded(
            await self._post("/v1/challenge", payload, SLOW_SECONDS, self.reads), ChallengeAnswer)
        asked = [len(each.bodies) for each in questions]
        if [len(each.bodies) for each in answer.answers] != asked:
            raise IntegrityError(f"host {self.host.id} answers other questions than those asked")
        self._believe(answer.receipt, "challenge", [
            (str(question.record), each.journal.hex() if each.journal else "")
            for question, each in zip(questions, answer.answers, strict=True)])
        return answer.answers

    async def counts(self, day: str) -> DailyCounts:
        """What the host signs that it did on this day (YYYY-MM-DD, UTC)."""
        counts = await self._get(f"/v1/counts/{day}", self._token("counts", []), DailyCounts, SLOW_SECONDS)
        said = (
            day, counts.bodies_read, counts.bytes_read, counts.bodies_put, counts.entries_appended, counts.refused,
            counts.exported, counts.challenged)
        self._believe(counts.receipt, "counts", [said])
        return counts

    async def witness(self, day: str, root: bytes, size: int) -> str:
        """Have the host keep this daily root for ever; its receipt. Raises IntegrityError when it keeps another."""
        payload = {"token": self._token("witness", [(day, root.hex())]), "day": day, "root": root, "size": size}
        try:
            raw = await self._post("/v1/witness", payload, SLOW_SECONDS, self.writes)
        except Refused as refusal:
            if refusal.status == 409:
                raise IntegrityError(f"host {self.host.id} keeps another root of {day}, or a later day") from refusal
            raise
        answer = self._decoded(raw, ReceiptAnswer)
        self._believe(answer.receipt, "witness", [(day, root.hex(), size)])
        return answer.receipt

    async def witnessed(self, after: str = "") -> list[Witnessed]:
        """The daily roots this host keeps, the oldest first, of the days after this one."""
        query = f"?after={after}" if after else ""
        answer = await self._get(
            f"/v1/witness{query}", self._token("witness", []), WitnessedAnswer, SLOW_SECONDS)
        return list(answer.roots)

    async def _erased(self, path: str, payload: Mapping[str, Any], kind: type[T]) -> T:
        try:
            return self._decoded(await self._post(path, payload, SLOW_SECONDS, self.writes), kind)
        except Refused as refusal:
            if refusal.status == 403:
                raise CeilingReached(self.host.id, f"erases no more: {_why(refusal.answer)}") from refusal
            raise

    def _check_filled(self, copy: CopyToFill, result: EntryResult) -> None:
        last = copy.place + len(copy.entries) - 1
        if result.status == "appended" and (result.place, result.head) != (last, copy.head):
            raise IntegrityError(f"host {self.host.id} says it appended entries, and has another head")


class _Message(msgspec.Struct, frozen=True):
    message: str = ""


def _why(answer: bytes) -> str:
    try:
        return msgspec.json.decode(answer, type=_Message).message
    except msgspec.MsgspecError:
        return "it does not say why"
