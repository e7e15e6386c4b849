"""What downstream programs read, as columns and rows: the views, and beside them readings and messages."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Float, Text, column, inspect, select, table

from config.vocabulary import Dimension, Grain, Measure
from worker.model.readings import MILLION
from worker.store import schema as t
from worker.store.kpi_values import kpi_table
from worker.store.periods import is_counted
from worker.store.schema import Moment

BATCH = 5_000  # rows in memory at once

#: the dimension ``source`` beside the column ``source``, which is the plan's own
TRAFFIC_SOURCE = "traffic_source"


class Dataset(StrEnum):
    """What can be exported."""

    KPIS = "kpis"
    VERDICTS = "verdicts"
    BUDGETS = "budgets"
    READINGS = "readings"
    COVERAGE = "coverage"
    FLAGS = "flags"
    MESSAGES = "messages"


class Sort(StrEnum):
    """The type of a column, the same in every format."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Extract:
    """Columns, and rows of plain values in their order: text, float, date, aware datetime, bool, or None."""

    columns: tuple[tuple[str, Sort], ...]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which part of it: plans by id, grains, days ``[since, before)``; ``until`` bounds what is to date."""

    plans: Sequence[int]
    names: Sequence[str]
    grains: Collection[Grain] = tuple(Grain)
    since: date | None = None
    before: date | None = None
    until: date | None = None


_TYPES: dict[Sort, Any] = {
    Sort.TEXT: Text(),
    Sort.NUMBER: Float(),
    Sort.DAY: Date(),
    Sort.MOMENT: Moment(),
    Sort.TRUTH: Boolean(),
}


def _columns(text: str) -> tuple[tuple[str, Sort], ...]:
    """``plan scope period_start:day value:number`` -> columns."""
    return tuple((name, Sort(sort or "text")) for name, _, sort in (part.partition(":") for part in text.split()))


KPI_COLUMNS = _columns(
    "plan scope id kpi breakdown grain period_start:day period_end:day value:number numerator:number "
    "denominator:number unit currency state computed_at:moment"
)

#: the views, each with its columns in order; docs/downstream.md is held to it by a test
VIEWS: dict[str, tuple[tuple[str, Sort], ...]] = {
    "report_kpi": KPI_COLUMNS,
    "report_action": _columns("plan action name kind techniques objectives responsible email start:day end:day"),
    "report_verdict": _columns(
        "plan scope id kpi breakdown per period_start:day period_end:day phase verdict value:number target:number "
        "target_high:number pace:number expected:number chance:number bound unit currency state sentence_en "
        "sentence_fr judged_on:day judged_at:moment"
    ),
    "report_budget": _columns(
        "plan scope id per period_start:day period_end:day verdict amount:number spent:number committed:number "
        "projected:number currency state sentence_en sentence_fr judged_on:day judged_at:moment"
    ),
    "report_flag": _columns(
        "plan id:number scope subject_id subject period_start:day period_end:day person state verdict sentence_en "
        "sentence_fr episode:number opened_at:moment changed_at:moment closed_at:moment snoozed_until:day note"
    ),
    "report_coverage": _columns("plan source connector day:day measures state quality collected_at:moment"),
}

_VIEW_OF = {
    Dataset.VERDICTS: ("report_verdict", "period_start", "period_end"),
    Dataset.BUDGETS: ("report_budget", "period_start", "period_end"),
    Dataset.FLAGS: ("report_flag", "period_start", "period_end"),
    Dataset.COVERAGE: ("report_coverage", "day", "day"),
}


def extract(connection: Connection, dataset: Dataset, part: Narrowed) -> Extract:
    """The columns and rows of what is asked."""
    if dataset is Dataset.KPIS:
        between = part.since, part.before
        rows = kpi_table(connection, part.plans, part.until, grains=part.grains, between=between)
        return Extract(KPI_COLUMNS, rows)
    if dataset is Dataset.READINGS:
        return _readings(connection, part)
    if dataset is Dataset.MESSAGES:
        return _messages(connection, part)
    return _view(connection, dataset, part)


def _view(connection: Connection, what: Dataset, part: Narrowed) -> Extract:
    name, first, last = _VIEW_OF[what]
    columns = VIEWS[name]
    if not inspect(connection).has_table(name):  # the views are made when figures are first computed
        return Extract(columns, [])
    view = table(name, *(column(label, _TYPES[sort]) for label, sort in columns))
    statement = select(*view.c).where(view.c.plan.in_(part.names))
    if part.since is not None:
        after = view.c[last] > part.since if first != last else view.c[last] >= part.since
        statement = statement.where(after | view.c[last].is_(None))
    if part.before is not None:
        statement = statement.where((view.c[first] < part.before) | view.c[first].is_(None))
    order = [view.c[label] for label, sort in columns if sort in (Sort.TEXT, Sort.DAY) and not label.startswith("sen")]
    return Extract(columns, connection.execute(statement.order_by(*order[:6]).execution_options(yield_per=BATCH)))


def _readings(connection: Connection, part: Narrowed) -> Extract:
    """One row for each source, day and origin, amounts in their own currency; measures nothing provides left out."""
    provided = _provided(connection, part.plans)
    built_in = [measure.value for measure in Measure if measure.value in provided]
    declared = sorted(provided - set(built_in))
    r, o, s, p = t.reading.c, t.origin.c, t.source.c, t.plan.c
    labels = [dimension.value for dimension in Dimension]
    statement = (
        select(
            p.plan,
            s.source,
            r.day,
            *(o[label] for label in labels),
            o.currency,
            *(r[m] for m in built_in),
        )
        .add_columns(r.source_id, r.origin_id)
        .join(t.source, s.id == r.source_id)
        .join(t.origin, o.id == r.origin_id)
        .join(t.plan, p.id == s.plan_id)
        .where(p.id.in_(part.plans), s.is_active, is_counted(r.day))
        .order_by(p.plan, s.source, r.day, o.label)
    )
    for bound, is_after in ((part.since, True), (part.before, False)):
        if bound is not None:
            statement = statement.where(r.day >= bound if is_after else r.day < bound)
    shown = [TRAFFIC_SOURCE if label == Dimension.SOURCE else label for label in labels]
    names = ["plan", "source", "day", *shown, "currency", *built_in, *declared]
    numbers = {*built_in, *declared}
    sorts = tuple((n, Sort.DAY if n == "day" else Sort.NUMBER if n in numbers else Sort.TEXT) for n in names)
    rows = connection.execute(statement.execution_options(yield_per=BATCH))
    return Extract(sorts, _with_extras(connection, rows, len(labels) + 4, declared))


def _with_extras(connection: Connection, rows: Iterable[Any], text: int, declared: Sequence[str]) -> Iterator[Any]:
    """Amounts in their unit, and the measures that sources declare themselves put behind the others."""
    x = t.reading_extra.c
    for row in rows:
        *values, source_id, origin_id = row
        amounts = [None if value is None else value / MILLION for value in values[text:]]
        extra: dict[str, int] = {}
        if declared:
            mine = (x.source_id == source_id, x.origin_id == origin_id, x.day == row.day)
            extra = dict(connection.execute(select(x.measure, x.amount).where(*mine)).all())
        more = [None if extra.get(name) is None else extra[name] / MILLION for name in declared]
        yield [*values[:text], *amounts, *more]


def _provided(connection: Connection, plan_ids: Sequence[int]) -> set[str]:
    c = t.source.c
    texts = connection.execute(select(c.provides).where(c.plan_id.in_(plan_ids), c.is_active)).scalars()
    return {measure for text in texts for measure in text.split()}


def _messages(connection: Connection, part: Narrowed) -> Extract:
    m = t.message.c
    columns = _columns(
        "plan id:number person recipient language subject state attempts:number message_id problem "
        "written_at:moment sent_at:moment channel"
    )
    statement = (
        select(
            t.plan.c.plan,
            m.id,
            m.person,
            m.recipient,
            m.language,
            m.subject,
            m.state,
            m.attempts,
            m.rfc_id,
            m.problem,
            m.written_at,
            m.sent_at,
            m.channel,
        )
        .join(t.plan)
        .where(t.plan.c.id.in_(part.plans))
        .order_by(m.id)
    )
    if part.since is not None:
        statement = statement.where(m.written_at >= _midnight(part.since))
    if part.before is not None:
        statement = statement.where(m.written_at < _midnight(part.before))
    return Extract(columns, connection.execute(statement))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
