"""`carnet feed hl7`: the process that takes HL7 v2 messages over MLLP."""

from __future__ import annotations

from carnet.roles.commands.options import Config, Supervisor, settings_of


def hl7(config: Config = None, supervisor: Supervisor = None) -> None:
    """Take HL7 v2 messages (ORU, MDM, ADT) over MLLP, and send their business acknowledgements."""
    from carnet.roles import processes

    processes.run(processes.hl7(settings_of(config), supervisor=supervisor), role="hl7")
