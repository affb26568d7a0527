"""Settings: everything an operator can choose, read once at start from the environment and one TOML file.

One frozen class; each field has a type, a default and a sentence, from which docs/operators/settings.md is made. The
environment (`CARNET_<NAME>`) wins over the file; whatever is wrong is said all at once, with what is accepted.
May import: errors, `settings_feeds` of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from carnet.errors import InvalidSetting, Issue
from carnet.roles.settings_feeds import FeedSettings, Port

MIB = 1024 * 1024
KeyPolicy = Literal["refuse", "warn"]
_LISTENING = ("portal_address", "host_address", "hl7_address", "mail_address")


class HostSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[hosts]]`: an accredited host, as the portal knows it."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$", description="its name in tokens and receipts")]
    url: Annotated[str, Meta(pattern=r"^https?://", description="where the portal reaches it")]
    receipt_key: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$", description="its raw Ed25519 public key, base64url, for its receipts")
    ]
    company: Annotated[str, Meta(description="who runs it, as pages say it")] = ""
    role: Annotated[Literal["home", "reference"], Meta(description="takes new records, or holds the second copy")] = (
        "home"
    )


class SignatorySetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[signatories]]`: somebody whose signature counts in the accreditation of hosts, or under a comparison."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$", description="its name in commands and steps")]
    name: Annotated[str, Meta(min_length=1, description="who it is, as steps keep it")]
    role: Annotated[
        Literal["applicant", "conformance", "security", "cnil", "committee", "minister", "auditor"],
        Meta(description="the step that it signs; the minister also suspends, resumes and withdraws; an auditor"
             " countersigns comparisons"),
    ]
    public_key: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$", description="its raw Ed25519 public key, base64url")
    ]
    host: Annotated[str, Meta(description="of an applicant: the host it signs for")] = ""


class IssuerSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[issuers]]`: an identity provider that the portal believes."""

    url: Annotated[str, Meta(pattern=r"^https?://", description="its issuer identifier, where discovery starts")]
    audience: Annotated[str, Meta(min_length=1, description="what its access tokens must be meant for")]
    client_id: Annotated[str, Meta(min_length=1, description="who the portal's pages are for it")]
    kind: Annotated[
        Literal["professional", "patient", "officer"], Meta(description="whom it speaks for; officer: accountants too")
    ]
    client_secret: Annotated[str, Meta(description="empty for a public client with PKCE")] = ""
    jwks_url: Annotated[str, Meta(description="where its keys are; empty: `<url>/.well-known/jwks.json`")] = ""
    own_clients: Annotated[
        tuple[str, ...], Meta(description="other clients of it that are the patient in person, not an application")
    ] = ()
    demonstration: Annotated[bool, Meta(description="true for one that logs anybody in as invented people")] = False


