"""What the settings say that documents are looked at with, and what the doctor says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.errors import InvalidSetting
from carnet.roles.doctor import examine
from carnet.roles.intake import intake_of
from carnet.roles.settings import Settings
from tests.listening import held_port
from tests.record.scanners import clamd, speaking


async def test_the_doctor_asks_the_antivirus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with speaking(clamd) as port:
        await examine(Settings(home=str(tmp_path), antivirus=f"clamd://127.0.0.1:{port}"))
    assert f"well  antivirus clamd://127.0.0.1:{port}" in capsys.readouterr().out
    with held_port() as port:
        await examine(Settings(home=str(tmp_path), antivirus=f"clamd://127.0.0.1:{port}"))
    assert f"wrong antivirus clamd://127.0.0.1:{port} — the antivirus does not answer" in capsys.readouterr().out


def test_nothing_is_asked_that_no_setting_names_and_a_wrong_folder_is_told_at_once(tmp_path: Path) -> None:
    assert intake_of(Settings(home=str(tmp_path))).antivirus is None
    assert intake_of(Settings(home=str(tmp_path))).schema is None
    with pytest.raises(InvalidSetting, match="document_rules_folder"):
        intake_of(Settings(home=str(tmp_path), document_rules_folder="nowhere"))
