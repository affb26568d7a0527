"""My professionals: whom I authorise, whom I block. (Masking, roles and delegation come with the complete rights.)"""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import InvalidIdentifier
from carnet.people.identifiers import PsId
from carnet.record.authorise import authorise, block, list_authorisations
from carnet.rights.access import Act
from carnet.web import forms, traces
from carnet.web.presenters.professionals import ProfessionalsPresenter
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

PATH = "/moi/professionnels"
_DONE = {"autorise": "professionals.authorised", "bloque": "professionals.blocked"}


async def my_professionals(visit: Visit) -> Response:
    """Everyone I said something of."""
    done = _DONE.get(visit.request.query_params.get("fait", ""))
    return await _page(visit, notice=Tag(visit.words(done), "good") if done else None)


async def authorise_one(visit: Visit) -> Response:
    """Let a professional read my record for a year."""
    professional = _professional(visit)
    if professional is None:
        return await _wrong(visit, Act.AUTHORISE)
    await authorise(visit.asker, visit.own_ins, professional, visit.stores)
    return see_other(f"{PATH}?fait=autorise")


async def block_one(visit: Visit) -> Response:
    """Shut my record to a professional."""
    professional = _professional(visit)
    if professional is None:
        return await _wrong(visit, Act.BLOCK)
    await block(visit.asker, visit.own_ins, professional, visit.stores)
    return see_other(f"{PATH}?fait=bloque")


def _professional(visit: Visit) -> str | None:
    """The identifier of the form: an RPPS of eleven digits, or a whole PS_IdNat; None if it is neither."""
    typed = "".join(visit.text("professional").split())
    policy = visit.site.config.identifier_policy
    try:
        return str(PsId.of_rpps(typed, policy) if len(typed) == 11 else PsId.parse(typed, policy))
    except InvalidIdentifier:
        return None


async def _wrong(visit: Visit, act: Act) -> Response:
    await traces.refused(visit, act, "professional")
    answers = forms.Answers(
        {"professional": visit.text("professional")}, {"professional": visit.words("professionals.professional_wrong")}
    )
    return await _page(visit, answers, status=422)


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None, *, status: int = 200
) -> Response:
    given = await list_authorisations(visit.asker, visit.own_ins, visit.stores)
    presenter = ProfessionalsPresenter(visit.words, visit.calendar, visit.stores.clock.now())
    return visit.page("patient/professionals.html", status=status, view=presenter.view(given, answers, notice))
