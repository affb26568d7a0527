"""Ask a person at the terminal for what must not be seen: without echo, never as an argument, never kept.

May import: errors.
"""

from __future__ import annotations

import getpass
import sys

from carnet.errors import InvalidInput, Issue


def hidden(question: str) -> str:
    """The line that is typed, or the next line of standard input when that is no terminal. Raises InvalidInput."""
    is_terminal = sys.stdin.isatty()
    answer = getpass.getpass(f"{question}: ") if is_terminal else sys.stdin.readline().rstrip("\n")
    if not answer:
        raise InvalidInput(Issue("required", "nothing was given", question))
    return answer
