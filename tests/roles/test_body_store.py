"""The body store that settings name: opened with credentials from a file of its own, and looked at by the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.errors import InvalidSetting
from carnet.host.bucket import Bucket
from carnet.host.files import Files
from carnet.roles.body_store import body_store_of
from carnet.roles.doctor import examine
from carnet.roles.settings import Settings

BUCKET = "s3://bodies?endpoint=http://127.0.0.1:9"


def test_settings_name_no_store_a_folder_or_a_bucket(tmp_path: Path) -> None:
    secret = tmp_path / "bucket"
    secret.write_text("key-id\nsecret\n")
    secret.chmod(0o600)
    assert body_store_of(Settings()) is None
    assert isinstance(body_store_of(Settings(host_body_store_url=f"file://{tmp_path}")), Files)
    assert isinstance(body_store_of(Settings(host_body_store_url=BUCKET)), Bucket)
    with_key = Settings(host_body_store_url=BUCKET, host_body_store_credentials_file=str(secret))
    assert isinstance(body_store_of(with_key), Bucket)


@pytest.mark.parametrize(("content", "mode"), [("one", 0o600), ("id\nsecret\nmore\n", 0o600), ("id\nsecret\n", 0o644)])
def test_credentials_that_are_not_two_lines_for_their_owner_alone_are_refused(
    tmp_path: Path, content: str, mode: int
) -> None:
    secret = tmp_path / "bucket"
    secret.write_text(content)
    secret.chmod(mode)
    with pytest.raises(InvalidSetting) as refused:
        body_store_of(Settings(host_body_store_url=BUCKET, host_body_store_credentials_file=str(secret)))
    assert "secret\n" not in str(refused.value)
    with pytest.raises(InvalidSetting):
        body_store_of(Settings(host_body_store_url=BUCKET, host_body_store_credentials_file="not-there"))


async def test_the_doctor_says_whether_the_store_takes_gives_and_deletes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bodies"
    settings = Settings(home=str(tmp_path), host_body_store_url=f"file://{folder}")
    assert await examine(settings) == 1
    assert "the folder of the body store cannot be used" in capsys.readouterr().out
    folder.mkdir()
    assert await examine(settings) == 0
    assert "takes, gives and deletes; each file is forced to disk" in capsys.readouterr().out
    assert list(folder.iterdir()) == []
