"""Proofs: the file of an invoice or a contract, kept under its hash, and given back to whoever keeps the books."""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from carnet.documents.media import sniff
from carnet.errors import NotFound, TooLarge
from carnet.web import traces
from carnet.web.headers import FILE_POLICY
from carnet.web.site import Visit

PATH = "/comptes/preuves"
ACCEPTED = {
    "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/tiff": "tif", "application/xml": "xml",
    "text/xml": "xml"}
_SHA256 = 64


async def taken(visit: Visit) -> bytes | str | None:
    """The digest of the proof that came with the form, or came with it before; None without one.

    A text is what is wrong with the file. Raises TooLarge.
    """
    upload = visit.form.get("proof")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return await _kept_before(visit)
    if (upload.size or 0) > visit.site.config.max_upload_bytes:
        await traces.refused(visit, "ledger_proof", "too_large")
        raise TooLarge(visit.site.config.max_upload_bytes)
    content = await upload.read()
    media_type = sniff(content)
    if media_type not in ACCEPTED:
        await traces.refused(visit, "ledger_proof", "type")
        return visit.words("accounts.proof_wrong")
    digest = (await asyncio.to_thread(hashlib.sha256, content)).digest()
    await visit.site.ledger.keep_proof(digest, _plain(upload.filename), media_type, content)
    return digest


async def _kept_before(visit: Visit) -> bytes | None:
    """The proof of a form that was shown again: its file is here, and is not asked for twice."""
    digest = _digest(visit.text("proof_kept"))
    return digest if digest is not None and await visit.site.ledger.proof(digest) is not None else None


async def proof(visit: Visit) -> Response:
    """A proof, to keep: never shown inside a page, it may be anything."""
    digest = _digest(visit.request.path_params["digest"])
    if digest is None:
        raise NotFound("no such proof")
    found = await visit.site.ledger.proof(digest)
    if found is not None:
        name, _, content = found
        return Response(content, media_type="application/octet-stream", headers=_headers(name))
    name = await visit.site.files.file_name(digest)      # an imported file, kept in parts
    return StreamingResponse(
        visit.site.files.content(digest), media_type="application/octet-stream", headers=_headers(name))


def _digest(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) if len(text) == _SHA256 else None
    except ValueError:
        return None


def _plain(name: str) -> str:
    """A name of a file as it came, without what file systems or headers cannot bear."""
    kept = "".join(letter if letter.isalnum() or letter in " -_.,()" else " " for letter in name)
    return " ".join(kept.split()).strip(". ")[:100] or "preuve"


def _headers(name: str) -> dict[str, str]:
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(_plain(name))}",
        "content-security-policy": FILE_POLICY}
