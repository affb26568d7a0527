"""The page of the settings, made from the class itself: docs/operators/settings.md.

May import: `settings`, `settings_feeds` and `settings_read` of this room.
"""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import msgspec

from carnet.roles.settings import HostSetting, IssuerSetting, Settings, SignatorySetting
from carnet.roles.settings_feeds import PartnerSetting
from carnet.roles.settings_read import PREFIX, accepted

_OPENING = f"""# Settings

Made by `carnet settings`; a test compares this page with the code.

Every setting can stand in the environment as `{PREFIX}<NAME IN CAPITALS>` (lists as JSON) or, in lower case, in
one TOML file: the one that `{PREFIX}CONFIG` names, else `./carnet.toml`, else `carnet.toml` in `{PREFIX}HOME`.
The environment wins. A process that finds a wrong setting says which, why and what is accepted, and does not
start. Paths of keys are relative to `home`.

In demonstration mode (`demonstration = true`) invented people, test identifiers and demonstration keys are
accepted, and no process listens on anything but a loopback address.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_OPENING, _table(Settings)]
    of_tables = (
        (HostSetting, "[[hosts]]"), (SignatorySetting, "[[signatories]]"), (IssuerSetting, "[[issuers]]"),
        (PartnerSetting, "[[partners]]"))
    for kind, title in of_tables:
        parts += [f"## `{title}`\n", _table(kind)]
    return "\n".join(parts)


def _table(kind: type[msgspec.Struct]) -> str:
    lines = ["| Setting | Accepted | Default | What it is |", "|---|---|---|---|"]
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        takes = accepted(field.name) if kind is Settings else _accepted_by(hints[field.name])
        lines.append(
            f"| `{field.name}` | {_cell(takes)} | {_default(field.default)} | {describes(hints[field.name])} |"
        )
    return "\n".join(lines) + "\n"


def describes(hint: Any) -> str:
    """The sentence of a setting; empty if none was written."""
    return next(
        (meta.description or "" for meta in get_args(hint) if isinstance(meta, msgspec.Meta) and meta.description), ""
    )


def _accepted_by(hint: Any) -> str:
    schema = msgspec.json.schema(hint)
    if "enum" in schema:
        return " or ".join(schema["enum"])
    return f"`{schema['pattern']}`" if "pattern" in schema else str(schema["type"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(value: Any) -> str:
    if value is msgspec.NODEFAULT:
        return "none: needed"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value not in ("", ()) else "empty"
