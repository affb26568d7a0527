"""Which language a visitor is spoken to in."""

from __future__ import annotations

import pytest

from carnet.web.language import COOKIE, preferred
from carnet.web.words import Language


@pytest.mark.parametrize(("header", "spoken"), [
    ("", Language.FR),
    ("en-GB,en;q=0.9,fr;q=0.8", Language.EN),
    ("de-DE,de;q=0.9,en;q=0.5,fr;q=0.4", Language.EN),
    ("en;q=0.2, fr-CA;q=0.9", Language.FR),
    ("en;q=0", Language.FR),
    ("es", Language.FR),
    ("en;q=many", Language.FR),
])
def test_the_browser_s_preference_is_followed(header: str, spoken: Language) -> None:
    assert preferred({}, header) is spoken


def test_the_choice_made_here_is_stronger_than_the_browser_s() -> None:
    assert preferred({COOKIE: "en"}, "fr") is Language.EN
    assert preferred({COOKIE: "xx"}, "en") is Language.EN
