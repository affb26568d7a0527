"""The scoreboard of feeds: exact counts over any days, by site, software, channel, kind of message and document type.

Messages are counted on the day (UTC) they came, by the state they are in now. Documents are counted on the day they
were deposited, whatever brought them: what three channels bring is one document, of the first. Records are those that
a document reached, each once. Nothing is rounded or hidden here: what is shown to people goes through `cells.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from carnet.record.inbox.message import MessageState
from carnet.steering.figure import ALL, EACH_LINE, By, Figure, Line, Only, Span
from carnet.steering.store import FigureStore


async def figures(
    store: FigureStore, span: Span, by: Sequence[By] = EACH_LINE, only: Only = ALL,
) -> list[Figure]:
    """The figures of these days, one for each line that anything came of; with no `by`, one of all or none.

    What was counted when this is called: a worker counts within seconds. Raises Unavailable.
    """
    found: dict[Line, Figure] = {}
    for each in await store.documents(span, by, only):
        found[each.line] = each
    for line, name, state, reason, messages in await store.messages(span, by, only):
        figure = found.get(line, Figure(line))
        figure = replace(figure, organisation_name=figure.organisation_name or name)
        if not reason:
            figure = replace(figure, states={**figure.states, state: messages})
        elif state is MessageState.REFUSED:
            figure = replace(figure, reasons={**figure.reasons, reason: messages})
        found[line] = figure
    return [found[line] for line in sorted(found)]
