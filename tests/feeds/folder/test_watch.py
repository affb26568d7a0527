"""Files in a partner's folder: each is taken once, whole, and lies afterwards where what became of it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from carnet.errors import InvalidSetting
from carnet.feeds.folder.place import Part, held, prepare
from carnet.feeds.folder.watch import FolderWatch
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.inbox.again import try_again
from carnet.record.submit import submit
from tests.record.inbox.ground import PARTNER, Ground
from tests.running import LABORATORY, PATIENT, Platform, letter, lot, patient, professional


class Watched(Ground):
    """The ground, with a folder."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        super().__init__(platform)
        self.folder = folder
        prepare(folder)
        self.watch = self.another()

    def another(self) -> FolderWatch:
        """Another process on the same folder."""
        return FolderWatch(self.folder, PARTNER, self.inbox, limit=200_000)

    def put(self, name: str, content: bytes) -> Path:
        """A file of the sender, whole."""
        file = self.folder / "in" / name
        file.write_bytes(content)
        return file

    async def looked(self) -> int:
        """Two looks: what was there before the first is taken in the second."""
        return await self.watch.look() + await self.watch.look()

    def files(self, part: str) -> list[str]:
        """What lies in a part, without notes."""
        return sorted(each.name for each in (self.folder / part).iterdir() if each.suffix != ".txt")

    def note(self, part: str, name: str) -> str:
        """The note beside a file."""
        return (self.folder / part / f"{name}.txt").read_text()

    async def listed(self) -> set[str]:
        """What the patient sees."""
        found = await find(patient(), PATIENT.ins, Criteria(), self.inbox.stores)
        return {entry.unique_id for entry in found.entries}


@pytest.fixture
def ground(platform: Platform, tmp_path: Path) -> Watched:
    """A platform with a watched folder."""
    return Watched(platform, tmp_path)


async def test_a_file_is_taken_when_two_looks_saw_it_alike_and_is_moved_with_a_note(ground: Watched) -> None:
    await ground.platform.opened()
    document = letter()
    ground.put("compte rendu.xml", document.content)
    assert await ground.watch.look() == 0
    assert await ground.listed() == set()
    assert await ground.watch.look() == 1
    assert await ground.listed() == {document.entry.unique_id}
    assert [ground.files(part) for part in ("in", "taking", "done")] == [[], [], ["compte rendu.xml"]]
    assert "state: deposited\nmessage: " in ground.note("done", "compte rendu.xml")
    assert "Déposé." in ground.note("done", "compte rendu.xml")


async def test_a_file_that_is_still_written_to_is_left(ground: Watched) -> None:
    await ground.platform.opened()
    content = letter().content
    with (ground.folder / "in" / "lent.xml").open("wb") as file:
        file.write(content[:500])
        file.flush()
        assert await ground.looked() == 0       # its size did not change, and it is open
        assert await ground.looked() == 0
        file.write(content[500:])
    ground.put("a.xml.part", content)
    assert await ground.looked() == 1
    assert (ground.files("done"), ground.files("in")) == (["lent.xml"], ["a.xml.part"])


