"""Everything the report shows, gathered as plain values in one language; the template only lays it out."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from config.fields import Language
from config.loading.loader import LoadedPlan
from config.plan import Action, ActionKind
from config.vocabulary import Scope
from worker.judge.assess import assess
from worker.model.records import StoredPlan
from worker.model.verdict import Verdict
from worker.report.changes import latest, read_history
from worker.report.context import Desk, KpiCard, Share, kpi_cards, read_figures, to_date_line, top_keywords, top_shares
from worker.report.freshness import SourceLine, cross_checks, source_lines
from worker.report.problems import Problem, standing_problems
from worker.report.review import QuestionCard, question_cards
from worker.report.verdicts import Said, said, tone
from worker.review import review as answers
from worker.store import faults, kpi_values
from worker.store.review_inputs import read_ground

CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class OwnerCard:
    """An objective or an action: who, why, when, at what cost, with what result."""

    name: str
    who: str
    when: str
    what_for: str
    techniques: str
    results: tuple[Said, ...]
    budgets: tuple[Said, ...]
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
    problems: tuple[Problem, ...]
    budgets: tuple[Said, ...]
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


def gather(
    connection: Connection, loaded: LoadedPlan, stored: StoredPlan, today: date, now: datetime, language: Language
) -> Page:
    """Everything the report of a plan shows, as of ``today``. Reads, and changes nothing."""
    plan = loaded.plan
    figures = read_figures(connection, loaded, stored, today)
    history = read_history(connection, loaded.folder, loaded)
    assert history is not None  # a plan that is on record has a version
    desk = Desk(loaded, language, tuple(assess(connection, loaded, stored, today)), figures, history, today)
    say = desk.speech.say
    found = faults.on_record(connection, stored.id)
    lines = source_lines(connection, desk, stored, found)
    changes, more_changes = _changes(desk)
    return Page(
        language=language,
        title=plan.plan,
        runs=say("report.runs", first=desk.speech.day(plan.starts), last=desk.speech.day(plan.ends)),
        as_of=say("report.as_of", day=desk.speech.day(today)),
        made=say("report.made", moment=desk.speech.moment(now, plan.timezone)),
        tally=_tally(desk),
        problems=standing_problems(connection, desk, stored, found, now),
        budgets=_budgets(desk, Scope.PLAN, loaded.id),
        shared_budgets=tuple(_shared_budget(desk, id) for id in plan.budgets),
        objectives=tuple(_objective(desk, id) for id in plan.objectives),
        actions=tuple(_action(desk, id, action) for id, action in plan.actions.items()),
        unattributed=_unattributed(connection, desk, stored),
        kpis=tuple(kpi_cards(desk)),
        grain=say(f"report.per_{figures.grain}"),
        channels=tuple(top_shares(desk, "traffic_sources")),
        channels_simulated=desk.is_simulated("traffic_sources"),
        visits=desk.name("sessions"),
        keywords=tuple(top_keywords(desk, "search_position")),
        keywords_simulated=desk.is_simulated("search_position"),
        people=tuple(_people(desk)),
        questions=question_cards(loaded, answers(read_ground(connection, loaded, stored, today)), language),
        changes=changes,
        more_changes=more_changes,
        sources=tuple(lines),
        cross_checks=tuple(cross_checks(connection, desk, stored)),
        is_simulated=any(line.is_simulated for line in lines),
    )


def _tally(desk: Desk) -> tuple[tuple[str, int, str], ...]:
    """How many targets and budgets stand how, the bad ones first."""
    counts: dict[Verdict, int] = {}
    for one in desk.judgements:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    order = ["bad", "warn", "calm", "good"]
    ranked = sorted(counts, key=lambda verdict: (order.index(tone(verdict)), verdict))
    return tuple((desk.speech.say(f"verdict.{verdict}"), counts[verdict], tone(verdict)) for verdict in ranked)


def _targets(desk: Desk, scope: str, ref: str) -> tuple[Said, ...]:
    return tuple(said(desk, one) for one in desk.of(scope, ref) if not one.is_budget)


def _budgets(desk: Desk, scope: str, ref: str) -> tuple[Said, ...]:
    """The budget of the last period over, where there is one, and of the running one."""
    return tuple(said(desk, one) for one in desk.of(scope, ref) if one.is_budget)


def _objective(desk: Desk, id: str) -> OwnerCard:
    objective = desk.loaded.plan.objectives[id]
    serving = [ref for ref, action in desk.loaded.plan.actions.items() if id in action.objectives]
    brought = to_date_line(desk, [(Scope.ACTION, ref) for ref in serving]) if serving else ""
    return OwnerCard(
        name=objective.name,
        who=desk.person(objective.responsible),
        when="",
        what_for="",
        techniques="",
        results=_targets(desk, Scope.OBJECTIVE, id),
        budgets=(),
        spends_from="",
        to_date=desk.speech.say("report.contributes", figures=brought) if brought else "",
    )


def _action(desk: Desk, id: str, action: Action) -> OwnerCard:
    objectives = [desk.loaded.plan.objectives[objective].name for objective in action.objectives]
    return OwnerCard(
        name=action.name,
        who=desk.person(action.responsible),
        when=_when(desk, action),
        what_for=desk.speech.listed(objectives),
        techniques=desk.speech.listed(technique.replace("-", " ") for technique in action.techniques),
        results=_targets(desk, Scope.ACTION, id),
        budgets=_budgets(desk, Scope.ACTION, id),
        spends_from=desk.loaded.plan.budgets[action.shared_budget].name if action.shared_budget else "",
        to_date=to_date_line(desk, [(Scope.ACTION, id)]),
    )


def _shared_budget(desk: Desk, id: str) -> OwnerCard:
    shared = desk.loaded.plan.budgets[id]
    spenders = [action.name for action in desk.loaded.plan.spenders(id).values()]
    return OwnerCard(
        name=shared.name,
        who=desk.person(shared.responsible),
        when="",
        what_for=desk.speech.listed(spenders),
        techniques="",
        results=(),
        budgets=_budgets(desk, Scope.BUDGET, id),
        spends_from="",
        to_date="",
    )


def _when(desk: Desk, action: Action) -> str:
    plan, speech = desk.loaded.plan, desk.speech
    life = plan.life_of(action)
    if action.kind is ActionKind.ONE_OFF:
        return speech.period(life)
    if action.kind is ActionKind.CONTINUOUS or action.when.every is None:
        return speech.say("report.continuous", first=speech.day(life.start))
    every = speech.duration(action.when.every)
    if action.when.lasts is None:
        return speech.say("report.recurring", every=every, count=len(plan.occurrences_of(action)))
    return speech.say("report.recurring_lasts", every=every, lasts=speech.duration(action.when.lasts))


def _unattributed(connection: Connection, desk: Desk, stored: StoredPlan) -> str:
    sums = kpi_values.unattributed_sums(connection, desk.loaded, stored.id, desk.today)
    parts = [
        f"{desk.name(measure.value)} {desk.speech.number(amount, measure.unit, desk.loaded.plan.currency)}"
        for measure, amount in sums.items()
        if amount is not None
    ]
    return ", ".join(parts)


def _people(desk: Desk) -> list[tuple[str, str, str]]:
    """Each person with what they answer for: the lead for the plan as a whole; last what nobody answers for."""
    plan = desk.loaded.plan
    owners = [(plan.plan, plan.lead_id)]
    owners += [(aim.name, aim.responsible) for aim in plan.objectives.values()]
    owners += [(shared.name, shared.responsible) for shared in plan.budgets.values()]
    owners += [(action.name, action.responsible) for action in plan.actions.values()]

    def names(wanted: str | None) -> str:
        return ", ".join(name for name, responsible in owners if responsible == wanted)

    found = [(person.name, person.email, names(id) or "–") for id, person in plan.people.items()]
    orphans = names(None)
    return [*found, (desk.person(None), "", orphans)] if orphans else found


def _changes(desk: Desk) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], str]:
    """The last changes of the plan by their days, the newest first; and where to find those left off."""
    say, day_text = desk.speech.say, desk.speech.day
    found, left_off = latest(desk.history, CHANGES_SHOWN, desk.speech)
    shown = tuple((day_text(day) if day else say("change.pending"), tuple(sentences)) for day, sentences in found)
    command = f"vigie diff --plan {desk.loaded.id}"
    return shown, say("mail.more", count=left_off, command=command) if left_off else ""
