"""The values that each dimension of a situation takes in the spaces."""

from __future__ import annotations

from itertools import chain, combinations, product

from tests.rights.oracle.situation import (
    DAY,
    EARLIER,
    LATER,
    NOW,
    Delegated,
    Named,
    Opened,
    Proxied,
    Said,
    There,
)

STATES = ("notice", "refused", "active", "suspended", "closed", "erased")
MODES = ("normal", "bris_de_glace", "centre_15")
BOTH = (False, True)
ADULT, MINOR = "1980-05-05", "2015-05-05"

ENDS = (None, LATER, NOW, EARLIER)
SAID_OF_DOCTOR = ((), *((Said("doctor", *flags),) for flags in product(ENDS, BOTH, BOTH, BOTH)))
"""Everything that a holder may have said of the doctor: 33 ways."""
STANDINGS: tuple[tuple[Said, ...], ...] = (
    (), (Said("doctor", LATER),), (Said("doctor", EARLIER),), (Said("doctor", LATER, is_forbidden=True),),
    (Said("doctor", is_medecin_traitant=True),), (Said("doctor", LATER, is_forbidden=True, is_medecin_traitant=True),),
    (Said("doctor", LATER, is_administrator=True),), (Said("doctor", EARLIER, is_administrator=True),))
FEW_STANDINGS = STANDINGS[:5]

SAID_OF_COLLEAGUE: tuple[tuple[Said, ...], ...] = (
    (), (Said("colleague", LATER),), (Said("colleague", NOW),), (Said("colleague", LATER, is_forbidden=True),),
    (Said("colleague", is_medecin_traitant=True),))
_DELEGATES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("professional", "doctor", ()), ("professional", "colleague", ()), ("organisation", "hospital", ()),
    ("organisation", "clinic", ()), ("care_team", "team", ("colleague", "doctor")), ("care_team", "team",
    ("colleague",)), ("professional", "hospital", ()), ("organisation", "doctor", ()))
DELEGATED: tuple[tuple[Delegated, ...], ...] = (
    (), *((Delegated("colleague", kind, subject, ends, members),) for (kind, subject, members), ends in product(
        _DELEGATES, (LATER, NOW, EARLIER))),
    (Delegated("colleague", "professional", "doctor", EARLIER), Delegated("colleague", "organisation", "hospital",
    LATER)), (Delegated("doctor", "professional", "doctor", LATER),))
VALID_COLLEAGUE = Said("colleague", LATER)
IN_FORCE = (Delegated("colleague", "professional", "doctor", LATER),)
ENDED = (Delegated("colleague", "care_team", "team", EARLIER, ("doctor",)),)

_OF_A_KIND = (
    ("pending", LATER, None), ("pending", NOW, None), ("accepted", EARLIER, None), ("accepted", EARLIER, LATER),
    ("accepted", EARLIER, NOW), ("accepted", EARLIER, EARLIER), ("refused", LATER, None), ("revoked", LATER, LATER))
_REPRESENTATIVE = ((), *((Proxied("relative", "legal_representative", *each),) for each in _OF_A_KIND))
_CAREGIVER = ((), *((Proxied("relative", "caregiver", *each),) for each in _OF_A_KIND))
PROXIES = (
    *(one + other for one in _REPRESENTATIVE for other in _CAREGIVER),
    *(other + one for one in _REPRESENTATIVE[1:] for other in _CAREGIVER[1:]),
    (_REPRESENTATIVE[6][0], _REPRESENTATIVE[3][0]), (Proxied("aunt", "legal_representative", "accepted"),),
    (Proxied("aunt", "caregiver", "accepted"), Proxied("passer-by", "caregiver", "pending")))
REPRESENTATIVE, CAREGIVER, INVITED = _REPRESENTATIVE[3], _CAREGIVER[3], _CAREGIVER[1]
FEW_PROXIES: tuple[tuple[Proxied, ...], ...] = ((), REPRESENTATIVE, CAREGIVER, INVITED)
ONCE = (
    Proxied("aunt", "legal_representative", "revoked"), Proxied("passer-by", "caregiver", "refused"))
"""Others, of before: an aunt who was a proxy, a passer-by who declined to be."""

VISIBILITIES = tuple(frozenset(each) for each in chain.from_iterable(combinations(
    ("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"), count) for count in range(4)))
STATUSES = ("approved", "deprecated", "archived", "deleted")
DEPOSITORS = (
    "holder", "relative", "aunt", "passer-by", "namesake", "doctor", "colleague", "hospital", "clinic", "")
AUTHORS: tuple[tuple[Named, ...], ...] = (
    (), (Named("colleague", "clinic"),), (Named("colleague"), Named("doctor", "clinic")),
    (Named("colleague"), Named("", "hospital")), (Named("doctor", "hospital", is_national=False),))

TYPE = "18842-5"
CELLS = tuple(frozenset(("10", TYPE, what) for what in kept) for kept in ((), ("read",), ("write",), ("read", "write")))
_HOUR = 3_600
OPENED: tuple[tuple[Opened, ...], ...] = (
    (), (Opened("doctor", "bris_de_glace", _HOUR // 2),), (Opened("doctor", "bris_de_glace", _HOUR - 1),),
    (Opened("doctor", "bris_de_glace", _HOUR),), (Opened("doctor", "centre_15", _HOUR // 2),),
    (Opened("colleague", "bris_de_glace", 60), Opened("colleague", "centre_15", 60)),
    tuple(Opened("colleague", "bris_de_glace", ago) for ago in (60, 2 * _HOUR, DAY - 60)),
    tuple(Opened("doctor", "bris_de_glace", ago) for ago in (DAY + 60, DAY, DAY - 60)),
    tuple(Opened("doctor", "centre_15", ago) for ago in (60, 120, 180)))
OPENED_IN_BOTH = OPENED[1] + OPENED[4]
CHOICES = (
    "", "opening", "feeding", "consultation", "break_the_glass", "regulation_centre", "masked_in_emergency",
    "mask_what_comes")
CONSENTS = tuple(
    tuple((choice, given) for choice, given in zip(CHOICES[2:7], values, strict=True) if given is not None)
    for values in product((None, True, False), repeat=5))
"""Of each of the five choices that matter: nothing said, a yes, a no."""


def _at(where: str, feeding: bool | None, consultation: bool | None) -> tuple[There, ...]:
    said = (("feeding", feeding), ("consultation", consultation))
    return tuple(There(where, choice, is_opposed) for choice, is_opposed in said if is_opposed is not None)


THERE = (
    *(_at("hospital", *said) for said in product((None, True, False), repeat=2)), _at("clinic", True, True),
    _at("hospital", True, True) + _at("clinic", False, False),
    _at("hospital", False, False) + _at("clinic", True, True))
"""At the hospital of each of the two nothing, a no, a yes; then at the clinic, and at both."""
