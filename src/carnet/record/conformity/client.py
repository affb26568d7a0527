"""The process that runs the national rules, as the worker asks it: bounded in time, ended when it fails, begun again.

A rule set that ends the process while it is compiled is left out from then on: it is the rules' own fault. One that
does so while it runs is left out for this document only. May import: documents, errors.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from carnet.documents.schematron.verdict import NotRun, Verdict
from carnet.errors import Unavailable

_LINE_BYTES = 4 * 1024 * 1024
_MOST_TRIES = 8
_START_SECONDS = 60.0
_TOO_MUCH = "it took more time or memory than it may"


class _Line(msgspec.Struct, frozen=True):
    ready: str = ""
    cannot: str = ""
    step: str = ""
    rules: str = ""
    verdict: Verdict | None = None


class _EndedError(Exception):
    """The process is no more, or said nothing in time; it was about to do this."""

    def __init__(self, step: str, rules: str) -> None:
        super().__init__(step)
        self.step, self.rules = step, rules


@dataclass
class Checker:
    """Holds documents to the rules, one after the other. `seconds` is how long each step of a document may take, `tied`
    what ties the process to this one: it may be at work when this one is killed.
    """

    command: Sequence[str]
    seconds: float = 60.0
    tied: Callable[[], None] | None = None
    _process: asyncio.subprocess.Process | None = None
    _version: str = ""
    _unusable: dict[str, str] = field(default_factory=dict)

    async def version(self) -> str:
        """The digest of the rules. Raises Unavailable when they cannot be run here."""
        if self._process is None or self._process.returncode is not None:
            await self._start()
        return self._version

    async def check(self, content: bytes) -> Verdict:
        """What the rules say of these bytes, or why they could not be run on them. Raises Unavailable."""
        left_out: dict[str, str] = {}
        for _ in range(_MOST_TRIES):
            version = await self.version()
            try:
                verdict = await self._judged(content, [*self._unusable, *left_out])
            except _EndedError as ended:
                await self.close()
                if not ended.rules:
                    return Verdict(version, not_run=(NotRun("", _TOO_MUCH),))
                (self._unusable if ended.step == "compile" else left_out)[ended.rules] = _TOO_MUCH
                continue
            said = [NotRun(rules, why) for rules, why in {**self._unusable, **left_out}.items()]
            return msgspec.structs.replace(verdict, not_run=(*verdict.not_run, *said))
        return Verdict(await self.version(), not_run=(NotRun("", _TOO_MUCH),))

    async def close(self) -> None:
        """End the process: its memory is given back, and it is begun again when it is needed."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _start(self) -> None:
        await self.close()
        try:
            self._process = await self._begun()
        except OSError as error:
            raise Unavailable(f"documents are not checked: {error.strerror}") from error
        try:
            said = await self._line(_START_SECONDS)
        except _EndedError:
            said = _Line(cannot="it ended at once")
        if not said.ready:
            await self.close()
            raise Unavailable(f"documents are not checked: {said.cannot}")
        self._version = said.ready

    async def _begun(self) -> asyncio.subprocess.Process:
        """With none of the settings that the environment may hold, nor their secrets."""
        return await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, limit=_LINE_BYTES, preexec_fn=self.tied,
            env={name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ})

    async def _judged(self, content: bytes, without: Sequence[str]) -> Verdict:
        process, step, rules = self._process, "", ""
        if process is None or process.stdin is None:
            raise _EndedError("", "")
        try:
            head = msgspec.json.encode({"length": len(content), "without": without})
            process.stdin.write(head + b"\n" + content)
            async with asyncio.timeout(self.seconds):
                await process.stdin.drain()
        except (OSError, TimeoutError):
            raise _EndedError("", "") from None
        while True:
            try:
                said = await self._line(self.seconds)
            except _EndedError:
                raise _EndedError(step, rules) from None
            if said.verdict is not None:
                return said.verdict
            step, rules = said.step, said.rules

    async def _line(self, seconds: float) -> _Line:
        stdout = self._process.stdout if self._process is not None else None
        try:
            async with asyncio.timeout(seconds):
                line = await stdout.readline() if stdout is not None else b""
            return msgspec.json.decode(line, type=_Line)
        except (TimeoutError, ValueError, OSError, msgspec.DecodeError):
            raise _EndedError("", "") from None
