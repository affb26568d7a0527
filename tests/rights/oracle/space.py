"""A space of situations: every asking with every record with every document, counted, walked through or sampled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any, Protocol, TypeVar

from tests.rights.oracle.situation import Asking, Document, Record, Situation

NO_DOCUMENT: tuple[Document | None, ...] = (None,)


class _Tuple(Protocol):
    def _asdict(self) -> dict[str, Any]: ...


Part = TypeVar("Part", bound=_Tuple)


def every(part: Part, **dimensions: Sequence[object]) -> list[Part]:
    """This part with every combination of these values of its fields."""
    kind, rest = type(part), part._asdict()
    return [
        kind(**(rest | dict(zip(dimensions, values, strict=True)))) for values in product(*dimensions.values())]


@dataclass(frozen=True)
class Space:
    """A full product: `askings` × `records` × `documents`."""

    name: str
    askings: Sequence[Asking]
    records: Sequence[Record]
    documents: Sequence[Document | None] = NO_DOCUMENT

    def __len__(self) -> int:
        return len(self.askings) * len(self.records) * len(self.documents)

    def some(self, count: int) -> Iterable[int]:
        """The places of this many cases of the space, the same at each run, or of all."""
        if count >= len(self):
            return range(len(self))
        return sorted(Random(self.name).sample(range(len(self)), count))

    def at(self, places: Iterable[int]) -> Iterator[Situation]:
        """The situations at these places; the record changes least, the document most."""
        documents, each_record = len(self.documents), len(self.documents) * len(self.askings)
        for place in places:
            yield Situation(
                self.askings[place % each_record // documents], self.records[place // each_record],
                self.documents[place % documents])


@dataclass(frozen=True)
class Everything:
    """The product of all dimensions, far too large to walk through: drawn from, always the same way."""

    name: str
    of_asking: Mapping[str, Sequence[object]]
    of_record: Mapping[str, Sequence[object]]
    of_document: Mapping[str, Sequence[object]]
    draws: int

    def __len__(self) -> int:
        return self.draws

    def draw(self, count: int) -> Iterator[Situation]:
        """This many situations, three in four with a document."""
        chance = Random(self.name)
        for _ in range(count):
            asking = Asking(**{name: chance.choice(values) for name, values in self.of_asking.items()})     # type: ignore[arg-type]
            record = Record(**{name: chance.choice(values) for name, values in self.of_record.items()})     # type: ignore[arg-type]
            document = Document(**{name: chance.choice(values) for name, values in self.of_document.items()})   # type: ignore[arg-type]
            yield Situation(asking, record, document if chance.random() < 0.75 else None)
