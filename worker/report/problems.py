"""The problems that stand: what is wrong, who is responsible, who took it up, what it waits for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import Connection

from worker.flags.inhibit import inhibitions
from worker.model.context import PlanContext
from worker.model.fault import DataFault
from worker.model.records import Answered
from worker.model.tone import Tone
from worker.model.verdict import Judgement
from worker.report.context import ReportContext
from worker.report.verdicts import VerdictView, view_of
from worker.store import flags, responses
from worker.wording.answers import answer
from worker.wording.faults import fault_sentence
from worker.wording.terms import IN_DOUBT


@dataclass(frozen=True, slots=True)
class StandingProblem:
    """Something that needs someone."""

    name: str
    who: str
    verdict: VerdictView
    waits: str  # for a source, or for a further day
    answer: str  # who took it up, when, until when
    note: str


def standing_problems(
    connection: Connection, context: ReportContext, plan: PlanContext, known_faults: Sequence[DataFault], now: datetime
) -> tuple[StandingProblem, ...]:
    """What is not believed of the sources, then every verdict that is a problem, also one not confirmed yet."""
    waits = inhibitions(context.judgements, plan.rests_on, plan.sources, known_faults, now)
    answered = responses.answered(connection, plan.plan_id)
    unconfirmed = flags.unconfirmed(connection, plan.plan_id)
    return (
        *(_doubted(context, fault) for fault in known_faults if fault.is_quarantined or not fault.is_over),
        *(
            _problem(context, judgement, answered, waits.get(judgement.key, ()), unconfirmed)
            for judgement in context.judgements
            if judgement.is_problem
        ),
    )


def _doubted(context: ReportContext, fault: DataFault) -> StandingProblem:
    source = context.loaded.sources.get(fault.source)
    doubt = VerdictView(
        verdict=context.translator.say(IN_DOUBT),
        tone=Tone.WARNING,
        period="",
        sentence=fault_sentence(context.loaded, fault, context.language),
        moved="",
        is_simulated=False,
        bar=Markup(""),
    )
    name = context.translator.say("Source “{source}”", source=fault.source)
    return StandingProblem(name, context.person(source.responsible if source else None), doubt, "", "", "")


def _problem(
    context: ReportContext,
    judgement: Judgement,
    answered: Mapping[str, Answered],
    waits_for: Sequence[str],
    unconfirmed: Collection[str],
) -> StandingProblem:
    translator, key = context.translator, "/".join(judgement.key)
    waits = translator.say("Seen once: will be reported if another day confirms it.") if key in unconfirmed else ""
    if waits_for:
        waits = translator.say("muted: waiting for the source {sources}", sources=translator.listed(waits_for))
    who, given = context.person(context.responsible(judgement)), answered.get(key)
    if given is None:
        return StandingProblem(judgement.subject.name, who, view_of(context, judgement), waits, "", "")
    people = context.loaded.plan.people
    by = people[given.by].name if given.by in people else given.by
    taken_up = answer(given, by, context.loaded.plan.timezone, translator)
    note = translator.say("“{note}”", note=given.note) if given.note else ""
    return StandingProblem(judgement.subject.name, who, view_of(context, judgement), waits, taken_up, note)
