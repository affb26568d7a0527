"""Mask all of my documents at once, after a page that says what it does."""

from __future__ import annotations

from starlette.responses import Response

from carnet.record.visibility import mask_all
from carnet.web.presenters.confirm import confirm
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit

PATH = "/moi/choix/tout-masquer"
_POINTS = ("still", "later", "undo")


async def ask(visit: Visit) -> Response:
    """What it does."""
    view = confirm(visit.words, "mask_all", _POINTS, path=PATH, back="/moi/choix")
    return visit.page("patient/confirm.html", view=view)


async def do(visit: Visit) -> Response:
    """Do it, and say how many were masked. Doing it again masks none, so that reloading does no harm."""
    masked = await mask_all(visit.asker, visit.own_ins, visit.stores)
    said = visit.words("mask_all.done", n=masked) if masked else visit.words("mask_all.done_none")
    return visit.page("patient/masked.html", notice=Tag(said, "good"))
