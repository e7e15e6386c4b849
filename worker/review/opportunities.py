"""PURE. Which actions would be worth taking: aims nobody works on, labels and channels that do well without a plan."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

import numpy as np

from config.globs import normal
from config.plan import Bound
from config.vocabulary import NOT_A_VALUE, Dimension, Measure, Scope, Unit
from worker.model.finding import Amount, Finding, Kind, Question, Weight, by_weight
from worker.model.plan_figures import Days, Ground, Label
from worker.review.likeness import nearly
from worker.stats.dispersion import POOLED_LEAST, ratio_spread, share_phi
from worker.stats.likelihood import Ratio, Share

ENOUGH = 20  #: orders or conversions below which a label says nothing of the next
SURE = 0.05  #: the chance that a label found better than the plan is not
LEAST_PART = 0.005  #: of the plan's visits or orders: what is rarer is no matter for an action

#: channels on which nobody can work: nothing is known of where the visit came from
NO_CHANNEL = frozenset({"direct", "unassigned"})

#: what came under a label, as it is shown
SHOWN = (Measure.SESSIONS, Measure.ORDERS, Measure.CONVERSIONS, Measure.REVENUE, Measure.SPEND)


def opportunities(ground: Ground) -> list[Finding]:
    """What nobody works on, or nobody counts, and perhaps should; the gravest first."""
    tracked = {id: action.tracked_by for id, action in ground.plan.actions.items()}
    found: list[Finding] = list(_unserved(ground))
    for label in ground.labels:
        likeness = nearly(label.dimension, label.value, tracked) if label.dimension in _NAMED else None
        if likeness:
            found.append(_misspelt(ground, label, likeness.action, likeness.pattern))
        elif finding := _of_label(ground, label):
            found.append(finding)
    return by_weight(found)


_NAMED = (Dimension.CAMPAIGN, Dimension.COUPON)


def _unserved(ground: Ground) -> Iterator[Finding]:
    served = {objective for action in ground.plan.actions.values() for objective in action.objectives}
    for subject, owner in ground.owners():
        if subject.scope is Scope.OBJECTIVE and subject.id not in served:
            facts = {"targets": Amount(len(owner.targets), Unit.COUNT)}
            yield Finding(Question.OPPORTUNITIES, Kind.UNSERVED, (subject,), Weight.WRONG, facts)


def _misspelt(ground: Ground, label: Label, action: str, pattern: str) -> Finding:
    facts = {**_label_facts(label, label.days), "pattern": pattern, "line": yaml_line(label.dimension, label.value)}
    money = _money(label.days, Measure.REVENUE) or _money(label.days, Measure.SPEND)
    return Finding(Question.OPPORTUNITIES, Kind.MISSPELT, (ground.action(action),), Weight.WRONG, facts, money)


def yaml_line(dimension: Dimension, value: str) -> str:
    """The line that takes a label into an action's tracking; the label comes from outside, and stays a text."""
    return f"- {{{dimension}: {json.dumps(normal(value), ensure_ascii=False)}}}"


def _of_label(ground: Ground, label: Label) -> Finding | None:
    if normal(label.value) in NOT_A_VALUE:
        return None
    spend = label.unplanned.total(Measure.SPEND)
    facts = _label_facts(label, label.unplanned)
    if label.dimension in _NAMED and spend and spend > 0:
        return _found(ground, Kind.STRAY_SPEND, Weight.DOUBT, facts, _money(label.unplanned, Measure.SPEND))
    if normal(label.value) in NO_CHANNEL:
        return None
    better = _converts(ground, label) or _large_baskets(ground, label)
    if better is None:
        return None
    kind, usual = better
    is_channel = label.dimension is Dimension.CHANNEL and kind is Kind.CONVERTS
    return _found(
        ground,
        Kind.CHANNEL if is_channel else kind,
        Weight.NOTE,
        {**facts, **usual},
        _money(label.unplanned, Measure.REVENUE),
    )


def _found(
    ground: Ground, kind: Kind, weight: Weight, facts: Mapping[str, Amount | str], money: Decimal | None
) -> Finding:
    return Finding(Question.OPPORTUNITIES, kind, (ground.itself,), weight, facts, money)


def _converts(ground: Ground, label: Label) -> tuple[Kind, dict[str, Amount]] | None:
    """Whether its visits become orders more often than the plan's, beyond chance."""
    for outcome in (Measure.ORDERS, Measure.CONVERSIONS):
        usual = ground.whole.ratio(outcome, Measure.SESSIONS)
        count, visits = label.unplanned.total(outcome), label.unplanned.total(Measure.SESSIONS)
        if not usual or count is None or not visits or count < ENOUGH or not _matters(ground, label, Measure.SESSIONS):
            continue
        phi = share_phi(label.unplanned.of(outcome), label.unplanned.of(Measure.SESSIONS)) or POOLED_LEAST
        chance = Share(count, visits, phi).chance(min(usual, 1.0), Bound.AT_MOST)
        if chance is not None and chance < SURE:
            shares = {"rate": Amount(count / visits, Unit.SHARE), "usual": Amount(usual, Unit.SHARE)}
            return Kind.CONVERTS, shares
    return None


def _large_baskets(ground: Ground, label: Label) -> tuple[Kind, dict[str, Amount]] | None:
    """Whether its orders are larger than the plan's, beyond chance."""
    usual = ground.whole.ratio(Measure.REVENUE, Measure.ORDERS)
    revenue, orders = label.unplanned.of(Measure.REVENUE), label.unplanned.of(Measure.ORDERS)
    if not usual or len(revenue) != len(orders) or not _matters(ground, label, Measure.ORDERS):
        return None
    both = ~np.isnan(revenue) & ~np.isnan(orders)
    money, count = float(revenue[both].sum()), float(orders[both].sum())
    if count < ENOUGH:
        return None
    chance = Ratio(money, count, ratio_spread(revenue, orders)).chance(usual, Bound.AT_MOST)
    if chance is None or chance >= SURE:
        return None
    return Kind.LARGE_BASKETS, {"rate": Amount(money / count, Unit.MONEY), "usual": Amount(usual, Unit.MONEY)}


def _matters(ground: Ground, label: Label, measure: Measure) -> bool:
    part, whole = label.unplanned.total(measure), ground.whole.total(measure)
    return part is not None and bool(whole) and part >= LEAST_PART * (whole or 0)


def _label_facts(label: Label, days: Days) -> dict[str, Amount | str]:
    facts: dict[str, Amount | str] = {"dimension": label.dimension.value, "label": label.value}
    totals = {measure: days.total(measure) for measure in SHOWN}
    return facts | {measure.value: Amount(total, measure.unit) for measure, total in totals.items() if total}


def _money(days: Days, measure: Measure) -> Decimal | None:
    total = days.total(measure)
    return Decimal(str(round(total, 2))) if total else None
