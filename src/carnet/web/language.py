"""Which language to speak: the one that was chosen, else the browser's, else French.

May import: the catalogue of this room.
"""

from __future__ import annotations

from collections.abc import Mapping

from carnet.web.words import Language

COOKIE = "carnet_langue"


def preferred(cookies: Mapping[str, str], accept_language: str) -> Language:
    """Choose from the cookie, then from the Accept-Language header (RFC 9110, 12.5.4)."""
    chosen = cookies.get(COOKIE, "")
    if chosen in set(Language):
        return Language(chosen)
    ranked = sorted(enumerate(accept_language.split(",")), key=lambda item: (-_quality(item[1]), item[0]))
    for _, choice in ranked:
        code = choice.split(";")[0].strip().lower()[:2]
        if code in set(Language) and _quality(choice) > 0:
            return Language(code)
    return Language.FR


def _quality(choice: str) -> float:
    for parameter in choice.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
