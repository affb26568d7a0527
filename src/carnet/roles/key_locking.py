"""`carnet keys lock | unlock`: put the platform key under the passphrases of two people, and give one to what waits.

May import: errors; `asking`, `key_store`, `lock_file`, `platform_files`, `platform_key`, `unlocking` and `settings` of
this room.
"""

from __future__ import annotations

from pathlib import Path

from carnet.errors import Conflict, InvalidInput, Issue
from carnet.roles.asking import hidden
from carnet.roles.key_store import trace
from carnet.roles.lock_file import COST, is_locked, locked, make_lock, read_lock, read_secret, write_secret
from carnet.roles.memory import close_to_others
from carnet.roles.platform_key import ask_two, secrets_of
from carnet.roles.settings import Settings
from carnet.roles.unlocking import Told, Unlocking, offer_to_all

_SAID = {
    "one more": "taken; the second person is needed",
    "already": "this one was given before; the second person is needed",
    "wrong": "WRONG passphrase",
    "too soon": "not tried: a wrong one was given a moment ago",
    "locked": "locked",
    "open": "unlocked",
}


async def lock(settings: Settings, *, by: str, cost: int = COST) -> int:
    """Lock every secret that is in the clear: under a new lock, or under the one that is there, opened by its two.

    Raises InvalidInput for passphrases that are too short, Conflict when nothing is in the clear.
    """
    import msgspec

    close_to_others()
    clear = {what: file for what, file in secrets_of(settings).items() if file.exists() and not is_locked(file)}
    if not clear:
        raise Conflict("nothing is in the clear: the platform key is locked already")
    file = settings.path(settings.key_lock_file)
    if file.exists():
        key = ask_two(Unlocking(read_lock(file)))
        await trace(settings, "lock_platform_key", by=by)
    else:
        made, key = make_lock(_chosen("first"), _chosen("second"), cost=cost)
        await trace(settings, "lock_platform_key", by=by)
        write_secret(file, msgspec.json.encode(made).decode())
    for what, secret in clear.items():
        text = read_secret(secret, what=what, setting="platform_key_file", lock_key=None)
        write_secret(secret, locked(key, text, what=what))
        print(f"{what}: locked")
    print("Running processes go on. From the next start on, each waits for both: carnet keys unlock")
    print("What was in the clear may still be on the disk and in copies: rotate the key (carnet keys rotate).")
    return 0


async def unlock(settings: Settings) -> int:
    """Give one person's passphrase to every process that waits here; 1 when one of them did not take it."""
    home: Path = settings.path(".")
    if not await offer_to_all(home):
        print("no process waits to be unlocked here")
        return 0
    told = await offer_to_all(home, hidden("Your passphrase"))
    for each in told:
        print(f"{each.process}: {_SAID[each.told.state]}{_more(each.told)}")
    return 1 if any(each.told.state in ("wrong", "too soon") for each in told) else 0


def _chosen(whose: str) -> str:
    passphrase = hidden(f"Passphrase of the {whose} person")
    if hidden("The same again") != passphrase:
        raise InvalidInput(Issue("value", "the two times were not the same: nothing was locked", f"{whose} person"))
    return passphrase


def _more(told: Told) -> str:
    wrong = f"; {told.wrong} wrong so far" if told.wrong else ""
    return f"{wrong}; the next is taken in {told.wait_seconds:.0f} s" if told.wait_seconds else wrong
