"""Body store: the one that a host's settings name, opened with its credentials.

May import: errors, host; `settings` of this room.
"""

from __future__ import annotations

from carnet.errors import InvalidSetting, Issue
from carnet.host.objects import Credentials, ObjectStore, opened
from carnet.roles.settings import Settings

_SETTING = "host_body_store_credentials_file"


def body_store_of(settings: Settings) -> ObjectStore | None:
    """Where the host keeps large bodies, None when that is its database. Raises InvalidSetting."""
    if not settings.host_body_store_url:
        return None
    return opened(settings.host_body_store_url, _credentials(settings))


def _credentials(settings: Settings) -> Credentials | None:
    if not settings.host_body_store_credentials_file:
        return None
    file = settings.path(settings.host_body_store_credentials_file)
    try:
        lines = file.read_text(encoding="ascii").split()
        is_open = file.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(f"{file} cannot be read ({type(error).__name__})") from error
    if is_open:
        raise _refused(f"{file} is open to others; accepted: mode 0600")
    if len(lines) != 2:
        raise _refused(f"{file} is not what it should be; accepted: two lines, key id and secret")
    return Credentials(*lines)


def _refused(why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", why, _SETTING))
