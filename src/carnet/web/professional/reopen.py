"""Reopen a closed record with the consent that the patient gives anew, said as at an opening."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from carnet.record.reopen_record import reopen_record
from carnet.rights.access import Act
from carnet.web import forms, opening, traces
from carnet.web.professional.standing import page, patient_path, status_of
from carnet.web.site import Visit, see_other


async def ask(visit: Visit) -> Response:
    """The text to read to the patient, and how they agreed."""
    return await _page(visit, forms.NOTHING)


async def reopen(visit: Visit) -> Response:
    """Reopen it: the professional who does is authorised for a year, as at an opening."""
    consent = opening.read_consent(visit)
    if isinstance(consent, forms.Answers):
        await traces.refused(visit, Act.REOPEN_RECORD, "form")
        return await _page(visit, consent, code=422)
    await reopen_record(visit.asker, visit.patient, consent, visit.stores)
    return see_other(f"{patient_path(visit)}?fait=rouvert")


async def _page(visit: Visit, answers: forms.Answers, *, code: int = 200) -> Response:
    path = patient_path(visit)
    view = opening.view(visit, f"{path}/rouvrir", visit.patient, answers, by_holder=False)
    return page(visit, await status_of(visit), "reopen", code=code, view=replace(view, traits=()), back=path)
