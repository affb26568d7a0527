"""What a reconcile decides, by tables: what a first look tells, where a record is kept, whether a portal is behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import IntegrityError, InvalidInput
from carnet.hosting.directory import Placement
from carnet.journal.chain import genesis
from carnet.journal.content import Actor, Submitted
from carnet.record.reconcile.found import AtHost, Case, Found, Key, PortalRow, first_look
from carnet.record.reconcile.host import at_host
from carnet.record.reconcile.kinds import AWAITING_OFFICERS, KINDS
from carnet.record.reconcile.officers import check, sentence, signed_by
from carnet.record.reconcile.position import ALL, Mark, Position, PublishedCheckpoint, why_behind
from carnet.record.reconcile.rebuilt import rebuilt
from carnet.record.reconcile.settled import settled
from carnet.record.reconcile.streams import Page, Stream
from tests.running import letter, lot

RECORD = uuid4()
HEAD, OTHER = b"h" * 32, b"o" * 32
HERE = AtHost(version=1, place=3, head=HEAD, bodies=2)
STOOD_IN = AtHost(version=1, head=genesis(RECORD))
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def row(**changes: object) -> PortalRow:
    known = PortalRow(
        Placement(RECORD, 1, "alpha", "reference"), 3, HEAD, False, "", {"alpha": "home", "reference": "reference"})
    return replace(known, **changes)        # type: ignore[arg-type]


def found(known: PortalRow | None, at: Mapping[str, AtHost], key: Key = Key.PRESENT) -> Found:
    return Found(RECORD, known, key, at)


BOTH: dict[str, AtHost] = {"alpha": HERE, "reference": HERE}
NOBODY: dict[str, AtHost] = {}
WITH_BETA = {**row().placed, "beta": "former"}
GONE = AtHost(version=1, erased_version=1)


@pytest.mark.parametrize(("what", "case"), [
    (found(row(), BOTH), Case.EQUAL),
    (found(row(placed={**row().placed, "beta": "stand_in"}), BOTH | {"beta": STOOD_IN}), Case.EQUAL),
    (found(row(), BOTH | {"beta": STOOD_IN}), Case.CHAINS),                     # nobody knew that it may hold something
    (found(row(), BOTH | {"alpha": replace(HERE, place=4)}), Case.CHAINS),
    (found(row(), BOTH | {"alpha": replace(HERE, place=2)}), Case.CHAINS),
    (found(row(), BOTH | {"alpha": replace(HERE, head=OTHER)}), Case.CHAINS),
    (found(row(), BOTH | {"alpha": replace(HERE, lacking=1)}), Case.CHAINS),
    (found(row(), BOTH | {"alpha": replace(HERE, unnamed=1)}), Case.CHAINS),
    (found(row(), BOTH | {"alpha": replace(HERE, version=2)}), Case.CHAINS),
    (found(row(), BOTH | {"alpha": replace(HERE, version=2, erased_version=1)}), Case.CHAINS),
    (found(row(placed=WITH_BETA), BOTH | {"beta": AtHost(version=0, erased_version=0)}), Case.EQUAL),
    (found(row(placed=WITH_BETA), BOTH | {"beta": GONE}), Case.CHAINS),      # it refuses what the portal would order
    (found(row(), {"alpha": HERE}), Case.CHAINS),
    (found(row(awaits="fork"), BOTH), Case.CHAINS),
    (found(None, BOTH), Case.CHAINS),
    (found(None, NOBODY), Case.NOTHING),
    (found(None, NOBODY, Key.NONE), Case.NOTHING),
    (found(None, {"alpha": AtHost(erased_version=1)}, Key.NONE), Case.NOTHING),
    (found(None, BOTH, Key.NONE), Case.WITHOUT_KEY),
    (found(row(), BOTH, Key.NONE), Case.WITHOUT_KEY),
    (found(row(), BOTH, Key.DESTROYED), Case.ERASED),
    (found(row(), NOBODY, Key.DESTROYED), Case.ERASED),
    (found(row(is_erased=True), BOTH, Key.DESTROYED), Case.EQUAL),
    (found(row(is_erased=True), BOTH | {"beta": HERE}, Key.DESTROYED), Case.ERASED),     # it is to erase it too
    (found(row(is_erased=True), BOTH), Case.EQUAL),                                      # the worker is at it
    (found(None, {"alpha": HERE}, Key.DESTROYED), Case.ERASED),
    (found(None, {"alpha": AtHost(erased_version=1)}, Key.DESTROYED), Case.EQUAL),
])
def test_a_first_look(what: Found, case: Case) -> None:
    assert first_look(what) is case


@pytest.mark.parametrize(("what", "home", "version", "lacks", "released"), [
    (found(row(), BOTH), "alpha", 1, (), ()),
    (found(row(), {"alpha": HERE}), "alpha", 1, ("reference",), ()),
    (found(row(), {"alpha": replace(HERE, lacking=1), "reference": HERE}), "alpha", 1, ("alpha",), ()),
    # A move that the backup does not know of: the last version says where to, whatever else holds something.
    (found(row(), BOTH | {"beta": replace(HERE, version=2)}), "beta", 2, (), ("alpha",)),
    (found(row(), {
        "alpha": replace(HERE, version=2, place=2, head=OTHER), "beta": replace(HERE, version=2), "reference": HERE}),
     "beta", 2, (), ("alpha",)),
    # One that was not done: until the new host holds all, the record stays where it was.
    (found(row(), BOTH | {"beta": replace(HERE, version=2, place=2)}), "alpha", 2, (), ("beta",)),
    # One that was only begun: the target holds all, and nothing says that it is the home.
    (found(row(), BOTH | {"beta": HERE}), "alpha", 1, (), ("beta",)),
    # The old home erased it: it was released, so that the record lives elsewhere.
    (found(row(), {"alpha": AtHost(erased_version=1), "beta": HERE, "reference": HERE}), "beta", 2, (), ()),
    # It is placed again where it was erased: tokens of that version are refused there.
    (found(row(), {"alpha": replace(HERE, version=5, erased_version=4), "reference": HERE}), "alpha", 5, (), ()),
    # A third one erased it under the portal's version: under that, it could never stand in for one that is away.
    (found(row(placed=WITH_BETA), BOTH | {"beta": GONE}), "alpha", 2, (), ()),
    (found(None, {"beta": HERE, "reference": HERE}), "beta", 1, (), ()),
    (found(None, {"reference": HERE}), "alpha", 1, ("alpha",), ()),
])
def test_where_a_record_is_kept(
    what: Found, home: str, version: int, lacks: tuple[str, ...], released: tuple[str, ...],
) -> None:
    where = settled(what, 3, HEAD, reference="reference", default_home="alpha")
    assert (where.placement.home, where.placement.version) == (home, version)
    assert (where.lacks, where.released) == (lacks, released)
    assert {"home", "reference"} <= set(where.placed.values())
    assert set(what.at) <= set(where.placed)                # rule EVER: whoever got anything is written down


def test_a_version_that_a_host_erased_is_never_used_there_again() -> None:
    what = found(row(), {"alpha": AtHost(erased_version=7), "reference": HERE})
    assert settled(what, 3, HEAD, reference="reference", default_home="beta").placement.version > 7


MARK = Mark(epoch=2, log_size=10, logged=100, matrix=1, hosts=("alpha",), checkpoint=PublishedCheckpoint(), at=NOW)


def at(mark: Mark, *, restored: str = "", dealt_with: str = "") -> Position:
    return Position(mark=mark, reconciling=None, reconciled_upto=ALL, restored=restored, dealt_with=dealt_with)


@pytest.mark.parametrize(("now", "remembered", "is_behind"), [
    (at(MARK), MARK, False),
    (at(MARK), None, False),
    (at(msgspec.structs.replace(MARK, log_size=11, logged=120)), MARK, False),
    (at(msgspec.structs.replace(MARK, epoch=1, log_size=50, logged=500)), MARK, True),
    (at(msgspec.structs.replace(MARK, log_size=9)), MARK, True),
    (at(msgspec.structs.replace(MARK, logged=99)), MARK, True),
    (at(msgspec.structs.replace(MARK, epoch=3, log_size=1, logged=1)), MARK, False),    # a new life begins anew
    (at(MARK, restored="today"), MARK, True),
    (at(MARK, restored="today", dealt_with="today"), MARK, False),
    (at(MARK, restored="today", dealt_with="last year"), MARK, True),
    (at(MARK, restored="", dealt_with="today"), MARK, False),      # a server whose configuration does not say it
])
def test_a_portal_is_behind_what_the_key_store_remembers(
    now: Position, remembered: Mark | None, is_behind: bool,
) -> None:
    assert bool(why_behind(now, remembered)) is is_behind


@pytest.mark.parametrize(("here", "kind"), [
    (HERE, ""), (replace(HERE, place=2), "behind"), (replace(HERE, place=4), "ahead"), (AtHost(), "behind"),
    (replace(HERE, head=OTHER), "other"), (replace(HERE, lacking=2), "behind"),
])
def test_a_host_is_as_it_should_be_or_is_told_how_not(here: AtHost, kind: str) -> None:
    assert [each.kind for each in at_host(found(row(), {"alpha": here}), "alpha")] == ([kind] if kind else [])
    assert at_host(found(row(is_erased=True), {"alpha": here}), "alpha") == []
    assert [each.kind for each in at_host(found(None, {"alpha": HERE}), "alpha")] == ["unknown"]


def test_two_different_officers_of_the_platform_sign_the_same_sentence() -> None:
    one, two, stranger = (Ed25519PrivateKey.generate() for _ in range(3))
    officers = [key.public_key().public_bytes_raw() for key in (one, two)]
    what = sentence("go_on_without", RECORD, ["beta"])
    check(signed_by([one, two], what), what, officers)
    for keys in ([], [one], [one, one], [one, stranger]):
        with pytest.raises(InvalidInput):
            check(signed_by(keys, what), what, officers)
    for other in (sentence("accept", RECORD, ["beta"]), sentence("go_on_without", uuid4(), ["beta"])):
        with pytest.raises(InvalidInput):
            check(signed_by([one, two], other), what, officers)


def test_a_journal_that_does_not_begin_with_an_opening_makes_no_row() -> None:
    submission = lot(letter())
    said = Submitted(
        by=Actor("professional", "899700218896", "x"), at=NOW, submission_set=submission.submission_set,
        documents=())
    for contents in ([], [said]):
        with pytest.raises(IntegrityError):
            rebuilt(None, contents)


async def test_a_list_that_goes_back_is_refused() -> None:
    async def same_again(_: UUID) -> Page[int]:
        return Page({}, RECORD)

    stream = Stream(same_again, UUID(int=0))
    await stream.ahead(UUID(int=0))
    with pytest.raises(IntegrityError):
        await stream.ahead(RECORD)


def test_every_reason_to_wait_for_officers_has_its_words() -> None:
    assert set(AWAITING_OFFICERS) <= set(KINDS)
