"""PURE. What the rest of a running period must bring so that its promise is kept; None wherever that is not known."""

from datetime import date
from decimal import Decimal

from config.vocabulary import Measure, Unit
from worker.model.verdict import Judgement, Phase, Remedy, RequiredRate, Traffic, Verdict

#: no level is beyond these, whatever the rest brings; an own score of more than 100 points is not spoken of
_LEAST, _MOST = {Unit.POSITION: Decimal(1)}, {Unit.SHARE: Decimal(1), Unit.POINTS: Decimal(100)}


def required_rate(judgement: Judgement, today: date, traffic: Traffic | None = None) -> RequiredRate | None:
    """What would put a problem right that is not decided yet."""
    days = (judgement.period.end - today).days  # today among them: it is in no figure yet, as for a budget
    if judgement.phase is Phase.OUTLOOK and judgement.is_budget:
        return _of_budget(judgement)
    if judgement.phase is not Phase.OUTLOOK or days < 1 or today < judgement.period.start:
        return None
    if judgement.figure.denominator is not None:
        return _of_ratio(judgement, today, days)
    return _of_sum(judgement, today, days, traffic or Traffic())


def _of_budget(judgement: Judgement) -> RequiredRate | None:
    remedies = {Verdict.OVERSPENDING: Remedy.SPEND_AT_MOST, Verdict.UNDERSPENDING: Remedy.SPEND}
    remedy, outlook = remedies.get(judgement.verdict), judgement.outlook
    if remedy is None or outlook is None or outlook.suggested is None or not outlook.days_left:
        return None
    return RequiredRate(remedy, outlook.suggested, outlook.days_left)


def _of_sum(judgement: Judgement, today: date, days: int, traffic: Traffic) -> RequiredRate | None:
    expected = judgement.outlook.expected if judgement.outlook else None
    if expected is None:
        return None
    if judgement.low is not None and expected < judgement.low:
        missing = judgement.low - expected
        return RequiredRate(Remedy.MORE, missing / days, days, _points(judgement, missing, today, days, traffic))
    if judgement.high is not None and expected > judgement.high:
        return RequiredRate(Remedy.LESS, (expected - judgement.high) / days, days)
    return None


def _points(judgement: Judgement, missing: Decimal, today: date, days: int, traffic: Traffic) -> Decimal | None:
    """By how much the conversion rate must rise, where the rest brings as many visits a day as there were so far."""
    orders = _orders(judgement, missing, traffic)
    gone = (today - judgement.period.start).days
    if orders is None or not traffic.sessions or gone < 1:
        return None
    share = orders / (traffic.sessions / gone * days)
    return share if share + (traffic.orders or Decimal(0)) / traffic.sessions <= 1 else None


def _orders(judgement: Judgement, missing: Decimal, traffic: Traffic) -> Decimal | None:
    """How many orders what is missing takes, at the basket there was so far."""
    if judgement.breakdown:
        return None
    if judgement.kpi == Measure.ORDERS:
        return missing
    if judgement.kpi == Measure.REVENUE and traffic.orders and traffic.revenue:
        return missing * traffic.orders / traffic.revenue
    return None


def _of_ratio(judgement: Judgement, today: date, days: int) -> RequiredRate | None:
    """The level of the rest, where the rest weighs as much a day as what there was so far."""
    value, below = judgement.figure.value, judgement.figure.denominator
    gone = (today - judgement.period.start).days
    if value is None or not below or gone < 1:
        return None
    rest = below / gone * days
    for bound, remedy in ((judgement.low, Remedy.LEVEL_UP), (judgement.high, Remedy.LEVEL_DOWN)):
        if bound is not None and (value < bound) is (remedy is Remedy.LEVEL_UP) and value != bound:
            level = (bound * (below + rest) - value * below) / rest
            can_be = level > 0 and _LEAST.get(judgement.unit, level) <= level <= _MOST.get(judgement.unit, level)
            return RequiredRate(remedy, level, days) if can_be else None
    return None
