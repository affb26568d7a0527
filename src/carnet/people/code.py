"""A code of a list, the smallest noun that people and documents share.

May import: nothing of the project.
"""

from __future__ import annotations

import msgspec


class Code(msgspec.Struct, frozen=True, cache_hash=True):
    """A code of a list: `system` is its OID (or a URI where the list has none).

    Two codes that differ only by their display are not equal: compare `key` to know if they mean the same.
    """

    code: str
    system: str
    display: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the meaning: the code and its list, without the words."""
        return (self.code, self.system)

    def __str__(self) -> str:
        return f"{self.code}^{self.display}^{self.system}"
