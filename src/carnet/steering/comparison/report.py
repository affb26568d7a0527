"""The report as sections and tables of words: what the page and the PDF show alike. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from carnet.steering.comparison.facts import Facts, Incident
from carnet.steering.comparison.figure import DIFFERENCE, Figure, Verdict, as_csv
from carnet.steering.comparison.labels import Labels
from carnet.steering.comparison.protocol import Protocol

_SCORE, _SATISFIED = ".score", ".satisfied"
_SECTIONS = ("size", "cost", "fill", "use", "availability", "incidents", "satisfaction")


class Table(msgspec.Struct, frozen=True):
    """Columns and rows of words; the first of a row says what it is of. Columns from `numbers_from` on are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers_from: int = 99


class Section(msgspec.Struct, frozen=True):
    """A title, what is said first, a table (or none), and what is said where it has no row."""

    id: str
    title: str
    intro: str = ""
    table: Table | None = None
    empty: str = ""


class Report(msgspec.Struct, frozen=True):
    """All of it. `notice` stands on every page."""

    language: str
    title: str
    subtitle: str
    notice: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]
    page: str


@dataclass(frozen=True, slots=True)
class Found:
    """A protocol, the facts, and the figures that the one says of the others; the name of the designated auditor."""

    protocol: Protocol
    facts: Facts
    figures: Sequence[Figure]
    auditor: str
    is_draft: bool = False


def report_of(found: Found, words: Labels) -> Report:
    """The report in these words."""
    protocol, facts = found.protocol, found.facts
    notice = words("demonstration") if protocol.is_demonstration else words("draft") if found.is_draft else ""
    counted = words("counted_on", day=words.day(facts.counted_on)) if facts.counted_on else words("not_counted")
    return Report(
        words.language, words("title"), protocol.title, notice,
        (protocol.purpose, words("period", since=words.day(protocol.from_), until=words.day(protocol.until)), counted,
         words("gathered_on", day=words.day(facts.gathered_on)), words("auditor", name=found.auditor)),
        tuple(_sections(protocol, facts, found.figures, words)), words("page"))


def promised(protocol: Protocol, words: Labels, auditor: str) -> Report:
    """What is said before anything is found: the protocol alone."""
    notice = words("demonstration") if protocol.is_demonstration else ""
    questions = Table((words("column.asked"),), tuple((each.words,) for each in protocol.questions))
    return Report(
        words.language, words("title"), protocol.title, notice,
        (protocol.purpose, words("period", since=words.day(protocol.from_), until=words.day(protocol.until)),
         words("auditor", name=auditor)),
        (_short(protocol, (), words, title="section.promised"), _cohorts(protocol, words), _rules(protocol, words),
         _charges(protocol, words),
         Section("questions", words("section.satisfaction"), words("intro.satisfaction"), questions),
         _assumptions(protocol, words)), words("page"))


def _sections(protocol: Protocol, facts: Facts, figures: Sequence[Figure], words: Labels) -> Iterator[Section]:
    yield _short(protocol, figures, words)
    yield _cohorts(protocol, words)
    for area in _SECTIONS:
        yield _measures(protocol, area, [each for each in figures if each.measure.startswith(f"{area}.")], words)
        if area == "incidents":
            yield _each_incident(protocol, facts, words)
    yield _missing(protocol, figures, words)
    yield _rules(protocol, words)
    yield _charges(protocol, words)
    yield _assumptions(protocol, words)
    yield _versions(facts, words)
    yield _checking(protocol, facts, figures, words)


def name_of(protocol: Protocol, measure: str, words: Labels) -> str:
    """What a measure is called."""
    for ending, key in ((_SCORE, "measure.score"), (_SATISFIED, "measure.satisfied")):
        if measure.endswith(ending):
            asked = measure.removeprefix("satisfaction.").removesuffix(ending)
            return words(key, question=next(each.words for each in protocol.questions if each.id == asked))
    return words(f"measure.{measure}")


def _short(
    protocol: Protocol, figures: Sequence[Figure], words: Labels, *, title: str = "section.short",
) -> Section:
    limits = protocol.differences
    found = [each for each in figures if each.who == DIFFERENCE and each.verdict is Verdict.DIFFERENT]
    rows = tuple((name_of(protocol, each.measure, words), _signed(each, words)) for each in found)
    intro = words(
        "intro.short", confidence=words.number(limits.confidence * 100), cents=words.euros(limits.cents),
        points=words.number(limits.points, 1), score=words.number(limits.score, 1),
        visits=words.number(limits.visits, 2))
    return Section("short", words(title), intro, Table(
        (words("column.measure"), words("column.difference")), rows, 1), words("short.none") if figures else "")


def _cohorts(protocol: Protocol, words: Labels) -> Section:
    rows = tuple(
        (f"{place}. {each.name}", words(f"approach.{each.approach}"), ", ".join(
            filter(None, (each.consortium, *each.hosts))), ", ".join(each.departements), words.number(each.records))
        for place, each in enumerate(protocol.cohorts, 1))
    header = tuple(words(f"column.{each}") for each in ("cohort", "approach", "operators", "departements", "planned"))
    return Section("cohorts", words("section.cohorts"), "", Table(header, rows, 4))


