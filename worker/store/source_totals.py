"""The daily totals of each source, as it reported them: what the checks of their quality look at."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from config.periods import Window
from config.vocabulary import Scope
from worker.model.readings import MILLION
from worker.store import schema as t

#: day -> the sum of a measure, in units; None where a part is unknown
Totals = dict[date, float | None]

#: (source id, measure) -> its totals
BySource = Mapping[tuple[int, str], Totals]

#: (source id, measure) -> action (empty for what belongs to none) -> day -> the sum
ByPlace = Mapping[tuple[int, str], Mapping[str, Mapping[date, float]]]

VISITS = "sessions"
_PAID = ("cpc", "ppc", "paid", "paid_search", "paid_social", "paidsearch", "paidsocial", "display", "cpm", "cpv")


@dataclass(frozen=True, slots=True)
class SourceTotals:
    """Totals of the built-in measures of some sources."""

    whole: BySource
    paid: BySource  #: visits that an ad brought, as far as their labels tell
    labelled: BySource  #: visits that bear any label at all
    by_place: ByPlace


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which totals are looked at."""

    window: Window
    whole: Mapping[int, Collection[str]]  #: source -> its measures
    labelled: Collection[int] = ()  #: sources whose visits are looked at by whether they bear a label
    paid: Collection[int] = ()  #: sources whose visits that ads brought are looked at
    places: Mapping[int, Collection[str]] = field(default_factory=dict)  #: source -> measures by action


def read_source_totals(connection: Connection, plan_id: int, wanted: Wanted) -> SourceTotals:
    """The totals of a window of days. Reads, and changes nothing."""
    unknown = _unknown(connection, wanted)
    paid, labelled = dict.fromkeys(wanted.paid, (VISITS,)), dict.fromkeys(wanted.labelled, (VISITS,))
    return SourceTotals(
        whole=_with_unknown(_totals(connection, wanted.whole, wanted.window), unknown),
        paid=_with_unknown(_totals(connection, paid, wanted.window, _is_paid()), unknown),
        labelled=_with_unknown(_totals(connection, labelled, wanted.window, _is_labelled()), unknown),
        by_place=_totals_by_place(connection, plan_id, wanted),
    )


def _is_paid() -> ColumnElement[bool]:
    c = t.origin.c
    return or_(func.lower(c.medium).in_(_PAID), func.lower(c.channel).like("paid %"))


def _is_labelled() -> ColumnElement[bool]:
    c = t.origin.c
    return or_(*(c[name] != "" for name in ("campaign", "source", "medium", "channel", "landing_page", "keyword")))


def _totals(
    connection: Connection,
    wanted: Mapping[int, Collection[str]],
    window: Window,
    only: ColumnElement[bool] | None = None,
) -> dict[tuple[int, str], Totals]:
    """The totals of all origins of some sources, or of some origins (``only``)."""
    totals: dict[tuple[int, str], Totals] = {(id, name): {} for id, names in wanted.items() for name in names}
    if not totals:
        return totals
    r, measures = t.reading.c, sorted({name for names in wanted.values() for name in names})
    statement = select(r.source_id, r.day, *(func.sum(r[name]) for name in measures)).group_by(r.source_id, r.day)
    statement = statement.where(*_within(r, wanted, window))
    if only is not None:
        statement = statement.join(t.origin, t.origin.c.id == r.origin_id).where(only)
    for source_id, day, *amounts in connection.execute(statement):
        for name, amount in zip(measures, amounts, strict=True):
            if (source_id, name) in totals:
                totals[source_id, name][day] = None if amount is None else int(amount) / MILLION
    return totals


def _within(c: Any, sources: Collection[int], window: Window) -> tuple[ColumnElement[bool], ...]:
    return c.source_id.in_(sorted(sources)), c.day >= window.start, c.day < window.end


def _unknown(connection: Connection, wanted: Wanted) -> list[tuple[int, date, str]]:
    u = t.reading_unknown.c
    statement = select(u.source_id, u.day, u.measure).where(*_within(u, wanted.whole, wanted.window)).distinct()
    return [(row.source_id, row.day, row.measure) for row in connection.execute(statement)]


def _with_unknown(
    totals: dict[tuple[int, str], Totals], unknown: Collection[tuple[int, date, str]]
) -> dict[tuple[int, str], Totals]:
    for source_id, day, measure in unknown:
        if (source_id, measure) in totals:
            totals[source_id, measure][day] = None
    return totals


def _totals_by_place(connection: Connection, plan_id: int, wanted: Wanted) -> ByPlace:
    totals: dict[tuple[int, str], dict[str, dict[date, float]]] = defaultdict(lambda: defaultdict(dict))
    if not wanted.places:
        return totals
    r, s = t.reading.c, t.scope.c
    measures = sorted({name for names in wanted.places.values() for name in names})
    statement = (
        select(r.source_id, s.scope, s.ref, r.day, *(func.sum(r[name]) for name in measures))
        .select_from(t.reading)
        .join(t.origin_scope, t.origin_scope.c.origin_id == r.origin_id)
        .join(t.scope, s.id == t.origin_scope.c.scope_id)
        .where(s.plan_id == plan_id, s.is_active, s.scope.in_((Scope.ACTION, Scope.UNATTRIBUTED)))
        .where(*_within(r, wanted.places, wanted.window))
        .group_by(r.source_id, s.scope, s.ref, r.day)
    )
    for source_id, scope, ref, day, *amounts in connection.execute(statement):
        place = ref if scope == Scope.ACTION else ""
        for name, amount in zip(measures, amounts, strict=True):
            totals[source_id, name][place][day] = int(amount or 0) / MILLION
    return totals
