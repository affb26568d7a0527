"""What several commands take, and how they find their settings.

May import: `settings` and `settings_read` of `roles`, when they are read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carnet.roles.settings import Settings

Config = Annotated[Path | None, typer.Option(help="Settings file; else CARNET_CONFIG, ./carnet.toml, CARNET_HOME.")]
Language = Annotated[str, typer.Option(help="fr or en.")]
# Asked for when it is not given: what is typed as an argument stays in the history of the shell.
Person = Annotated[str, typer.Option(prompt="INS^^^&OID&ISO^NH", help="Whose record, as INS^^^&OID&ISO^NH.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit log; else the account of this machine.")]
Supervisor = Annotated[int | None, typer.Option(hidden=True)]


def settings_of(config: Path | None = None) -> Settings:
    """The settings of this process. Raises InvalidSetting."""
    from carnet.roles.settings_read import PREFIX, read

    named = {f"{PREFIX}CONFIG": str(config)} if config else {}
    return read({**os.environ, **named})


def running(config: Path | None) -> Settings:
    """The settings of the portal to talk to: those given, else those of the demonstration on this folder."""
    told = settings_of(config)
    made = Path(told.home) / "settings" / "portal.toml"
    return settings_of(made) if config is None and not told.issuers and made.is_file() else told