def _measures(protocol: Protocol, area: str, figures: Sequence[Figure], words: Labels) -> Section:
    has_difference = any(each.who == DIFFERENCE for each in figures)
    names = tuple(f"{place}. {each.name}" for place, each in enumerate(protocol.cohorts, 1))
    more = (words("column.difference"), words("column.verdict")) if has_difference else ()
    rows = []
    for measure in dict.fromkeys(each.measure for each in figures):
        of = {each.who: each for each in figures if each.measure == measure}
        row = [name_of(protocol, measure, words), *(_shown(of.get(each.id), words) for each in protocol.cohorts)]
        if has_difference:
            apart = of.get(DIFFERENCE)
            row += [_signed(apart, words), words(f"verdict.{apart.verdict}") if apart and apart.verdict else "—"]
        rows.append(tuple(row))
    return Section(area, words(f"section.{area}"), _intro(protocol, area, words), Table(
        (words("column.measure"), *names, *more), tuple(rows), 1))


def _intro(protocol: Protocol, area: str, words: Labels) -> str:
    if area == "size":
        return ""
    return words(
        f"intro.{area}", times=words.number(protocol.bootstraps),
        parts=", ".join(words(f"part.{each}") for each in protocol.parts))


def _shown(figure: Figure | None, words: Labels) -> str:
    if figure is None or figure.missing:
        return words("unknown") if figure else "—"
    if figure.measure.startswith("cost.of_which"):
        return words.euros(float(figure.value))
    said = words.value(figure)
    if figure.measure in ("size.records", "availability.days", "availability.hosts"):
        return f"{said} / {words.number(float(figure.denominator))}"
    return said


def _signed(figure: Figure | None, words: Labels) -> str:
    if figure is None or figure.missing or not figure.value:
        return "—"
    return words.value(figure)


def _each_incident(protocol: Protocol, facts: Facts, words: Labels) -> Section:
    columns = tuple(words(f"column.{each}") for each in ("day", "gravity", "whose", "words", "minutes", "by"))
    rows = tuple(
        (words.day(each.on), words(f"gravity.{each.gravity}"), _whose(protocol, each, words), each.words,
         words("unsaid") if each.minutes_down is None else words.number(each.minutes_down), each.by)
        for each in facts.incidents)
    return Section("each_incident", words("section.each_incident"), "", Table(columns, rows), words("incidents.none"))


def _whose(protocol: Protocol, incident: Incident, words: Labels) -> str:
    cohort = next((each.name for each in protocol.cohorts if each.id == incident.cohort), incident.cohort)
    return incident.host or cohort or words("platform")


def _missing(protocol: Protocol, figures: Sequence[Figure], words: Labels) -> Section:
    found: dict[tuple[str, str], list[str]] = {}
    for each in figures:
        if each.missing and each.who != DIFFERENCE:
            found.setdefault((each.measure, each.missing), []).append(each.who)
    names = {each.id: each.name for each in protocol.cohorts}
    rows = tuple(
        (name_of(protocol, measure, words), names[whose[0]] if len(whose) == 1 else words("both"), words.why(why))
        for (measure, why), whose in found.items())
    columns = (words("column.measure"), words("column.cohort"), words("column.because"))
    return Section("missing", words("section.missing"), words("intro.missing"), Table(columns, rows),
                   words("missing.none"))


def _rules(protocol: Protocol, words: Labels) -> Section:
    columns = (words("column.category"), words("column.rule"), words("column.because"))
    rows = tuple(
        (words(f"measure.cost.{each.category}"), words(f"rule.{each.rule}"), each.because) for each in protocol.costs)
    return Section("rules", words("section.rules"), "", Table(columns, rows))


def _charges(protocol: Protocol, words: Labels) -> Section:
    names = {each.id: each.name for each in protocol.cohorts}
    columns = tuple(words(f"column.{each}") for each in ("category", "cohort", "because", "amount"))
    rows = tuple(
        (words(f"measure.cost.{each.category}"), names[each.cohort], each.because, words.euros(each.cents))
        for each in protocol.charges)
    return Section("charges", words("section.charges"), "", Table(columns, rows, 3), words("charges.none"))


def _assumptions(protocol: Protocol, words: Labels) -> Section:
    return Section("assumptions", words("section.assumptions"), "", Table(
        (words("column.said"),), tuple((each.words,) for each in protocol.assumptions)))


def _versions(facts: Facts, words: Labels) -> Section:
    columns = tuple(words(f"column.{each}") for each in ("version", "day", "by", "why", "digest"))
    rows = tuple(
        (f"{each.version}, {words('amended.after' if each.after_first_day else 'amended.before')}",
         words.day(each.said_on), each.by, each.because or words("registered"), each.digest)
        for each in facts.amendments)
    return Section("protocol", words("section.protocol"), "", Table(columns, rows))


def _checking(protocol: Protocol, facts: Facts, figures: Sequence[Figure], words: Labels) -> Section:
    digests = [
        (words("what.protocol"), protocol.digest), (words("what.facts"), facts.digest),
        (words("what.figures"), hashlib.sha256(as_csv(figures)).hexdigest()),
        *((words("what.frame", cohort=cohort), digest) for cohort, digest in facts.frame_digests)]
    return Section("checking", words("section.checking"), words("intro.checking"), Table(
        (words("column.what"), words("column.digest")), tuple(digests)))
