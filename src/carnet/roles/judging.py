"""A process apart that holds documents to the national rules: `python -m carnet.roles.judging FOLDER MEGABYTES`.

Saxon reads what an enemy wrote: here are no keys, no database and no settings, memory is bounded, and no file can be
written. Documents come on the standard input, each after its length and the rule sets to leave out; lines of JSON go
out: what is about to be done, then what was found. May import: documents, errors.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from carnet.documents.schematron.judge import Judge
from carnet.documents.schematron.verdict import Verdict
from carnet.errors import CarnetError

MIB = 1024 * 1024
_FILES = 256


class Asked(msgspec.Struct, frozen=True):
    """What comes before a document: its length, and the rule sets to leave out."""

    length: int
    without: tuple[str, ...] = ()


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: `ready` with the digest of the rules, `cannot` start and why, what is begun, or what was found."""

    ready: str = ""
    cannot: str = ""
    step: str = ""
    rules: str = ""
    verdict: Verdict | None = None


def main(folder: str, megabytes: str) -> int:
    """Judge what comes until the input ends."""
    out = _alone(int(megabytes))
    try:
        judge = Judge(Path(folder))
        _say(out, Said(ready=judge.version))
    except ImportError:
        _say(out, Said(cannot="saxonche is not installed (the extra `rules` of this package)"))
        return 1
    except CarnetError as error:
        _say(out, Said(cannot=str(error)))
        return 1
    while (line := sys.stdin.buffer.readline()):
        asked = msgspec.json.decode(line, type=Asked)
        content = sys.stdin.buffer.read(asked.length)
        verdict = judge.judge(
            content, without=asked.without, told=lambda step, rules: _say(out, Said(step=step, rules=rules)))
        _say(out, Said(verdict=verdict))
    return 0


def _alone(megabytes: int) -> BinaryIO:
    """Give up what is not needed; the only way out. What Java and rules print goes nowhere."""
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * MIB, megabytes * MIB))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return out


def _say(out: BinaryIO, said: Said) -> None:
    out.write(msgspec.json.encode(said) + b"\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
