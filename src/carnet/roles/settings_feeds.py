"""Settings of feeds: who feeds, through which doors, and what is checked on the way.

May import: nothing of the project.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65535)]


class PartnerSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[partners]]`: software of an organisation that feeds records without a token."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$", description="its name in commands and figures")]
    organisation: Annotated[str, Meta(min_length=2, description="the organisation's Struct_IdNat (1 and its FINESS)")]
    name: Annotated[str, Meta(min_length=1, description="the organisation, as patients read it")]
    software: Annotated[str, Meta(min_length=1, description="the software and its version")]
    hl7_certificates: Annotated[
        tuple[str, ...], Meta(description="SHA-256 fingerprints, in hex, of the certificates it shows over MLLP")
    ] = ()
    hl7_reply: Annotated[
        str, Meta(pattern=r"^$|^[^:]+:\d{1,5}$", description="host:port that takes its business acknowledgements")
    ] = ""
    mail_addresses: Annotated[tuple[str, ...], Meta(description="the secure addresses it writes from")] = ()
    folder: Annotated[str, Meta(description="folder that is watched for its files")] = ""
    silent_days: Annotated[
        int, Meta(ge=1, le=365, description="days without anything from it after which officers are told")
    ] = 9


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What feeds were told."""

    partners: Annotated[
        tuple[PartnerSetting, ...], Meta(description="whose software feeds records by messages, mail or files")
    ] = ()
    fill_months: Annotated[
        int, Meta(ge=1, le=120, description="how recent an act is, in months, for its source to count as feeding a"
                  " record")
    ] = 12
    inbox_days: Annotated[
        int, Meta(ge=1, le=90, description="how long a message that waits, or was refused, is kept before it is gone")
    ] = 30
    hl7_address: Annotated[str, Meta(description="IP address that HL7 v2 messages come to, over MLLP")] = "127.0.0.1"
    hl7_port: Annotated[Port, Meta(description="port that HL7 v2 messages come to")] = 2575
    hl7_port_is_shared: Annotated[
        bool, Meta(description="several processes of this platform may listen at hl7_port; else a second one fails")
    ] = False
    hl7_certificate_file: Annotated[
        str, Meta(description="certificate of this end, PEM; empty: no TLS, on a loopback address only")
    ] = ""
    hl7_key_file: Annotated[str, Meta(description="private key of that certificate, PEM")] = "keys/hl7.key"
    hl7_clients_file: Annotated[
        str, Meta(description="authorities whose certificates partners show, PEM")
    ] = "keys/hl7-clients.pem"
    mail_address: Annotated[str, Meta(description="IP address that secure mail comes to, over SMTP")] = "127.0.0.1"
    mail_port: Annotated[Port, Meta(description="port that secure mail comes to")] = 2525
    mail_certificate_file: Annotated[
        str, Meta(description="certificate for STARTTLS, PEM; empty: none, on a loopback address only")
    ] = ""
    mail_key_file: Annotated[str, Meta(description="private key of that certificate, PEM")] = "keys/mail.key"
    mail_clients_file: Annotated[
        str, Meta(description="authorities of the certificates that operators of secure mail show, PEM: theirs is asked"
                  " for under STARTTLS, for it is they who say which address a letter is from")
    ] = "keys/mail-clients.pem"
    mail_mailbox: Annotated[
        str, Meta(description="the platform's own secure address: what it takes, and what it sends from")
    ] = "carnet@carnet.mssante.example"
    mail_relay: Annotated[
        str, Meta(pattern=r"^$|^smtps?://", description="smtp:// or smtps:// address of the server that sends what"
                  " goes out; empty: nothing goes out")
    ] = ""
    mail_patient_domain: Annotated[str, Meta(description="domain of patients' addresses, after their INS")] = (
        "patient.mssante.example"
    )
    antivirus: Annotated[
        str, Meta(pattern=r"^$|^(clamd|icap)://", description="clamd://host:port or icap://host:port/service that"
                  " looks at what is received; empty: none")
    ] = ""
    document_rules_folder: Annotated[
        str, Meta(description="folder of the national schema and schematrons of CDA; empty: documents are not judged"
                  " by them")
    ] = ""
    document_rules_megabytes: Annotated[
        int, Meta(ge=256, le=65536, description="memory of the process that runs schematrons, beside a worker;"
                  " rule sets that need more are not run")
    ] = 2048
