"""The comparison as people see it: the protocol first, nothing of the results before two have closed it, then all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from carnet.roles import comparison as does
from carnet.roles.audit_log import audit_key
from carnet.roles.demo_people import OFFICER
from carnet.steering.comparison.facts import facts_of
from carnet.steering.comparison.figure import as_csv
from carnet.steering.comparison.figures import figures_of
from carnet.steering.comparison.keep import Comparisons
from carnet.steering.comparison.protocol import read_canonical
from tests.flows.browsing import NARROW, touring
from tests.steering.comparison.desk import PROTOCOL, open_desk
from tests.web.serving import Portal
from tests.web.visitor import visiting

PATH, OF_OFFICERS = f"/transparence/comparaison/{PROTOCOL.id}", f"/agent/comparaison/{PROTOCOL.id}"
DEMONSTRATION = "DÉMONSTRATION"
PROMISED = "Ce qui sera appelé un écart"


async def test_results_are_for_officers_until_the_auditor_countersigns(portal: Portal, tmp_path: Path) -> None:
    url = portal.platform.portal._connect_args[0]
    async with open_desk(url, tmp_path) as desk, visiting(portal.url) as visitor:
        protocol = msgspec.structs.replace(PROTOCOL, bootstraps=200)
        await Comparisons(desk.store, audit_key(desk.settings).sign).register(protocol, "O", demonstration=True)
        page = await visitor.get(PATH)
        assert (page.status, PROMISED in page.text, DEMONSTRATION in page.text) == (200, True, True)
        assert await does.close(desk.settings, PROTOCOL.id, desk.key("officer"), by="O") == 0
        for name in ("report.pdf", "figures.csv", "facts.json", "closing.txt"):
            assert (await visitor.get(f"{PATH}/{name}")).status == 404
        assert "Coût par dossier, par catégorie" not in (await visitor.get(PATH)).text
        await visitor.log_in(OFFICER, "agent", path="/agent/comparaison")
        page = await visitor.get(OF_OFFICERS)
        assert ("Coût par dossier, par catégorie" in page.text, "Faits réunis" in page.text) == (True, True)
        assert (await visitor.get(f"{OF_OFFICERS}/report.pdf")).status == 200
        assert (await visitor.get(f"{PATH}/report.pdf")).status == 404      # not even for officers, at this address
        await does.countersign(desk.settings, PROTOCOL.id, desk.key("signatory-auditor"), checked=["tout"])
        assert (await visitor.get(f"{PATH}/report.pdf")).status == 200
        assert (await visitor.get("/transparence/comparaison/autre")).status == 404


async def test_whoever_has_the_files_computes_the_report_again(portal: Portal, tmp_path: Path) -> None:
    url = portal.platform.portal._connect_args[0]
    async with open_desk(url, tmp_path) as desk:
        assert await does.demo(desk.settings) == 0
    async with visiting(portal.url) as visitor:
        files = {name: (await visitor.get(f"{PATH}/{name}")).content for name in (
            "protocol.json", "facts.json", "figures.csv", "report.pdf", "closing.txt", "audit.txt")}
        page = await visitor.get(f"/langue/en?retour={PATH}")
    figures = figures_of(read_canonical(files["protocol.json"]), facts_of(files["facts.json"]))
    assert as_csv(figures) == files["figures.csv"]
    for name, what in (("facts.json", "facts"), ("figures.csv", "figures"), ("report.pdf", "report")):
        assert f"{what} {hashlib.sha256(files[name]).hexdigest()}" in files["closing.txt"].decode()
    total = next(each for each in figures if each.measure == "cost.total" and each.who == "left")
    assert (total.numerator, f"€{int(total.numerator) / int(total.denominator) / 100:.2f}" in page.text) == (
        "6803317", True)
    assert "the ledger has no line of this category" in page.text


async def test_the_pages_can_be_read_by_everybody(portal: Portal, tmp_path: Path) -> None:
    url = portal.platform.portal._connect_args[0]
    async with open_desk(url, tmp_path) as desk:
        await does.demo(desk.settings)
    async with touring(portal.url, "public") as tourist:
        await tourist.goes("/transparence/comparaison")
        await tourist.sees("comparaisons", "Comparer deux approches", picture=True)
        await tourist.goes(PATH)
        await tourist.sees("comparaison", PROTOCOL.title, picture=True)
    async with touring(portal.url, "etroit", scheme="dark", viewport=NARROW) as tourist:
        await tourist.goes(PATH)
        await tourist.sees("comparaison", PROTOCOL.title, picture=True)
