"""Two people unlock: both are needed, in any order, and a wrong passphrase is counted and slows down."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from carnet.errors import InvalidInput, InvalidSetting, Unavailable
from carnet.roles.key_files import make_key, read_key
from carnet.roles.lock_file import (
    Lock,
    is_locked,
    locked,
    make_lock,
    read_lock,
    read_secret,
    write_secret,
)
from carnet.roles.unlocking import Unlocking, offer_to_all, socket_of, wait_for_two

FIRST, OTHER = "une phrase de la première", "a phrase of the second"
QUICK = 2**4


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def made() -> tuple[Lock, bytes]:
    return make_lock(FIRST, OTHER, cost=QUICK)


@pytest.mark.parametrize("order", [(FIRST, OTHER), (OTHER, FIRST)])
def test_both_open_in_any_order_and_one_alone_never(made: tuple[Lock, bytes], order: tuple[str, str]) -> None:
    lock, key = made
    unlocking = Unlocking(lock)
    assert (unlocking.offer(order[0]).state, unlocking.key) == ("one more", None)
    assert (unlocking.offer(order[0]).state, unlocking.key) == ("already", None)
    assert (unlocking.offer(order[1]).state, unlocking.key) == ("open", key)


def test_a_wrong_passphrase_is_counted_and_the_next_is_taken_after_a_pause_that_doubles(
    made: tuple[Lock, bytes],
) -> None:
    clock = Clock()
    unlocking = Unlocking(made[0], now=clock)
    pauses = []
    for _ in range(8):
        told = unlocking.offer("something else entirely")
        assert told.state == "wrong"
        pauses.append(told.wait_seconds)
        assert unlocking.offer(FIRST).state == "too soon"       # the right one too
        clock.now += told.wait_seconds
    assert (pauses, unlocking.wrong) == ([1, 2, 4, 8, 16, 32, 60, 60], 8)
    assert unlocking.offer(FIRST).state == "one more"


def test_what_is_locked_opens_with_both_shares_and_as_what_it_is_alone(
    made: tuple[Lock, bytes], tmp_path: Path
) -> None:
    key = made[1]
    file = tmp_path / "secret"
    write_secret(file, locked(key, "the secret", what="HSM PIN"))
    assert (file.stat().st_mode & 0o777, is_locked(file), "secret" in file.read_text()) == (0o600, True, False)
    assert read_secret(file, what="HSM PIN", setting="x", lock_key=key) == "the secret"
    with pytest.raises(InvalidSetting):
        read_secret(file, what="platform key 1", setting="x", lock_key=key)
    with pytest.raises(InvalidSetting):
        read_secret(file, what="HSM PIN", setting="x", lock_key=make_lock(FIRST, OTHER, cost=QUICK)[1])
    with pytest.raises(Unavailable, match="locked"):
        read_secret(file, what="HSM PIN", setting="x", lock_key=None)


@pytest.mark.parametrize(("first", "other"), [("short", OTHER), (FIRST, "short"), (FIRST, FIRST)])
def test_weak_passphrases_and_one_for_two_are_refused(first: str, other: str) -> None:
    with pytest.raises(InvalidInput):
        make_lock(first, other, cost=QUICK)


def test_a_lock_file_says_its_parameters_and_one_that_is_none_is_refused(
    made: tuple[Lock, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "platform.lock"
    write_secret(file, msgspec.json.encode(made[0]).decode())
    assert read_lock(file) == made[0]
    assert {"salt", "sealed", "n", "r", "p"} <= msgspec.json.decode(file.read_bytes())["envelopes"][0].keys()
    whole = file.read_text()
    for wrong in ("", "{}", whole[:-5], whole.replace('"n":16', '"n":1073741824')):
        write_secret(file, wrong)
        with pytest.raises(InvalidSetting):
            read_lock(file)
    write_secret(file, whole)
    file.chmod(0o640)
    with pytest.raises(InvalidSetting, match="open to others"):
        read_lock(file)


async def test_processes_wait_at_their_sockets_until_two_people_came(made: tuple[Lock, bytes], tmp_path: Path) -> None:
    lock, key = made
    sockets = [tmp_path / "run" / f"keys-{name}.sock" for name in ("portal-1", "worker-2")]
    waiting = [asyncio.create_task(wait_for_two(Unlocking(lock), socket)) for socket in sockets]
    async with asyncio.timeout(20):
        while len(told := await offer_to_all(tmp_path)) < 2:     # noqa: ASYNC110  sockets tell nobody that they are there
            await asyncio.sleep(0.01)
        assert {(each.process, each.told.state) for each in told} == {("portal-1", "locked"), ("worker-2", "locked")}
        assert {socket.stat().st_mode & 0o777 for socket in sockets} == {0o600}
        assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
        assert {each.told.state for each in await offer_to_all(tmp_path, FIRST)} == {"one more"}
        assert not any(task.done() for task in waiting)
        assert {each.told.state for each in await offer_to_all(tmp_path, OTHER)} == {"open"}
        assert await asyncio.gather(*waiting) == [key, key]
    assert (await offer_to_all(tmp_path), list((tmp_path / "run").iterdir())) == ([], [])


async def test_what_is_no_passphrase_changes_nothing_at_the_socket(made: tuple[Lock, bytes], tmp_path: Path) -> None:
    socket = tmp_path / "run" / "keys-portal-1.sock"
    waiting = asyncio.create_task(wait_for_two(Unlocking(made[0]), socket))
    async with asyncio.timeout(20):
        while not await offer_to_all(tmp_path):     # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for nonsense in (b"", b"\n", b"{}x\n", b"x" * 10_000, b'{"passphrase":7}\n'):
            reader, writer = await asyncio.open_unix_connection(socket)
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
        [told] = await offer_to_all(tmp_path)
        assert (told.told.state, told.told.wrong) == ("locked", 0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not socket.exists()


async def test_a_folder_that_is_open_to_others_is_not_listened_in(made: tuple[Lock, bytes], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    with pytest.raises(Unavailable, match="open to others"):
        await wait_for_two(Unlocking(made[0]), socket_of(tmp_path, "portal"))


async def test_a_process_that_was_killed_keeps_nobody_from_unlocking(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    left = tmp_path / "run" / "keys-portal-1.sock"
    server = await asyncio.start_unix_server(lambda _reader, writer: writer.close(), left)
    server.close()
    await server.wait_closed()
    if not left.exists():
        left.touch()
    assert await offer_to_all(tmp_path, FIRST) == []


def test_memory_goes_into_no_core_dump_and_to_no_other_process() -> None:
    code = (
        "import ctypes, resource; from carnet.roles.memory import close_to_others;"
        " hard = resource.getrlimit(resource.RLIMIT_CORE)[1]; resource.setrlimit(resource.RLIMIT_CORE, (hard, hard));"
        " close_to_others();"
        " print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert said.stdout.strip() == "(0, 0) 0" or sys.platform != "linux"


def test_a_demonstration_key_stays_one_under_a_lock(made: tuple[Lock, bytes], tmp_path: Path) -> None:
    from carnet.roles.platform_files import read_platform_key

    file = tmp_path / "platform.key"
    make_key(file, demonstration=True)
    before = read_key(file, setting="x", demonstration=True)
    write_secret(file, locked(made[1], file.read_text().strip(), what="platform key 1"))
    assert read_platform_key(file, 1, demonstration=True, lock_key=made[1]) == before
    with pytest.raises(InvalidSetting, match="demonstration"):
        read_platform_key(file, 1, demonstration=False, lock_key=made[1])
