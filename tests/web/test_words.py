"""The catalogues: French and English say the same things, and pages say nothing that is in neither."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from carnet.web.words import Language, Plural, words

ROOM = Path(__file__).resolve().parents[2] / "src" / "carnet" / "web"
FRENCH, ENGLISH = words(Language.FR), words(Language.EN)


def _blanks(key: str, language: Language) -> set[str]:
    message = words(language).messages[key]
    texts = (message.one, message.other) if isinstance(message, Plural) else (message,)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def test_no_message_lacks_in_either_language() -> None:
    assert set(FRENCH.messages) == set(ENGLISH.messages)


def test_a_message_has_the_same_blanks_in_both_languages() -> None:
    assert [key for key in FRENCH.messages if _blanks(key, Language.FR) != _blanks(key, Language.EN)] == []


def test_every_message_that_a_template_asks_for_exists() -> None:
    asked = {
        (file.name, key) for file in (ROOM / "templates").rglob("*.html")
        for key in re.findall(r"""\bt\(\s*"([a-z_0-9.]+)"\s*[,)]""", file.read_text())
    }
    assert {(name, key) for name, key in asked if not FRENCH.has(key)} == set()
    assert len(asked) > 50


def test_every_message_that_the_code_asks_for_exists() -> None:
    asked = {key for file in ROOM.rglob("*.py") for key in _literal_keys(ast.parse(file.read_text()))}
    assert {key for key in asked if not FRENCH.has(key)} == set()
    assert len(asked) > 30


def _literal_keys(tree: ast.AST) -> set[str]:
    """First arguments of `words("…")`, `self.words("…")`, `visit.words("…")`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "words" and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def test_messages_are_plain_text() -> None:
    assert [key for key in FRENCH.messages if "<" in str(FRENCH.messages[key]) + str(ENGLISH.messages[key])] == []


@pytest.mark.parametrize(("number", "french", "english"), [
    (0, "0 document", "0 documents"), (1, "1 document", "1 document"), (2, "2 documents", "2 documents"),
])
def test_zero_is_singular_in_french_and_plural_in_english(number: int, french: str, english: str) -> None:
    assert FRENCH("documents.count", n=number) == french
    assert ENGLISH("documents.count", n=number) == english


def test_french_punctuation_keeps_its_unbreakable_spaces() -> None:
    assert "accord\u202f?" in FRENCH("agreement.title")
    assert all(" ?" not in str(message) and " :" not in str(message) for message in FRENCH.messages.values())
