from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidIdentifier
from carnet.people.ins import DEMONSTRATION, PRODUCTION, Ins, InsOid, InsPolicy, key_of

NIR = str(InsOid.NIR)


@pytest.mark.parametrize("value", [
    "279035121518989", "2 79 03 51 215 189 89", "2790351215189 89", " 279035121518989 ", "277076322082910",
])
def test_an_ins_is_read_in_any_grouping(value: str) -> None:
    ins = Ins.parse(value, NIR)
    assert len(ins.value) == 15
    assert ins.value.isdecimal()
    assert ins.has_valid_key


@pytest.mark.parametrize(("value", "because"), [
    ("", "13 characters"), ("2790351215189", "key of two digits is missing"), ("27903512151898", "13 characters"),
    ("2790351215189890", "13 characters"), ("27903A121518989", "13 characters"), ("979035121518989", "13 characters"),
    ("279135121518989", "13 characters"), ("279035121518988", "key of this INS does not fit"),
    ("123456789012345", "key of this INS does not fit"),
])
def test_what_is_no_ins_is_refused_with_the_reason(value: str, because: str) -> None:
    with pytest.raises(InvalidIdentifier, match=because):
        Ins.parse(value, NIR)


@pytest.mark.parametrize(("number", "key"), [
    ("2790351215189", "89"), ("2770763220829", "10"), ("180012A123456", key_of("1800119123456")),
    ("180012B123456", key_of("1800118123456")),
])
def test_the_key_counts_corsica_as_19_and_18(number: str, key: str) -> None:
    assert key_of(number) == key
    assert Ins.parse(number + key, NIR).value == number + key


@given(st.integers(min_value=10**12, max_value=3 * 10**12 - 1))
def test_one_wrong_digit_never_keeps_a_key_valid(number: int) -> None:
    text = str(number)
    assert 1 <= int(key_of(text)) <= 97
    wrong = text[:-1] + str((int(text[-1]) + 1) % 10)
    assert key_of(wrong) != key_of(text)


@pytest.mark.parametrize("oid", [InsOid.TEST, InsOid.DEMONSTRATION])
def test_invented_people_are_refused_in_production(oid: InsOid) -> None:
    with pytest.raises(InvalidIdentifier, match="not accepted here"):
        Ins.parse("279035121518989", oid, PRODUCTION)
    assert Ins.parse("299077512345678", oid, DEMONSTRATION).oid is oid


def test_a_demonstration_takes_the_official_example_whose_key_is_wrong() -> None:
    ins = Ins.parse("123456789012345", NIR, DEMONSTRATION)
    assert not ins.has_valid_key
    with pytest.raises(InvalidIdentifier):
        Ins.parse("123456789012345", NIR, InsPolicy(demonstration=True))


@pytest.mark.parametrize("text", [
    "279035121518989^^^&1.2.250.1.213.1.4.8&ISO^NH", "279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.8&ISO^INS",
    "279035121518989^^^&1.2.250.1.213.1.4.8&ISO",
])
def test_the_hl7_form_is_read(text: str) -> None:
    assert Ins.parse_cx(text) == Ins("279035121518989", InsOid.NIR)


def test_the_hl7_form_written_is_the_one_read() -> None:
    ins = Ins("279035121518989", InsOid.NIA)
    assert str(ins) == "279035121518989^^^&1.2.250.1.213.1.4.9&ISO^NH"
    assert Ins.parse_cx(str(ins)) == ins
    assert ins.spaced == "2 79 03 51 215 189 89"


@pytest.mark.parametrize("text", [
    "279035121518989", "279035121518989^^^&1.2.3&ISO^NH", "279035121518989^^^&1.2.250.1.213.1.4.8&ISO^PI",
    "^^^&&ISO^NH",
])
def test_another_identifier_is_not_taken_for_an_ins(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        Ins.parse_cx(text)


def test_the_refusal_of_an_ins_does_not_repeat_it() -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        Ins.parse("279035121518988", NIR)
    assert "279035" not in str(refused.value)
