"""The one way XML from outside is read: no DOCTYPE, no entity, no network, bounded in size and depth.

Every other file of the platform that reads XML comes through here, so that there is one place to review.
May import: errors.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from lxml import etree

from carnet.errors import InvalidDocument, Issue, TooLarge

LIMIT_BYTES = 32 * 1024 * 1024   # of one document; libxml2 itself bounds depth to 256 and a text to 10 million bytes
_LONGEST_TEXT = 10_000_000
_PIECE_BYTES = 16 * 1024


class _Options(TypedDict):
    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    dtd_validation: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool
    collect_ids: bool


_OPTIONS = _Options(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
    remove_comments=True, remove_pis=True, collect_ids=False)


def parse(content: bytes, *, limit_bytes: int = LIMIT_BYTES) -> etree._Element:
    """The root element, without comments or processing instructions. Raises InvalidDocument or TooLarge."""
    if len(content) > limit_bytes:
        raise TooLarge(limit_bytes)
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise InvalidDocument(Issue("structure", f"not well-formed XML, {_where(error)}")) from None
    # Entities stay unread in texts, but a DTD may also give attributes default values: no document of ours needs one.
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidDocument(Issue("security", "a document type declaration (DOCTYPE) is not accepted"))
    return root


def beginning(content: bytes, *, until: str) -> etree._Element | None:
    """The root with what stands before the first element of this name, of a document that `parse` would take.

    All of it is checked, but no tree is made of the rest, which is three quarters of what reading costs. None when
    there is no such element, or anything is to be said of the document: `parse` says it. (One that is a level too deep
    passes here.)
    """
    if len(content) > _LONGEST_TEXT:
        return None
    try:
        root = _head(content, until)
        return root if root is not None and _is_sound(content) else None
    except etree.XMLSyntaxError:
        return None


def _is_sound(content: bytes) -> bool:
    checker = etree.XMLParser(target=cast("etree.ParserTarget", _NoTree()), **_OPTIONS)
    etree.fromstring(content, checker)
    return not checker.error_log        # an undeclared prefix is an error to `parse` alone


def _head(content: bytes, until: str) -> etree._Element | None:
    reader = etree.XMLPullParser(events=("start",), tag=until, **_OPTIONS)
    for start in range(0, len(content), _PIECE_BYTES):
        reader.feed(content[start:start + _PIECE_BYTES])
        for _, found in reader.read_events():
            tree = cast("Any", found).getroottree()
            return tree.getroot() if tree.docinfo.internalDTD is None else None
    return None


class _NoTree:
    """What a parser builds that is only to say whether all is well."""

    def close(self) -> None:
        """There is nothing."""


def _parser() -> etree.XMLParser:
    """A new one each time: libxml2 parsers are not shared between threads without a lock, and one costs 5 µs."""
    return etree.XMLParser(**_OPTIONS)


def _where(error: etree.XMLSyntaxError) -> str:
    """Where, and no more: the parser's own words may quote the document."""
    line, column = error.position
    return f"line {line or 1}, column {column}"
