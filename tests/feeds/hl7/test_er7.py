"""The form of messages: separators, segments, escapes, character sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidInput
from carnet.feeds.hl7.er7 import DEFAULT, Separators, read_er7
from tests.feeds.hl7.messages import msh, oru, written

LINES = [msh("ORU^R01^ORU_R01", "2.5", "E1"), "PID|||1^^^A&1.2.3&ISO~2||INVENTÉE", "OBX|1|ED|x||^T^X^Base64^QUJD"]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_segments_end_with_any_of_the_usual_marks(end: str) -> None:
    message = read_er7(written(LINES, end))
    assert [each.name for each in message.segments] == ["MSH", "PID", "OBX"]
    pid = message.every("PID")[0]
    assert [value() for value in pid.every(3)] == ["1", "2"]
    assert (pid(3, 4, 2), pid(5), pid(99), pid(3, 9)) == ("1.2.3", "INVENTÉE", "", "")


def test_a_line_break_inside_of_a_field_is_of_the_field() -> None:
    wrapped = written([*LINES[:2], "OBX|1|ED|x||^T^X^Base64^QUJD\nREVG\r\n"], "\r")
    assert read_er7(wrapped).every("OBX")[0].value(5).components()[4] == "QUJD\nREVG"


@pytest.mark.parametrize(("name", "encoding"), [
    ("UNICODE UTF-8", "utf-8"), ("8859/1", "iso-8859-1"), ("8859/15", "iso-8859-15"), ("", "utf-8")])
def test_the_character_set_is_the_one_that_is_declared(name: str, encoding: str) -> None:
    text = "ÉLÈVE" if encoding != "iso-8859-15" else "ÉLÈVE Œ €"
    message = written([msh("ADT^A01", "2.5", "E1", charset=name), f"PID|||||{text}"], encoding=encoding)
    assert read_er7(message).every("PID")[0](5) == text


@pytest.mark.parametrize("name", ["ASCII", "UNICODE UTF-8", ""])
def test_what_is_not_in_its_character_set_is_refused_and_not_guessed(name: str) -> None:
    message = written([msh("ADT^A01", "2.5", "E1", charset=name), "PID|||||ÉLÈVE"], encoding="iso-8859-1")
    with pytest.raises(InvalidInput, match="MSH-18"):
        read_er7(message)


@pytest.mark.parametrize(("written_as", "says"), [
    ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"), ("1\\.br\\2", "1\n2"), ("\\X4142\\", "AB"),
    ("\\XC3A9\\", "é"),
    ("\\H\\gras\\N\\", "gras"), ("\\Z7\\", "\\Z7\\"), ("C:\\temp", "C:\\temp"), ("\\XZZ\\", "\\XZZ\\")])
def test_escapes_say_what_the_standard_says(written_as: str, says: str) -> None:
    assert DEFAULT.plain(written_as) == says


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x0b\x1c"), max_size=60))
def test_what_is_escaped_comes_back(text: str) -> None:
    assert DEFAULT.plain(DEFAULT.escaped(text)) == text


@given(st.lists(st.sampled_from("|^~\\&!$%*+-/:;<=>?@"), min_size=5, max_size=5, unique=True))
def test_the_separators_are_those_of_the_header(marks: list[str]) -> None:
    chosen = Separators(*marks)
    pid = chosen.field.join(["PID", "", "", chosen.repetition.join(["a", chosen.component.join(["b", "c"])])])
    message = read_er7(f"MSH{chosen.field}{chosen.encoding_characters}{chosen.field}X\r{pid}\r".encode())
    assert message.separators == chosen
    assert [value(2) for value in message.every("PID")[0].every(3)] == ["", "c"]


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused_and_nothing_else(junk: bytes) -> None:
    for raw in (junk, oru(b"x")[:200] + junk, b"MSH|^~\\&|" + junk):
        try:
            read_er7(raw)
        except InvalidInput:
            continue
