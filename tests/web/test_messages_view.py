"""What people are told, in sentences."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from carnet.record.notification_store import Notification
from carnet.rights.access import Act
from carnet.web.presenters.messages import MessageLine, present_messages
from carnet.web.words import Language, words
from tests.web.values import CALENDAR, FRENCH

NOON = datetime(2026, 1, 2, 11, 0, tzinfo=UTC)
LOOKING = {Act.SEE_STATUS, Act.SEE_HISTORY, Act.SEE_CHOICES, Act.SEE_AUTHORISATIONS, Act.LIST, Act.READ}
DEPOSITS = {Act.FEED, Act.REPLACE}


def _told(act: str, *, about: str = "", is_read: bool = False, **detail: str) -> MessageLine:
    found = Notification(uuid4(), uuid4(), act, detail, NOON, NOON if is_read else None, about)
    return present_messages([found], FRENCH, CALENDAR)[0]


def test_who_did_it_is_said_with_whom_it_is_about() -> None:
    line = _told("block", by="Camille EXEMPLE", professional="899700300306", professional_name="Yann LE GOFF")
    assert line.sentence == "Yann LE GOFF est bloqué. Dit par Camille EXEMPLE."
    assert line.when == "2 janvier 2026, 12:00"
    assert _told("block", by="Camille EXEMPLE", professional="899700300306").sentence.startswith("899700300306 est")


def test_a_professional_who_speaks_for_the_holder_is_told_as_such() -> None:
    line = _told("authorise", by="Yann LE GOFF", organisation="Hôpital", professional_name="Yann LE GOFF")
    assert line.sentence == "Yann LE GOFF, Hôpital a dit avoir l’accord du titulaire pour lire le carnet."


def test_an_invitation_speaks_to_the_invited_and_of_them_to_the_holder() -> None:
    assert "vous invite à agir" in _told("invite", by="Marcel", about="Marcel INVENTÉ").sentence
    assert _told("invite", by="Marcel", proxy="Camille").sentence == "Marcel a invité Camille à agir pour le titulaire."
    assert "a accepté" in _told("answer_invitation", by="Camille", proxy="Camille", state="accepted").sentence
    assert _told("invite", by="Marcel", about="Marcel INVENTÉ").about == "Carnet de Marcel INVENTÉ"


def test_an_emergency_is_told_with_its_mode_and_a_choice_with_its_name() -> None:
    assert _told("open_emergency", by="Yann", mode="bris_de_glace").remarks == ("Bris de glace",)
    assert _told("change_choice", by="Yann", choices="feeding unheard_of").remarks == ("Laisser alimenter mon carnet",)


def test_the_platform_and_acts_to_come_are_told_all_the_same() -> None:
    assert _told("erase").sentence == "Le carnet a été effacé."
    assert _told("teleport").sentence == "La plateforme a changé quelque chose dans le carnet."


def test_what_was_read_is_no_more_new() -> None:
    tag = _told("erase").tag
    assert tag is not None
    assert tag.words == "Nouveau"
    assert _told("erase", is_read=True).tag is None


def test_every_act_has_its_words_in_both_languages() -> None:
    for language in Language:
        said = words(language)
        assert [act for act in Act if not said.has(f"act.{act}.you")] == []
        assert [act for act in Act if act not in LOOKING | DEPOSITS and not said.has(f"told.{act}")] == []
