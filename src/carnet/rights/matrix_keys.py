"""Whom a row of a matrix may name: the professions, know-hows and roles of the national lists, with their words.

They are those of an author's specialty (JDV_J01): `G15_60/SI04` is the know-how SI04 of the profession 60 of TRE_G15.
"""

from __future__ import annotations

from functools import cache

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.people.caller import PROFESSION, ROLE, TRAINEE
from carnet.people.claims import SPECIALTY
from carnet.people.code import Code
from carnet.rights.matrix import Key

_LISTS = {"G15": PROFESSION, "G16": TRAINEE}
_PATIENT = "EXP_PATIENT"        # of the same list as software, but no matrix rules what patients do


@cache
def known() -> dict[Key, str]:
    """Every profession and every know-how of one, with the code of its words in the list of specialties."""
    return {_key(each): each.code for each in codes.every(CodeList.SPECIALTY) if each.code != _PATIENT}


@cache
def roles() -> frozenset[str]:
    """The codes of TRE_R85."""
    return frozenset(key.code for key in known() if key.oid == ROLE)


def professions() -> tuple[Key, ...]:
    """The health professions of TRE_G15, in the order of the list."""
    return tuple(key for key in known() if key.oid == PROFESSION and not key.knowhow)


def key_of(written: str) -> Key | None:
    """The key that a code means: `60` or `G15_60`, `G15_60/SI04`, `G16_10`, `300`, `AUTOMATE`; None for another."""
    by_code = {code: key for key, code in known().items()}
    return by_code.get(f"G15_{written}") or by_code.get(written)


def label(key: Key, language: str = "fr") -> str:
    """What to call those whom a key names: the words of the list, and the code that `key_of` reads."""
    code = known().get(Key(key.oid, key.code, key.knowhow), key.code)
    words = f"{codes.label(CodeList.SPECIALTY, code, language)} ({code.removeprefix('G15_')})"
    if not key.role:
        return words
    return f"{words}, {codes.label(CodeList.SPECIALTY, key.role, language)} ({key.role})"


def _key(specialty: Code) -> Key:
    if specialty.system != SPECIALTY:
        return Key(specialty.system, specialty.code)
    profession, _, knowhow = specialty.code.partition("/")
    table, _, code = profession.partition("_")
    return Key(_LISTS[table], code, knowhow)
