"""A platform one of whose hosts keeps its bodies in a folder: it reads from there, and goes on while that is away."""

from __future__ import annotations

from pathlib import Path

from carnet.host.files import Files
from carnet.host.outside import Outside
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from tests.running import Platform, letter, lot, patient, professional


async def test_deposits_and_reads_go_on_while_the_folder_of_the_reference_is_away_and_it_catches_up(
    platform: Platform, tmp_path: Path
) -> None:
    folder = tmp_path / "bodies"
    folder.mkdir()
    reference = platform.hosts["reference"]
    await reference.stop()
    reference.outside = Outside(reference.pool, Files(folder))
    await reference.start()
    record = await platform.opened()
    before, during = letter("Avant."), letter("Pendant.")
    await submit(professional(), lot(before), platform.stores)
    await platform.quiet()
    folder.rename(folder.with_name("away"))
    folder.mkdir()
    await submit(professional(), lot(during), platform.stores)
    for document in (before, during):
        assert (await retrieve(patient(), document.entry.unique_id, platform.stores)).content == document.content
    folder.rmdir()
    folder.with_name("away").rename(folder)
    await platform.quiet()
    assert len(await platform.heads(record)) == 1
    assert await reference.pool.fetchval("SELECT count(*) FROM body WHERE object IS NULL") == 0
    await platform.hosts[(await platform.stores.known(record)).placement.home].stop()
    for document in (before, during):
        assert (await retrieve(patient(), document.entry.unique_id, platform.stores)).content == document.content
