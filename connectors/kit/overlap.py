"""PURE. Several files that share days -> which of them speaks for a day: the same is never added up twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, takewhile

from config.periods import DAY, Window
from connectors.base import Covered, Item, Reading, Remark
from connectors.kit.header import measures_of
from connectors.kit.table import Table
from connectors.kit.text_rows import Stamp, TextRows

FEW = 5  # remarks, and runs of days in one, that are said in full


@dataclass(frozen=True, eq=False)
class Survey:
    """What the first reading of a file told. ``written_at`` (aware) is not later than the reading."""

    file: TextRows
    stamp: Stamp
    written_at: datetime
    table: Table
    days: Window
    in_order: bool

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.path.name

    @property
    def measures(self) -> frozenset[str]:
        """The measures it has a column of."""
        return measures_of([self.table])


def clusters(surveys: Iterable[Survey]) -> Iterator[list[Survey]]:
    """Files grouped so that no two groups share a day, in the order of their days: few are open at once."""
    together: list[Survey] = []
    until: date | None = None
    for survey in sorted(surveys, key=lambda survey: survey.days.start):
        if until is not None and survey.days.start >= until:
            yield together
            together, until = [], None
        together.append(survey)
        until = survey.days.end if until is None else max(until, survey.days.end)
    if together:
        yield together


class Overlaps:
    """Decides day after day which files speak, the newest first, and remembers who was not heard."""

    def __init__(self, spans: Mapping[Survey, Window]) -> None:
        self.spans = spans
        self.newest_first = sorted(spans, key=lambda one: (one.stamp.written_ns, one.name), reverse=True)
        self.unheard: dict[tuple[Survey, Survey], list[date]] = defaultdict(list)

    def heard(self, said: Iterable[tuple[Survey, Reading]]) -> Iterator[Item]:
        """What is covered of each day, and the readings that count, out of all in the order of their days."""
        days = iter(sorted({day for span in self.spans.values() for day in span}))
        for day, pairs in groupby(said, key=lambda pair: pair[1].day):
            of_day: dict[Survey, list[Reading]] = defaultdict(list)
            for survey, reading in pairs:
                of_day[survey].append(reading)
            for earlier in takewhile(day.__gt__, days):  # takes the day itself as well
                yield from self._day(earlier, {})
            yield from self._day(day, of_day)
        for later in days:
            yield from self._day(later, {})
        yield from self._remarks()

    def _day(self, day: date, said: Mapping[Survey, list[Reading]]) -> Iterator[Item]:
        """A file is not heard for the measures that a newer one has too, if both have a row of the same origin.

        Where it has no row of the day, a newer one that covers it says so as well.
        """
        heard: dict[Survey, frozenset[str]] = {}
        for survey in self.newest_first:
            if day in self.spans[survey]:
                heard[survey] = survey.measures - self._said_by_newer(day, survey, heard, said)
        for survey, measures in heard.items():
            if measures:
                yield Covered(Window(day, day + DAY), measures, survey.written_at)
        for survey, measures in heard.items():
            yield from _only(measures, said.get(survey, ()))

    def _said_by_newer(
        self,
        day: date,
        survey: Survey,
        heard: Mapping[Survey, frozenset[str]],
        said: Mapping[Survey, list[Reading]],
    ) -> frozenset[str]:
        origins = {reading.origin for reading in said.get(survey, ())}
        found = frozenset[str]()
        for newer, measures in heard.items():
            shared = measures & survey.measures
            if shared and (not origins or any(reading.origin in origins for reading in said.get(newer, ()))):
                found |= shared
                if origins:
                    self.unheard[newer, survey].append(day)
        return found

    def _remarks(self) -> Iterator[Remark]:
        """Which files say the same of which days, and which of them counts."""
        for (newer, older), days in list(self.unheard.items())[:FEW]:
            both = f"{older.name} and {newer.name} hold the same labels on {_days(days)}"
            remedy = "Delete the other; if they add up, give each a label of its own, or make them two sources"
            yield Remark(f"{both}: only the newer, {newer.name}, counts there. {remedy}")
        if len(self.unheard) > FEW:
            yield Remark(f"{len(self.unheard) - FEW} more pairs of files overlap in the same way")


def _only(measures: frozenset[str], readings: Iterable[Reading]) -> Iterator[Reading]:
    for reading in readings:
        kept = {name: amount for name, amount in reading.measures.items() if name in measures}
        if kept:
            yield reading._replace(measures=kept)


def _days(days: Sequence[date]) -> str:
    """Days in their order, as runs: ``2026-09-01 to 2026-09-03, 2026-09-07``."""
    runs: list[list[date]] = []
    for day in days:
        if runs and runs[-1][-1] + DAY == day:
            runs[-1][1:] = [day]
        else:
            runs.append([day])
    if len(runs) > FEW:
        return f"{len(days)} days from {days[0]} to {days[-1]}"
    return ", ".join(" to ".join(map(str, run)) for run in runs)
