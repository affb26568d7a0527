"""Who came, in sentences."""

from __future__ import annotations

from carnet.web.presenters.history import HistoryPresenter, Wanted, merged, visitors
from carnet.web.presenters.home import titles_of
from tests.web.values import CALENDAR, FRENCH, entry, line

LETTER, ANALYSIS = entry("Lettre"), entry("Analyse")
PRESENTER = HistoryPresenter(FRENCH, CALENDAR, titles_of((LETTER, ANALYSIS)))


def test_a_visit_is_a_plain_sentence_with_its_documents() -> None:
    visit = PRESENTER.visit(line("read", about=LETTER))
    assert visit.sentence == "Louis FICTIF, Cabinet inventé a ouvert un document."
    assert [document.title for document in visit.documents] == ["Lettre"]
    assert visit.when == "10:00"


def test_a_refused_visit_is_told_with_its_reason_said_to_the_holder() -> None:
    visit = PRESENTER.visit(line("list", outcome="refused"))
    assert visit.sentence == "Louis FICTIF, Cabinet inventé a voulu regarder la liste de vos documents."
    assert visit.tag is not None
    assert visit.tag.words == "Refusé"
    assert visit.remarks == ("Vous n’avez pas autorisé cette personne.",)


def test_an_act_that_the_pages_do_not_know_is_told_all_the_same() -> None:
    assert PRESENTER.visit(line("teleport")).sentence == "Louis FICTIF, Cabinet inventé a fait\u00a0: teleport."


def test_documents_opened_in_one_visit_are_one_sentence() -> None:
    lines = [line("read", minute=5, about=ANALYSIS), line("see_status", minute=4), line("read", minute=3, about=LETTER)]
    told = merged(lines)
    assert [each.act for each in told] == ["read", "see_status"]
    assert PRESENTER.visit(told[0]).sentence.endswith("a ouvert 2 documents.")


def test_visits_ten_minutes_apart_or_refused_stay_apart() -> None:
    assert len(merged([line("read", minute=30), line("read", minute=10)])) == 2
    assert len(merged([line("read", minute=2), line("read", minute=1, outcome="refused")])) == 2


def test_what_the_holder_looks_at_is_one_line_and_not_a_visit_of_others() -> None:
    acts = ("see_history", "list", "see_status")
    mine = [line(act, minute=9 - place, who="patient") for place, act in enumerate(acts)]
    assert [PRESENTER.visit(each).sentence for each in merged(mine)] == ["Vous avez consulté votre carnet."]
    assert visitors([*mine, line("feed")], 5) == [line("feed")]


def test_the_history_is_filtered_by_person_and_by_kind() -> None:
    lines = [line("read", minute=9), line("feed", minute=8), line("list", minute=7, who="patient")]
    days = PRESENTER.view(lines, Wanted(who="id-professional", what="writing")).days
    assert [visit.sentence for visit in days[0].visits] == ["Louis FICTIF, Cabinet inventé a déposé un document."]
    assert PRESENTER.view(lines, Wanted(what="refused")).days == ()
    assert [value for value, _ in PRESENTER.view(lines, Wanted()).who.groups[0][1]] == ["", "me", "id-professional"]


def test_a_document_that_can_no_longer_be_opened_is_not_named() -> None:
    assert PRESENTER.visit(line("read", about=entry("Autre"))).documents == ()
