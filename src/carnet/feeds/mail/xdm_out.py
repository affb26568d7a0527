"""IHE_XDM.zip of a lot that goes out (ITI-32 Distribute Document Set on Media, zip over mail). Pure.

The names are those of the medium: eight letters and three, in capitals. The same lot always gives the same bytes.
May import: this room, documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from carnet.documents.entry import DocumentEntry
from carnet.documents.submission import Submission
from carnet.feeds.mail.metadata_out import metadata_of

FILE_NAME = "IHE_XDM.zip"
_SUBSET = "IHE_XDM/SUBSET01"
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_EXTENSIONS: Mapping[str, str] = {
    "text/xml": "XML", "application/xml": "XML", "application/xslt+xml": "XML", "application/pdf": "PDF",
    "text/plain": "TXT", "text/rtf": "RTF", "application/rtf": "RTF", "image/jpeg": "JPG", "image/png": "PNG",
    "image/tiff": "TIF", "application/dicom": "DCM", "application/fhir+json": "JSN", "application/fhir+xml": "XML",
}


def xdm_of(submission: Submission) -> bytes:
    """The archive: INDEX.HTM, README.TXT, and one subset with METADATA.XML and the documents as they are."""
    entries = [document.entry for document in submission.documents]
    uris = [uri_of(entry, place) for place, entry in enumerate(entries, 1)]
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        _write(archive, "INDEX.HTM", _index(entries, uris).encode())
        _write(archive, "README.TXT", _readme(submission).encode())
        _write(archive, f"{_SUBSET}/METADATA.XML", metadata_of(submission, uris))
        for document, uri in zip(submission.documents, uris, strict=True):
            _write(archive, f"{_SUBSET}/{uri}", document.content)
    return written.getvalue()


def uri_of(entry: DocumentEntry, place: int) -> str:
    """The name of a document inside the archive."""
    return f"DOC{place:05}.{_EXTENSIONS.get(entry.mime_type, 'BIN')}"


def _write(archive: ZipFile, name: str, content: bytes) -> None:
    made = ZipInfo(name, _BEGINNING)
    made.compress_type = ZIP_DEFLATED
    made.external_attr = 0o600 << 16
    archive.writestr(made, content)


def _index(entries: list[DocumentEntry], uris: list[str]) -> str:
    lines = "".join(
        f'<li><a href="{_SUBSET}/{uri}">{escape(entry.title)}</a></li>'
        for entry, uri in zip(entries, uris, strict=True))
    return (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Documents</title></head>'
        f"<body><h1>Documents</h1><ul>{lines}</ul></body></html>\r\n")


def _readme(submission: Submission) -> str:
    institution = submission.submission_set.author.institution
    return (
        f"Emetteur : {institution.name if institution is not None else ''}\r\n"
        "Logiciel : Carnet\r\n"
        f"Contenu : IHE_XDM/SUBSET01, {len(submission.documents)} document(s), decrits par METADATA.XML (ITI-32).\r\n")
