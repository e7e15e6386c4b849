"""What a target's value can be: in the range of its KPI, the right way round, and not against another target. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from config.catalogue import catalogue, known_kpis
from config.loading.document import Finding, Place, value_at
from config.message import Message, marked, message
from config.plan import Bound, Kpi, Plan, Target
from config.vocabulary import Direction, Unit

_OF_PARTS = (Unit.SHARE, Unit.RATIO)  # what may be written with a percent sign
_IN_FRACTIONS = ("conversions",)  # counts that a source may attribute in parts
_SCORES = (Decimal(-100), Decimal(100))  # of the net promoter score


_Limits = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True)
class _Placed:
    """A target, where it stands, and its KPI."""

    place: Place
    target: Target
    kpi: Kpi

    @property
    def limits(self) -> list[_Limits]:
        """The lowest and highest value allowed, of each month where they differ."""
        starts = [month for month, _ in self.target.phases] or [date.min]
        return [limits for start in starts if (limits := self.target.limits(start))]

    @property
    def is_ours(self) -> bool:
        """Whether the KPI is the catalogue's, of which more is known than of one that a plan or source declares."""
        return catalogue().get(self.target.kpi) == self.kpi

    @property
    def numbers(self) -> list[Decimal]:
        """Every value written."""
        return [number for limits in self.limits for number in limits if number is not None]


def impossible_bounds(plan: Plan, written: Any, declared: dict[str, Unit]) -> Iterator[Finding]:
    """Values that no KPI can have, and targets that cannot both be met. ``written``: the plan as its file has it."""
    for owned in _by_owner(plan, declared):
        for it in owned:
            if problem := _percentage(it, value_at(written, it.place)) or _out_of_range(it):
                yield it.place, problem
        yield from _contradictory(owned)
        yield from _more_than_all(owned)


def doubtful_bounds(plan: Plan, declared: dict[str, Unit]) -> Iterator[Finding]:
    """Targets that success would miss, and those that nothing could."""
    for it in (it for owned in _by_owner(plan, declared) for it in owned):
        lowest, highest = _range(it)
        is_known = it.is_ours or it.target.kpi in plan.kpis  # of a declared measure nobody says what is better
        match it.target.bound, it.kpi.better if is_known else Direction.NEITHER:
            case Bound.AT_MOST, Direction.HIGHER:
                form = marked("{kpi}: higher is better, so success would miss at_most; did you mean at_least?")
                yield it.place, message(form, kpi=it.target.kpi)
            case Bound.AT_LEAST, Direction.LOWER:
                form = marked("{kpi}: lower is better, so success would miss at_least; did you mean at_most?")
                yield it.place, message(form, kpi=it.target.kpi)
            case Bound.AT_LEAST, _ if lowest is not None and it.numbers and max(it.numbers) <= lowest:
                form = marked("{kpi} is never below {limit}: this target cannot be missed")
                yield it.place, message(form, kpi=it.target.kpi, limit=f"{lowest:f}")
            case Bound.AT_MOST, _ if highest is not None and it.numbers and min(it.numbers) >= highest:
                form = marked("{kpi} is never above {limit}: this target cannot be missed")
                yield it.place, message(form, kpi=it.target.kpi, limit=_spelled(highest, it.kpi))


def _by_owner(plan: Plan, declared: dict[str, Unit]) -> Iterator[list[_Placed]]:
    """The targets of each action and objective; of a KPI that nobody knows it is said elsewhere."""
    kpis = known_kpis(plan, declared)
    for section, owners in (("actions", plan.actions), ("objectives", plan.objectives)):
        for id, owner in owners.items():
            yield [
                _Placed((section, id, "targets", index), target, kpis[target.kpi])
                for index, target in enumerate(owner.targets)
                if target.kpi in kpis
            ]


# Values


def _percentage(it: _Placed, written: Any) -> Message | None:
    """A percentage of what is no part of anything."""
    if it.kpi.unit in _OF_PARTS or not isinstance(written, dict):
        return None
    found = next((text for text in _texts(written.get(it.target.bound)) if text.endswith("%")), None)
    form = marked("{kpi} is no share: write a number in the place of {value}")
    return message(form, kpi=it.target.kpi, value=found) if found else None


