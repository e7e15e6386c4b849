"""PURE. What a connector yields, item after item -> days in order, each whole, its origins added up and capped."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from config.errors import SourceMisread
from config.periods import DAY, Window
from config.vocabulary import CHANNELS, NOT_SET, OTHER
from connectors.base import Buyer, Counted, Covered, Gone, Item, Note, Origin, Quality, Reading, Remark
from connectors.kit.text import clean
from worker.model.readings import MILLION, DayFigures
from worker.model.tracking import Tracker

LARGEST = (1 << 63) - 1
SAFE = LARGEST // MILLION
REMEMBERED = 50_000  # cleaned origins


def days_of(
    items: Iterable[Item], window: Window, provides: frozenset[str], remarks: set[str] | None = None
) -> Iterator[DayFigures]:
    """Every day the source speaks of, in order; nothing at all for an answer without a reading.

    A day without a reading is there too, empty: ``is_said`` tells whether the source said that it covers it.
    Remarks are added to ``remarks``. Raises SourceMisread for days out of order and amounts that are none.
    """
    batches = _DayBatches(window, provides)
    for item in items:
        if batches.adds(item):
            continue
        if isinstance(item, Remark):
            if remarks is not None:
                remarks.add(clean(item.text))
        else:
            yield from batches.take(item)
    yield from batches.rest()


class _DayBatches:
    """Holds one day open, and knows which days before and after it are covered."""

    def __init__(self, window: Window, provides: frozenset[str]) -> None:
        self.window = window
        self.provides = provides
        self.covered: dict[date, frozenset[str]] = {}
        self.notes: dict[date, set[str]] = defaultdict(set)
        self.written: dict[date, datetime] = {}
        self.withdrawn: set[date] = set()
        self.is_explicit = False
        self.open: DayFigures | None = None
        self.next_day = window.start
        self.cleaned: dict[Origin, Origin] = {}

    def adds(self, item: Item) -> bool:
        """Add a reading of the open day, as most are; False for anything else."""
        if type(item) is not Reading or self.open is None or item.day != self.open.day:
            return False
        self._add(self.open, item)
        return True

    def take(self, item: Item) -> Iterator[DayFigures]:
        match item:
            case Covered(days, measures, written_at):
                self.is_explicit = True
                for day in days.clip(self.window) or ():
                    self.covered[day] = self.covered.get(day, frozenset()) | measures
                    if written_at is not None:
                        self.written[day] = min(written_at, self.written.get(day, written_at))
            case Gone(day):
                self.withdrawn.add(day)
                if self.open is not None and self.open.day == day:
                    self.open.is_withdrawn = True
            case Note(day, quality, _):
                (self.open.quality if self.open and self.open.day == day else self.notes[day]).add(quality)
            case Counted(day, key) if day in self.window:
                if self.open is None or self.open.day != day:
                    yield from self._open(day)
                assert self.open is not None
                self.open.counted.add(key)
            case Buyer(day, origin, key) if day in self.window:
                if self.open is None or self.open.day != day:
                    yield from self._open(day)
                self._bought(origin, key)
            case Reading(day=day) if day in self.window:
                yield from self._open(day)
                self.adds(item)

    def rest(self) -> Iterator[DayFigures]:
        """The open day and the empty ones after it; nothing where there was no reading, and nothing named as gone."""
        if self.open is not None:
            yield self.open
        if self.open is not None or self.withdrawn:
            yield from self._empty_until(self.window.end)

    def _open(self, day: date) -> Iterator[DayFigures]:
        if day < self.next_day:
            raise SourceMisread(f"gives {day} after a later day: readings come in the order of their days")
        if self.open is not None:
            yield self.open
        yield from self._empty_until(day)
        self.open = self._day(day)
        self.next_day = day + DAY

    def _empty_until(self, end: date) -> Iterator[DayFigures]:
        while self.next_day < end:
            if not self.is_explicit or self.next_day in self.covered:
                yield self._day(self.next_day)
            self.next_day += DAY

    def _day(self, day: date) -> DayFigures:
        measures = self.covered.get(day, frozenset()) if self.is_explicit else self.provides
        return DayFigures(
            day,
            measures,
            is_said=self.is_explicit,
            written_at=self.written.get(day),
            is_withdrawn=day in self.withdrawn,
            quality=self.notes.pop(day, set()),
        )

    def _add(self, day: DayFigures, reading: Reading) -> None:
        _, raw, measures = reading
        if not measures.keys() <= day.measures:
            day.measures |= measures.keys()
        origin = self.cleaned.get(raw) or self._clean(raw)
        amounts = day.rows.setdefault(origin, {})
        for measure, value in measures.items():
            if type(value) is int and -SAFE < value < SAFE:
                amounts[measure] = (amounts.get(measure) or 0) + value * MILLION
            elif value is not None:
                amounts[measure] = (amounts.get(measure) or 0) + millionths(value)
            else:
                day.unknown.add((origin, measure))
                amounts.setdefault(measure, None)

    def _bought(self, raw: Origin, key: str) -> None:
        """Keep the first order of the day: the origin of a new customer."""
        assert self.open is not None
        if key not in self.open.buyers:
            origin = self.cleaned.get(raw) or self._clean(raw)
            self.open.buyers[key] = origin
            self.open.rows.setdefault(origin, {})

    def _clean(self, raw: Origin) -> Origin:
        origin = Origin._make(map(clean, raw))
        if len(self.cleaned) < REMEMBERED:
            self.cleaned[raw] = origin
        return origin


def millionths(value: Decimal | int) -> int:
    """An amount as the store keeps it. Raises SourceMisread for what is no number, or too large for 64 bits."""
    try:
        amount = value * MILLION if isinstance(value, int) else round(value.scaleb(6))  # half to even
    except (ValueError, ArithmeticError):
        raise SourceMisread(f"{value} is not an amount") from None
    if -LARGEST <= amount <= LARGEST:
        return amount
    raise SourceMisread(f"{value} is too large an amount")


def fold(day: DayFigures, tracker: Tracker, cap: int) -> int:
    """Keep the origins that serve an action and the ``cap`` weightiest others; add the rest up as ``(other)``.

    Those of equal weight are kept together or not at all: of a flood of invented names none is heavier than the others,
    and each day's few would stay for ever. Gives how many were folded. A well-known channel is kept.
    """
    if len(day.rows) <= cap:
        return 0
    others = [origin for origin in day.rows if not tracker.owners(origin)]
    if len(others) <= cap:
        return 0
    weights = _weights(day)
    border = sorted((weights[origin] for origin in others), reverse=True)[cap]
    gone = {origin: _folded(origin) for origin in others if weights[origin] <= border}
    for origin, rest in gone.items():
        _fold_into(day, origin, rest)
    day.buyers = {key: gone.get(origin, origin) for key, origin in day.buyers.items()}
    day.quality.add(Quality.FOLDED)
    return len(gone)


def _folded(origin: Origin) -> Origin:
    channel = origin.channel if origin.channel in {*CHANNELS, "", NOT_SET} else OTHER
    return Origin._make([OTHER] * len(Origin._fields))._replace(channel=channel, currency=origin.currency)


def _fold_into(day: DayFigures, origin: Origin, rest: Origin) -> None:
    amounts = day.rows.pop(origin)
    total = day.rows.setdefault(rest, {})
    for measure, amount in amounts.items():
        known = total.get(measure)
        total[measure] = known if amount is None else (known or 0) + amount
        if (origin, measure) in day.unknown:
            day.unknown.discard((origin, measure))
            day.unknown.add((rest, measure))


def _weights(day: DayFigures) -> dict[Origin, float]:
    """An origin's largest share of any measure of its day."""
    totals: dict[str, int] = defaultdict(int)
    for amounts in day.rows.values():
        for measure, amount in amounts.items():
            totals[measure] += abs(amount or 0)
    return {
        origin: max(
            (abs(amount or 0) / (totals[measure] or 1) for measure, amount in amounts.items()),
            default=0,
        )
        for origin, amounts in day.rows.items()
    }
