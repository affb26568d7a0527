"""`carnet keys status`: versions of the platform key, the processes that unwrap keys, and how many they did.

May import: errors, journal; `key_store`, `platform_key`, `unlocking` and `settings` of this room.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.journal.key_versions.store import KeyVersion, VersionStore
from carnet.journal.platform_key import PlatformKey
from carnet.roles.key_store import opened_key_store
from carnet.roles.lock_file import is_locked
from carnet.roles.platform_key import secrets_of
from carnet.roles.settings import Settings
from carnet.roles.unlocking import offer_to_all

_HOURS = 24


async def status(settings: Settings) -> int:
    """Print it. Opens nothing: a locked platform key stays locked."""
    for line in await _locks(settings):
        print(line)
    async with opened_key_store(settings, PlatformKey()) as (keys, _):
        for line in [*await _versions(keys.versions), *await _processes(keys.versions)]:
            print(line)
        print(f"ceiling: {settings.unwraps_a_minute} keys a minute and process")
        counts = await keys.versions.counts(hours=_HOURS)
    print(f"keys unwrapped in the last {_HOURS} hours:" if counts else f"no key unwrapped in the last {_HOURS} hours")
    for each in counts:
        refused = f", {each.refused} REFUSED beyond the ceiling" if each.refused else ""
        print(f"  {each.hour:%Y-%m-%d %H}h UTC  {each.process}: {each.unwrapped}{refused}")
    return 0


async def _locks(settings: Settings) -> list[str]:
    secrets = [
        f"{what}: {'locked under two passphrases' if is_locked(file) else 'in the clear, for its owner alone'}"
        for what, file in secrets_of(settings).items()]
    waiting = [
        f"WAITING to be unlocked: {each.process} ({each.told.state}, {each.told.wrong} wrong passphrases)"
        for each in await offer_to_all(settings.path("."))]
    return secrets + waiting


async def _versions(versions: VersionStore) -> list[str]:
    under = await versions.under()
    known = await versions.all()
    in_force = max((each.number for each in known if each.is_in_force), default=0)
    return [
        f"version {each.number}: {_life(each, in_force)}; wraps {under.get(each.number, 0)} keys" for each in known]


def _life(each: KeyVersion, in_force: int) -> str:
    def told() -> Iterator[str]:
        yield f"made {each.made_at:%Y-%m-%d %H:%M} UTC"
        if each.retired_at is not None:
            yield f"retired {each.retired_at:%Y-%m-%d %H:%M}"
        elif each.number == in_force:
            yield "in force"
        else:
            yield "being replaced" if each.in_force_at else "not in force yet"

    return ", ".join(told())


async def _processes(versions: VersionStore) -> list[str]:
    return [
        f"running: {each.name}, with versions {', '.join(map(str, each.versions)) or 'none'} open"
        for each in await versions.processes()]
