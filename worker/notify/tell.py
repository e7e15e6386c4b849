"""A plan's verdicts and sources -> flags and messages, in one transaction: no change without its message."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from config.catalogue import kpis_of
from config.fields import Language
from config.loader import LoadedPlan
from config.plan import Action, Kpi, Objective
from config.vocabulary import Unit
from worker.flag import Change, Problem, Reason
from worker.judge.evidence import Judgement
from worker.notify.compose import compose, compose_plan_problem, compose_undelivered
from worker.notify.decide import decide, is_silent
from worker.notify.news import SOURCE, News, Role, Standing, harmless
from worker.store import flags, outbox, sources
from worker.store.plans import ACTION, OBJECTIVE
from worker.store.sources import SourceRow, SourceState
from worker.wording import LANGUAGES, words
from worker.wording.sentences import sentence

GRACE = timedelta(hours=24)  # how long a source may be unavailable before someone is told


@dataclass(frozen=True)
class Round:
    """One round of telling: the plan, what was judged, and when."""

    loaded: LoadedPlan
    plan_id: int
    judgements: Sequence[Judgement]
    today: date
    now: datetime
    domain: str

    @property
    def kpis(self) -> Mapping[str, Kpi]:
        """The plan's KPIs."""
        return kpis_of(self.loaded.plan, self.loaded.declared)


def tell(connection: Connection, this: Round) -> int:
    """Open and resolve flags, and write one message to each person with news; gives the number of messages."""
    by_key = {_key(judgement): judgement for judgement in this.judgements}
    rows = sources.sources_of(connection, this.plan_id)
    problems = _problems(this, by_key) + _source_problems(this, rows)
    wrong = {problem.key for problem in problems}
    well = [key for key, judgement in by_key.items() if key not in wrong and not is_silent(judgement)]
    well += [_source_key(row) for row in rows if row.state is SourceState.OK]
    unknown = [key for key, judgement in by_key.items() if is_silent(judgement)]
    unknown += [_source_key(row) for row in rows if row.state is not SourceState.OK]
    changes = decide(problems, well, unknown, flags.standing(connection, this.plan_id), this.today)
    return _write_messages(connection, this, changes, by_key, rows) + _tell_of_undelivered(connection, this)


def _key(judgement: Judgement) -> str:
    return "/".join(judgement.key)


def _source_key(row: SourceRow) -> str:
    return f"{SOURCE}/{row.source}"


def _problems(this: Round, by_key: Mapping[str, Judgement]) -> list[Problem]:
    budgets: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for one in this.judgements:
        if one.is_budget:
            budgets[one.subject.scope, one.subject.ref].append(one)
    return [
        Problem(
            key=key,
            scope=one.subject.scope,
            ref=one.subject.ref,
            subject=one.subject.key,
            person=_responsible(this.loaded, one),
            verdict=one.verdict.value,
            sentences={language: _sentence(this, one, language) for language in LANGUAGES},
            period=one.period,
            stake=_stake(one, _spent(one, budgets[one.subject.scope, one.subject.ref])),
            judgement=one,
        )
        for key, one in by_key.items()
        if one.is_problem
    ]


def _spent(judgement: Judgement, budgets: Sequence[Judgement]) -> Decimal:
    """What was spent in the budget's period that the judged one begins in."""
    spent = (one.figure.value for one in budgets if judgement.period.start in one.period)
    return next(spent, None) or Decimal(0)


def _sentence(this: Round, judgement: Judgement, language: Language) -> str:
    return sentence(judgement, this.kpis.get(judgement.kpi), words(language))


def _stake(judgement: Judgement, spent: Decimal) -> Decimal:
    """Money at stake: what is too much, what is short where money is the target, else what was spent on it."""
    value = judgement.figure.value or Decimal(0)
    if not judgement.is_budget and (judgement.unit is not Unit.MONEY or judgement.figure.denominator is not None):
        return spent
    total = value + judgement.committed
    if judgement.low is not None and total < judgement.low:
        return judgement.low - total
    return total - (judgement.high or Decimal(0))


def _responsible(loaded: LoadedPlan, judgement: Judgement) -> str:
    owner: Action | Objective | None = None
    if judgement.subject.scope == ACTION:
        owner = loaded.plan.actions.get(judgement.subject.ref)
    elif judgement.subject.scope == OBJECTIVE:
        owner = loaded.plan.objectives.get(judgement.subject.ref)
    return (owner.responsible if owner else None) or loaded.plan.lead_id or ""


