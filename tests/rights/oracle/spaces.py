"""The spaces on which the oracle and `decide` are compared.

The product of all dimensions has some 10^30 cases. It is cut where the page shows that dimensions cannot meet in one
rule;
each space is the full product of those that can, the others standing where they are silent. `EVERYTHING` draws from the
whole product, in case the page was misread.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests.rights.oracle.acts import ACTS_ON_DOCUMENTS, ALL_ACTS
from tests.rights.oracle.situation import PARTS, Asking, Document, Record, Situation
from tests.rights.oracle.space import Everything, Space, every
from tests.rights.oracle.variants import (
    ADULT,
    AUTHORS,
    BOTH,
    CAREGIVER,
    CELLS,
    CHOICES,
    CONSENTS,
    DELEGATED,
    DEPOSITORS,
    ENDED,
    FEW_PROXIES,
    FEW_STANDINGS,
    IN_FORCE,
    MINOR,
    MODES,
    ONCE,
    OPENED,
    OPENED_IN_BOTH,
    PROXIES,
    REPRESENTATIVE,
    SAID_OF_COLLEAGUE,
    SAID_OF_DOCTOR,
    STANDINGS,
    STATES,
    STATUSES,
    THERE,
    TYPE,
    VALID_COLLEAGUE,
    VISIBILITIES,
)

ASKING = Asking("doctor", "read")
OPEN = Record(cells=CELLS[3])
PATIENT_PARTS = ("holder", "application", "relative", "relative_application", "namesake")
OF_RECORD = tuple(act for act in ACTS_ON_DOCUMENTS if act != "feed")


def _dependants(record: Record) -> list[Record]:
    """An adult, a minor, one where minors are not managed, protected ones of both ages."""
    return [record._replace(birth=birth, manages_minors=managed, is_protected=is_protected) for (
        birth, managed, is_protected) in (
            (ADULT, True, False), (MINOR, True, False), (MINOR, False, False), (ADULT, True, True), (MINOR, True,
            True))]


def _for_dependants(records: list[Record]) -> list[Record]:
    return [each for record in records for each in _dependants(record)]


# Sections 1, 2 and 5: every act by everyone in every mode, in every state of the record, of every kind of holder.
LIFE = Space(
    "life", every(ASKING, who=PARTS, act=ALL_ACTS, mode=MODES, is_secret=BOTH),
    _for_dependants(every(
        OPEN, state=STATES, proxies=FEW_PROXIES, said=(STANDINGS[0], *STANDINGS[3:5]))))

# Section 2: a record whose holder died.
DEATHS = Space(
    "deaths", every(ASKING, who=PARTS, act=ALL_ACTS),
    _for_dependants(every(OPEN, state=STATES, is_of_the_dead=(True,), proxies=FEW_PROXIES)))

# Section 1: whose proxy makes whom of a relative. Neither modes nor what was said of professionals has a word in it.
POWERS = Space(
    "powers", every(ASKING, who=("relative", "relative_application"), act=ALL_ACTS),
    _for_dependants(every(OPEN, state=STATES, proxies=PROXIES)))

# Section 3: how a professional stands, from all that was said of them, of a giver, and delegated.
STANDING = Space(
    "standing", every(ASKING, act=ALL_ACTS, mode=MODES, works_for=("", "hospital")),
    every(OPEN, said=[one + other for one in SAID_OF_DOCTOR for other in SAID_OF_COLLEAGUE], delegated=DELEGATED))

# Sections 3 and 4: what was consented to and opposed, whoever asks in whichever mode.
CHOSEN = Space(
    "chosen", every(ASKING, who=("doctor", "software", "holder"), act=ALL_ACTS, mode=MODES, is_regulator=BOTH),
    every(OPEN, consents=CONSENTS, said=FEW_STANDINGS))

# Section 4: emergencies, with their ceilings; no act but these four meets an emergency.
EMERGENCIES = Space(
    "emergencies", every(
        ASKING, who=("doctor", "relative", "software"), act=("list", "read", "mask", "open_emergency"), mode=MODES,
        login_ago=(None, 0, 300, 301), emergencies_today=(4, 5), has_second_person=BOTH, is_regulator=BOTH),
    every(
        OPEN, opened=OPENED, ceiling=(None, 0, 1, 3), said=(STANDINGS[0], STANDINGS[1], STANDINGS[3]),
        consents=[(("break_the_glass", glass), ("regulation_centre", centre)) for glass in BOTH for centre in BOTH]))

# Section 3, rules 3 to 6: about whom, by whom.
TARGETS = Space(
    "targets", every(
        ASKING, who=PARTS, target=("", "doctor", "colleague", "unheard"), mode=MODES[:2], act=(
            "authorise", "withdraw", "block", "unblock", "name_role", "delegate", "invite", "see_authorisations",
            "see_choices")),
    _for_dependants(every(
        OPEN, said=[one + other for one in STANDINGS for other in (*SAID_OF_COLLEAGUE[:2], SAID_OF_COLLEAGUE[3])],
        proxies=FEW_PROXIES[:3])))

# Section 3, rule 4: which choice, by whom.
CHOOSING = Space(
    "choosing", every(ASKING, who=PARTS, act=("change_choice",), choice=CHOICES, mode=MODES, is_secret=BOTH),
    _for_dependants(every(
        OPEN, said=[(*each, VALID_COLLEAGUE) for each in STANDINGS], proxies=FEW_PROXIES[:3], delegated=((),
        IN_FORCE))))

# Section 3, rules 10 to 12: what was said at which organisation, whoever asks for it, beside what was said to all.
SAID_THERE = Space(
    "said there", every(
        ASKING, who=("doctor", "software", "holder"), mode=MODES, works_for=("", "hospital", "clinic"),
        target=("hospital", "clinic"), act=(
            *ACTS_ON_DOCUMENTS[:7], "mask", "announce", "see_status", "see_choices", "open_emergency",
            "say_to_organisation", "lift_from_organisation")),
    every(
        OPEN, there=THERE, said=STANDINGS[:2], consents=((), (("feeding", False), ("consultation", False)))),
    (None, Document(depositor="doctor"), Document(depositor="hospital")))

# Section 7 for a professional: every visibility and status, all authorships, the matrix, the standing, the mode.
READING = Space(
    "reading", every(ASKING, act=OF_RECORD, mode=MODES),
    every(
        OPEN, said=[(*each, VALID_COLLEAGUE) for each in STANDINGS], delegated=((), IN_FORCE, ENDED),
        consents=[(("consultation", consulted), ("masked_in_emergency", masked)) for consulted, masked in product(
            BOTH, BOTH)],
        opened=((), OPENED_IN_BOTH), cells=CELLS[:2]),
    every(
        Document(), visibility=VISIBILITIES, status=STATUSES[::3], depositor=("doctor", "hospital"),
        authors=AUTHORS[1:3]))

# Section 7 for software, and for a professional as an author: who wrote it, in all the ways that a document may say.
WRITING = Space(
    "writing", every(ASKING, who=("doctor", "software"), act=OF_RECORD, works_for=("", "hospital")),
    every(OPEN, said=FEW_STANDINGS, cells=CELLS[:2]),
    every(Document(), visibility=VISIBILITIES, status=STATUSES[1:], depositor=DEPOSITORS, authors=AUTHORS))

# Section 7 for all who are no professionals: what a patient, a relative, an officer meets in a document.
FAMILY = Space(
    "family", every(ASKING, who=(*PATIENT_PARTS, "software", "officer", "worker"), act=OF_RECORD),
    _for_dependants(every(OPEN, proxies=[*FEW_PROXIES, REPRESENTATIVE + ONCE, CAREGIVER + ONCE])),
    every(Document(), visibility=VISIBILITIES, status=STATUSES, depositor=DEPOSITORS[:7], authors=AUTHORS[:2]))

# Section 7, "every other act with an entry": also acts that are not about documents.
OTHER_ACTS = Space(
    "other acts", every(ASKING, who=PARTS, act=[act for act in ALL_ACTS if act not in ACTS_ON_DOCUMENTS],
    mode=MODES[:2]), every(OPEN, proxies=FEW_PROXIES[:3], said=FEW_STANDINGS[:2], is_protected=BOTH, cells=CELLS[:2]),
    every(Document(), visibility=VISIBILITIES, status=STATUSES[::3], depositor=("doctor", "colleague")))

# Section 7, rule 8, with the platform's parameter.
PAIRS = Space(
    "pairs", every(ASKING, who=PARTS, act=ACTS_ON_DOCUMENTS),
    _for_dependants(every(OPEN, pair_is_allowed=BOTH, proxies=FEW_PROXIES, said=FEW_STANDINGS)),
    every(Document(), visibility=VISIBILITIES, depositor=("holder", "doctor", "colleague")))

# Sections 5 and 6: what is deposited, by whom, in a secret connection or not.
DEPOSITS = Space(
    "deposits", every(ASKING, who=PARTS, act=("feed", "replace"), is_secret=BOTH),
    _for_dependants(every(
        OPEN, said=STANDINGS[:5:2], proxies=FEW_PROXIES[:3], consents=((), (("feeding", False),)),
        cells=[frozenset({*each, *(("software", kind, what) for _, kind, what in each)}) for each in CELLS])),
    every(Document(), visibility=VISIBILITIES, type_code=(TYPE, "DOCPAT01"), depositor=("doctor", "holder", "clinic")))

# Section 5 with section 7: a professional in a secret connection, and the documents that are there.
SECRETS = Space(
    "secrets", every(ASKING, act=ACTS_ON_DOCUMENTS, mode=MODES, is_secret=BOTH),
    _for_dependants(every(OPEN, said=STANDINGS, opened=((), OPENED_IN_BOTH))),
    every(Document(), visibility=VISIBILITIES, status=STATUSES[::3], depositor=("doctor", "colleague"),
    authors=AUTHORS[:3:2]))

# Section 1: who is a minor on which day.
AGES = Space(
    "ages", every(ASKING, who=("holder", "relative", "doctor"), act=("activate", "feed"), is_secret=BOTH),
    every(
        OPEN, birth=(
            "2008-11-21", "2008-11-22", "2008-11-23", "2008-11", "2008-10", "2008", "2009", "2008-02-29", "2008-02",
            "2008-12", "2008-12-31", "2009-01-01", "2004-12", "2005"),
        today=(
            "2026-11-21", "2026-11-22", "2026-11-23", "2026-10-30", "2026-10-31", "2026-11-01", "2026-11-29",
            "2026-11-30", "2026-12-01",
            "2026-12-30", "2026-12-31", "2027-01-01", "2026-02-27", "2026-02-28", "2026-03-01", "2025-12-31",
            "2026-01-01"),
        majority=(18, 21), manages_minors=BOTH, is_protected=BOTH, proxies=(REPRESENTATIVE, CAREGIVER, ())),
    (None, Document(visibility=VISIBILITIES[3])))

# The matrix: whose cell opens what to whom.
_CELL = tuple((who, TYPE, what) for who in ("10", "60", "software") for what in ("read", "write"))
MATRIX = Space(
    "matrix", every(ASKING, who=("doctor", "software", "holder"), profession=("10", "60", "21"), act=ACTS_ON_DOCUMENTS),
    every(
        OPEN, said=(*FEW_STANDINGS, STANDINGS[6]), cells=[
            frozenset(cell for cell, kept in zip(_CELL, each, strict=True) if kept) for each in product(BOTH,
            repeat=6)]),
    every(
        Document(), visibility=VISIBILITIES[:2], type_code=(TYPE, "DOCPAT01", "11502-2"),
        depositor=("doctor", "colleague"), authors=AUTHORS[:3:2]))

SPACES = (
    LIFE, DEATHS, POWERS, STANDING, CHOSEN, EMERGENCIES, TARGETS, CHOOSING, SAID_THERE, READING, WRITING, FAMILY,
    OTHER_ACTS, PAIRS, DEPOSITS, SECRETS, AGES, MATRIX)

EVERYTHING = Everything(
    "everything",
    {
        "who": (*PARTS, "doctor", "doctor", "relative"), "act": (*ALL_ACTS, *ACTS_ON_DOCUMENTS, *ACTS_ON_DOCUMENTS),
        "mode": ("normal", *MODES), "is_secret": (False, *BOTH),
        "target": ("", "doctor", "colleague", "unheard", "hospital"), "choice": CHOICES,
        "login_ago": (None, 0, 300, 301), "emergencies_today": (0, 4, 5, 6),
        "has_second_person": BOTH, "is_regulator": BOTH, "works_for": ("", "hospital", "clinic"),
        "profession": ("10", "10", "60"),
    },
    {
        "state": (*STATES, *("active",) * 12), "is_of_the_dead": BOTH, "birth": (ADULT, MINOR, "2008-11", "2008"),
        "majority": (18, 21), "manages_minors": (True, *BOTH), "is_protected": (False, *BOTH), "consents": ((),
        *CONSENTS),
        "said": [one + other for one in SAID_OF_DOCTOR for other in SAID_OF_COLLEAGUE], "delegated": DELEGATED,
        "proxies": [each + once for each in PROXIES for once in ((), ONCE)], "opened": (*OPENED, OPENED_IN_BOTH),
        "there": ((), *THERE),
        "ceiling": (None, 0, 1, 2, 3), "platform_ceiling": (0, 5), "pair_is_allowed": BOTH,
        "cells": (*CELLS, CELLS[3] | {("software", TYPE, "write")}),
    },
    {
        "status": (*STATUSES, "approved", "approved", "approved"), "visibility": VISIBILITIES, "depositor":
        (*DEPOSITORS, "doctor"), "authors": AUTHORS, "type_code": (TYPE, "DOCPAT01"),
    },
    draws=200_000)


def sampled(of_each: int) -> Iterator[Situation]:
    """This many situations of each space, always the same."""
    for space in SPACES:
        yield from space.at(space.some(of_each))
    yield from EVERYTHING.draw(of_each)
