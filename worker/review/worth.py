"""PURE. What is each action worth: its result for its money, with the range that chance and overlaps allow."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from config.periods import Window
from config.plan import Bound
from config.vocabulary import Measure, Unit
from worker.model.finding import AmountFact, Finding, FindingKind, FindingSubject, KpisFact, Question, Weight
from worker.model.plan_figures import DailyFigures, PlanFigures
from worker.stats.dispersion import FEWEST_DAYS, ratio_dispersion
from worker.stats.likelihood import RatioLikelihood
from worker.stats.persistence import inflation, persistence_of
from worker.stats.series import Floats

_NOTES = (FindingKind.TOO_FEW, FindingKind.QUIET, FindingKind.NO_COST)
TAIL = 0.05  #: on either side of the range: it holds the truth nine times out of ten
_OF_ONE_MIND = 0.5  # of the days with a result also have spend: then the spend goes with it day by day


@dataclass(frozen=True, slots=True)
class Range:
    """A return and how far chance may have moved it; ``high`` None: no limit can be given."""

    ratio: float
    low: float
    high: float | None

    def is_below(self, other: "Range") -> bool:
        """Whether it is worse than another beyond what chance and overlaps explain."""
        return self.high is not None and self.high < other.low


@dataclass(frozen=True, slots=True)
class _ActionWorth:
    """An action with what it brought and cost; None where that is unknown."""

    subject: FindingSubject
    result: float | None
    spend: float | None
    shared: float
    range: Range | None

    @property
    def kind(self) -> FindingKind:
        if self.spend is None:
            return FindingKind.COST_UNKNOWN
        if self.result is None:
            return FindingKind.RESULT_UNKNOWN
        if not self.spend:
            return FindingKind.NO_COST if self.result else FindingKind.QUIET
        if not self.result:
            return FindingKind.NOTHING_BACK
        return FindingKind.RETURN if self.range else FindingKind.TOO_FEW


def worth(figures: PlanFigures) -> list[Finding]:
    """The actions that have begun: those that can be ranked from best to worst, then what hinders the others."""
    aim = figures.aim
    if aim is None:
        return []
    found = [_worth_of(figures, id, aim) for id in figures.plan.actions if _has_begun(figures, id)]
    by_kind: dict[FindingKind, list[_ActionWorth]] = defaultdict(list)
    for one in found:
        by_kind[one.kind].append(one)
    rest = (
        FindingKind.NOTHING_BACK,
        FindingKind.RESULT_UNKNOWN,
        FindingKind.COST_UNKNOWN,
        FindingKind.NO_COST,
        FindingKind.TOO_FEW,
        FindingKind.QUIET,
    )
    together = [_together(kind, by_kind[kind], aim) for kind in rest if by_kind[kind]]
    return [*_ranked(figures, by_kind[FindingKind.RETURN], aim), *together]


def _has_begun(figures: PlanFigures, id: str) -> bool:
    return figures.plan.life_of(figures.plan.actions[id]).start < figures.today


def _worth_of(figures: PlanFigures, id: str, aim: Measure) -> _ActionWorth:
    days, shared = figures.actions.get(id, figures.nothing), figures.shared.get(id)
    life = Window(figures.plan.life_of(figures.plan.actions[id]).start, figures.today)
    result, spend = days.total(aim, life), days.total(Measure.SPEND, life)
    twice = shared.total(aim, life) if shared else None
    found = range_of(days, shared, aim, life) if result and spend else None
    return _ActionWorth(figures.action(id), result, spend, twice or 0.0, found)


def range_of(days: DailyFigures, shared: DailyFigures | None, aim: str, life: Window) -> Range | None:
    """The range of a return; what other actions count as well is counted once whole and once not at all.

    None where fewer than 7 days had a result: so few say nothing of what the next would bring.
    """
    result, spend = days.of(aim, life), days.of(Measure.SPEND, life)
    whole = by_chance(result, spend)
    if whole is None or shared is None or not shared.total(aim, life):
        return whole
    alone = by_chance(result - shared.of(aim, life), spend - _or_zeros(shared.of(Measure.SPEND, life), spend))
    if alone is None:  # without the others there is too little left: as low as nothing
        return Range(whole.ratio, 0.0, whole.high)
    highs = [one.high for one in (whole, alone) if one.high is not None]
    return Range(whole.ratio, min(whole.low, alone.low), max(highs) if len(highs) == 2 else None)


def _or_zeros(found: Floats, like: Floats) -> Floats:
    return found if len(found) == len(like) else np.zeros(len(like))


def by_chance(result: Floats, spend: Floats) -> Range | None:
    """The range of a ratio of sums, its days being what varies.

    Spend that goes with the result day by day, as clicks and discounts do, is held against it day by day; spend that
    falls on single days, as a printer's bill, was decided, and bears on all of them alike.
    """
    if len(result) != len(spend):
        return None
    both = ~np.isnan(result) & ~np.isnan(spend)
    result, spend = result[both], spend[both]
    brought = result != 0
    total = float(spend.sum())
    if int(brought.sum()) < FEWEST_DAYS or total <= 0 or result.sum() <= 0:
        return None
    if (spend[brought] > 0).mean() < _OF_ONE_MIND:
        spend = np.full(len(result), total / len(result))
    ratio, spread = float(result.sum()) / total, ratio_dispersion(result, spend)
    if spread is None:
        return Range(ratio, ratio, ratio)
    by = inflation(persistence_of(result, spend, np.ones(len(result), np.bool_)), len(result))
    sample = RatioLikelihood(float(result.sum()), total, spread.inflated(by))
    low = sample.limit(1.0, Bound.AT_MOST, TAIL)
    return Range(ratio, low or 0.0, sample.limit(1.0, Bound.AT_LEAST, TAIL))


# --- findings --------------------------------------------------------------------------------------------------------


def _ranked(figures: PlanFigures, found: Sequence[_ActionWorth], aim: Measure) -> Iterator[Finding]:
    """From best to worst; each says from which others chance and overlaps do not tell it apart."""
    ranked = sorted(found, key=lambda one: -_range(one).ratio)
    for place, one in enumerate(ranked, 1):
        ahead = [other.subject.name for other in ranked if _range(one).is_below(_range(other))]
        behind = [other.subject.name for other in ranked if _range(other).is_below(_range(one))]
        apart = {*ahead, *behind, one.subject.name}
        peers = [other.subject.name for other in ranked if other.subject.name not in apart]
        yield _return(figures, one, _Rank(place, len(ranked), tuple(ahead), tuple(peers)), aim)


def _range(one: _ActionWorth) -> Range:
    assert one.range is not None
    return one.range


@dataclass(frozen=True, slots=True)
class _Rank:
    """Where an action stands among the others."""

    place: int
    of: int
    ahead: tuple[str, ...]  #: that are certainly better
    peers: tuple[str, ...]  #: from which nothing tells it apart


def _return(figures: PlanFigures, one: _ActionWorth, rank: _Rank, aim: Measure) -> Finding:
    found = _range(one)
    margin = None if figures.plan.margin is None else float(figures.plan.margin)
    loses = aim is Measure.REVENUE and found.high is not None and found.high * (1 if margin is None else margin) < 1
    unit = Unit.RATIO
    return Finding(
        Question.WORTH,
        FindingKind.LOSES if loses else FindingKind.RETURN,
        (one.subject,),
        Weight.WRONG if loses else Weight.NOTE,
        {
            "place": AmountFact(rank.place, Unit.COUNT),
            "of": AmountFact(rank.of, Unit.COUNT),
            "aim": KpisFact((aim.value,)),
            "ratio": AmountFact(found.ratio, unit),
            "low": AmountFact(found.low, unit),
            "high": AmountFact(found.high, unit),
            "margin": AmountFact(margin, Unit.SHARE),
            "result": AmountFact(one.result, aim.unit),
            "spend": AmountFact(one.spend, Unit.MONEY),
            "shared": AmountFact(one.shared / one.result if one.result else None, Unit.SHARE),
            "ahead": rank.ahead,
            "peers": rank.peers,
        },
        _money(one.spend),
    )


def _together(kind: FindingKind, found: Sequence[_ActionWorth], aim: Measure) -> Finding:
    """Actions of which the same is to be said."""
    ranked = sorted(found, key=lambda one: -(one.spend or 0))
    spend = sum(one.spend or 0 for one in found)
    result = sum(one.result or 0 for one in found)
    weights = {FindingKind.NOTHING_BACK: Weight.WRONG, **dict.fromkeys(_NOTES, Weight.NOTE)}
    facts = {"spend": AmountFact(spend, Unit.MONEY), "result": AmountFact(result, aim.unit)}
    if kind is FindingKind.COST_UNKNOWN:
        facts["spend"] = AmountFact(None, Unit.MONEY)
        if all(one.result is None for one in found):
            facts["result"] = AmountFact(None, aim.unit)
    if kind is FindingKind.RESULT_UNKNOWN:
        facts["result"] = AmountFact(None, aim.unit)
    subjects = tuple(one.subject for one in ranked)
    return Finding(Question.WORTH, kind, subjects, weights.get(kind, Weight.DOUBT), facts, _money(spend))


def _money(spend: float | None) -> Decimal | None:
    return None if spend is None else Decimal(str(round(spend, 2)))
