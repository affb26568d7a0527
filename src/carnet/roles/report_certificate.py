"""The certificate that seals published reports, from the files that settings name.

In a demonstration one is made that nobody trusts, and that says so: readers show the signature, and that its signer is
unknown. May import: errors, steering; `settings` of this room.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from carnet.errors import InvalidSetting, Issue
from carnet.roles.key_files import is_open_to_others
from carnet.roles.settings import Settings
from carnet.steering.comparison.seal import Certified

_NAME = "Carnet, démonstration : ce certificat n'atteste rien"
_DAYS = 3650


def certified(settings: Settings) -> Certified:
    """The key with its certificates. Raises InvalidSetting."""
    key_file = settings.path(settings.report_key_file)
    certificate_file = settings.path(settings.report_certificate_file)
    if settings.demonstration and not key_file.exists() and not certificate_file.exists():
        _make(key_file, certificate_file)
    try:
        if is_open_to_others(key_file):
            raise _refused("report_key_file", f"{key_file} is open to others: chmod 600")
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise _refused("report_key_file", f"is no private key in PEM without a passphrase: {error}") from error
    certificates = certificates_of(settings)
    if certificates[0].public_key() != key.public_key():
        raise _refused("report_certificate_file", "its first certificate is of another key")
    return Certified(key, certificates[0], certificates[1:])


def certificates_of(settings: Settings) -> tuple[x509.Certificate, ...]:
    """The certificates alone: what reports are held to. Raises InvalidSetting."""
    try:
        return tuple(x509.load_pem_x509_certificates(settings.path(settings.report_certificate_file).read_bytes()))
    except (OSError, ValueError) as error:
        raise _refused("report_certificate_file", f"has no certificate in PEM: {error}") from error


def _make(key_file: Path, certificate_file: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(
            digital_signature=True, content_commitment=True, key_cert_sign=True, crl_sign=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False), critical=True)
        .sign(key, hashes.SHA256()))
    key_file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))


def _refused(setting: str, why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", why, setting))
