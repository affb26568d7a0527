"""How a document is named: an OID, a UUID, or an OID and an extension (ITI TF-3, 4.2.3.2.26).

The same identifier is written `1.2.3` in CDA and XDS, `urn:oid:1.2.3` in FHIR: inside there is one form only.
May import: errors.
"""

from __future__ import annotations

import re
from uuid import UUID

from carnet.errors import InvalidIdentifier, Issue

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EXTENSION = re.compile(r"[^\^&\s|]+")


def is_oid(text: str) -> bool:
    """True for an OID of at most 64 characters, as IHE and DICOM bound it."""
    return len(text) <= 64 and _OID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """True for a UUID in its usual 36 characters, in upper or lower case."""
    return _UUID.fullmatch(text) is not None


def unique_id(text: str, extension: str = "") -> str:
    """The one form of an identifier: `1.2.3`, `1.2.3^extension`, or a UUID in lower case. Raises InvalidIdentifier."""
    root, _, own_extension = text.strip().partition("^")
    root = root.removeprefix("urn:oid:").removeprefix("urn:uuid:")
    extension = (extension or own_extension).strip()
    if is_uuid(root) and not extension:
        return str(UUID(root))
    if not is_oid(root):
        raise InvalidIdentifier(Issue("value", "an identifier of a document is an OID or a UUID"))
    if not extension:
        return root
    if len(root) + len(extension) > 127 or not _EXTENSION.fullmatch(extension):
        raise InvalidIdentifier(Issue("value", "the extension of this identifier is not well formed"))
    return f"{root}^{extension}"


def as_urn(identifier: str) -> str:
    """The same as FHIR writes it, `urn:oid:1.2.3` or `urn:uuid:…`; with an extension, unchanged."""
    if is_uuid(identifier):
        return f"urn:uuid:{identifier}"
    return f"urn:oid:{identifier}" if is_oid(identifier) else identifier
