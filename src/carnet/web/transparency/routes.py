"""Which address is which page of transparency."""

from __future__ import annotations

from carnet.web.gate import View
from carnet.web.transparency import adoption, ceiling, comparison, costs, data, lines
from carnet.web.transparency.asked import PATH

PAGES: dict[str, View] = {
    PATH: costs.first, "/transparence/histoire": costs.claims, f"{PATH}/{{books}}": costs.by_axis,
    f"{PATH}/{{books}}/lignes": lines.lines, f"{PATH}/{{books}}/ecritures/place/{{place}}": lines.place,
    f"{PATH}/{{books}}/ecritures/{{entry}}": lines.entry, ceiling.PATH: ceiling.page,
    data.PATH: data.offered, f"{data.PATH}/recompute.py": data.script,
    f"{data.PATH}/{{books}}/{{name}}": data.file,
    adoption.PATH: adoption.page, f"{adoption.PATH}/{{name}}.{{kind}}": adoption.file,
    **comparison.PAGES,
}
