"""What every part of the report has at hand: words, verdicts, and the plan's figures over time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row

from config.catalogue import known_kpis, kpis_of
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.plan import Kpi
from config.vocabulary import Grain, Scope, Unit, label
from worker.flags.plan_history import History
from worker.model.context import PlanContext
from worker.model.verdict import FINAL, Judgement
from worker.report.changes import moved
from worker.report.charts import Point, bar, line_chart
from worker.store import kpi_values
from worker.store.kpi_values import exact
from worker.wording import Translator, translator_for
from worker.wording.sentences import kpi_name, sentence
from worker.wording.terms import FIGURE_STATES

LONG = 200  # days from which the charts are drawn by month, no longer by week
SHOWN = 12  # values of a breakdown

#: the figures told of an action in one line
LINE = ("sessions", "orders", "revenue", "spend", "roi")


@dataclass(frozen=True, slots=True)
class KpiCard:
    """One KPI of the plan, to date and over time."""

    name: str
    help: str
    value: str
    state: str
    chart: Markup
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Share:
    """One value of a breakdown."""

    name: str
    value: str
    detail: str
    bar: Markup


@dataclass(frozen=True)
class ReportFigures:
    """The plan's KPI rows: to date by scope, KPI and breakdown; over time for the plan as a whole."""

    to_date: Mapping[tuple[str, str, str], Mapping[str, Row[Any]]]
    series: Mapping[str, Sequence[Row[Any]]]
    grain: Grain  # of the series
    simulated: frozenset[str]  # KPIs that rest on invented figures


@dataclass(frozen=True)
class ReportContext:
    """What the report is made from."""

    loaded: LoadedPlan
    language: Language
    judgements: tuple[Judgement, ...]
    figures: ReportFigures
    history: History
    today: date

    @property
    def translator(self) -> Translator:
        """The report's language."""
        return translator_for(self.language)

    @property
    def kpis(self) -> Mapping[str, Kpi]:
        """The plan's KPIs, in the order in which people read them."""
        return kpis_of(self.loaded.plan, self.loaded.declared)

    def sentence(self, judgement: Judgement) -> str:
        """Why a verdict is what it is."""
        return sentence(judgement, self.kpis.get(judgement.kpi), self.translator)

    def moved(self, judgement: Judgement) -> str:
        """The value that a target or budget first had, where it has another one now; else nothing."""
        return moved(self.history, judgement, self.translator)

    def of(self, scope: str, ref: str) -> list[Judgement]:
        """The judgements of one owner."""
        return [
            judgement
            for judgement in self.judgements
            if (judgement.subject.scope, judgement.subject.ref) == (scope, ref)
        ]

    def person(self, id: str | None) -> str:
        """Someone's name; where nobody is responsible, that, and who is told instead: the plan's lead."""
        people, lead = self.loaded.plan.people, self.loaded.plan.lead_id
        if id:
            return people[id].name
        nobody = self.translator.say("nobody")
        return f"{nobody} ({people[lead].name})" if lead else nobody

    def responsible(self, judgement: Judgement) -> str | None:
        """Who is responsible for what a judgement is about: for the plan as a whole its lead; None where nobody is."""
        plan, subject = self.loaded.plan, judgement.subject
        if subject.scope == Scope.PLAN:
            return plan.lead_id
        if subject.scope == Scope.BUDGET:
            return plan.budgets[subject.ref].responsible
        return (plan.actions if subject.scope == Scope.ACTION else plan.objectives)[subject.ref].responsible

    def name(self, kpi: str) -> str:
        """A KPI's name."""
        known = known_kpis(self.loaded.plan, self.loaded.declared)
        return kpi_name(known[kpi], self.translator) if kpi in known else kpi

    def number(self, value: Decimal | None, kpi: str) -> str:
        """A KPI's value as people write it."""
        if value is None:
            return self.translator.say("no value")
        return self.translator.number(value, self.kpis[kpi].unit, self.loaded.plan.currency)

    def is_simulated(self, kpi: str) -> bool:
        """Whether a KPI rests on invented figures."""
        return kpi in self.figures.simulated

    def row(self, scope: str, ref: str, kpi: str) -> Row[Any] | None:
        """A scope's figure to date."""
        return self.figures.to_date.get((scope, ref, kpi), {}).get("")


