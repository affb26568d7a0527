"""Reasons in words."""

from __future__ import annotations

from carnet.rights.reasons import Reason


def explain(reason: Reason, language: str = "fr", to: str = "professional") -> str:
    """One plain sentence for this reason."""
    return reason.value
