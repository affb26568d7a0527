"""Pytest without one rule: `CARNET_WITHOUT=TWO pytest -p tests.hosting.without <test>`.

A rule is switched off by changing the lines of source that carry it, as they are imported. Lines that are not there any
more are an error: this list moves with the code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

_TRACES = "tests/hosting/test_protocol_traces.py::test_trace_"
_MOVES = "tests/hosting/test_move_traces.py::test_trace_"
_RESTORES = "tests/record/reconcile/test_restore_traces.py::test_trace_"


@dataclass(frozen=True)
class Change:
    """Lines of a module, and what stands there instead."""

    module: str
    old: str
    new: str


@dataclass(frozen=True)
class Off:
    """A rule that is switched off, and the test that must then fail."""

    rule: str
    test: str
    changes: tuple[Change, ...]


def _off(rule: str, test: str, *changes: tuple[str, str, str]) -> Off:
    return Off(rule, test, tuple(Change(f"carnet.{module}", old, new) for module, old, new in changes))


RULES = {each.rule: each for each in (
    _off("TWO", f"{_TRACES}1_acknowledged_and_lost",
         ("hosting.copies", "while len(holders) < 2:", "while len(holders) < 1:"),
         ("hosting.copies", "len(holders) + len(pending) < 2", "len(holders) + len(pending) < 1")),
    _off("BODIES", f"{_TRACES}4_a_copy_thin_for_ever", ("hosting.survey", "return line.lacking > 0 or ", "return ")),
    _off("CAS", f"{_TRACES}5_a_journal_doubled",
         ("host.chains", "if self._stored_at(entry).is_ours:", "if False:"),
         ("host.chains", "if (entry.place, entry.previous) != (self.place + 1, self.head):", "if False:")),
    _off("FENCE", f"{_TRACES}3_committed_after_collection",
         ("roles.migrate", 'file.read_text(encoding="utf-8")',
          'file.read_text(encoding="utf-8").replace("check (committed_at < ticket_end)", "check (true)")')),
    _off("FENCE at hosts", f"{_TRACES}2_collected_though_committed",
         ("hosting.collection", "head=head, until=until",
          "head=bytes.fromhex((await client.head(record, placement.version)).head), until=until")),
    _off("HEAD", f"{_TRACES}6_an_old_journal_is_not_read",
         ("journal.view", "verify_suffix(self.record, self.head, entries, head=head)", "pass")),
    _off("PLACE", f"{_TRACES}7_bodies_put_before_a_switch_do_not_count_after_it",
         ("record.sql", "record_id = i.record_id and r.placement_version = i.placement_version\n    and r.rights",
          "record_id = i.record_id\n    and r.rights")),
    _off("SWITCH", f"{_MOVES}8a_acknowledged_and_lost_with_no_host_lost",
         ("hosting.moving.sql", "r.home = i.from_host and r.place = i.place and r.head = i.head",
          "r.home = i.from_host")),
    _off("RELEASE", f"{_MOVES}8b_a_move_erases_the_last_good_copy",
         ("hosting.moving.release", "verified = await self._verified(may_go)", "verified = may_go")),
    _off("TOMB", f"{_MOVES}10_what_lands_after_the_erasure",
         ("host.chains", "if self.erased_version >= entry.version:", "if False:"),
         ("host.settle", "ours.erased_version < excluded.version AND ", ""),
         ("host.bodies", "WHERE erased_version >= asked.version)", "WHERE false)"),
         ("host.bodies", "WHERE ours.erased_version < excluded.version", "WHERE true")),
    _off("STANDIN", f"{_MOVES}11_a_host_that_leaves_does_not_stand_in",
         ("hosting.store", "                where p.role in ('stand_in', 'former')\n", "")),
    _off("EVER", f"{_TRACES}16_every_host_that_may_hold_something_is_known",
         ("hosting.copies", "if await self._store.note_stand_in(placement.record, host):", "if True:")),
    _off("EPOCH", f"{_RESTORES}13_an_append_of_the_former_life_is_refused",
         ("record.reconcile.walk", "epoch = 1 + max(remembered, ours, *seen)", "epoch = ours")),
    _off("EPOCH at hosts", f"{_RESTORES}13_an_append_of_the_former_life_is_refused",
         ("host.store", "if epoch < self._epoch:", "if False:"),
         ("host.store", "SET epoch = greatest(epoch, $1)", "SET epoch = $1"),
         ("host.store", "if epoch > self._epoch:", "if epoch != self._epoch:")),
    _off("RECON", f"{_RESTORES}12_no_place_is_given_twice",
         ("record.sql", "r.record_id <= p.reconciled_upto and r.awaits = '' as is_served", "true as is_served"),
         ("record.sql", "and r.record_id <= p.reconciled_upto and r.awaits = '' and (r.place > 0", "and (r.place > 0")),
    _off("ALLHOSTS", f"{_RESTORES}14_a_host_that_the_backup_does_not_know_of_is_asked_too",
         ("record.reconcile.walk", "if host not in reconcile.without}",
          "if host in clients and clients[host].host.is_reference}")),
    _off("KEYS", f"{_RESTORES}15_erased_stays_erased",
         ("journal.store", "update wrapped_key set wrapped = null, destroyed_at = clock_timestamp()",
          "update wrapped_key set version = version")),
    _off("RIGHTS", f"{_TRACES}19_a_deposit_decided_before_a_block_is_not_committed_after_it",
         ("record.sql", "and r.rights_version = i.rights_version and (i.expected_head", "and (i.expected_head")),
    _off("RIGHTS in the journal", f"{_RESTORES}18_a_block_made_after_the_backup_still_blocks",
         ("record.reconcile.rebuilt", "rights = applied(rights, change, changed.at)", "pass")),
)}


class _Changed(SourceFileLoader):
    """Loads a module with some of its lines changed."""

    def __init__(self, name: str, path: str, changes: Sequence[Change]) -> None:
        super().__init__(name, path)
        self._changes = changes

    def get_code(self, fullname: str) -> object:      # type: ignore[override]
        """Never from a cache: what is compiled there is another text."""
        return compile(self.get_data(self.path), self.path, "exec", dont_inherit=True)

    def get_data(self, path: str) -> bytes:
        """The text, changed."""
        text = super().get_data(path).decode()
        for change in self._changes:
            if text.count(change.old) != 1:
                raise LookupError(f"{change.module}: not there once: {change.old!r}")
            text = text.replace(change.old, change.new)
        return text.encode()


class _Finder(MetaPathFinder):
    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        changes = [each for each in self._changes if each.module == fullname]
        spec = PathFinder.find_spec(fullname, path, target) if changes else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Changed(fullname, spec.origin, changes)
        return spec


if name := os.environ.get("CARNET_WITHOUT"):
    _changes = RULES[name].changes
    _late = [each.module for each in _changes if each.module in sys.modules]
    assert not _late, f"imported already: {_late}"
    sys.meta_path.insert(0, _Finder(_changes))