async def test_what_is_refused_says_everything_that_is_wrong(ground: Watched) -> None:
    ground.put("vide.xml", b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>")
    assert await ground.looked() == 1
    assert ground.files("refused") == ["vide.xml"]
    assert ground.note("refused", "vide.xml").count("\nissue: ") > 3


async def test_what_waits_for_a_record_lies_apart_until_it_is_deposited(ground: Watched) -> None:
    ground.put("tôt.xml", letter().content)
    await ground.looked()
    assert ground.files("waiting") == ["tôt.xml"]
    assert "reason: no_record" in ground.note("waiting", "tôt.xml")
    assert await ground.watch.follow() == 0
    await ground.platform.opened()
    await try_again(ground.inbox)
    assert await ground.watch.follow() == 1
    assert (ground.files("done"), list((ground.folder / "waiting").iterdir())) == (["tôt.xml"], [])
    assert "state: deposited" in ground.note("done", "tôt.xml")


async def test_a_note_that_names_the_message_of_another_sender_moves_nothing(ground: Watched) -> None:
    await ground.platform.opened()
    theirs = await ground.send(letter().content)
    await ground.platform.portal.execute("update message set partner = 'autre'")
    waiting = ground.folder / "waiting"
    (waiting / "mien.xml").write_bytes(b"x")
    (waiting / "mien.xml.txt").write_text(f"state: waiting\nmessage: {theirs.message_id}\n")
    assert await ground.watch.follow() == 0


async def test_the_same_document_by_folder_and_by_the_software_itself_is_one(ground: Watched) -> None:
    await ground.platform.opened()
    document = letter()
    await submit(professional(LABORATORY), lot(document), ground.inbox.stores)
    ground.put("le même.xml", document.content)
    ground.put("le même encore.xml", document.content)
    assert await ground.looked() == 2
    assert ground.files("done") == ["le même encore.xml", "le même.xml"]
    assert await ground.listed() == {document.entry.unique_id}
    assert await ground.platform.portal.fetchval("select count(*) from message") == 1


async def test_files_of_one_name_are_all_kept(ground: Watched) -> None:
    await ground.platform.opened()
    for _ in range(3):
        ground.put("résultat.xml", letter().content)
        await ground.looked()
    assert ground.files("done") == ["résultat.2.xml", "résultat.3.xml", "résultat.xml"]
    assert len(await ground.listed()) == 3


async def test_what_a_crash_left_at_any_point_is_taken_once(ground: Watched) -> None:
    await ground.platform.opened()
    before, after, noted = (letter() for _ in range(3))
    (ground.folder / "taking" / "avant.xml").write_bytes(before.content)    # before its row
    await ground.send(after.content)                                        # after its row
    (ground.folder / "taking" / "après.xml").write_bytes(after.content)
    taken = await ground.send(noted.content)                                # after its note
    (ground.folder / "taking" / "noté.xml").write_bytes(noted.content)
    (ground.folder / "done" / "noté.xml.txt").write_text(
        f"state: deposited\nmessage: {taken.message_id}\n  Déposé.\n  Deposited.\n")
    assert await ground.watch.look() == 3
    assert ground.files("done") == ["après.xml", "avant.xml", "noté.xml"]
    assert await ground.listed() == {each.entry.unique_id for each in (before, after, noted)}
    assert await ground.platform.portal.fetchval("select count(*) from message") == 3


async def test_links_other_users_files_and_large_ones_are_refused_unread(ground: Watched, tmp_path: Path) -> None:
    await ground.platform.opened()
    secret = tmp_path / "secret.xml"
    secret.write_bytes(letter("Le fichier d'un autre.").content)
    (ground.folder / "in" / "lien.xml").symlink_to(secret)
    os.mkfifo(ground.folder / "in" / "tube.xml")
    ground.put("gros.xml", b"x" * 200_001)
    names = ["gros.xml", "lien.xml", "tube.xml"]
    if os.geteuid() == 0:
        os.chown(ground.put("autrui.xml", letter().content), 12345, -1)
        names = ["autrui.xml", *names]
    assert await ground.looked() == len(names)
    assert ground.files("refused") == names
    assert secret.exists()
    assert "larger than 200000 bytes" in ground.note("refused", "gros.xml")
    assert await ground.listed() == set()
    assert await ground.platform.portal.fetchval("select count(*) from message") == 0
    rows = await ground.platform.portal.fetch(
        "select detail->'reasons'->>0 from audit_event where door = 'folder' and outcome = 'refused'")
    assert sorted(row[0] for row in rows) == ["security"] * (len(names) - 1) + ["too-long"]


async def test_a_part_that_became_a_link_takes_nothing_elsewhere(ground: Watched, tmp_path: Path) -> None:
    await ground.platform.opened()
    elsewhere = tmp_path / "ailleurs"
    elsewhere.mkdir()
    (ground.folder / "done").rmdir()
    (ground.folder / "done").symlink_to(elsewhere)
    ground.put("a.xml", letter().content)
    assert await ground.looked() == 0
    assert (ground.files("in"), list(elsewhere.iterdir())) == (["a.xml"], [])


async def test_while_hosts_are_away_a_file_waits_and_one_whose_row_cannot_be_written_stays(ground: Watched) -> None:
    await ground.platform.opened()
    for host in ground.platform.hosts.values():
        await host.stop()
    ground.put("a.xml", letter().content)
    assert await ground.looked() == 1
    assert ground.files("waiting") == ["a.xml"]
    assert "state: received" in ground.note("waiting", "a.xml")
    ground.put("b.xml", letter().content)
    await ground.platform.portal.execute("alter table message rename to message_away")
    try:
        with pytest.raises(Exception, match="message"):
            await ground.looked()
    finally:
        await ground.platform.portal.execute("alter table message_away rename to message")
    assert ground.files("taking") == ["b.xml"]


async def test_while_another_process_has_the_folder_nothing_is_taken(ground: Watched) -> None:
    await ground.platform.opened()
    ground.put("a.xml", letter().content)
    with held(ground.folder) as place:
        assert place is not None
        assert place.names(Part.IN) == ["a.xml"]
        assert await ground.looked() == 0
    other = ground.another()
    assert await ground.looked() + await other.look() + await other.look() == 1


@pytest.mark.parametrize("why", ["nothing", "a file", "everybody"])
def test_a_folder_that_cannot_be_watched_is_said_at_the_start(tmp_path: Path, why: str) -> None:
    folder = tmp_path / "dépôt"
    if why == "a file":
        folder.write_text("")
    if why == "everybody":
        folder.mkdir()
        folder.chmod(0o777)
    with pytest.raises(InvalidSetting, match="dépôt"):
        prepare(folder)
