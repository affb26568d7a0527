"""`carnet hosts migrate` killed with kill -9 at the worst moments, with deposits going on: nothing is lost or doubled.

The command is a real process; hosts and databases are those of the test. Whoever takes the campaign up finds the rest.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from carnet.documents.submission import SubmittedDocument
from carnet.hosting.moving.campaign import Plan
from carnet.hosting.moving.exit_check import check_exit
from carnet.roles.demo_settings import write
from carnet.roles.exit_plan import print_plan
from carnet.roles.exit_verify import verify_exit
from carnet.roles.key_files import public_key, read_bytes, written
from carnet.roles.moves import Asked, begin, list_moves
from carnet.roles.settings import Settings
from carnet.roles.settings_read import read
from tests.hosting.faults import Call, Fault
from tests.hosting.ground import Ground, Kept
from tests.hosting.moves import Moves

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Moment:
    """A call at which the mover is killed: done or not done by the host, and never answered."""

    def __init__(self, *, is_done: bool) -> None:
        self.reached, self.over = asyncio.Event(), asyncio.Event()
        self._is_done = is_done

    @property
    def fault(self) -> Fault:
        async def hold(call: Call) -> None:
            if self._is_done:
                await call.do()
            self.reached.set()
            await self.over.wait()
            await call.drop()

        return hold


@pytest.mark.parametrize(("kind", "is_done", "host", "state"), [
    ("erase", True, "alpha", "leaving"),
    pytest.param("fill", False, "beta", "filling", marks=pytest.mark.slow),
    pytest.param("fill", True, "beta", "filling", marks=pytest.mark.slow),
    pytest.param("challenge", True, "reference", "leaving", marks=pytest.mark.slow),
    pytest.param("erase", False, "alpha", "leaving", marks=pytest.mark.slow),
])
async def test_a_mover_that_is_killed_loses_and_doubles_nothing(
    ground: Ground, tmp_path: Path, kind: str, is_done: bool, host: str, state: str,
) -> None:
    records = [await ground.opened_at("alpha") for _ in range(2)]
    documents = {kept.record: [await ground.deposit(kept, f"Lettre {n}") for n in range(2)] for kept in records}
    await ground.platform.quiet()
    moment = Moment(is_done=is_done)
    ground.faults[host].next(kind, moment.fault)
    mover = await _started(ground, tmp_path)
    ended = asyncio.ensure_future(mover.wait())
    await asyncio.wait({ended, asyncio.ensure_future(moment.reached.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert not ended.done(), (await mover.communicate())[0].decode()
    mover.send_signal(signal.SIGKILL)
    assert await ended == -signal.SIGKILL
    moment.over.set()
    moves = Moves(ground)
    [campaign] = [each for each in await moves.store.campaigns() if each.state != "ended"]
    assert {(await moves.state(campaign.id, kept))[0] for kept in records} == {state}
    for kept in records:
        ground.stores.last_known.clear()
        documents[kept.record].append(await ground.deposit(kept, "Lettre après la mort du déménageur"))
    await ground.platform.quiet()
    await ground.platform.portal.execute("update move_campaign set leased_until = '-infinity'")     # time passes
    assert (await moves.run(campaign.id)).to_do == 0
    await moves.store.change(campaign.id, "ended")
    for kept in records:
        await _is_whole_at_its_new_home(ground, kept, documents[kept.record])


async def test_the_command_moves_everything_and_its_file_proves_it(ground: Ground, tmp_path: Path) -> None:
    kept = await ground.opened_at("alpha")
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    settings = _settings(ground, tmp_path)
    words = StringIO()
    console = Console(file=words, width=200)
    assert await begin(settings, Plan("migrate", "alpha", "beta"), Asked(dry_run=True), console) == 0
    assert not [each for each in await Moves(ground).store.campaigns() if each.state != "ended"]
    mover = await _started(ground, tmp_path)
    said, _ = await mover.communicate()
    assert mover.returncode == 0, said.decode()
    keys = {each.host.id: each.host.receipt_key for each in ground.platform.hosts.values()}
    with (tmp_path / "exit.jsonl").open("rb") as file:
        verdict = check_exit(file, host_keys=keys)
    assert verdict.faults == ()
    assert verdict.is_complete
    assert verdict.erased == verdict.records > 0
    told = [f"{name}={written(key)}" for name, key in keys.items()]
    portal_key = public_key(Ed25519PrivateKey.from_private_bytes(read_bytes(
        (tmp_path / "keys" / "audit.key").read_text().strip(), setting="audit")))
    assert verify_exit(tmp_path / "exit.jsonl", portal_key, told, Console(quiet=True)) == 0
    whole = (tmp_path / "exit.jsonl").read_bytes()
    (tmp_path / "altered.jsonl").write_bytes(whole.replace(b'"alpha"', b'"gamma"', 1))
    assert verify_exit(tmp_path / "altered.jsonl", portal_key, told, Console(quiet=True)) == 1
    assert await list_moves(settings, console) == 0
    assert await print_plan(settings, "beta", console, records=1_000_000) == 0
    for said_somewhere in ("nothing was changed", "from alpha to beta", "records/s"):
        assert said_somewhere in words.getvalue()
    await _is_whole_at_its_new_home(ground, kept, [document])


async def _is_whole_at_its_new_home(ground: Ground, kept: Kept, documents: list[SubmittedDocument]) -> None:
    assert (await ground.known(kept)).placement.home == "beta"
    assert (await ground.entries_at("alpha", kept), await ground.bodies_at("alpha", kept)) == ([], set())
    for host in ("beta", "reference"):
        heads = await ground.entries_at(host, kept)
        assert len(heads) == len(set(heads)) == 2 + len(documents)
        assert len(await ground.bodies_at(host, kept)) == len(documents)
    assert len(await ground.platform.heads(kept.record)) == 1
    await ground.read_back(kept, *documents)


async def _started(ground: Ground, folder: Path) -> Process:
    """`carnet hosts migrate alpha beta`, as a process of its own."""
    _settings(ground, folder)
    command = ("hosts", "migrate", "alpha", "beta", "--config", folder / "portal.toml", "--file", folder / "exit.jsonl")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "carnet.roles.cli", *map(str, command), stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)


def _settings(ground: Ground, folder: Path) -> Settings:
    """Those of the portal, with its keys, in this folder."""
    signer = ground.platform.parts.signer
    platform_key = ground.platform.parts.platform_key._holders[0]._keys[1]      # type: ignore[attr-defined]
    (folder / "keys").mkdir(mode=0o700, exist_ok=True)
    for name, key in (
        ("portal", signer._key.private_bytes_raw()), ("erasure", signer._keys["erase"].private_bytes_raw()),
        ("platform", platform_key), ("audit", b"a" * 32),
    ):
        (folder / "keys" / f"{name}.key").touch(mode=0o600)
        (folder / "keys" / f"{name}.key").write_text(f"{written(key)}\n")
    hosts = [each.host for each in ground.platform.hosts.values()]
    write(folder / "portal.toml", {
        "home": str(folder), "demonstration": True, "portal_database_connections": 2,
        "portal_database_url": _url(ground.platform.portal), "keys_database_url": _url(ground.platform.keys),
        "hosts": [
            {"id": host.id, "url": host.url, "receipt_key": written(host.receipt_key),
             "role": "reference" if host.is_reference else "home"} for host in hosts],
    })
    return read({"CARNET_CONFIG": str(folder / "portal.toml")})


def _url(pool: object) -> str:
    url: str = pool._connect_args[0]        # type: ignore[attr-defined]
    return url
