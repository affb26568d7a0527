"""A step before something that is hard to take back: what it does, in full, then yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from carnet.web import forms
from carnet.web.words import Words


@dataclass(frozen=True, slots=True)
class Confirm:
    """The page. `path` is where yes is sent, with what is `hidden`; `back` is where no leads.

    With an `agreement` the text of the consent is shown, and the box must be ticked.
    """

    title: str
    lead: str
    points: tuple[str, ...]
    do: str
    path: str
    back: str
    tone: str = "stop"
    hidden: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[forms.Field, ...] = ()
    agreement: forms.Field | None = None

    def naming(self, name: str) -> Confirm:
        """The same page, with the name of whom it is about in its title."""
        return replace(self, title=self.title.format(name=name))


def confirm(words: Words, form: str, points: tuple[str, ...], *, path: str, back: str, **hidden: str) -> Confirm:
    """The page whose words are `<form>.title`, `.lead`, `.do` and each of `points`; yes carries `confirmed`."""
    return Confirm(
        words(f"{form}.title"), words(f"{form}.lead"), tuple(words(f"{form}.{point}") for point in points),
        words(f"{form}.do"), path, back, hidden={"confirmed": "yes", **hidden},
    )
