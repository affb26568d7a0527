"""Agree, as second person, to a colleague's emergency access: the code that they tell is typed here."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from carnet.errors import InvalidInput, NotPermitted
from carnet.record.second_person import agree
from carnet.rights.reasons import Reason
from carnet.web import forms
from carnet.web.presenters.words import Tag
from carnet.web.professional.emergency import login_again
from carnet.web.site import Visit, see_other

PATH = "/pro/confirmer"


@dataclass(frozen=True, slots=True)
class SecondView:
    """The form; without it, where to log in again."""

    number: forms.Field
    login_path: str
    notice: Tag | None


async def ask(visit: Visit) -> Response:
    """What one agrees to, and where the code is typed."""
    done = visit.request.query_params.get("fait", "") == "accord"
    return _page(visit, notice=Tag(visit.words("confirming.done"), "good") if done else None)


async def confirm(visit: Visit) -> Response:
    """Agree to the access that this code is about."""
    try:
        await agree(visit.asker, visit.text("number"), visit.stores)
    except InvalidInput as error:
        codes = {issue.code for issue in error.issues}
        key = next((code for code in ("throttled", "business-rule") if code in codes), "value").replace("-", "_")
        return _page(visit, {"number": visit.words(f"confirming.wrong_{key}")}, status=422)
    except NotPermitted as error:
        if Reason.LOGIN_TOO_OLD in getattr(error.decision, "against", ()):
            return _page(visit, status=403)
        raise
    return see_other(f"{PATH}?fait=accord")


def _page(
    visit: Visit, errors: dict[str, str] | None = None, *, notice: Tag | None = None, status: int = 200
) -> Response:
    answers = forms.Answers({"number": visit.text("number")}, errors or {})
    view = SecondView(forms.field(visit.words, "confirming", "number", answers), login_again(visit, PATH), notice)
    return visit.page("professional/confirm_emergency.html", status=status, view=view)
