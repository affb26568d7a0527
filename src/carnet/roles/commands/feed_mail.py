"""`carnet feed mail`: the process that takes letters of secure mail, and sends those that go out."""

from __future__ import annotations

from carnet.roles.commands.options import Config, Supervisor, settings_of


def mail(config: Config = None, supervisor: Supervisor = None) -> None:
    """Take letters with IHE_XDM.zip over SMTP, and send letters and receipts by the server of mail_relay."""
    from carnet.roles import processes

    processes.run(processes.mail(settings_of(config), supervisor=supervisor), role="mail")
