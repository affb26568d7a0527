"""The pages say what is true: links resolve, and files, tests, commands, tables and errors they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import typer.main

from carnet.errors import CarnetError
from carnet.fhir.outcome import TABLE, answer_of
from carnet.rights.reasons import Reason
from carnet.roles.cli import app
from carnet.roles.settings_read import read
from tests.test_rooms import ERRORS

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "carnet"
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
LAW = PROJECT / "docs" / "law.md"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_IN_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w./-]+/[\w.-]+\.(?:py|sql|md|tsv|css|png)")
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_of(page: Path) -> Iterator[str]:
    """What is written as code on a page: words in backquotes, and blocks."""
    text = text_of(page)
    yield from (line for block in _BLOCK.findall(text) for line in block.splitlines())
    yield from _IN_CODE.findall(_BLOCK.sub("", text))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sql_tables(folder: Path) -> set[str]:
    """The tables that the migrations of a folder make."""
    text = "\n".join(text_of(file) for file in folder.glob("*.sql"))
    made = set(re.findall(r"^create table (\w+)", text, re.MULTILINE | re.IGNORECASE))
    return made - set(re.findall(r"^drop table (\w+)", text, re.MULTILINE | re.IGNORECASE))


@each_page
def test_links_between_pages_resolve(page: Path) -> None:
    for link in _LINK.findall(text_of(page)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(PROJECT), link
        assert not anchor or anchor in anchors_of(target), link


@each_page
def test_files_that_a_page_names_exist(page: Path) -> None:
    for words in code_of(page):
        for name in _FILE.findall(words):
            if name.startswith(("/", "http", "keys/", "..", "settings/")) or "://" in words:
                continue
            places = (PROJECT / name, PACKAGE / name, page.parent / name)
            assert any(place.exists() for place in places), name


def test_tests_that_pages_name_exist() -> None:
    written = "\n".join(text_of(file) for file in (PROJECT / "tests").rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)\(", written)) | {file.stem for file in (PROJECT / "tests").rglob("*.py")}
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", text_of(page))}
    assert named - known == set()


def test_commands_that_pages_name_exist() -> None:
    commands = typer.main.get_command(app)
    names = set(getattr(commands, "commands", {}))
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of(PROJECT / "Makefile"), re.MULTILINE))
    for page in PAGES:
        for words in code_of(page):
            for said in re.findall(r"(?:^|[\s(/])carnet ([a-z]+)", words):
                assert said in names | {"journal"}, f"{page.name}: carnet {said}"
            for said in re.findall(r"^make ([a-z-]+)", words):
                assert said in targets, f"{page.name}: make {said}"


@each_page
def test_settings_that_a_page_shows_are_taken_as_they_stand(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)):
        file = tmp_path / f"{number}.toml"
        file.write_text(block.replace("…", "A" * 43), encoding="utf-8")
        assert read({"CARNET_CONFIG": str(file)}).home


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_row_in_the_law(reason: Reason) -> None:
    assert re.search(rf"^\| R\d+ \|[^\n]*`{reason.value}`", text_of(LAW), re.MULTILINE)


def test_rows_of_the_law_have_numbers_of_their_own() -> None:
    rows = re.findall(r"^\| (R\d+) \|", text_of(LAW), re.MULTILINE)
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("error", sorted({*ERRORS, *TABLE} - {CarnetError}, key=str))
def test_every_error_is_told_to_vendors_as_the_door_answers_it(error: type[CarnetError]) -> None:
    answer = answer_of(error.__new__(error))
    row = f"| `{error.__name__}` | {answer.status} | `{answer.code}` |"
    assert row in text_of(PROJECT / "docs" / "vendors" / "errors.md")


def test_every_table_of_every_database_is_in_the_architecture() -> None:
    text = text_of(PROJECT / "ARCHITECTURE.md")
    folders = (PACKAGE / "roles/migrations/portal", PACKAGE / "roles/migrations/keys", PACKAGE / "host/migrations")
    tables = set().union(*(sql_tables(folder) for folder in folders))
    assert "audit_event" in tables
    assert {table for table in tables if f"`{table}`" not in text} == set()


def test_words_of_the_glossary_are_words_of_the_code() -> None:
    source = "\n".join(text_of(file) for file in PACKAGE.rglob("*.py"))
    rows = re.findall(r"^\| ([^|]+) \|", text_of(PROJECT / "docs" / "glossary.md"), re.MULTILINE)
    words = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    assert "DocumentEntry" in words
    assert {word for word in words if not re.search(rf"\b{word}\b", source)} == set()


def test_every_call_of_a_host_is_told_to_its_operator() -> None:
    calls = msgspec.json.decode((PACKAGE / "host" / "openapi.json").read_bytes())["paths"]
    told = re.findall(r"`(GET|POST) (/\S+)`", text_of(PROJECT / "docs" / "hosts" / "README.md"))
    described = {(method.upper(), path) for path, methods in calls.items() for method in methods}
    assert set(told) == described


def test_every_decision_is_in_the_index() -> None:
    folder = PROJECT / "docs" / "decisions"
    index = text_of(folder / "README.md")
    assert [file.name for file in folder.glob("0*.md") if f"({file.name})" not in index] == []


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, waiting = set(), [PROJECT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(text_of(page)) if "://" not in link)
        waiting += [(page.parent / link).resolve() for link in links if link]
    assert [page.name for page in PAGES if page not in reached] == []