class Settings(FeedSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one process was told. Nothing else in the platform reads the environment."""

    home: Annotated[str, Meta(description="folder of keys, embedded databases and this file's relative paths")] = (
        ".carnet"
    )
    demonstration: Annotated[
        bool,
        Meta(description="accept invented people, test identifiers and demonstration keys; loopback addresses only"),
    ] = False

    portal_address: Annotated[str, Meta(description="IP address the portal listens on")] = "127.0.0.1"
    portal_port: Annotated[Port, Meta(description="port the portal listens on")] = 8080
    public_url: Annotated[
        str, Meta(pattern=r"^https?://[^/]+$", description="how people and software reach the portal, without a path")
    ] = "http://127.0.0.1:8080"
    portal_database_url: Annotated[str, Meta(description="PostgreSQL address of the portal's database")] = ""
    keys_database_url: Annotated[
        str, Meta(description="PostgreSQL address of the key store: another database, with its own backups")
    ] = ""
    portal_database_connections: Annotated[
        int, Meta(ge=2, le=500, description="connections a portal process keeps")
    ] = 10
    platform_key_file: Annotated[
        str, Meta(description="key that wraps the keys of records; its later versions are beside it")
    ] = "keys/platform.key"
    hsm_module: Annotated[
        str, Meta(description="PKCS#11 library of the HSM that makes and keeps the platform key; empty: key files")
    ] = ""
    hsm_label: Annotated[str, Meta(description="label of the HSM's token")] = "carnet"
    hsm_key_label: Annotated[str, Meta(description="what the labels of the platform key's versions begin with")] = (
        "carnet-platform"
    )
    hsm_pin_file: Annotated[str, Meta(description="PIN of the HSM's token, in one line")] = "keys/hsm.pin"
    key_lock_file: Annotated[
        str, Meta(description="what two people's passphrases open, once the platform key is locked under them")
    ] = "keys/platform.lock"
    unwraps_a_minute: Annotated[
        int, Meta(ge=1, description="keys of records that one process may unwrap in a minute; beyond: 503 and an alarm")
    ] = 6000
    key_backup_days: Annotated[
        int, Meta(ge=1, le=30, description="how long a backup of the key store is kept, and with it what was erased")
    ] = 30
    portal_key_file: Annotated[str, Meta(description="key that signs tokens to hosts")] = "keys/portal.key"
    erasure_key_file: Annotated[str, Meta(description="key that signs orders of erasure to hosts")] = "keys/erasure.key"
    audit_key_file: Annotated[str, Meta(description="key that signs checkpoints of the audit log")] = "keys/audit.key"
    report_key_file: Annotated[
        str, Meta(description="private key (PEM) that seals published reports; made in a demonstration")
    ] = "keys/report.pem"
    report_certificate_file: Annotated[
        str, Meta(description="its certificate (PEM), then those up to the authority that issued it")
    ] = "keys/report.crt"
    hosts: Annotated[
        tuple[HostSetting, ...], Meta(description="the accredited hosts: at least one home, one reference")
    ] = ()
    default_hosts: Annotated[
        tuple[str, ...], Meta(description="home hosts that get new records before the others, in this order")
    ] = ()
    signatories: Annotated[
        tuple[SignatorySetting, ...],
        Meta(description="whose signatures count in the accreditation of hosts, and under comparisons"),
    ] = ()
    officer_public_keys: Annotated[
        tuple[str, ...],
        Meta(description="raw Ed25519 public keys of officers, base64url: two decide what a restore cannot tell, one"
             " closes a comparison"),
    ] = ()
    issuers: Annotated[
        tuple[IssuerSetting, ...], Meta(description="the identity providers whose tokens are believed")
    ] = ()
    ins_key: Annotated[KeyPolicy, Meta(description="what happens to a production INS whose key does not fit")] = (
        "refuse"
    )
    identifier_key: Annotated[
        KeyPolicy, Meta(description="what happens to an RPPS, FINESS or SIREN whose key does not fit")
    ] = "refuse"
    session_hours: Annotated[int, Meta(ge=1, le=24, description="how long a session of the pages may last")] = 8
    idle_minutes: Annotated[int, Meta(ge=1, le=240, description="how long an unused session of the pages lasts")] = 30
    time_zone: Annotated[str, Meta(description="time zone in which pages show times")] = "Europe/Paris"
    max_document_bytes: Annotated[int, Meta(ge=1024, le=1024 * MIB, description="largest document taken")] = 10 * MIB
    stand_in_after_ms: Annotated[
        int, Meta(ge=10, le=10_000, description="how long a host may take before another stands in for it")
    ] = 300
    host_budget_ms: Annotated[int, Meta(ge=50, le=60_000, description="how long a call to hosts may take in all")] = (
        1500
    )
    ticket_minutes: Annotated[
        int, Meta(ge=1, le=60, description="how long after its bodies were put a deposit may still be committed")
    ] = 10
    manages_minors: Annotated[
        bool, Meta(description="minors have representatives and secrets (`fonctions-gestion-mineurs`)")
    ] = True
    majority_years: Annotated[int, Meta(ge=15, le=25, description="age at which a minor comes of age")] = 18
    invisible_and_masked: Annotated[
        bool,
        Meta(
            description="a document may be hidden from patient and professionals at once"
            " (`cumul-invisible_patient-masque_ps`)"
        ),
    ] = False
    emergencies_a_day: Annotated[
        int, Meta(ge=1, le=1000, description="break-glass accesses of a professional before a second person is needed")
    ] = 5
    challenges_per_hour: Annotated[
        int, Meta(ge=0, le=3600, description="records of each host that it must prove to hold, an hour; 0: none")
    ] = 12
    unexplained_reads_margin: Annotated[
        int, Meta(ge=0, description="bodies a day that a host may count beyond what is explained, without alarm")
    ] = 20
    erasure_delay_days: Annotated[
        int, Meta(ge=0, le=30, description="days between the destruction of a key and the orders that hosts delete")
    ] = 7
    officer_key_file: Annotated[
        str, Meta(description="key with which an officer approves erasures beyond a host's ceiling")
    ] = "keys/officer.key"
    view_cache_bytes: Annotated[int, Meta(ge=0, description="memory of a portal process for views of records")] = (
        64 * MIB
    )

    host_id: Annotated[str, Meta(description="this host's name, as the portal's `hosts` say it")] = ""
    host_address: Annotated[str, Meta(description="IP address the host listens on")] = "127.0.0.1"
    host_port: Annotated[Port, Meta(description="port the host listens on")] = 8090
    host_database_url: Annotated[str, Meta(description="PostgreSQL address of the host's database")] = ""
    host_database_connections: Annotated[int, Meta(ge=2, le=500, description="connections a host process keeps")] = 8
    host_portal_key: Annotated[str, Meta(description="raw Ed25519 public key of the portal, base64url")] = ""
    host_erasure_key: Annotated[
        str, Meta(description="raw Ed25519 public key of the portal's orders of erasure, base64url")
    ] = ""
    receipt_key_file: Annotated[str, Meta(description="key that signs the host's receipts")] = "keys/receipt.key"
    host_capacity_bytes: Annotated[
        int,
        Meta(ge=0, description="bytes of the host's database and body store after which it takes no more puts;"
             " 0: no limit"),
    ] = 0

    host_body_store_url: Annotated[
        str,
        Meta(description="where the host keeps large bodies: file:///folder, or s3://bucket?endpoint=...&region=...;"
             " empty: in its database as all others"),
    ] = ""
    host_body_store_credentials_file: Annotated[
        str, Meta(description="two lines, key id and secret, that open the bucket; mode 0600; empty: nothing is signed")
    ] = ""
    host_body_store_from_bytes: Annotated[
        int, Meta(ge=0, description="sealed bodies of this size or larger go to the body store, if there is one")
    ] = MIB
    host_officer_key: Annotated[
        str,
        Meta(description="raw Ed25519 public key of the officers who approve erasures beyond the ceiling, base64url;"
             " empty: nothing is approved"),
    ] = ""
    host_erasures_a_day: Annotated[
        int, Meta(ge=0, description="records the host erases in a day (UTC) without an approval of the officers")
    ] = 1000
    host_read_only: Annotated[bool, Meta(description="the host answers reads and takes no write at all")] = False

    def path(self, file: str) -> Path:
        """A file named by a setting; relative ones start at `home`."""
        return (Path(self.home) / file).resolve()

    def require(self, *names: str) -> None:
        """Raise InvalidSetting for each of these that is empty: the process that starts cannot do without."""
        missing = [
            Issue("required", "is needed by this process and is empty", name)
            for name in names
            if not getattr(self, name)
        ]
        if missing:
            raise InvalidSetting(*missing)


def check(settings: Settings) -> Sequence[Issue]:
    """What no single field can say: settings that do not go together. Empty when all is well."""
    return [
        *_check_demonstration(settings),
        *_check_addresses(settings),
        *_check_hosts(settings),
        *_check_signatories(settings),
        *_check_partners(settings),
        *_check_budget(settings),
    ]


def _check_demonstration(settings: Settings) -> list[Issue]:
    listens_on = {name: getattr(settings, name) for name in _LISTENING}
    if settings.demonstration:
        return [
            Issue(
                "business-rule", f"{address} is open to others, in demonstration mode; accepted: 127.0.0.1, ::1", name
            )
            for name, address in listens_on.items()
            if _is_address(address) and not ip_address(address).is_loopback
        ]
    return [
        Issue(
            "business-rule", "is a demonstration issuer; accepted: only with demonstration = true", f"issuers[{place}]"
        )
        for place, issuer in enumerate(settings.issuers)
        if issuer.demonstration
    ]


def _check_addresses(settings: Settings) -> list[Issue]:
    issues = [
        Issue("value", f"{address!r} is not an IP address", name)
        for name, address in ((name, getattr(settings, name)) for name in _LISTENING)
        if not _is_address(address)
    ]
    public = urlsplit(settings.public_url)
    if public.scheme != "https" and public.hostname not in ("127.0.0.1", "::1", "localhost"):
        issues.append(
            Issue("value", "sessions would travel in clear; accepted: https, or a loopback name", "public_url")
        )
    issues += [
        Issue("value", "accepted: postgresql://user:password@server/database", name)
        for name in ("portal_database_url", "keys_database_url", "host_database_url")
        if (url := getattr(settings, name)) and urlsplit(url).scheme not in ("postgresql", "postgres")
    ]
    if settings.portal_database_url and settings.portal_database_url == settings.keys_database_url:
        issues.append(
            Issue("business-rule", "is the portal's database: a restore of it would revive keys", "keys_database_url")
        )
    return issues


def _check_hosts(settings: Settings) -> list[Issue]:
    if not settings.hosts:
        return []
    issues = []
    ids = [host.id for host in settings.hosts]
    if len(set(ids)) != len(ids):
        issues.append(Issue("value", "two hosts have the same id", "hosts"))
    roles = [host.role for host in settings.hosts]
    if roles.count("reference") != 1 or "home" not in roles:
        issues.append(
            Issue("value", "accepted: exactly one host of role reference, and at least one of role home", "hosts")
        )
    homes = [host.id for host in settings.hosts if host.role == "home"]
    issues += [
        Issue("not-found", f"{host} is no home host of `hosts`", "default_hosts")
        for host in settings.default_hosts if host not in homes
    ]
    return issues


def _check_signatories(settings: Settings) -> list[Issue]:
    ids = [each.id for each in settings.signatories]
    issues = [Issue("value", "two signatories have the same id", "signatories")] if len(set(ids)) != len(ids) else []
    return issues + [
        Issue("value", f"{each.id}: an applicant has a host, and nobody else has one", "signatories")
        for each in settings.signatories if (each.role == "applicant") != bool(each.host)
    ]


def _check_partners(settings: Settings) -> list[Issue]:
    issues = [
        Issue("business-rule", f"{address} is open to others, without TLS; accepted: a certificate, or 127.0.0.1", name)
        for name, address, certificate in (
            ("hl7_address", settings.hl7_address, settings.hl7_certificate_file),
            ("mail_address", settings.mail_address, settings.mail_certificate_file))
        if _is_address(address) and not ip_address(address).is_loopback and not certificate
    ]
    for what, names in (
        ("id", [each.id for each in settings.partners]),
        ("certificate", [name for each in settings.partners for name in each.hl7_certificates]),
        ("address", [name.lower() for each in settings.partners for name in each.mail_addresses]),
        ("folder", [each.folder for each in settings.partners if each.folder]),
    ):
        if len(set(names)) != len(names):
            issues.append(Issue("value", f"two partners have the same {what}", "partners"))
    return issues


def _check_budget(settings: Settings) -> list[Issue]:
    if settings.stand_in_after_ms < settings.host_budget_ms:
        return []
    return [Issue("value", f"accepted: less than host_budget_ms ({settings.host_budget_ms})", "stand_in_after_ms")]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
