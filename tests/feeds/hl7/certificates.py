"""Certificates of a test: an authority, and who it knows."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=3650)


@dataclass(frozen=True)
class Holder:
    """Somebody with a certificate, as files."""

    certificate: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hex."""
        return sha256(ssl.PEM_cert_to_DER_cert(self.certificate.read_text())).hexdigest()

    def calling(self, authority: Path) -> ssl.SSLContext:
        """How they call who has a certificate of this authority."""
        context = ssl.create_default_context(cafile=str(authority))
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Signs certificates, in this folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = folder / f"{name}.pem"
        signed = self._signed(self._name, self._key, is_authority=True)
        self.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def holder(self, name: str) -> Holder:
        """Somebody whom it knows, at the loopback address."""
        key = ec.generate_private_key(ec.SECP256R1())
        holder = Holder(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        signed = self._signed(_name(name), key, is_authority=False)
        holder.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        holder.key.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return holder

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool,
    ) -> x509.Certificate:
        loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(_FROM).not_valid_after(_UNTIL)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(loopback, critical=False).sign(self._key, hashes.SHA256()))


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
