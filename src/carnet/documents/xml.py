"""The one way XML from outside is read: no DOCTYPE, no entity, no network, bounded in size and depth.

Every other file of the platform that reads XML comes through here, so that there is one place to review.
May import: errors.
"""

from __future__ import annotations

from lxml import etree

from carnet.errors import InvalidDocument, Issue, TooLarge

LIMIT_BYTES = 32 * 1024 * 1024   # of one document; libxml2 itself bounds depth to 256 and a text to 10 million bytes


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


def _parser() -> etree.XMLParser:
    """A new one each time: libxml2 parsers are not shared between threads without a lock, and one costs 5 µs."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )


def _where(error: etree.XMLSyntaxError) -> str:
    """Where, and no more: the parser's own words may quote the document."""
    line, column = error.position
    return f"line {line or 1}, column {column}"
