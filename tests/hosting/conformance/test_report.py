"""The report of a check: signed, whole, and passed only when everything was run and passed."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from carnet.errors import IntegrityError
from carnet.hosting.conformance.kit import CHECKS, Extent
from carnet.hosting.conformance.report import ConformanceReport, Evidence, Finding, Speed, read_report, signed
from carnet.hosting.conformance.tokens import jws

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
PASSED = Finding(
    "a-body-comes-back", "function", "TWO", "A body comes back.", "passed", calls=2,
    evidence=(Evidence("POST /v1/bodies", 200, "ab" * 32),))
REPORT = ConformanceReport(
    format=1, kit="1", host="alpha", receipt_key="A" * 43, receipt_key_from="told", scheme="https", api="1",
    at="2026-01-02T03:04:05Z", is_quick=False, findings=(PASSED,),
    speeds=(Speed("puts", 10, 8, 30_000, 100.0, 1.5, 9.0),), words=("host: version 1",))


def test_a_report_is_read_again_as_it_was_signed() -> None:
    assert read_report(signed(REPORT, KEY), PUBLIC) == REPORT
    assert read_report(signed(REPORT, KEY).strip(), PUBLIC) == REPORT


def test_a_report_that_was_altered_anywhere_is_refused() -> None:
    line = signed(REPORT, KEY).strip()
    for place in range(0, len(line), 7):
        altered = line[:place] + (b"A" if line[place:place + 1] != b"A" else b"B") + line[place + 1:]
        with pytest.raises(IntegrityError):
            read_report(altered, PUBLIC)
    for cut in (b"", line[:-1], line[1:], b".", b"..", line + b"." + line, b"\xff" + line, b"x" * (4 * 2**20 + 1)):
        with pytest.raises(IntegrityError):
            read_report(cut, PUBLIC)


def test_a_report_of_another_kit_is_refused() -> None:
    with pytest.raises(IntegrityError):
        read_report(signed(REPORT, Ed25519PrivateKey.generate()), PUBLIC)


def test_what_the_key_signed_and_is_no_report_is_refused() -> None:
    claims = msgspec.to_builtins(REPORT)
    token = jws({"alg": "EdDSA", "typ": "JWT"}, claims, KEY.sign)
    with pytest.raises(IntegrityError, match="no statement of the kind"):
        read_report(token.encode(), PUBLIC)
    header = {"alg": "EdDSA", "typ": "carnet-conformance+jws"}
    for wrong in ({**claims, "format": 2}, {**claims, "more": 1}, {}):
        with pytest.raises(IntegrityError):
            read_report(jws(header, wrong, KEY.sign).encode(), PUBLIC)


@pytest.mark.parametrize("result", ["failed", "not run"])
def test_one_check_that_did_not_pass_is_enough(result: str) -> None:
    other = replace(PASSED, name="another", result=result)
    assert REPORT.has_passed
    assert not replace(REPORT, findings=(PASSED, other)).has_passed
    assert not replace(REPORT, findings=()).has_passed


def test_every_check_has_a_name_a_rule_and_a_sentence_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert len({check.proves for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.rule
        assert check.proves.endswith(".")


def test_what_is_left_out_is_said() -> None:
    left_out = {check.needs: Extent(is_quick=True).leaves_out(check) for check in CHECKS}
    assert left_out["nothing"] == ""
    assert "quick" in left_out["time"]
    assert "start the host again" in left_out["restart"]
