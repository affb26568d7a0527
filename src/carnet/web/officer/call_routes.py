"""Which address is which page of calls for projects: those of officers, and those of everybody."""

from __future__ import annotations

from carnet.web.gate import View
from carnet.web.officer import calls, grants
from carnet.web.presenters.calls import PATH, PUBLIC, REPORT
from carnet.web.transparency import calls as public

PAGES: dict[str, View] = {
    PATH: calls.calls, calls.FILE: calls.as_file, calls.ONE: calls.call, grants.ONE: grants.application}
FORMS: dict[str, View] = {calls.ONE: calls.decide, grants.ONE: grants.act}
OF_EVERYBODY: dict[str, View] = {
    PUBLIC: public.calls, public.ONE: public.call, REPORT: public.report, public.FILE: public.as_file}
FORM_OF_EVERYBODY = public.ONE, public.apply
