"""The list of documents: order, headings, filters."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from carnet.documents.entry import Visibility
from carnet.web.presenters.documents import DocumentsPresenter, Filter
from tests.web.values import CALENDAR, FRENCH, entry

PRESENTER = DocumentsPresenter(FRENCH, CALENDAR, "/moi/documents")
LETTER = entry("Lettre de liaison", at="20260102", by="GARCIA")
ANALYSIS = entry("Bilan sanguin", at="20251231233000+0000", kind="11502-2")
OLD = entry("Scanner thoracique", at="2019", kind="18748-4")
ALL = (LETTER, ANALYSIS, OLD)


def _titles(**query: str) -> list[str]:
    view = PRESENTER.view(ALL, Filter.read(query))
    return [line.title for group in view.groups for line in group.documents]


def test_documents_stand_under_their_month_in_local_time() -> None:
    view = PRESENTER.view(ALL, Filter())
    assert [group.title for group in view.groups] == ["Janvier 2026", "Janvier 2019"]
    assert [line.when for line in view.groups[0].documents] == ["2 janv.", "1 janv."]


def test_documents_stand_under_their_category_when_asked() -> None:
    view = PRESENTER.view(ALL, Filter.read({"par": "categorie"}))
    assert [group.title for group in view.groups] == [
        "Radio, échographie, scanner, IRM", "Biologie", "Comptes rendus"]


@pytest.mark.parametrize(("query", "found"), [
    ({"text": "SCANNER"}, ["Scanner thoracique"]),
    ({"text": "garcia liaison"}, ["Lettre de liaison"]),
    ({"text": "ève"}, ["Lettre de liaison"]),
    ({"text": "eve"}, ["Lettre de liaison"]),
    ({"category": "BIOLOGIE"}, ["Bilan sanguin"]),
    ({"author": "Ève GARCIA, Centre"}, ["Lettre de liaison"]),
    ({"since": "2026-01-01"}, ["Lettre de liaison", "Bilan sanguin"]),
    ({"until": "2019-12-31"}, ["Scanner thoracique"]),
    ({"since": "hier"}, ["Lettre de liaison", "Bilan sanguin", "Scanner thoracique"]),
    ({"text": "rien de tel"}, []),
])
def test_filters_keep_what_matches_all_of_them(query: dict[str, str], found: list[str]) -> None:
    assert _titles(**query) == found


def test_lists_of_filters_offer_only_what_the_asker_may_see() -> None:
    fields = PRESENTER.view((ANALYSIS,), Filter()).fields
    assert [value for value, _ in fields["category"].groups[0][1]] == ["", "BIOLOGIE"]


def test_the_order_keeps_the_filters() -> None:
    view = PRESENTER.view(ALL, Filter(text="scanner", since=date(2019, 1, 1)))
    assert view.orders[1].path == "/moi/documents?par=categorie&text=scanner&since=2019-01-01"
    assert view.count == "1 document trouvé"


def test_a_masked_document_says_so_in_words() -> None:
    masked = msgspec.structs.replace(LETTER, visibility=frozenset({Visibility.MASQUE_PS}))
    assert [tag.words for tag in PRESENTER.line(masked).tags] == ["Masqué aux professionnels"]
