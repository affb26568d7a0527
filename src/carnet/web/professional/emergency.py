"""Break the glass, or open a record as a regulation centre: after a warning, with a reason, for one hour.

Beyond the day's ceiling a second person agrees (`second_person.py`). Everything is decided, traced and told by the
record room; these pages say it in words.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from carnet.errors import InvalidInput, NotPermitted
from carnet.record.emergency import open_emergency
from carnet.record.second_person import ask_second_person
from carnet.rights.access import AccessMode, Act
from carnet.rights.reasons import Reason
from carnet.web import forms, traces
from carnet.web.presenters.emergency import REASONS, Ceilings, EmergencyPresenter
from carnet.web.professional.standing import page, patient_path, professional_of, status_of
from carnet.web.site import Visit, see_other

_MODES = {"bris": AccessMode.BREAK_THE_GLASS, "centre": AccessMode.REGULATION_CENTRE}


async def ask(visit: Visit) -> Response:
    """The warning, and the form."""
    return await _page(visit)


async def open_it(visit: Visit) -> Response:
    """Open the record for one hour, and go to its documents."""
    kind = visit.text("mode")
    mode = _MODES.get(kind)
    if mode is None:
        await traces.refused(visit, Act.OPEN_EMERGENCY, "form")
        return await _page(visit, status=422)
    asking, field = replace(visit, mode=mode), REASONS[kind]
    try:
        await open_emergency(asking.asker, visit.patient, visit.text(field), visit.stores)
    except InvalidInput:
        wrong = {field: visit.words(f"glass.{field}_wrong")}
        return await _page(visit, forms.Answers({field: visit.text(field)}, wrong), status=422)
    except NotPermitted as error:
        against = getattr(error.decision, "against", ())
        if Reason.LOGIN_TOO_OLD in against or against == (Reason.SECOND_PERSON_NEEDED,):
            answers = forms.Answers({"reason": visit.text("reason")}, {})
            return await _page(visit, answers, against=against, status=403)
        raise
    return see_other(f"{patient_path(visit)}/documents?fait=urgence")


async def ask_second(visit: Visit) -> Response:
    """A code to tell a colleague, who types it with a login of their own."""
    asking = replace(visit, mode=AccessMode.BREAK_THE_GLASS)
    status = await status_of(visit)
    try:
        code = await ask_second_person(asking.asker, visit.patient, visit.stores)
    except InvalidInput:        # none is needed, or not any more
        return see_other(f"{patient_path(visit)}/urgence")
    except NotPermitted as error:
        against = getattr(error.decision, "against", ())
        if Reason.LOGIN_TOO_OLD not in against:
            raise
        return await _page(visit, against=against, status=403)
    return page(
        visit, status, "emergency_code", path=f"{patient_path(visit)}/urgence", said=f"{code[:4]} {code[4:]}",
        reason=visit.text("reason"))


def login_again(visit: Visit, back: str) -> str:
    """Where to log in anew if the login is too old to break the glass; empty if it is not."""
    login, seconds = visit.logged_in.authenticated_at, visit.stores.rules.rights.login_seconds
    if login is not None and visit.stores.clock.now() - login <= timedelta(seconds=seconds):
        return ""
    return f"/connexion/professionnel?{urlencode({'de-nouveau': 'oui', 'retour': back})}"


async def _page(
    visit: Visit, answers: forms.Answers = forms.NOTHING, *, against: tuple[Reason, ...] = (), status: int = 200
) -> Response:
    found = await status_of(visit)
    path, policy = f"{patient_path(visit)}/urgence", visit.stores.rules.rights
    presenter = EmergencyPresenter(visit.words, path, login_again(visit, path))
    view = presenter.view(
        found, professional_of(visit), answers,
        ceilings=Ceilings(policy.emergencies_a_day, needs_second=Reason.SECOND_PERSON_NEEDED in against))
    return page(visit, found, "emergency", code=status, view=view)
