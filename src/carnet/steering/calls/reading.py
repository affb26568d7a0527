"""Reading the files of calls: TOML or JSON into values, with every fault at its field, not only the first. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import TypeVar, get_args, get_origin

import msgspec

from carnet.errors import InvalidInput, TooLarge
from carnet.steering.calls.faults import Fault, Rule, fault

MOST_BYTES = 64 * 1024
Read = TypeVar("Read", bound=msgspec.Struct)


def read(content: bytes, kind: type[Read]) -> Read:
    """What these bytes say. Raises InvalidInput with everything that does not fit, and TooLarge."""
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    faults: list[Fault] = []
    value = _value(_parsed(content), kind, "", faults)
    if faults:
        raise InvalidInput(*faults)
    return msgspec.convert(value, kind)


def _parsed(content: bytes) -> object:
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(fault(Rule.UNREADABLE, "", why=str(error))) from error


def _value(given: object, kind: object, where: str, faults: list[Fault]) -> object:
    """The value as it was given; what is wrong with it goes to `faults`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if isinstance(given, Mapping):
            _fields(given, kind, where, faults)
        else:
            faults.append(fault(Rule.SHAPE, where, why="a table of fields is"))
    elif get_origin(kind) is tuple and isinstance(given, list):
        for place, each in enumerate(given):
            _value(each, get_args(kind)[0], f"{where}[{place}]", faults)
    else:
        try:
            msgspec.convert(given, kind)
        except msgspec.ValidationError as error:
            faults.append(fault(Rule.SHAPE, where, why=str(error)))
    return given


def _fields(given: Mapping[str, object], kind: type[msgspec.Struct], where: str, faults: list[Fault]) -> None:
    at, known = f"{where}." if where else "", {each.encode_name: each for each in msgspec.structs.fields(kind)}
    faults += [fault(Rule.UNKNOWN_FIELD, f"{at}{name}"[:200]) for name in list(given)[:100] if name not in known]
    for name, each in known.items():
        if name in given:
            _value(given[name], each.type, f"{at}{name}", faults)
        elif each.required:
            faults.append(fault(Rule.MISSING, f"{at}{name}"))


def repeated(values: list[str]) -> list[str]:
    """Those that are there more than once, each once."""
    return [each for place, each in enumerate(values) if each in values[:place] and each not in values[:place - 1]]
