"""The seal of the report: a PAdES signature over the whole file, by the certificate of whoever publishes it.

Made and verified by pyHanko. The time in the signature is that of the machine that signs; the report's own dates are
the database's. Why: docs/decisions/0033-signed-reports.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner

_FIELD = "Carnet"


@dataclass(frozen=True, slots=True)
class Certified:
    """A key with its certificate, and those between it and the authority that issued it."""

    key: PrivateKeyTypes
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """What a signature of a PDF is worth: who made it, and what is wrong with it."""

    signer: str
    faults: tuple[str, ...]


def sealed(pdf: bytes, by: Certified, *, reason: str) -> bytes:
    """The same pages, signed. No timestamp of an authority is asked for: the platform calls nobody."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    signature = signers.PdfSignatureMetadata(
        field_name=_FIELD, md_algorithm="sha256", reason=reason, subfilter=fields.SigSeedSubFilter.PADES,
        certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES)
    written = signers.PdfSigner(signature, signer=_signer(by)).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
    return bytes(written.getvalue())


def seal_of(pdf: bytes, roots: tuple[Certificate, ...]) -> Seal | None:
    """What the signature of a PDF is worth to who trusts these certificates; None where there is none."""
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    try:
        reader = PdfFileReader(BytesIO(pdf))
        signatures = reader.embedded_regular_signatures
        if not signatures:
            return None
        context = ValidationContext(trust_roots=[_asn1(each) for each in roots], allow_fetching=False)
        status = validate_pdf_signature(signatures[0], context)
    except (PdfReadError, SignatureValidationError, ValueError) as error:
        return Seal("", (f"the signature cannot be read: {error}",))
    coverage = status.coverage.name if status.coverage is not None else "NONE"
    faults = [
        *(["the bytes are not those that were signed"] if not status.intact else []),
        *(["the signature is not of this certificate"] if not status.valid else []),
        *(["the certificate is not trusted here"] if not status.trusted else []),
        *([f"something was added after it was signed ({coverage})"] if coverage != "ENTIRE_FILE" else []),
    ]
    return Seal(status.signing_cert.subject.human_friendly, tuple(faults))


def _signer(by: Certified) -> SimpleSigner:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.keys import load_private_key_from_pemder_data
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    der = by.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    chain: SimpleCertificateStore = SimpleCertificateStore.from_certs(  # type: ignore[no-untyped-call]
        [_asn1(each) for each in by.chain])
    return SimpleSigner(
        signing_key=load_private_key_from_pemder_data(der, None), signing_cert=_asn1(by.certificate),
        cert_registry=chain)


def _asn1(certificate: Certificate) -> Any:
    """The same, as pyHanko's own library reads it."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.keys import load_certs_from_pemder_data

    return next(iter(load_certs_from_pemder_data(certificate.public_bytes(Encoding.DER))))
