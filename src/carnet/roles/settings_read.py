"""Reading of the settings: environment first, then the TOML file, then the defaults.

May import: errors, and `settings` of this room.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from carnet.errors import InvalidSetting, Issue
from carnet.roles.settings import Settings, check

PREFIX = "CARNET_"
_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of this process. Raises InvalidSetting with everything that is wrong, not the first."""
    told = {name[len(PREFIX) :].lower(): text for name, text in environment.items() if name.startswith(PREFIX)}
    file = _file(told.pop("config", ""), told.get("home", Settings().home))
    reading = _Reading()
    if file:
        reading.take_file(file)
    reading.take_environment(told)
    settings = Settings(**reading.values)
    issues = [*reading.issues, *check(settings)]
    if issues:
        raise InvalidSetting(*issues)
    return settings


class _Reading:
    """What was understood so far, and what was not."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.issues: list[Issue] = []

    def take_file(self, file: Path) -> None:
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidSetting(Issue("structure", f"is not TOML: {error}", str(file))) from error
        for name, value in content.items():
            self._take(name, value, f"{name} in {file}")

    def take_environment(self, told: Mapping[str, str]) -> None:
        for name, text in told.items():
            self._take(name, text, f"{PREFIX}{name.upper()}")

    def _take(self, name: str, value: Any, where: str) -> None:
        field = _FIELDS.get(name)
        if field is None:
            near = get_close_matches(name, _FIELDS, n=1)
            self.issues.append(Issue("not-found", f"no such setting; near: {', '.join(near) or 'none'}", where))
            return
        try:
            if isinstance(value, str) and field.default == ():
                value = msgspec.json.decode(value)  # A list in the environment is written as JSON.
            self.values[name] = msgspec.convert(value, field.type, strict=False)
        except msgspec.MsgspecError as error:
            self.issues.append(Issue("value", f"{error}; accepted: {accepted(name)}", where))


def _file(named: str, home: str) -> Path | None:
    if named:
        if not Path(named).is_file():
            raise InvalidSetting(Issue("not-found", f"there is no file {named}", f"{PREFIX}CONFIG"))
        return Path(named)
    return next((file for file in (Path("carnet.toml"), Path(home) / "carnet.toml") if file.is_file()), None)


def accepted(name: str) -> str:
    """In words, what a setting takes."""
    schema = msgspec.json.schema(_FIELDS[name].type)
    if "enum" in schema:
        return " or ".join(schema["enum"])
    match schema["type"]:
        case "integer":
            least, most = schema.get("minimum"), schema.get("maximum")
            return f"a whole number from {least}" + (f" to {most}" if most is not None else "")
        case "string":
            return f"text like `{schema['pattern']}`" if "pattern" in schema else "text"
        case "boolean":
            return "true or false"
    return "a list of tables" if "$ref" in schema["items"] else "a list of names"
