"""A restored host against today's portal: what it has less, or otherwise, than it should. Pure."""

from __future__ import annotations

from carnet.record.reconcile.found import AtHost, Finding, Found


def at_host(found: Found, host: str) -> list[Finding]:
    """What this host has of the record that is not what the portal committed; empty when it is as it should be.

    A record that was committed to while the two were read may show as ahead.
    """
    here, row = found.at.get(host, AtHost()), found.row
    if row is None or host not in row.placement.both:
        is_known = row is not None and host in row.placed
        return [Finding(found.record, "unknown", host, {"place": here.place})] if here.holds and not is_known else []
    if row.is_erased or row.place == 0:
        return []
    detail = {"place": here.place if here.is_live else 0, "of": row.place, "lacking": here.lacking}
    if not here.is_live or here.place < row.place:
        return [Finding(found.record, "behind", host, detail)]
    if here.place > row.place:
        return [Finding(found.record, "ahead", host, detail)]
    if here.head != row.head:
        return [Finding(found.record, "other", host, detail)]
    return [Finding(found.record, "behind", host, detail)] if here.lacking else []
