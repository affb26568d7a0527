"""The key of Luhn, which RPPS, FINESS, SIREN and SIRET share.

May import: nothing of the project.
"""

from __future__ import annotations

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)   # twice the digit, its own digits summed


def has_luhn_key(digits: str) -> bool:
    """True if the last digit is the Luhn key of those before it. `digits` holds only 0 to 9."""
    from_right = [ord(character) - 48 for character in reversed(digits)]
    return (sum(from_right[::2]) + sum(_DOUBLED[digit] for digit in from_right[1::2])) % 10 == 0
