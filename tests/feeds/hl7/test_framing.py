"""MLLP: whatever the pieces that a message comes in, it is the same message; what is not framed is refused at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.feeds.hl7.framing import BrokenFrameError, Frames, framed

MESSAGES = st.lists(st.binary(max_size=60).map(lambda raw: raw.translate(None, b"\x0b\x1c")), max_size=5)


@given(MESSAGES, st.lists(st.integers(1, 40), max_size=30))
def test_pieces_do_not_matter(messages: list[bytes], sizes: list[int]) -> None:
    sent, frames = b"".join(map(framed, messages)), Frames(1000)
    came: list[bytes] = []
    for size in (*sizes, len(sent) + 1):
        piece, sent = sent[:size], sent[size:]
        came += frames.feed(piece)
    assert came == messages
    assert (frames.is_inside, frames.held_bytes) == (False, 0)


@pytest.mark.parametrize("data", [b"x", b"\r\n x", framed(b"ok") + b"x", b"\x0ba\x0bb\x1c\r", b"\x1c\r"])
def test_what_is_not_framed_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenFrameError):
        list(Frames(1000).feed(data))


@pytest.mark.parametrize("data", [b"\r\n\0 " + framed(b"ok"), b"\x0bok\x1c", b"\x0bok\x1c\x0bok\x1c\r\r\n"])
def test_blanks_between_messages_and_a_lacking_cr_do_no_harm(data: bytes) -> None:
    assert set(Frames(1000).feed(data)) == {b"ok"}


def test_no_more_than_the_limit_and_one_piece_is_ever_held() -> None:
    frames = Frames(1000)
    list(frames.feed(b"\x0b"))
    for _ in range(10):
        list(frames.feed(b"x" * 100))
    assert frames.held_bytes == 1000
    with pytest.raises(BrokenFrameError) as broken:
        list(frames.feed(b"x" * 100))
    assert broken.value.head == b"x" * 1100
