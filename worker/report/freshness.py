"""The sources: how fresh each is, what looks wrong with it, how far several agree."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from worker.model.context import PlanContext
from worker.model.fault import DataFault
from worker.report.context import ReportContext
from worker.report.status import state_word
from worker.store import kpi_values, sources
from worker.wording.faults import fault_sentence


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source and how fresh it is."""

    name: str
    connector: str
    state: str
    tone: str
    settled: str
    read: str
    problem: str
    is_simulated: bool


def source_lines(
    connection: Connection, context: ReportContext, plan: PlanContext, found: Sequence[DataFault]
) -> list[SourceLine]:
    """Each source of the plan, with what looks wrong with it."""
    settled = sources.settled_until(connection, plan.plan_id)
    translator, zone = context.translator, context.loaded.plan.timezone
    return [
        SourceLine(
            name=row.source,
            connector=row.connector,
            state=state_word(row.state, translator),
            tone="good" if row.state == "ok" else "bad",
            settled=translator.day(settled[row.source]) if row.source in settled else "–",
            read=translator.moment(row.succeeded_at, zone) if row.succeeded_at else "–",
            problem=" ".join([*([row.problem] if row.problem else []), *_doubts(context, row.source, found)]),
            is_simulated=row.is_simulated,
        )
        for row in plan.sources
    ]


def _doubts(context: ReportContext, source: str, found: Sequence[DataFault]) -> list[str]:
    """What is not believed of a source, or looks wrong now."""
    return [
        fault_sentence(context.loaded, one, context.language)
        for one in found
        if one.source == source and (one.is_quarantined or not one.is_over)
    ]


def cross_checks(connection: Connection, context: ReportContext, plan: PlanContext) -> list[str]:
    """What a source that does not speak for a measure saw of what the authority counts."""
    return [
        context.translator.say(
            "{source} saw {share} of the {measure} that {authority} counts.",
            source=check.source,
            authority=", ".join(check.authority),
            measure=context.name(check.measure),
            share=context.translator.percent(check.share),
        )
        for check in kpi_values.cross_checks(connection, plan)
    ]
