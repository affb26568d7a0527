"""Damage: what PostgreSQL itself cannot read any more must not keep what it can from being read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

Thing = TypeVar("Thing")
Found = TypeVar("Found")


async def readable(
    things: Sequence[Thing], read: Callable[[Sequence[Thing]], Awaitable[list[Found]]]
) -> list[Found | None]:
    """What `read` gives for each of these, None for each that is on a damaged page.

    `read` is asked once in the usual case; when it fails, for one half and then the other.
    """
    if not things:
        return []
    try:
        return list(await read(things))
    except asyncpg.DataCorruptedError:
        if len(things) == 1:
            return [None]
    half = len(things) // 2
    return await readable(things[:half], read) + await readable(things[half:], read)
