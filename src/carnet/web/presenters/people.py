"""People who act for one another: who acts for me, for whom I act, and what was asked of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.people.ins import Ins
from carnet.record.proxies import RELATIONSHIPS, ActsFor
from carnet.rights.held import Proxy, ProxyKind, ProxyState
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from uuid import UUID

_FIELDS = ("name", "person", "oid", "kind", "relationship")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody for whom I act, or may accept to. `handle` stands for them in forms, for this session only."""

    name: str
    capacity: str
    what: str
    handle: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ProxyLine:
    """Somebody who acts for the holder, or was invited to."""

    proxy_id: UUID
    name: str
    capacity: str
    tag: Tag
    until: str
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class PeopleView:
    """The page. `form` is empty for who invites nobody here; `problems` are those that no field of it shows."""

    heading: str
    invitations: tuple[PersonLine, ...]
    helped: tuple[PersonLine, ...]
    proxies: tuple[ProxyLine, ...] | None
    form: Mapping[str, forms.Field]
    problems: tuple[str, ...]
    notice: Tag | None


@dataclass(frozen=True, slots=True)
class Circle:
    """What the record room said: `proxies` is None when there is nothing to say of those of this record."""

    acts_for: Sequence[ActsFor]
    handles: Mapping[Ins, str]
    proxies: Sequence[Proxy] | None
    may_change: bool
    is_dependant: bool


@dataclass(frozen=True, slots=True)
class PeoplePresenter:
    """Puts people into words. `acting_for` is the person whose record the pages are about, when it is not one's own."""

    words: Words
    calendar: Calendar
    acting_for: str
    oids: tuple[forms.Choice, ...]

    def view(self, circle: Circle, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None) -> PeopleView:
        """The page."""
        proxies = None if circle.proxies is None else tuple(
            self._proxy(each, may_revoke=circle.may_change) for each in circle.proxies)
        heading = self.words("people.for_other", name=self.acting_for) if self.acting_for else self.words(
            "people.for_me")
        form = self._form(answers, is_dependant=circle.is_dependant) if (
            proxies is not None and circle.may_change) else {}
        return PeopleView(
            heading, self._people(circle, ProxyState.PENDING), self._people(circle, ProxyState.ACCEPTED), proxies, form,
            tuple(words for name, words in answers.errors.items() if name not in form), notice)

    def _people(self, circle: Circle, state: ProxyState) -> tuple[PersonLine, ...]:
        return tuple(
            PersonLine(
                each.name, self.words(f"people.{each.kind}"), self.words(f"people.{each.kind}_may"),
                circle.handles[each.ins], each.name == self.acting_for)
            for each in circle.acts_for if each.state is state)

    def _proxy(self, proxy: Proxy, *, may_revoke: bool) -> ProxyLine:
        waits = proxy.state is ProxyState.PENDING
        end = proxy.answer_by if waits else proxy.ends_at
        until = ""
        if end is not None:
            key = "people.answer_by" if waits else "people.ends"
            until = self.words(key, when=self.calendar.medium(self.calendar.day_of(end)))
        capacity = self.words(f"people.{proxy.kind}_other")
        if proxy.relationship:
            capacity = f"{capacity}, {self.words(f'relationship.{proxy.relationship}')}"
        tag = Tag(self.words("people.waits"), "warn") if waits else Tag(self.words("people.acts"), "good")
        return ProxyLine(proxy.proxy_id, proxy.name, capacity, tag, until, may_revoke)

    def _form(self, answers: forms.Answers, *, is_dependant: bool) -> dict[str, forms.Field]:
        """A legal representative is invited only for who is represented by law: others are not asked."""
        kinds = tuple((kind.value, self.words(f"people.{kind}_other")) for kind in (
            ProxyKind.CAREGIVER, ProxyKind.LEGAL_REPRESENTATIVE))
        relationships = (("", self.words("people.not_said")), *(
            (code, self.words(f"relationship.{code}")) for code in RELATIONSHIPS))
        choices = {"oid": self.oids, "kind": kinds, "relationship": relationships}
        asked = _FIELDS if is_dependant else tuple(name for name in _FIELDS if name != "kind")
        return {
            name: forms.field(
                self.words, "inviting", name, answers, choices=(("", choices[name]),) if name in choices else ())
            for name in asked
        }
