"""What `carnet matrix` prints: matrices and their differences, in French or English. Pure.

May import: rights, documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.rights.matrix import Key, Matrix
from carnet.rights.matrix_diff import Change, Moved, later_days
from carnet.rights.matrix_keys import label, professions

_MOST_DAYS = 10
_WORDS = {
    "en": {
        "official": "official", "not_official": "not the official one", "read": "reads", "write": "writes",
        "gained": "+", "lost": "-", "nothing": "nothing changes", "yes": "yes", "no": "no",
        "summary": "{gain} gain, {lose} lose", "same": "Nobody gains or loses anything on {day}.",
        "later": "It says something else on other days too: {days}",
        "of": "{version}, {official}: {title}", "source": "Source: {source}", "on": "On {day}:",
        "counts": "{name}: reads {read} types, writes {write}", "rows": "{rows} rows, {keys} kinds of people",
        "unnamed": "{name}: no row for {count} types, which are closed: {types}",
        "compared": "From {before} to {after}, on {day}: {summary}.", "none": "no matrix",
    },
    "fr": {
        "official": "officielle", "not_official": "pas l'officielle", "read": "lit", "write": "dépose",
        "gained": "+", "lost": "-", "nothing": "rien ne change", "yes": "oui", "no": "non",
        "summary": "{gain} gagnent, {lose} perdent", "same": "Personne ne gagne ni ne perd rien le {day}.",
        "later": "Elle dit autre chose d'autres jours : {days}",
        "of": "{version}, {official} : {title}", "source": "Source : {source}", "on": "Le {day} :",
        "counts": "{name} : lit {read} types, en dépose {write}", "rows": "{rows} lignes, {keys} sortes de personnes",
        "unnamed": "{name} : aucune ligne pour {count} types, qui sont fermés : {types}",
        "compared": "De {before} à {after}, le {day} : {summary}.", "none": "aucune matrice",
    },
}
LANGUAGES = tuple(_WORDS)


def headline(matrix: Matrix, language: str) -> Iterator[str]:
    """Which matrix this is, and whether it is the official one."""
    words = _WORDS[language]
    yield words["of"].format(
        version=matrix.version, title=matrix.title or words["none"], official=_official(matrix, language))
    if matrix.source:
        yield words["source"].format(source=matrix.source)


def checked(matrix: Matrix, language: str) -> Iterator[str]:
    """A file that was read: how much it says, and the health professions that it leaves without an answer."""
    words = _WORDS[language]
    yield from headline(matrix, language)
    yield words["rows"].format(rows=len(matrix.rows), keys=len(matrix.keys))
    every = [each.code for each in codes.every(CodeList.TYPE) if codes.is_in_dmp(each.code)]
    for key in professions():
        answered = {row.type_code for row in matrix.rows if row.key == key}
        missing = [code for code in every if code not in answered]
        if missing:
            yield words["unnamed"].format(name=label(key, language), count=len(missing), types=" ".join(missing))


def counted(matrix: Matrix, day: date, language: str) -> Iterator[str]:
    """Everyone whom a matrix names, with how many types they read and write."""
    words = _WORDS[language]
    yield words["on"].format(day=day)
    for key in matrix.keys:
        column = matrix.column(key, day)
        yield "  " + words["counts"].format(
            name=label(key, language), read=len(column.readable), write=len(column.writable))


def listed(matrix: Matrix, key: Key, day: date, language: str) -> Iterator[str]:
    """Every type, and whether these people read it and write it."""
    words, column = _WORDS[language], matrix.column(key, day)
    yield f"{label(key, language)} · {day}"
    for each in codes.every(CodeList.TYPE):
        answers = (
            f"{words[verb]} {words['yes' if each.code in types else 'no']:3}"
            for verb, types in (("read", column.readable), ("write", column.writable)))
        yield f"  {'  '.join(answers)}  {_type(each.code, language)}"


def compared(
    before: Matrix, after: Matrix, changes: Sequence[Change], *, day: date, language: str,
) -> Iterator[str]:
    """Who gains or loses what when one matrix takes the place of the other, and how many do."""
    words = _WORDS[language]
    for change in changes:
        yield label(change.key, language)
        yield from _moved(change.read, "read", language)
        yield from _moved(change.write, "write", language)
        if not change.gains and not change.loses:
            yield f"  {words['nothing']}"
    if not changes:
        yield words["same"].format(day=day)
    else:
        gain, lose = (sum(each.gains for each in changes), sum(each.loses for each in changes))
        yield words["compared"].format(
            before=before.version, after=f"{after.version} ({_official(after, language)})", day=day,
            summary=words["summary"].format(gain=gain, lose=lose))
    if days := later_days(after, day):
        shown = ", ".join(str(each) for each in days[:_MOST_DAYS])
        yield words["later"].format(days=shown + (", …" if len(days) > _MOST_DAYS else ""))


def _moved(moved: Moved, verb: str, language: str) -> Iterator[str]:
    words = _WORDS[language]
    if moved.gained or moved.lost:
        yield f"  {words[verb]} +{len(moved.gained)} -{len(moved.lost)}"
    for sign, types in (("gained", moved.gained), ("lost", moved.lost)):
        yield from (f"    {words[sign]} {_type(code, language)}" for code in types)


def _type(code: str, language: str) -> str:
    return f"{code}  {codes.label(CodeList.TYPE, code, language)}"


def _official(matrix: Matrix, language: str) -> str:
    return _WORDS[language]["official" if matrix.is_official else "not_official"]
