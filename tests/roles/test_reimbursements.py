"""`carnet feed reimbursements` before it begins: whose batch it is, what a file is, and that nobody else imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.errors import Conflict, InvalidSetting
from carnet.roles.reimbursements import _alone, _is_document, _partner
from carnet.roles.settings import Settings
from carnet.roles.settings_feeds import PartnerSetting
from tests.running import Platform

_INSURER = PartnerSetting("assurance-maladie", "318003502400041", "Assurance Maladie (essai)", "Historique 1")


def test_a_batch_is_of_a_partner_of_the_settings() -> None:
    settings = Settings(partners=(_INSURER,))
    assert _partner("assurance-maladie", settings).organisation == "318003502400041"
    with pytest.raises(InvalidSetting, match="accepted: assurance-maladie"):
        _partner("laboratoire", settings)


async def test_one_import_runs_at_a_time(platform: Platform) -> None:
    async with _alone(platform.portal):
        with pytest.raises(Conflict, match="another import"):
            async with _alone(platform.portal):
                pass
    async with _alone(platform.portal):
        pass


@pytest.mark.parametrize(("content", "is_document"), [
    (b"<?xml version='1.0'?><ClinicalDocument/>", True), (b"\xef\xbb\xbf\n<ClinicalDocument/>", True),
    (b"ins_oid;ins;batch", False), (b"PAR1", False), (b"", False),
])
def test_a_document_is_told_from_a_batch_by_what_is_in_it(
    tmp_path: Path, content: bytes, is_document: bool,
) -> None:
    file = tmp_path / "one"
    file.write_bytes(content)
    assert _is_document(file) is is_document
