"""See my record with a professional's eyes: one I said something of, or someone of a profession whom I would authorise.

Decided by the functions that decide for real; nothing is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.responses import Response

from carnet.people.caller import PROFESSION, ProfessionalCaller
from carnet.people.code import Code
from carnet.record.authorise import list_authorisations
from carnet.record.preview import Preview, would_see
from carnet.rights.changes import AuthorisationSet, Change
from carnet.rights.held import Authorisation
from carnet.rights.matrix_keys import professions
from carnet.rights.preview import known_professional
from carnet.web import forms
from carnet.web.presenters.sight import Seen, SightPresenter, SightView
from carnet.web.presenters.words import profession_name
from carnet.web.site import Visit

PATH = "/moi/professionnels/regard"
_SOMEONE = "someone"        # has the form of no identifier: nobody is, or deposited anything, as this
_USUAL = "g15|10"
_DOCTOR = Code("10", PROFESSION)


@dataclass(frozen=True, slots=True)
class Eyes:
    """Through whose eyes: `supposed` is what the holder would have to say first, for somebody they did not choose."""

    name: str
    caller: ProfessionalCaller
    supposed: tuple[Change, ...] = ()
    is_profession_known: bool = True


async def page(visit: Visit) -> Response:
    """What a professional sees, with nothing changed."""
    view = await look(visit, visit.request.query_params.get("qui", ""), ())
    return visit.page("patient/sees.html", view=view)


async def look(visit: Visit, who: str, changes: Sequence[Change]) -> SightView:
    """What this professional sees now and, when there are changes, would see. Nobody in particular: somebody usual."""
    known = await list_authorisations(visit.asker, visit.own_ins, visit.stores)
    answers = forms.Answers({"whom": who if _eyes(visit, who, known) else _chosen(known)}, {})
    field = forms.field(visit.words, "sight", "whom", answers, choices=_groups(visit, known))
    eyes = _eyes(visit, field.value, known)
    if eyes is None:
        return SightView(field)
    before = await _seen(visit, eyes, ())
    presenter = SightPresenter(visit.words, visit.calendar)
    if not changes:
        view = presenter.now(field, eyes.name, before)
    else:
        view = presenter.compared(field, eyes.name, before, await _seen(visit, eyes, changes))
    if before.closed_at:        # which organisation they act for is known once they log in, not before
        closed = visit.words("sight.closed_at", names=", ".join(before.closed_at))
        view = replace(view, sentence=f"{view.sentence} {closed}")
    if eyes.is_profession_known:
        return view
    return replace(view, sentence=f"{view.sentence} {visit.words('sight.supposed')}")


async def _seen(visit: Visit, eyes: Eyes, changes: Sequence[Change]) -> Seen:
    found: Preview = await would_see(
        visit.asker, visit.own_ins, eyes.caller, [*eyes.supposed, *changes], {}, visit.stores)
    return Seen(found.then, found.reasons_then, found.closed_at)


def _chosen(known: Sequence[Authorisation]) -> str:
    """Whom to show first: the médecin traitant, else somebody authorised, else a doctor."""
    named = sorted(
        (each for each in known if not each.is_forbidden), key=lambda each: not each.is_medecin_traitant)
    return f"ps|{named[0].professional}" if named else _USUAL


def _eyes(visit: Visit, who: str, known: Sequence[Authorisation]) -> Eyes | None:
    kind, _, code = who.partition("|")
    if kind == "ps":
        said = next((each for each in known if each.professional == code), None)
        if said is None:
            return None
        caller = known_professional({code: said}, code, _DOCTOR)
        return Eyes(said.professional_name or code, caller, is_profession_known=said.profession is not None)
    if kind != "g15" or code not in {key.code for key in professions()}:
        return None
    profession = Code(code, PROFESSION)
    until = visit.stores.clock.now() + timedelta(days=1)
    supposed = AuthorisationSet(Authorisation(professional=_SOMEONE, valid_until=until))
    name = visit.words("sight.of_profession", name=profession_name(profession, visit.words))
    return Eyes(name, ProfessionalCaller(ps_id=_SOMEONE, family="", given="", profession=profession), (supposed,))


def _groups(visit: Visit, known: Sequence[Authorisation]) -> list[forms.Group]:
    mine = tuple((f"ps|{each.professional}", each.professional_name or each.professional) for each in known)
    others = tuple((f"g15|{key.code}", profession_name(Code(key.code, key.oid), visit.words)) for key in professions())
    groups = [(visit.words("sight.professions"), others)]
    return [(visit.words("sight.mine"), mine), *groups] if mine else groups
