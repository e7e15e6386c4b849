"""PURE. Which actions would be worth taking: aims nobody works on, labels and channels that do well without a plan."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

import numpy as np

from config.globs import normal
from config.plan import Bound
from config.vocabulary import NOT_A_VALUE, Dimension, Measure, Scope, Unit
from worker.model.finding import AmountFact, Finding, FindingKind, Question, Weight, by_weight
from worker.model.plan_figures import DailyFigures, Label, PlanFigures
from worker.review.likeness import nearly
from worker.stats.dispersion import POOLED_LEAST, ratio_dispersion, share_dispersion
from worker.stats.likelihood import RatioLikelihood, ShareLikelihood

ENOUGH = 20  #: orders or conversions below which a label says nothing of the next
SURE = 0.05  #: the chance that a label found better than the plan is not
LEAST_PART = 0.005  #: of the plan's visits or orders: what is rarer is no matter for an action

#: channels on which nobody can work: nothing is known of where the visit came from
NO_CHANNEL = frozenset({"direct", "unassigned"})

#: what came under a label, as it is shown
SHOWN = (Measure.SESSIONS, Measure.ORDERS, Measure.CONVERSIONS, Measure.REVENUE, Measure.SPEND)


def opportunities(figures: PlanFigures) -> list[Finding]:
    """What nobody works on, or nobody counts, and perhaps should; the gravest first."""
    tracked = {id: action.tracked_by for id, action in figures.plan.actions.items()}
    found: list[Finding] = list(_unserved(figures))
    for label in figures.labels:
        likeness = nearly(label.dimension, label.value, tracked) if label.dimension in _NAMED else None
        if likeness:
            found.append(_misspelt(figures, label, likeness.action, likeness.pattern))
        elif finding := _of_label(figures, label):
            found.append(finding)
    return by_weight(found)


_NAMED = (Dimension.CAMPAIGN, Dimension.COUPON)


def _unserved(figures: PlanFigures) -> Iterator[Finding]:
    served = {objective for action in figures.plan.actions.values() for objective in action.objectives}
    for subject, owner in figures.owners():
        if subject.scope is Scope.OBJECTIVE and subject.id not in served:
            facts = {"targets": AmountFact(len(owner.targets), Unit.COUNT)}
            yield Finding(Question.OPPORTUNITIES, FindingKind.UNSERVED, (subject,), Weight.WRONG, facts)


def _misspelt(figures: PlanFigures, label: Label, action: str, pattern: str) -> Finding:
    facts = {**_label_facts(label, label.days), "pattern": pattern, "line": yaml_line(label.dimension, label.value)}
    money = _money(label.days, Measure.REVENUE) or _money(label.days, Measure.SPEND)
    return Finding(Question.OPPORTUNITIES, FindingKind.MISSPELT, (figures.action(action),), Weight.WRONG, facts, money)


def yaml_line(dimension: Dimension, value: str) -> str:
    """The line that takes a label into an action's tracking; the label comes from outside, and stays a text."""
    return f"- {{{dimension}: {json.dumps(normal(value), ensure_ascii=False)}}}"


def _of_label(figures: PlanFigures, label: Label) -> Finding | None:
    if normal(label.value) in NOT_A_VALUE:
        return None
    spend = label.unplanned.total(Measure.SPEND)
    facts = _label_facts(label, label.unplanned)
    if label.dimension in _NAMED and spend and spend > 0:
        return _found(figures, FindingKind.STRAY_SPEND, Weight.DOUBT, facts, _money(label.unplanned, Measure.SPEND))
    if normal(label.value) in NO_CHANNEL:
        return None
    better = _converts(figures, label) or _large_baskets(figures, label)
    if better is None:
        return None
    kind, usual = better
    is_channel = label.dimension is Dimension.CHANNEL and kind is FindingKind.CONVERTS
    return _found(
        figures,
        FindingKind.CHANNEL if is_channel else kind,
        Weight.NOTE,
        {**facts, **usual},
        _money(label.unplanned, Measure.REVENUE),
    )


def _found(
    figures: PlanFigures,
    kind: FindingKind,
    weight: Weight,
    facts: Mapping[str, AmountFact | str],
    money: Decimal | None,
) -> Finding:
    return Finding(Question.OPPORTUNITIES, kind, (figures.itself,), weight, facts, money)


def _converts(figures: PlanFigures, label: Label) -> tuple[FindingKind, dict[str, AmountFact]] | None:
    """Whether its visits become orders more often than the plan's, beyond chance."""
    for outcome in (Measure.ORDERS, Measure.CONVERSIONS):
        usual = figures.whole.ratio(outcome, Measure.SESSIONS)
        count, visits = label.unplanned.total(outcome), label.unplanned.total(Measure.SESSIONS)
        if not usual or count is None or not visits or count < ENOUGH or not _matters(figures, label, Measure.SESSIONS):
            continue
        phi = share_dispersion(label.unplanned.of(outcome), label.unplanned.of(Measure.SESSIONS)) or POOLED_LEAST
        chance = ShareLikelihood(count, visits, phi).chance(min(usual, 1.0), Bound.AT_MOST)
        if chance is not None and chance < SURE:
            shares = {"rate": AmountFact(count / visits, Unit.SHARE), "usual": AmountFact(usual, Unit.SHARE)}
            return FindingKind.CONVERTS, shares
    return None


def _large_baskets(figures: PlanFigures, label: Label) -> tuple[FindingKind, dict[str, AmountFact]] | None:
    """Whether its orders are larger than the plan's, beyond chance."""
    usual = figures.whole.ratio(Measure.REVENUE, Measure.ORDERS)
    revenue, orders = label.unplanned.of(Measure.REVENUE), label.unplanned.of(Measure.ORDERS)
    if not usual or len(revenue) != len(orders) or not _matters(figures, label, Measure.ORDERS):
        return None
    both = ~np.isnan(revenue) & ~np.isnan(orders)
    money, count = float(revenue[both].sum()), float(orders[both].sum())
    if count < ENOUGH:
        return None
    chance = RatioLikelihood(money, count, ratio_dispersion(revenue, orders)).chance(usual, Bound.AT_MOST)
    if chance is None or chance >= SURE:
        return None
    return FindingKind.LARGE_BASKETS, {
        "rate": AmountFact(money / count, Unit.MONEY),
        "usual": AmountFact(usual, Unit.MONEY),
    }


def _matters(figures: PlanFigures, label: Label, measure: Measure) -> bool:
    part, whole = label.unplanned.total(measure), figures.whole.total(measure)
    return part is not None and bool(whole) and part >= LEAST_PART * (whole or 0)


def _label_facts(label: Label, days: DailyFigures) -> dict[str, AmountFact | str]:
    facts: dict[str, AmountFact | str] = {"dimension": label.dimension.value, "label": label.value}
    totals = {measure: days.total(measure) for measure in SHOWN}
    return facts | {measure.value: AmountFact(total, measure.unit) for measure, total in totals.items() if total}


def _money(days: DailyFigures, measure: Measure) -> Decimal | None:
    total = days.total(measure)
    return Decimal(str(round(total, 2))) if total else None
