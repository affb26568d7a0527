"""Forms of requests and answers: JSON only, bounded while it is read.

XML is answered by 415 (sent) or 406 (wanted), in an OperationOutcome. May import: this room, errors.
"""

from __future__ import annotations

from starlette.requests import Request

from carnet.errors import InvalidInput, Issue, NotAcceptable, TooLarge
from carnet.fhir.outcome import PreconditionFailed, UnsupportedContent

_JSON_TYPES = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "text/json"})
_CONDITIONS = ("if-none-exist", "if-match", "if-none-match", "if-unmodified-since", "if-modified-since")
_JSON_FORMATS = _JSON_TYPES | {"json", "application/fhir json"}   # a `+` that was not escaped in an address is a space


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body. Raises TooLarge as soon as more than `limit_bytes` came, or were announced."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise TooLarge(limit_bytes)
    pieces = []
    length = 0
    async for piece in request.stream():
        length += len(piece)
        if length > limit_bytes:
            raise TooLarge(limit_bytes)
        pieces.append(piece)
    return b"".join(pieces)


async def read_fhir(
    request: Request, limit_bytes: int, *, weighs: tuple[str, ...] = (), media_types: frozenset[str] = _JSON_TYPES,
) -> bytes:
    """The body of a FHIR request. Raises UnsupportedContent for XML and for what is no JSON at all.

    Raises PreconditionFailed for a conditional request, but for the conditions that the door `weighs` itself: what
    cannot be honoured is refused, not forgotten.
    """
    for condition in _CONDITIONS:
        if condition in request.headers and condition not in weighs:
            raise PreconditionFailed(Issue(
                "not-supported", "conditions are not weighed here: sending a deposit again is safe", condition))
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() not in media_types:
        wanted = "application/fhir+json" if media_types is _JSON_TYPES else min(media_types)
        raise UnsupportedContent(Issue("not-supported", f"send it as JSON, with Content-Type: {wanted}"))
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset and charset not in ("utf-8", "utf8"):
        raise UnsupportedContent(Issue("not-supported", "FHIR is sent in UTF-8"))
    body = await read_body(request, limit_bytes)
    if not body:
        raise InvalidInput(Issue("required", "the request has no body"))
    return body


def refuse_other_forms(request: Request) -> None:
    """Raise NotAcceptable when the asker takes no FHIR in JSON. `_format` is stronger than the header."""
    # Most requests do not say it: their parameters are not read twice.
    wanted = request.query_params.get("_format") if b"_format" in request.scope["query_string"] else None
    if wanted is not None:
        if wanted.partition(";")[0].strip().lower() not in _JSON_FORMATS:
            raise NotAcceptable("answers exist as application/fhir+json only")
    elif not takes(request, "application/fhir+json", "application/json"):
        raise NotAcceptable("answers exist as application/fhir+json only")


def takes(request: Request, *media_types: str) -> bool:
    """True if the Accept header takes one of these; its absence takes all."""
    return any(_covers(pattern, media_type) for pattern in accepted_types(request) for media_type in media_types)


def accepted_types(request: Request) -> tuple[str, ...]:
    """The media types of the Accept header, those of quality 0 left out; without the header, all."""
    found = []
    for part in (request.headers.get("accept", "").strip() or "*/*").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        refused = any(parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for parameter in parameters)
        if media_type and not refused:
            found.append(media_type)
    return tuple(found)


def _covers(pattern: str, media_type: str) -> bool:
    if pattern in ("*/*", media_type):
        return True
    return pattern.endswith("/*") and media_type.startswith(pattern[:-1])


def language_of(request: Request) -> str:
    """`en` if the asker prefers English to French, else `fr`."""
    wanted = request.headers.get("accept-language", "").lower()
    english = wanted.find("en")
    french = wanted.find("fr")
    return "en" if english >= 0 and (french < 0 or english < french) else "fr"
