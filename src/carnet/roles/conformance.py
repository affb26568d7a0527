"""The conformance kit from the command line: make its keys, check a host, read a report again.

May import: hosting/conformance, and `key_files` of this room. Reads the clock: a check has no portal whose clock it
could take.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shlex
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from carnet import __version__
from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.hosting.conformance.client import Target, line_to, who_answers
from carnet.hosting.conformance.kit import CHECKS, SUBJECTS, Circumstances, Extent, examine
from carnet.hosting.conformance.must import NotRunError
from carnet.hosting.conformance.report import MOST_BYTES, RESULTS, ConformanceReport, Finding, read_report, signed
from carnet.hosting.conformance.tokens import Keys
from carnet.roles.key_files import make_key, public_key, read_bytes, read_signing_key

KEY_NAMES = ("portal", "erasure", "officer", "kit")
CEILING = 200
MOST_CEILING = 499      # one order for one record more must fit into a call
RESTART_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Wished:
    """A check, as it was asked for. `receipt_key` and `host_id` are empty when the host's own word is taken."""

    url: str
    keys: Path
    host_id: str = ""
    receipt_key: str = ""
    restart: str = ""
    ceiling: int = CEILING
    report: Path | None = None
    is_quick: bool = False
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidInput(Issue("value", "accepted: the address of a host, http://… or https://…", "URL"))
        if not 1 <= self.ceiling <= MOST_CEILING:
            raise InvalidInput(Issue("value", f"accepted: 1 to {MOST_CEILING}", "--ceiling"))
        if unknown := set(self.only) - {check.name for check in CHECKS}:
            named = ", ".join(sorted(unknown))
            raise InvalidInput(Issue("value", f"no such check: {named}; --list says which there are", "--only"))


def make_keys(folder: Path, console: Console) -> int:
    """Make the keys of a check, unless they are there, and say what the host has to be told of them."""
    for name in KEY_NAMES:
        make_key(folder / f"{name}.key", demonstration=False)
    keys = _keys(folder)
    console.print(f"Keys of the check are in {folder}. Tell the host, for the time of the check:\n", highlight=False)
    for setting, key in (("host_portal_key", keys.portal), ("host_erasure_key", keys.erasure),
                         ("host_officer_key", keys.officer)):
        console.print(f'{setting} = "{public_key(key)}"', highlight=False, soft_wrap=True)
    console.print(f"host_erasures_a_day = {CEILING}\n", highlight=False)
    console.print(f"Reports are verified with --kit-key {public_key(keys.kit)}", highlight=False, soft_wrap=True)
    return 0


async def check_host(wished: Wished, console: Console) -> int:
    """Make all checks, say what is wrong as it is found, write the signed report; 0 when everything passed, else 1.

    Raises InvalidSetting for keys that are none, HostUnavailable when nothing answers there.
    """
    url, keys = wished.url.rstrip("/"), _keys(wished.keys)
    status = await who_answers(url)
    receipt_key = read_bytes(wished.receipt_key or status.receipt_key, setting="--receipt-key")
    if not wished.receipt_key:
        console.print("The receipt key is the one the host says it has: compare it with the one of its file.")
    with _told(console) as (told, pausing):
        extent = Extent(_restart(wished.restart, console, pausing), wished.is_quick, wished.only)
        async with line_to(Target(url, wished.host_id or status.host, receipt_key), keys, time.time) as host:
            host.ceiling = wished.ceiling
            around = Circumstances(__version__, bool(wished.receipt_key), (_this_machine(),))
            report = await examine(host, extent, around, told=told)
    if wished.report is not None:
        wished.report.write_bytes(signed(report, keys.kit))
    say(report, console)
    if wished.report is not None:
        console.print(f"Signed report: {wished.report}", highlight=False, soft_wrap=True)
    return 0 if report.has_passed else 1


def verify_report(file: Path, kit_key: str, console: Console) -> int:
    """Read a report again, without a network, and say what it says; 0 when the host passed, else 1.

    Raises IntegrityError when this key did not sign it as it is.
    """
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    report = read_report(content, read_bytes(kit_key, setting="--kit-key"))
    say(report, console)
    return 0 if report.has_passed else 1


