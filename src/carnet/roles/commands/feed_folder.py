"""`carnet feed folder`: the process that takes files from partners' folders."""

from __future__ import annotations

from carnet.roles.commands.options import Config, Supervisor, settings_of


def folder(config: Config = None, supervisor: Supervisor = None) -> None:
    """Take CDA files from the folders of partners (`in`), and move each to `done`, `waiting` or `refused`."""
    from carnet.roles import processes

    processes.run(processes.folder(settings_of(config), supervisor=supervisor), role="folder")
