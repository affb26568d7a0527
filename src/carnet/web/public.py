"""Pages for everybody: the front page, what is said of accessibility and of private life, the choice of a language."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from carnet.web import traces
from carnet.web.gate import sorry
from carnet.web.language import COOKIE
from carnet.web.login import own_path, set_cookie
from carnet.web.site import Visit, see_other
from carnet.web.words import Language

_A_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Sections:
    """A page of words: the prefix of its messages, and its sections in order."""

    key: str
    sections: tuple[str, ...]


ACCESSIBILITY = Sections("accessibility", ("standard", "tested", "limits", "tell"))
PRIVACY = Sections("privacy", ("who", "cookies", "trace", "hosts", "rights"))
FAREWELL = Sections("farewell", ("provider",))


async def front(visit: Visit) -> Response:
    """What this is, and its doors."""
    return visit.page("public/front.html", has_officers=visit.site.config.officers is not None)


async def accessibility(visit: Visit) -> Response:
    """The accessibility statement."""
    return visit.page("public/words.html", view=ACCESSIBILITY)


async def privacy(visit: Visit) -> Response:
    """What is done with people's data here."""
    return visit.page("public/words.html", view=PRIVACY)


async def farewell(visit: Visit) -> Response:
    """After logging out."""
    return visit.page("public/words.html", view=FAREWELL)


async def choose_language(visit: Visit) -> Response:
    """Remember a language for a year, then go back to the page."""
    chosen = visit.request.path_params["language"]
    if chosen not in set(Language):
        return sorry(visit, 404)
    response = see_other(own_path(visit.request.query_params.get("retour", "")) or "/")
    set_cookie(response, COOKIE, chosen, visit.site.config, seconds=_A_YEAR)
    return response


async def not_there(visit: Visit) -> Response:
    """Any address that is no page. Traced for who is known: a flood of strangers must not fill the traces."""
    if visit.session is not None:
        await traces.refused(visit, "page", "unknown")
    return sorry(visit, 404)
