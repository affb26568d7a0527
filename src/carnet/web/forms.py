"""Fields of forms: what is asked, what was answered, and what is wrong with it, beside the very field.

May import: the catalogue of this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carnet.errors import Issue
from carnet.web.words import Words

Choice = tuple[str, str]                             # value, words
Group = tuple[str, tuple[Choice, ...]]               # heading (may be empty), choices


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `groups` holds the choices of a list, empty for what is typed."""

    name: str
    label: str
    value: str = ""
    help: str = ""
    error: str = ""
    is_required: bool = False
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a form brought back, with what is wrong by field."""

    values: Mapping[str, str]
    errors: Mapping[str, str]

    def value(self, name: str) -> str:
        """What was typed, to show it again."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """What is wrong with this field, in words; empty if nothing."""
        return self.errors.get(name, "")


NOTHING = Answers({}, {})


def field(words: Words, form: str, name: str, answers: Answers = NOTHING, *, choices: Iterable[Group] = ()) -> Field:
    """A field whose label and help are in the catalogue, under `<form>.<name>` and `<form>.<name>_help`."""
    help_key = f"{form}.{name}_help"
    return Field(
        name, words(f"{form}.{name}"), answers.value(name), words(help_key) if words.has(help_key) else "",
        answers.error(name), groups=tuple(choices),
    )


def in_words(words: Words, form: str, issues: Iterable[Issue]) -> dict[str, str]:
    """Issues of the rooms below, by field, in the words of this form (`<form>.<field>_wrong`) where it has some."""
    said = {}
    for issue in issues:
        key = f"{form}.{issue.expression}_wrong"
        said[issue.expression] = words(key) if words.has(key) else words("form.wrong")
    return said