def read_figures(connection: Connection, context: PlanContext, today: date) -> ReportFigures:
    """Read what the report shows, in one go."""
    loaded = context.loaded
    grain = Grain.MONTH if len(loaded.plan.life) > LONG else Grain.WEEK
    to_date: dict[tuple[str, str, str], dict[str, Row[Any]]] = defaultdict(dict)
    series: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in kpi_values.kpi_table(connection, [context.plan_id], today + DAY, grains=(grain, Grain.TO_DATE)):
        if row.grain == Grain.TO_DATE:
            to_date[row.scope, row.id, row.kpi][row.breakdown] = row
        elif row.scope == Scope.PLAN and row.breakdown == "" and row.period_start < loaded.plan.life.end:
            series[row.kpi].append(row)
    return ReportFigures(to_date, series, grain, frozenset(filter(context.is_kpi_simulated, context.formulas)))


def kpi_cards(context: ReportContext) -> list[KpiCard]:
    """A card for each KPI of the plan that has a figure."""
    return [card for id, kpi in context.kpis.items() if not kpi.share and (card := _kpi_card(context, id, kpi))]


def _kpi_card(context: ReportContext, id: str, kpi: Kpi) -> KpiCard | None:
    row = context.row(Scope.PLAN, context.loaded.id, id)
    if row is None or row.value is None:
        return None
    points = [
        _point(context, id, judgement)
        for judgement in context.figures.series.get(id, ())
        if _is_comparable(context, kpi, judgement)
    ]
    name = context.name(id)
    return KpiCard(
        name=name,
        help=context.translator.say(kpi.help.in_(context.language)) if kpi.help else "",
        value=context.number(exact(row.value), id),
        state="" if row.state == FINAL else context.translator.say(FIGURE_STATES[row.state]),
        chart=Markup(line_chart(name, points)) if len(points) > 1 else Markup(""),  # noqa: S704, the chart escapes
        is_simulated=context.is_simulated(id),
    )


def _is_comparable(context: ReportContext, kpi: Kpi, row: Row[Any]) -> bool:
    """Whether a period stands beside the others: the sum of one that still runs would look like a fall."""
    is_ratio = all(formula.denominator for formula in kpi.formulas)
    return is_ratio or row.period_end <= context.today


def _point(context: ReportContext, kpi: str, row: Row[Any]) -> Point:
    label = _short(context, Window(row.period_start, row.period_end))
    return Point(label, exact(row.value), context.number(exact(row.value), kpi), row.state == FINAL)


def _short(context: ReportContext, window: Window) -> str:
    return (
        context.translator.short_month(window.start) if len(window) > 7 else context.translator.short_day(window.start)
    )


def to_date_line(context: ReportContext, owners: Sequence[tuple[str, str]]) -> str:
    """The main figures to date of one owner, or the sums of several, in one line."""
    parts = []
    for kpi in LINE:
        rows = [row for scope, ref in owners if (row := context.row(scope, ref, kpi))]
        known = [value for row in rows if (value := exact(row.value)) is not None]
        if not known or (len(owners) > 1 and context.kpis[kpi].unit is Unit.RATIO):
            continue
        simulated = f" ({context.translator.say('simulated')})" if context.is_simulated(kpi) else ""
        parts.append(f"{context.name(kpi)} {context.number(sum(known, Decimal(0)), kpi)}{simulated}")
    return " · ".join(parts)


def top_channels(context: ReportContext, kpi: str) -> list[Share]:
    """The channels that bring most, to date."""
    rows = context.figures.to_date.get((Scope.PLAN, context.loaded.id, kpi), {})
    ranked = sorted(rows.items(), key=lambda item: -(item[1].value or 0))[:SHOWN]
    return [
        Share(
            name=context.translator.say(label(name, context.kpis[kpi].by)),
            value=context.number(exact(row.value), kpi),
            detail=context.translator.number(exact(row.numerator), Unit.COUNT),
            bar=Markup(bar(Decimal(row.value or 0))),  # noqa: S704, built of a number
        )
        for name, row in ranked
    ]


def top_keywords(context: ReportContext, kpi: str) -> list[Share]:
    """The keywords shown most often, to date, with their position."""
    rows = {
        name: row for name, row in context.figures.to_date.get((Scope.PLAN, context.loaded.id, kpi), {}).items() if name
    }
    most = max((row.denominator or 0 for row in rows.values()), default=0)
    ranked = sorted(rows.items(), key=lambda item: -(item[1].denominator or 0))[:SHOWN]
    return [
        Share(
            name=name,
            value=context.number(exact(row.value), kpi),
            detail=context.translator.number(exact(row.denominator), Unit.COUNT),
            bar=Markup(bar(Decimal((row.denominator or 0) / most) if most else Decimal(0))),  # noqa: S704
        )
        for name, row in ranked
    ]
