from __future__ import annotations

import pytest

from carnet.documents.xml import beginning, parse
from carnet.errors import InvalidDocument, TooLarge

BILLION = (
    '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{("&" + before + ";") * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ) + "]><z>&i;</z>"
)


@pytest.mark.parametrize("content", [
    '<!DOCTYPE html><z/>',
    '<!DOCTYPE z SYSTEM "http://127.0.0.1:9/x.dtd"><z/>',
    '<!DOCTYPE z [<!ENTITY file SYSTEM "file:///etc/hostname">]><z>&file;</z>',
    '<!DOCTYPE z [<!ATTLIST z secret CDATA "added">]><z/>',
    '<?xml version="1.0"?><!-- <z/> --><!DOCTYPE z []><z/>',
    BILLION,
])
def test_no_document_type_declaration_is_accepted(content: str) -> None:
    with pytest.raises(InvalidDocument):
        parse(content.encode())
    with pytest.raises(InvalidDocument):
        parse(content.replace('<?xml version="1.0"?>', "").encode("utf-16"))


def test_the_words_of_a_declaration_inside_a_text_are_harmless() -> None:
    assert parse(b"<z><![CDATA[<!DOCTYPE html>]]></z>").text == "<!DOCTYPE html>"


@pytest.mark.parametrize(("content", "where"), [
    (b"", "line 1"), (b"plain text", "line 1"), (b"<a>\n<b></a>", "line 2"), (b"<a>&nbsp;</a>", "line 1"),
    (b"<a/><b/>", "line 1"), (b"<?xml version='1.0' encoding='none'?><a/>", "line 1"), (b"<a>\xff\xfe</a>", "line 1"),
])
def test_what_is_not_well_formed_is_refused_with_its_line(content: bytes, where: str) -> None:
    with pytest.raises(InvalidDocument, match=where):
        parse(content)


def test_the_refusal_does_not_quote_the_document() -> None:
    with pytest.raises(InvalidDocument) as refused:
        parse(b"<patient><name>SECRET</nam></patient>")
    assert "SECRET" not in str(refused.value)
    assert "nam" not in str(refused.value)


def test_depth_and_size_are_bounded() -> None:
    parse(b"<a>" * 200 + b"</a>" * 200)
    with pytest.raises(InvalidDocument):
        parse(b"<a>" * 300 + b"</a>" * 300)
    with pytest.raises(TooLarge) as refused:
        parse(b"<a/>", limit_bytes=3)
    assert refused.value.limit_bytes == 3


def test_comments_and_instructions_are_left_out() -> None:
    root = parse(b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><z:a xmlns:z="u"><!-- x --><?y?><b/></z:a>')
    assert [child.tag for child in root.iter()] == ["{u}a", "b"]


def test_the_beginning_is_what_stands_before_and_the_rest_is_checked_all_the_same() -> None:
    root = beginning(b"<a><b>x</b><c><d/></c></a>", until="c")
    assert root is not None
    assert [each.tag for each in root] == ["b", "c"]
    for wrong in (
        b"<a><b/></a>", b"<a><c><d></c></a>", b"<a><c/></a><a/>", b"<a><c><x:d/></c></a>", b"<a><c>&foo;</c></a>",
        b"<!DOCTYPE a><a><c/></a>", b"<a><c>\xff</c></a>", b"<a><c/>", b"",
    ):
        assert beginning(wrong, until="c") is None, wrong
