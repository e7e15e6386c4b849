"""How the value of a period came about, day by day: what a chart in a mail draws. And the visits behind it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from config.formula import MARGIN, Expression, Formula, fold
from config.periods import DAY, Window
from config.plan import Kpi
from config.vocabulary import Measure
from worker.model.context import PlanContext
from worker.model.records import CumulativeCurve
from worker.model.verdict import MISSING, Figure, Judgement, Phase, Traffic
from worker.store.kpi_values import Figures, figures

STEPS = 62  # points of one line: days, or several of them together where the period is longer


Key = tuple[str, str, str, str]


def cumulative_curves(
    connection: Connection, context: PlanContext, judgements: Sequence[Judgement], today: date
) -> Mapping[Key, CumulativeCurve]:
    """How each judged value came about: by the key of its judgement; absent where days do not add up to it."""
    kpis = context.kpis
    drawn = [one for one in judgements if _adds_up(context.formulas.get(kpi_of(one)))]
    steps = {one.key: _steps(_so_far(one, today)) for one in drawn}
    found = _asked(connection, context, ((one, step) for one in drawn for step in steps[one.key]), today)
    return {one.key: _curve(one, kpis[kpi_of(one)], steps[one.key], found) for one in drawn if kpi_of(one) in kpis}


def traffic(
    connection: Connection, context: PlanContext, judgements: Sequence[Judgement], today: date
) -> Mapping[Key, Traffic]:
    """The visits, orders and revenue of whatever each judgement is about, in its period so far."""
    names = (Measure.SESSIONS, Measure.ORDERS, Measure.REVENUE)
    days = {one.key: _so_far(one, today) for one in judgements}
    found = _asked(connection, context, ((one, days[one.key]) for one in judgements), today, names)
    return {one.key: Traffic(*(_figure(found, one, name, days[one.key]).value for name in names)) for one in judgements}


def kpi_of(judgement: Judgement) -> str:
    """The KPI that a judgement is about; a budget is about what is spent."""
    return Measure.SPEND if judgement.is_budget else judgement.kpi


def _asked(
    connection: Connection,
    context: PlanContext,
    asked: Iterable[tuple[Judgement, Window]],
    today: date,
    kpis: Iterable[str] = (),
) -> Figures:
    """The figures of some periods of what is judged, all in one question."""
    wanted, named = set(), set(kpis)
    for one, window in asked:
        if (scope_id := context.scope_ids.get((one.subject.scope, one.subject.ref))) is not None:
            wanted.add((scope_id, window))
            named |= set() if kpis else {kpi_of(one)}
    return figures(connection, context, wanted, named, today + DAY) if wanted else {}


def _figure(found: Figures, one: Judgement, kpi: str, window: Window) -> Figure:
    by_value = found.get((one.subject.scope, one.subject.ref, kpi, window), {})
    return by_value.get("", Figure(None, MISSING))


def _so_far(one: Judgement, today: date) -> Window:
    """The days of a period that its judgement rests on."""
    last = one.outlook.as_of if one.outlook and one.phase is Phase.OUTLOOK else None
    return Window(one.period.start, min(one.period.end, (last or today) + DAY))


def _steps(days: Window) -> list[Window]:
    """Days one by one, together where they are too many."""
    length = max(1, -(-len(days) // STEPS))
    starts = range(0, len(days), length)
    return [Window(days.start + DAY * n, min(days.start + timedelta(days=n + length), days.end)) for n in starts]


def _curve(judgement: Judgement, kpi: Kpi, steps: Sequence[Window], found: Figures) -> CumulativeCurve:
    above, below = Decimal(0), Decimal(0)
    values: list[Decimal | None] = []
    for step in steps:
        by_value = found.get((judgement.subject.scope, judgement.subject.ref, kpi_of(judgement), step), {})
        wanted = judgement.breakdown.casefold()
        parts = [figure for value, figure in by_value.items() if value.casefold() == wanted]
        above += sum((part.numerator or Decimal(0) for part in parts), Decimal(0))
        divides = list(by_value.values())[:1] if kpi.share else parts  # parts of one whole share it
        below += sum((part.denominator or Decimal(0) for part in divides), Decimal(0))
        is_known = bool(by_value) and all(part.state != MISSING for part in by_value.values())
        values.append(_value(judgement, above, below) if is_known else None)
    return CumulativeCurve(tuple(step.last for step in steps), tuple(values))


def _value(one: Judgement, above: Decimal, below: Decimal) -> Decimal | None:
    if one.figure.denominator is None:
        return above
    return above / below if below else None


def _adds_up(formula: Formula | None) -> bool:
    """Whether the days of a formula add up to the period: above and below the line nothing is multiplied."""
    if formula is None:
        return False
    return all(_degree(part) <= 1 for part in (formula.numerator, formula.denominator) if part is not None)


def _degree(expression: Expression) -> int:
    """How many amounts are multiplied with each other."""
    return fold(expression, lambda _: 0, lambda name: int(name != MARGIN), _joined)


def _joined(operator: str, left: int, right: int) -> int:
    if operator == "*":
        return left + right
    return max(left, right) if operator in "+-" else left + 2 * right
