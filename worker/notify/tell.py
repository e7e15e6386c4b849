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
from worker.flag import Change, Problem, Reason
from worker.judge.evidence import Judgement
from worker.notify.compose import News, Standing, compose, compose_plan_problem
from worker.notify.decide import decide, is_silent
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
    return _write_messages(connection, this, changes, by_key, rows)


def _key(judgement: Judgement) -> str:
    return "/".join(judgement.key)


def _source_key(row: SourceRow) -> str:
    return f"source/{row.source}"


def _problems(this: Round, by_key: Mapping[str, Judgement]) -> list[Problem]:
    spent = {
        (one.subject.scope, one.subject.ref): one.figure.value or Decimal(0) for one in this.judgements if one.is_budget
    }
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
            stake=_stake(one, spent.get((one.subject.scope, one.subject.ref), Decimal(0))),
            judgement=one,
        )
        for key, one in by_key.items()
        if one.is_problem
    ]


def _sentence(this: Round, judgement: Judgement, language: Language) -> str:
    return sentence(judgement, this.kpis.get(judgement.kpi), words(language))


def _stake(judgement: Judgement, spent: Decimal) -> Decimal:
    """Money at stake: what is too much, what is short where money is the target, else what was spent on it."""
    value = judgement.figure.value or Decimal(0)
    if judgement.is_budget:
        return value + judgement.committed - (judgement.high or Decimal(0))
    is_sum_of_money = judgement.unit == "money" and judgement.figure.denominator is None
    if is_sum_of_money and judgement.low is not None:
        return judgement.low - value
    return spent


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
            scope="source",
            ref=row.source,
            subject="source",
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
    problem = row.problem or ""
    if row.succeeded_at is None:
        return speech.say("source.problem_never", source=row.source, problem=problem)
    since = speech.moment(row.succeeded_at, this.loaded.plan.timezone)
    return speech.say("source.problem", source=row.source, since=since, problem=problem)


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
            is_lead_instead = all(_is_lead_instead(this.loaded, one) for one in items)
            draft = compose(standing, person, items, is_lead_instead=is_lead_instead)
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
    if judgement is not None:
        sentences = {language: _sentence(this, judgement, language) for language in LANGUAGES}
        return News(change, flag_id, judgement.subject.name, judgement, sentences)
    source = key.partition("/")[2]
    sentences = {language: words(language).say("source.resolved", source=source) for language in LANGUAGES}
    return News(change, flag_id, source, None, sentences)


def _is_lead_instead(loaded: LoadedPlan, news: News) -> bool:
    """Whether the lead is told because an action names nobody."""
    action = loaded.plan.actions.get(news.change.problem.ref) if news.change.problem else None
    return action is not None and action.responsible is None


def tell_of_broken_files(connection: Connection, this: Round, problems: Sequence[str]) -> int:
    """Tell the plan's lead, once for the same mistakes, that its last good version stays in force."""
    plan = this.loaded.plan
    if plan.lead_id is None:
        return 0
    draft = compose_plan_problem(this.loaded, plan.lead_id, problems)
    return int(outbox.put(connection, this.plan_id, draft, this.domain, this.now)[1])
