"""The sources: how fresh each is, what looks wrong with it, how far several agree."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from worker.flags.unjudged import is_silent
from worker.model.context import PlanContext
from worker.model.fault import DataFault
from worker.model.records import SourceRow, SourceState
from worker.model.tone import Tone
from worker.report.context import ReportContext
from worker.store import kpi_values, sources
from worker.wording.faults import fault_sentence
from worker.wording.terms import NO_NEW_FIGURES, SOURCE_STATES


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
    connection: Connection, context: ReportContext, plan: PlanContext, known_faults: Sequence[DataFault]
) -> list[SourceLine]:
    """Each source of the plan, with what looks wrong with it."""
    settled = sources.settled_until(connection, plan.plan_id)
    translator, zone = context.translator, context.loaded.plan.timezone
    return [
        SourceLine(
            name=row.source,
            connector=row.connector,
            state=translator.say(NO_NEW_FIGURES if _is_silent(context, row) else SOURCE_STATES[row.state]),
            tone=_tone(context, row),
            settled=translator.day(settled[row.source]) if row.source in settled else "–",
            read=translator.moment(row.succeeded_at, zone) if row.succeeded_at else "–",
            problem=" ".join([*([row.problem] if row.problem else []), *_doubts(context, row.source, known_faults)]),
            is_simulated=row.is_simulated,
        )
        for row in plan.sources
    ]


def _is_silent(context: ReportContext, row: SourceRow) -> bool:
    return (
        row.state is SourceState.OK and context.today < context.loaded.plan.life.end and is_silent(row, context.today)
    )


def _tone(context: ReportContext, row: SourceRow) -> Tone:
    if row.state is not SourceState.OK:
        return Tone.BAD
    return Tone.WARNING if _is_silent(context, row) else Tone.GOOD


def _doubts(context: ReportContext, source: str, known_faults: Sequence[DataFault]) -> list[str]:
    """What is not believed of a source, or looks wrong now."""
    return [
        fault_sentence(context.loaded, fault, context.language)
        for fault in known_faults
        if fault.source == source and (fault.is_quarantined or not fault.is_over)
    ]


def cross_checks(connection: Connection, context: ReportContext, plan: PlanContext) -> list[str]:
    """What a source that does not speak for a measure saw of what the authority counts."""
    return [
        context.translator.say(
            "{source} saw {share} of the {measure} counted by {authority}.",
            source=check.source,
            authority=", ".join(check.authority),
            measure=context.name(check.measure),
            share=context.translator.percent(check.share),
        )
        for check in kpi_values.cross_checks(connection, plan)
    ]
