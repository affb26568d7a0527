"""What is only to be known of what was kept is told without an error, by acknowledgements and by receipts of mail."""

from __future__ import annotations

from uuid import uuid4

from carnet.errors import INFORMATIONAL, Issue
from carnet.feeds.hl7.told import told_of
from carnet.feeds.mail.receipt import receipt
from carnet.record.inbox.message import MessageState, Taken

NOTE = Issue(INFORMATIONAL, "a PDF that can act (script)", "DocumentEntry[0].content")


def test_a_note_about_what_was_kept_is_an_err_of_severity_i() -> None:
    assert told_of(Taken(uuid4(), MessageState.DEPOSITED)) == ()
    [told] = told_of(Taken(uuid4(), MessageState.DEPOSITED, issues=(NOTE,)))
    assert (told.severity, told.words, told.diagnostic) == ("I", NOTE.message, NOTE.expression)


def test_a_receipt_with_a_note_still_says_that_all_was_done() -> None:
    text = receipt("<1@labo.example>", mailbox="a@b.example", to="c@d.example", notes=["note 1"]).decode()
    assert "MDN-sent-automatically;processed\r\n" in text
    assert "Subject: XDM" in text
    assert receipt("", mailbox="a@b.example", to="c@d.example", notes=["note 1"]) != receipt(
        "", mailbox="a@b.example", to="c@d.example")
