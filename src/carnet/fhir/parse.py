"""From the bytes of a body to FHIR values: base64 out, structure checked, then read.

May import: this room, errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.fhir.payload import Payloads, take_out
from carnet.fhir.resources import Resource
from carnet.fhir.validate import validate

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Message:
    """A FHIR text that is well-formed R4, and the base64 that was taken out of it."""

    text: bytes
    payloads: Payloads


def parse(body: bytes) -> Message:
    """The message in a body. Raises InvalidInput with every problem of structure."""
    text, payloads = take_out(body)
    issues = validate(text)
    if issues and not issues[0].expression:
        issues = validate(body)[:1] or issues   # the places that the parser names are those of the whole body
    if issues:
        raise InvalidInput(*issues)
    return Message(text, payloads)


def read_as(message: Message, kind: type[R], name: str) -> R:
    """The resource of a message, if it is of this kind. Raises InvalidInput."""
    try:
        return msgspec.json.decode(message.text, type=kind)
    except msgspec.ValidationError as error:
        if "resourceType" in str(error) or "Invalid value" in str(error):
            raise InvalidInput(Issue("structure", f"a {name} is expected here", "Resource")) from None
        raise InvalidInput(Issue("structure", str(error))) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(Issue("structure", f"not JSON: {error}")) from None
