"""Whether two sets of traits are those of one person, as the national rules compare them (RNIV): to the letter, but
for accents, case and the signs between letters. Pure.

May import: the types of this room.
"""

from __future__ import annotations

import unicodedata

from carnet.people.patient import Sex, Traits


def differing(one: Traits, other: Traits) -> tuple[str, ...]:
    """The names of the strict traits that differ. What only one of the two says is no difference."""
    pairs = {
        "birth_family": _letters(one.birth_family) != _letters(other.birth_family),
        "birth_given": not _same_given(one, other),
        "birth_date": one.birth_date != other.birth_date,
        "sex": one.sex != other.sex and Sex.UNKNOWN not in (one.sex, other.sex),
        "birthplace": bool(one.birthplace and other.birthplace) and one.birthplace.upper() != other.birthplace.upper(),
    }
    return tuple(name for name, differs in pairs.items() if differs)


def _same_given(one: Traits, other: Traits) -> bool:
    """The first name of birth, also where one of the two has written only the list of all of them."""
    first = _letters(one.birth_given), _letters(other.birth_given)
    return first[0] == first[1] or any(
        _letters(" ".join(names)) == name for names, name in (
            (one.given_names, first[1]), (other.given_names, first[0])) if names)


def _letters(text: str) -> str:
    """`Jean-François d'É` as `JEAN FRANCOIS D E`."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae"))
    kept = "".join(each if each.isalnum() else " " for each in plain if not unicodedata.combining(each))
    return " ".join(kept.upper().split())
