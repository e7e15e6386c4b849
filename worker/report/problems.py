"""The problems that stand: what is wrong, who is responsible, who took it up, what it waits for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup
from sqlalchemy import Connection

from worker.flags.inhibit import inhibitions
from worker.flags.observe import key_of
from worker.flags.stakes import rank, stakes_of
from worker.flags.unjudged import is_silent
from worker.model.context import PlanContext
from worker.model.fault import DataFault
from worker.model.records import Answered, SourceRow, SourceState
from worker.model.tone import Tone, tone_of
from worker.model.verdict import Judgement, Verdict
from worker.report.context import ReportContext
from worker.report.verdicts import VerdictView, view_of
from worker.store import flags, responses
from worker.wording.answers import answer
from worker.wording.faults import fault_sentence
from worker.wording.stakes import at_stake
from worker.wording.terms import NOT_WORKING, SILENT, TO_WATCH, UNJUDGED, problem_term


@dataclass(frozen=True, slots=True)
class StandingProblem:
    """Something that needs someone."""

    name: str
    who: str
    verdict: VerdictView
    waits: str  # for a source, or for a further day
    answer: str  # who took it up, when, until when
    note: str
    at_stake: str = ""


def standing_problems(
    connection: Connection, context: ReportContext, plan: PlanContext, known_faults: Sequence[DataFault], now: datetime
) -> tuple[StandingProblem, ...]:
    """What is not believed of the sources, then every verdict that is a problem, also one not confirmed yet.

    They come in the order of the mails: most money at stake first.
    """
    stakes = stakes_of(context.loaded.plan, context.judgements)
    wrong = [one for one in context.judgements if one.is_problem]
    wrong.sort(key=lambda one: rank(stakes[key_of(one)], one.shortfall, one.subject.name))
    waits = inhibitions(context.judgements, plan.rests_on, plan.sources, known_faults, now)
    answered = responses.answered(connection, plan.plan_id)
    unconfirmed = flags.unconfirmed(connection, plan.plan_id)
    return (
        *(_doubted(context, fault) for fault in known_faults if fault.is_quarantined or not fault.is_over),
        *(
            replace(
                _problem(context, one, answered, waits.get(one.key, ()), unconfirmed),
                at_stake=_at_stake(context, one, stakes[key_of(one)]),
            )
            for one in wrong
        ),
    )


def unproblematic(context: ReportContext, sources: Sequence[SourceRow]) -> str:
    """What is said where nothing is a problem: that all is well only where it can be told and nothing needs a look."""
    verdicts = [one.verdict for one in context.judgements]
    kinds = [
        (UNJUDGED, sum(verdict in (Verdict.NO_DATA, Verdict.UNMEASURABLE) for verdict in verdicts)),
        (TO_WATCH, sum(tone_of(verdict) is Tone.WARNING for verdict in verdicts)),
        (SILENT, sum(is_silent(row, context.today) for row in sources)),
        (NOT_WORKING, sum(row.state is not SourceState.OK for row in sources)),
    ]
    said = [context.translator.counted(*texts, count) for texts, count in kinds if count]
    if not said:
        return context.translator.say("No current problem.")
    return context.translator.say("No current problem, but {what}.", what=context.translator.listed(said))


def _at_stake(context: ReportContext, judgement: Judgement, stake: Decimal) -> str:
    text = at_stake(judgement, stake, context.loaded.plan.currency, context.translator)
    return context.translator.say("At stake: {text}", text=text) if text else ""


def _doubted(context: ReportContext, fault: DataFault) -> StandingProblem:
    source = context.loaded.sources.get(fault.source)
    doubt = VerdictView(
        verdict=problem_term(fault.kind, context.translator),
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
