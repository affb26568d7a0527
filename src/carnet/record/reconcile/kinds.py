"""What may differ between a restored portal and its hosts, or a restored host and the portal, in words. Pure."""

from __future__ import annotations

KINDS = {
    "adopted": "the hosts had more than the portal: their entries were verified, opened and adopted",
    "rebuilt": "the portal did not know the record: its row was made again from its journal",
    "erased": "the record's key was destroyed since: it is erased here too, and its hosts are ordered to erase",
    "moved": "the record has another home than the portal remembered",
    "placed": "a host holds something of the record and was not known to: it is written down",
    "release": "a host holds a journal of a record that is no longer its own: it may be released",
    "behind": "a host has less than the portal: it is caught up",
    "lost": "entries of the portal are at no host and not in its outbox",
    "unnamed": "bodies that no entry names: probably acknowledged and lost, their depositors must send them again",
    "without_key": "hosts or portal have the record, and there never was a key for it: nobody can read it",
    "unreadable": "a host told more than the portal has, and it does not verify or open: the record awaits officers",
    "fork": "a host has other entries than the portal at the same places: the record awaits officers",
    "double": "the person has another record too: this one was left at the hosts",
    "identifier": "identifiers of the record already name documents of another record, and still do",
    "ahead": "a host has more than the portal",
    "unknown": "a host holds a record that the portal does not place there",
    "other": "a host has another chain than the portal",
}
"""Every kind of finding, and what it means."""

AWAITING_OFFICERS = ("fork", "unreadable")
