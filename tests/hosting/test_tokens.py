"""Tokens and receipts, checked with another JOSE library than ours."""

from __future__ import annotations

import warnings
from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import BadSignatureError, SecurityWarning
from joserfc.jwk import OKPKey

from carnet.errors import IntegrityError
from carnet.hosting.tokens import LIFE_SECONDS, TokenSigner, verify_receipt
from tests.host.portal import signed

KEY, ERASURE, RECEIPTS, OTHER = (Ed25519PrivateKey.generate() for _ in range(4))
HEADER = {"alg": "EdDSA", "typ": "JWT"}
SAID = {"iss": "alpha", "at": 1000, "method": "put", "items": [["record", "ab"]]}


def test_a_token_verifies_elsewhere_and_says_exactly_what_is_ordered_for_one_minute() -> None:
    token = TokenSigner(KEY, ERASURE, epoch=3).sign("alpha", "put", [("record", 1, "ab", 99)], now=1000.7)
    assert _claims(token, KEY) == {
        "iss": "portal", "aud": "alpha", "method": "put", "epoch": 3, "exp": 1000 + LIFE_SECONDS,
        "items": [["record", 1, "ab", 99]],
    }


def test_erasure_and_only_erasure_is_signed_by_its_own_key() -> None:
    signer = TokenSigner(KEY, ERASURE)
    assert _claims(signer.sign("alpha", "erase", [], now=0.0), ERASURE)["method"] == "erase"
    for method in ("put", "append", "read", "journal", "head", "inventory", "unnamed", "collect"):
        token = signer.sign("alpha", method, [], now=0.0)
        assert _claims(token, KEY)["method"] == method
        with pytest.raises(BadSignatureError):
            _claims(token, ERASURE)


def test_a_receipt_that_another_library_signed_is_believed() -> None:
    receipt = signed(HEADER, msgspec.json.encode(SAID), RECEIPTS)
    said = verify_receipt(receipt, "alpha", RECEIPTS.public_key().public_bytes_raw())
    assert (said.method, said.items) == ("put", [["record", "ab"]])


@pytest.mark.parametrize(
    "receipt",
    [
        signed(HEADER, msgspec.json.encode(SAID), OTHER),
        signed(HEADER, msgspec.json.encode({**SAID, "iss": "beta"}), RECEIPTS),
        signed(HEADER, b"{}", RECEIPTS),
        signed(HEADER, b"not JSON", RECEIPTS),
        signed(HEADER, msgspec.json.encode(SAID), RECEIPTS)[:-4] + "AAAA",
        signed(HEADER, msgspec.json.encode(SAID), RECEIPTS).replace(".", ".A", 1),
        "", ".", "..", "é.è.ê",
    ],
    ids=["another key", "another host", "no claims", "no JSON", "altered seal", "altered words", "nothing", ".", "..",
         "no ASCII"],
)
def test_a_receipt_that_the_host_did_not_sign_is_refused(receipt: str) -> None:
    with pytest.raises(IntegrityError):
        verify_receipt(receipt, "alpha", RECEIPTS.public_key().public_bytes_raw())


def _claims(token: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    x = urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)      # RFC 8037's name of the algorithm
        content = jws.deserialize_compact(token, public, ["EdDSA"])
    assert content.headers() == HEADER
    claims: dict[str, Any] = msgspec.json.decode(content.payload)
    return claims
