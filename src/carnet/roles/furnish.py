"""Furnish: give the invented patients of the demonstration a record and documents, through the public doors only.

It may run at every start: what is already there is answered "already there".
May import: `demo_people`, `demo_settings` and `tokens` of this room. Touches the world: the network.
"""

from __future__ import annotations

from collections.abc import Callable

from carnet.roles.demo_settings import Plan


async def furnish(plan: Plan, *, tell: Callable[[str], None]) -> None:
    """Open the records and feed them. `tell` gets a line for people at each step."""
