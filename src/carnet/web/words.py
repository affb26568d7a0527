"""What the pages say, in French and in English: one catalogue of TOML files per language, with the same keys.

A message is plain text, never HTML. A message with `one` and `other` is chosen by its number `n`.
May import: nothing of the project.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from babel.numbers import format_decimal

Message: TypeAlias = "str | Plural"

_LONG_NUMBER = 10_000      # shorter ones may be years, and are read at a glance

# Narrow or full unbreakable spaces, as French typography wants them.
_FRENCH_SPACES = (
    (re.compile(r" ([;!?])"), "\u202f\\1"), (re.compile(r" ([:»])"), "\u00a0\\1"), (re.compile("« "), "«\u00a0"),
)


class Language(StrEnum):
    """The languages of the pages. The first is the one of who says nothing."""

    FR = "fr"
    EN = "en"

    @property
    def other(self) -> Language:
        """The one to switch to."""
        return Language.EN if self is Language.FR else Language.FR


@dataclass(frozen=True, slots=True)
class Plural:
    """A message in two numbers. In French zero is singular, in English it is plural."""

    one: str
    other: str

    def for_number(self, number: int, language: Language) -> str:
        """The form that goes with this number."""
        singular = abs(number) < 2 if language is Language.FR else number == 1
        return self.one if singular else self.other


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue of one language. A key that it lacks is a mistake of ours, and raises KeyError."""

    language: Language
    messages: Mapping[str, Message]

    def __call__(self, key: str, **values: object) -> str:
        """The message, with its values put in."""
        message = self.messages[key]
        if isinstance(message, Plural):
            number = values.get("n")
            message = message.for_number(number if isinstance(number, int) else 2, self.language)
        return message.format(**self._written(values)) if values else message

    def _written(self, values: Mapping[str, object]) -> dict[str, object]:
        """Long numbers in groups of three digits: a million is not counted by its zeros."""
        return {
            name: format_decimal(value, locale=self.language.value)
            if isinstance(value, int) and value >= _LONG_NUMBER else value for name, value in values.items()}

    def has(self, key: str) -> bool:
        """True if the catalogue holds this message: for codes that come from elsewhere, such as acts."""
        return key in self.messages


@cache
def words(language: Language) -> Words:
    """Read the catalogue of a language, once."""
    messages: dict[str, Message] = {}
    folder = files("carnet.web") / "words" / language
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        _gather(tomllib.loads(file.read_text(encoding="utf-8")), "", language, messages)
    return Words(language, messages)


def _gather(table: Mapping[str, object], path: str, language: Language, into: dict[str, Message]) -> None:
    for name, value in table.items():
        key = f"{path}{name}"
        if isinstance(value, str):
            into[key] = _typeset(value, language)
        elif isinstance(value, dict) and set(value) == {"one", "other"}:
            into[key] = Plural(_typeset(value["one"], language), _typeset(value["other"], language))
        elif isinstance(value, dict):
            _gather(value, f"{key}.", language, into)


def _typeset(text: str, language: Language) -> str:
    text = text.strip().replace("'", "’")
    if language is Language.FR:
        for pattern, replacement in _FRENCH_SPACES:
            text = pattern.sub(replacement, text)
    return text