def _source_problems(this: Round, rows: Sequence[SourceRow]) -> list[Problem]:
    return [
        Problem(
            key=_source_key(row),
            scope=SOURCE,
            ref=row.source,
            subject=SOURCE,
            person=this.loaded.sources[row.source].responsible or this.loaded.plan.lead_id or "",
            verdict=row.state.value,
            sentences={language: _source_sentence(this, row, language) for language in LANGUAGES},
        )
        for row in rows
        if _is_told(row, this.now)
    ]


def _is_told(row: SourceRow, now: datetime) -> bool:
    """Whether a source's trouble is more than a passing one."""
    if row.state is SourceState.UNAVAILABLE:
        return row.failing_since_at is not None and now - row.failing_since_at >= GRACE
    return row.state not in (SourceState.OK, SourceState.NEVER)


def _source_sentence(this: Round, row: SourceRow, language: Language) -> str:
    speech = words(language)
    problem = harmless((row.problem or "").removeprefix(f"{row.source}: "))
    since = speech.say("source.since_never")
    if row.succeeded_at is not None:
        since = speech.say("source.since", moment=speech.moment(row.succeeded_at, this.loaded.plan.timezone))
    return speech.say(f"source.problem.{row.state}", source=row.source, since=since, problem=problem)


def _write_messages(
    connection: Connection,
    this: Round,
    changes: Sequence[Change],
    by_key: Mapping[str, Judgement],
    rows: Sequence[SourceRow],
) -> int:
    news: dict[str, list[News]] = defaultdict(list)
    for change in changes:
        flag_id = flags.apply(connection, this.plan_id, change, this.now)
        one = _news(this, change, flag_id, by_key)
        if one and (change.reason is not Reason.RESOLVED or flags.was_told(connection, flag_id)):
            person = change.problem.person if change.problem else change.flag.person if change.flag else ""
            news[person].append(one)
    standing = Standing(
        loaded=this.loaded,
        kpis=this.kpis,
        today=this.today,
        collected_at=max((row.succeeded_at for row in rows if row.succeeded_at), default=None),
    )
    written = 0
    for person, items in news.items():
        if person in this.loaded.plan.people:
            draft = compose(standing, person, items)
            message_id, is_new = outbox.put(connection, this.plan_id, draft, this.domain, this.now)
            flags.told_in(connection, [one.flag_id for one in items], message_id)
            written += is_new
    return written


def _news(this: Round, change: Change, flag_id: int, by_key: Mapping[str, Judgement]) -> News | None:
    """What a person hears of a change; None for one that nobody needs to hear of."""
    if change.reason is Reason.CLOSED:
        return None
    key = change.problem.key if change.problem else change.flag.key if change.flag else ""
    judgement = by_key.get(key)
    if judgement is None:
        sentences = {language: words(language).say("source.resolved") for language in LANGUAGES}
        return News(change, flag_id, key.partition("/")[2], Role.SOURCE, None, sentences)
    sentences = {language: _sentence(this, judgement, language) for language in LANGUAGES}
    return News(change, flag_id, judgement.subject.name, _role(this.loaded, judgement), judgement, sentences)


def _role(loaded: LoadedPlan, judgement: Judgement) -> Role:
    """Why its person is told: for an action that names nobody it is the plan's lead."""
    action = loaded.plan.actions.get(judgement.subject.ref) if judgement.subject.scope == ACTION else None
    return Role.LEAD if action and action.responsible is None else Role.YOU


def _tell_of_undelivered(connection: Connection, this: Round) -> int:
    """Tell the plan's lead, once, of each mail that was given up: what it said must not be lost with it."""
    lead = this.loaded.plan.lead_id
    if lead is None:
        return 0
    written = 0
    for failed in outbox.failed_untold(connection, this.plan_id):
        if failed.recipient != this.loaded.plan.people[lead].email:
            draft = compose_undelivered(this.loaded, lead, failed)
            written += outbox.put(connection, this.plan_id, draft, this.domain, this.now)[1]
    return written


def tell_of_broken_files(connection: Connection, this: Round, problems: Sequence[str]) -> int:
    """Tell the plan's lead, once for the same mistakes, that its last good version stays in force."""
    plan = this.loaded.plan
    if plan.lead_id is None:
        return 0
    draft = compose_plan_problem(this.loaded, plan.lead_id, problems)
    return int(outbox.put(connection, this.plan_id, draft, this.domain, this.now)[1])
