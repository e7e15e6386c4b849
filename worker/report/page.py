"""Everything the report shows, gathered as plain values in one language; the template only lays it out."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection

from config.fields import Language
from config.message import marked
from config.plan import Action, ActionKind
from config.vocabulary import Grain, Scope
from worker.flags.plan_history import read_history
from worker.judge.assess import assess
from worker.model.context import Instant, PlanContext
from worker.model.tone import Tone, tone_of
from worker.report.changes import latest
from worker.report.context import (
    KpiCard,
    ReportContext,
    Share,
    kpi_cards,
    read_figures,
    to_date_line,
    top_channels,
    top_keywords,
)
from worker.report.effects import effect_lines, usefulness
from worker.report.freshness import SourceLine, cross_checks, source_lines
from worker.report.problems import StandingProblem, standing_problems, unproblematic
from worker.report.review import QuestionCard, more_by_command, question_cards
from worker.report.verdicts import VerdictView, view_of
from worker.review import review as answers
from worker.store import faults, kpi_values
from worker.store.review_inputs import read_plan_figures
from worker.wording.terms import counted_term, kind_of, technique_name

CHANGES_SHOWN = 20
WORST_FIRST = (Tone.BAD, Tone.WARNING, Tone.UNKNOWN, Tone.GOOD)

_GRAINS = {Grain.WEEK: marked("by week"), Grain.MONTH: marked("by month")}


@dataclass(frozen=True, slots=True)
class OwnerCard:
    """An objective or an action: who, why, when, at what cost, with what result."""

    name: str
    who: str
    when: str
    what_for: str
    techniques: str
    results: tuple[VerdictView, ...]
    budgets: tuple[VerdictView, ...]
    spends_from: str  # the shared budget's name
    to_date: str


@dataclass(frozen=True, slots=True)
class Page:
    """The report."""

    language: Language
    title: str
    runs: str
    as_of: str
    made: str
    tally: tuple[tuple[str, int, str], ...]
    problems: tuple[StandingProblem, ...]
    unproblematic: str  # what is said where there is none
    effects: tuple[tuple[str, str], ...]
    usefulness: tuple[str, ...]
    budgets: tuple[VerdictView, ...]
    shared_budgets: tuple[OwnerCard, ...]
    objectives: tuple[OwnerCard, ...]
    actions: tuple[OwnerCard, ...]
    unattributed: str
    kpis: tuple[KpiCard, ...]
    grain: str
    channels: tuple[Share, ...]
    channels_simulated: bool
    visits: str
    keywords: tuple[Share, ...]
    keywords_simulated: bool
    people: tuple[tuple[str, str, str], ...]
    questions: tuple[QuestionCard, ...]
    changes: tuple[tuple[str, tuple[str, ...]], ...]
    more_changes: str
    sources: tuple[SourceLine, ...]
    cross_checks: tuple[str, ...]
    is_simulated: bool


def read_page(connection: Connection, plan_context: PlanContext, instant: Instant, language: Language) -> Page:
    """Everything the report of a plan shows, as of a day. Reads, and changes nothing."""
    loaded, plan, today, now = plan_context.loaded, plan_context.loaded.plan, instant.today, instant.now
    figures = read_figures(connection, plan_context, today)
    history = read_history(connection, loaded.folder, loaded)
    assert history is not None  # a plan that is on record has a version
    context = ReportContext(loaded, language, tuple(assess(connection, plan_context, today)), figures, history, today)
    say, day = context.translator.say, context.translator.day
    known_faults = faults.on_record(connection, plan_context.plan_id)
    lines = source_lines(connection, context, plan_context, known_faults)
    changes, more_changes = _changes(context)
    return Page(
        language=language,
        title=plan.plan,
        runs=say("The plan runs from {first} to {last}.", first=day(plan.starts), last=day(plan.ends)),
        as_of=say("Status on {day}", day=day(today)),
        made=say("Made by Vigie on {moment}", moment=context.translator.moment(now, plan.timezone)),
        tally=_tally(context),
        problems=standing_problems(connection, context, plan_context, known_faults, now),
        unproblematic=unproblematic(context, plan_context.sources),
        effects=effect_lines(connection, context, plan_context),
        usefulness=usefulness(connection, context, plan_context),
        budgets=_budgets(context, Scope.PLAN, loaded.id),
        shared_budgets=tuple(_shared_budget(context, id) for id in plan.budgets),
        objectives=tuple(_objective(context, id) for id in plan.objectives),
        actions=tuple(_action(context, id, action) for id, action in plan.actions.items()),
        unattributed=_unattributed(connection, context, plan_context),
        kpis=tuple(kpi_cards(context)),
        grain=say(_GRAINS[figures.grain]),
        channels=tuple(top_channels(context, "traffic_sources")),
        channels_simulated=context.is_simulated("traffic_sources"),
        visits=context.name("sessions"),
        keywords=tuple(top_keywords(context, "search_position")),
        keywords_simulated=context.is_simulated("search_position"),
        people=tuple(_people(context)),
        questions=question_cards(loaded, answers(read_plan_figures(connection, plan_context, today)), language),
        changes=changes,
        more_changes=more_changes,
        sources=tuple(lines),
        cross_checks=tuple(cross_checks(connection, context, plan_context)),
        is_simulated=any(line.is_simulated for line in lines),
    )


def _tally(context: ReportContext) -> tuple[tuple[str, int, str], ...]:
    """How many targets and budgets stand how, the bad ones first."""
    counts = Counter(kind_of(judgement.verdict, judgement.reason) for judgement in context.judgements)
    ranked = sorted(counts, key=lambda kind: (WORST_FIRST.index(tone_of(kind[0])), kind[0], kind[1] or ""))
    return tuple(
        (counted_term(kind, counts[kind], context.translator, count="").strip(), counts[kind], tone_of(kind[0]))
        for kind in ranked  # the number stands above its word
    )


def _targets(context: ReportContext, scope: str, ref: str) -> tuple[VerdictView, ...]:
    return tuple(view_of(context, judgement) for judgement in context.of(scope, ref) if not judgement.is_budget)


def _budgets(context: ReportContext, scope: str, ref: str) -> tuple[VerdictView, ...]:
    """The budget of the last period over, where there is one, and of the running one."""
    return tuple(view_of(context, judgement) for judgement in context.of(scope, ref) if judgement.is_budget)


def _objective(context: ReportContext, id: str) -> OwnerCard:
    objective = context.loaded.plan.objectives[id]
    serving = [ref for ref, action in context.loaded.plan.actions.items() if id in action.objectives]
    brought = to_date_line(context, [(Scope.ACTION, ref) for ref in serving]) if serving else ""
    return OwnerCard(
        name=objective.name,
        who=context.person(objective.responsible),
        when="",
        what_for="",
        techniques="",
        results=_targets(context, Scope.OBJECTIVE, id),
        budgets=(),
        spends_from="",
        to_date=context.translator.say("Its actions so far: {figures}", figures=brought) if brought else "",
    )


def _action(context: ReportContext, id: str, action: Action) -> OwnerCard:
    objectives = [context.loaded.plan.objectives[objective].name for objective in action.objectives]
    return OwnerCard(
        name=action.name,
        who=context.person(action.responsible),
        when=_when(context, action),
        what_for=context.translator.listed(objectives),
        techniques=context.translator.listed(technique_name(id, context.translator) for id in action.techniques),
        results=_targets(context, Scope.ACTION, id),
        budgets=_budgets(context, Scope.ACTION, id),
        spends_from=context.loaded.plan.budgets[action.shared_budget].name if action.shared_budget else "",
        to_date=to_date_line(context, [(Scope.ACTION, id)]),
    )


def _shared_budget(context: ReportContext, id: str) -> OwnerCard:
    shared = context.loaded.plan.budgets[id]
    spenders = [action.name for action in context.loaded.plan.spenders(id).values()]
    return OwnerCard(
        name=shared.name,
        who=context.person(shared.responsible),
        when="",
        what_for=context.translator.listed(spenders),
        techniques="",
        results=(),
        budgets=_budgets(context, Scope.BUDGET, id),
        spends_from="",
        to_date="",
    )


def _when(context: ReportContext, action: Action) -> str:
    plan, translator = context.loaded.plan, context.translator
    life = plan.life_of(action)
    if action.kind is ActionKind.ONE_OFF:
        return translator.period(life)
    if action.kind is ActionKind.CONTINUOUS or action.when.every is None:
        return translator.say("since {day}", day=translator.day(life.start))
    every = translator.duration(action.when.every)
    if action.when.lasts is None:
        runs = len(plan.occurrences_of(action))
        return translator.counted("every {every}, once", "every {every}, {count} times", runs, every=every)
    return translator.say("every {every} for {lasts}", every=every, lasts=translator.duration(action.when.lasts))


def _unattributed(connection: Connection, context: ReportContext, plan_context: PlanContext) -> str:
    sums = kpi_values.unattributed_sums(connection, plan_context, context.today)
    parts = [
        f"{context.name(measure.value)} {context.translator.number(amount, measure.unit, context.loaded.plan.currency)}"
        for measure, amount in sums.items()
        if amount is not None
    ]
    return ", ".join(parts)


def _people(context: ReportContext) -> list[tuple[str, str, str]]:
    """Each person with what is theirs: the lead has the plan as a whole; last what nobody is responsible for."""
    plan = context.loaded.plan
    owners = [(plan.plan, plan.lead_id)]
    owners += [(aim.name, aim.responsible) for aim in plan.objectives.values()]
    owners += [(shared.name, shared.responsible) for shared in plan.budgets.values()]
    owners += [(action.name, action.responsible) for action in plan.actions.values()]

    def names(wanted: str | None) -> str:
        return ", ".join(name for name, responsible in owners if responsible == wanted)

    people = [(person.name, person.email, names(id) or "–") for id, person in plan.people.items()]
    orphans = names(None)
    return [*people, (context.person(None), "", orphans)] if orphans else people


def _changes(context: ReportContext) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], str]:
    """The last changes of the plan by their days, the newest first; and where to find those left off."""
    translator = context.translator
    days, left_off = latest(context.history, CHANGES_SHOWN, translator)
    pending = translator.say("Not yet in force")
    shown = tuple((translator.day(day) if day else pending, tuple(sentences)) for day, sentences in days)
    command = f"vigie diff --plan {context.loaded.id}"
    return shown, more_by_command(left_off, command, translator) if left_off else ""