def _out_of_range(it: _Placed) -> Message | None:
    lowest, highest = _range(it)
    for number in it.numbers:
        value = _spelled(number, it.kpi)
        if it.kpi.unit is Unit.SHARE and abs(number) > 1:
            form = marked("{kpi} is a share of at most 100%: write it with a percent sign, such as {number}%")
            return message(form, kpi=it.target.kpi, number=f"{number:f}")
        if highest is not None and not (lowest or 0) <= number <= highest:
            form = marked("{kpi} lies between {low} and {high}: {value} is not possible")
            low, high = _spelled(lowest or Decimal(0), it.kpi), _spelled(highest, it.kpi)
            return message(form, kpi=it.target.kpi, low=low, high=high, value=value)
        if lowest is not None and number < lowest:
            form = marked("{kpi} is never below {low}: {value} is not possible")
            return message(form, kpi=it.target.kpi, low=f"{lowest:f}", value=value)
        is_whole = it.is_ours and it.kpi.unit is Unit.COUNT and it.target.kpi not in _IN_FRACTIONS
        if is_whole and number % 1 and not it.target.relative:  # a relative one is rounded
            return message("{kpi} is a whole number: {value} is not possible", kpi=it.target.kpi, value=value)
    return None


def _range(it: _Placed) -> _Limits:
    """The lowest and the highest value that a KPI can have; None where there is no limit, or none is known."""
    kpi = it.kpi
    if it.is_ours and kpi.unit is Unit.POINTS:
        return _SCORES
    if kpi.unit is Unit.POSITION:
        return Decimal(1), None
    if any("-" in formula.text for formula in kpi.formulas) or kpi.unit is Unit.POINTS:
        return None, None
    return Decimal(0), Decimal(1) if kpi.unit is Unit.SHARE else None


def _spelled(number: Decimal, kpi: Kpi) -> str:
    return f"{(number * 100).normalize():f}%" if kpi.unit is Unit.SHARE else f"{number:f}"


# Targets side by side


def _contradictory(owned: list[_Placed]) -> Iterator[Finding]:
    """Two targets of one KPI and period that no value meets."""
    first_of: dict[tuple[object, ...], dict[Bound, _Placed]] = {}
    for it in owned:
        others = first_of.setdefault(_subject(it.target), {})
        if other := next((other for other in others.values() if _are_apart(it.target, other.target)), None):
            form = marked("no value of {kpi} meets both this target and target {number}: correct one")
            yield it.place, message(form, kpi=it.target.kpi, number=int(other.place[-1]) + 1)
        others.setdefault(it.target.bound, it)  # two with one bound are the same target, and told to be


def _subject(target: Target) -> tuple[object, ...]:
    return target.kpi, (target.for_ or "").casefold(), target.grain, target.by


def _are_apart(one: Target, other: Target) -> bool:
    for month in [month for target in (one, other) for month, _ in target.phases] or [date.min]:
        limits = [found for target in (one, other) if (found := target.limits(month))]
        lows = [low for low, _ in limits if low is not None]
        highs = [high for _, high in limits if high is not None]
        if lows and highs and max(lows) > min(highs):
            return True
    return False


def _more_than_all(owned: list[_Placed]) -> Iterator[Finding]:
    """Shares of one whole that add up to more than it."""
    asked: dict[tuple[object, ...], dict[str, Decimal]] = {}
    for it in owned:
        if it.kpi.share and it.target.for_ and (lows := [low for low, _ in it.limits if low is not None]):
            shares = asked.setdefault((it.target.kpi, it.target.grain, it.target.by), {})
            shares[it.target.for_.casefold()] = min(lows)
            if (together := sum(shares.values(), Decimal(0))) > 1:
                form = marked("with the targets before it, this asks for {sum} of {kpi}: more than there is")
                yield it.place, message(form, sum=_spelled(together, it.kpi), kpi=it.target.kpi)


def _texts(value: Any) -> list[str]:
    """The texts among the values of a bound: one, one of a list, or one of a month's."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, str)]
