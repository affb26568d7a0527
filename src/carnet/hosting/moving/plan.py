"""The exit of a host, planned on paper: what must move, at which measured rate, in which steps. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MEASURED_RECORDS_PER_SECOND = 300.0
MEASURED_BYTES_PER_SECOND = 8 * 2**20
SEALED_BYTES_A_DOCUMENT = 139_000       # the median of published sizes; sealed ones are a little less
VERIFY_LINES_PER_SECOND = 20_000.0
_LINE_BYTES = 700
_RECEIPT_BYTES = 80


@dataclass(frozen=True, slots=True)
class Load:
    """What there is: records by the part that the host has in them, and documents in all of these."""

    home: int
    reference: int
    stand_in: int
    documents: int

    @property
    def to_copy(self) -> int:
        """Records that go to another host."""
        return self.home + self.reference

    def scaled(self, records: int) -> Load:
        """The same mixture, of so many records to copy; one of ten documents each when there is none."""
        if not self.to_copy:
            return Load(records, 0, 0, 10 * records)
        factor = records / self.to_copy
        return Load(*(round(each * factor) for each in (self.home, self.reference, self.stand_in, self.documents)))


@dataclass(frozen=True, slots=True)
class Rates:
    """What was measured: records and bytes a second, and where from."""

    records: float = MEASURED_RECORDS_PER_SECOND
    bytes: float = MEASURED_BYTES_PER_SECOND
    where_from: str = "measured on two busy cores for everything (docs/operators/moving.md)"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is done, how long it takes, and who waits for it."""

    what: str
    hours: float


def exit_steps(load: Load, rates: Rates, *, document_bytes: int = SEALED_BYTES_A_DOCUMENT) -> list[Step]:
    """The steps of an exit, in their order, with the hours each takes at these rates."""
    records = load.to_copy + load.stand_in
    copied = load.documents * document_bytes
    moving = max(load.to_copy / rates.records, copied / rates.bytes)
    return [
        Step("the host takes no new record: suspend its accreditation, or end its cohorts", 0.0),
        Step("an officer approves its erasures: their number, for up to 40 days", 0.5),
        Step("dry run: who takes what over, and whether there is room", records / 50_000 / 3600),
        Step("the list is made and traced: from here on, completeness is what is compared with it",
             records / 50_000 / 3600),
        Step(f"records are copied, switched, verified at two hosts and erased: {_size(copied)}", moving / 3600),
        Step("what only stood in goes", load.stand_in / rates.records / 3600),
        Step("late ones: passes over what could not go at once, the list once more, its inventory",
             records / 20_000 / 3600 + 0.25),
        Step(f"the exit file is written: {_size(records * (_LINE_BYTES + _RECEIPT_BYTES))}", records / 20_000 / 3600),
        Step("it is checked elsewhere, with keys from elsewhere", records / VERIFY_LINES_PER_SECOND / 3600),
    ]


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