def say(report: ConformanceReport, console: Console) -> None:
    """A report in words: what was checked and when, what did not pass and why, what was measured."""
    for line in told_of(report):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def told_of(report: ConformanceReport) -> Iterator[str]:
    """The lines of a report."""
    whose = "as it was told" if report.receipt_key_from == "told" else "as the host itself says"
    yield f"Host {report.host}, host API {report.api or 'not said'}, checked on {report.at} over {report.scheme}."
    yield f"Receipt key {report.receipt_key}, {whose}."
    for finding in (*report.of("failed"), *report.of("not run")):
        yield f"{finding.result.upper()} {finding.subject}/{finding.name} ({finding.rule}): {finding.said}"
    for speed in report.speeds:
        yield (f"{speed.what}: {speed.per_second:.0f}/s of {speed.body_bytes} bytes from {speed.clients} clients,"
               f" half within {speed.p50_ms} ms, 99 of 100 within {speed.p99_ms} ms")
    yield from report.words
    passed, failed, not_run = (len(report.of(result)) for result in RESULTS)
    counted = f"{passed} passed, {failed} failed, {not_run} not run"
    quick = " A quick run shows a part only." if report.is_quick else ""
    yield f"{'Conforms' if report.has_passed else 'Does NOT conform'}: {counted}.{quick}"


def checks_told() -> Iterator[str]:
    """What each check proves, as docs/hosts/conformance.md has it."""
    subject = ""
    for check in sorted(CHECKS, key=lambda check: SUBJECTS.index(check.subject)):
        if check.subject != subject:
            subject = check.subject
            yield from ("", f"### {subject.capitalize()}", "", "| Check | Rule | Proves |", "|---|---|---|")
        yield f"| `{check.name}` | {check.rule} | {check.proves} |"


def _keys(folder: Path) -> Keys:
    return Keys(*(
        read_signing_key(folder / f"{name}.key", setting="--keys", demonstration=False) for name in KEY_NAMES))


def _this_machine() -> str:
    cores = os.cpu_count()
    return f"kit: {cores} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


Pausing = Callable[[bool], None]


@contextmanager
def _told(console: Console) -> Iterator[tuple[Callable[[Finding], None], Pausing]]:
    """A bar that moves with each check, and a line for each that did not pass."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar: TaskID = progress.add_task("checks", total=len(CHECKS))

        def told(finding: Finding) -> None:
            progress.update(bar, advance=1, description=finding.subject)
            if finding.result == "failed":
                progress.console.print(f"FAILED {finding.subject}/{finding.name}", markup=False, highlight=False)

        def pausing(is_over: bool) -> None:
            if is_over:
                progress.start()
            else:
                progress.stop()

        yield told, pausing


def _restart(command: str, console: Console, pausing: Pausing) -> Callable[[], Awaitable[None]] | None:
    """How the host is started again: by a command, run without a shell; by a person; or not at all."""
    if not command:
        return None
    if command == "ask":
        return lambda: _asked(console, pausing)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InvalidInput(Issue("value", f"is no command: {error}", "--restart")) from error
    return lambda: _commanded(words)


async def _asked(console: Console, pausing: Pausing) -> None:
    """A person starts it again. The writers of the check go on meanwhile."""
    pausing(False)
    try:
        await asyncio.to_thread(
            console.input, "End the host now, as a crash would, start it again, and press Enter: ", markup=False)
    except EOFError as error:
        raise NotRunError("nobody was there to start the host again") from error
    finally:
        pausing(True)


async def _commanded(words: list[str]) -> None:
    why = "the command that starts the host again"
    with TemporaryFile() as said:   # not a pipe: a host that the command leaves behind would hold it open
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said)
        except OSError as error:
            raise NotRunError(f"{why} could not be run ({type(error).__name__})") from error
        try:
            code = await asyncio.wait_for(process.wait(), RESTART_SECONDS)
        except TimeoutError as error:
            process.kill()
            raise NotRunError(f"{why} took more than {RESTART_SECONDS:.0f} s") from error
        said.seek(0)
        last = said.read().decode(errors="replace").strip().splitlines()[-1:] or [""]
    if code:
        raise NotRunError(f"{why} ended with {code}: {last[0][:200]}")
