"""PURE. A plan's verdicts and sources as they are seen: what is wrong, what is in order, what cannot be told."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from config.fields import Language
from config.loading.loader import LoadedPlan
from config.plan import Action, Objective, SharedBudget
from config.vocabulary import Scope, Unit
from worker.flags.inhibit import is_told
from worker.model.flag import STORM, STRAY, Problem, Sight, Sign
from worker.model.records import SourceRow, SourceState, Stray
from worker.model.verdict import Judgement, Phase, Verdict
from worker.wording import LANGUAGES, words
from worker.wording.outside import harmless
from worker.wording.sentences import Sayer

STRAY_SHARE = Decimal("0.05")  # of the spend of the last weeks may belong to no action without a word


def seen(loaded: LoadedPlan, judgements: Sequence[Judgement], say: Sayer, today: date) -> list[Sight]:
    """Each target and budget, as it is judged."""
    budgets: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for one in judgements:
        if one.is_budget:
            budgets[one.subject.scope, one.subject.ref].append(one)
    return [_sight(loaded, one, budgets[one.subject.scope, one.subject.ref], say, today) for one in judgements]


def _sight(loaded: LoadedPlan, one: Judgement, budgets: Sequence[Judgement], say: Sayer, today: date) -> Sight:
    sign = Sign.UNKNOWN if one.is_silent else Sign.BREACH if one.is_problem else Sign.OK
    chain = chain_of(loaded, responsible(loaded, one))
    is_fact = one.phase is Phase.OUTCOME
    is_over = one.period.end <= today
    return Sight(
        key=key_of(one),
        sign=sign,
        data_date=one.data_date or today,
        is_fact=is_fact,
        is_ended=is_fact and is_over,
        is_urgent=one.verdict is Verdict.OVER and not is_over,
        shortfall=float(one.shortfall),
        chain=chain,
        problem=_problem(one, chain, _stake(one, _spent(one, budgets)), say) if sign is Sign.BREACH else None,
    )


def key_of(judgement: Judgement) -> str:
    """What tells a flag of one target or budget in one period from the others."""
    return "/".join(judgement.key)


def _problem(one: Judgement, chain: Sequence[str], stake: Decimal, say: Sayer) -> Problem:
    return Problem(
        key=key_of(one),
        scope=one.subject.scope,
        ref=one.subject.ref,
        subject=one.subject.key,
        person=chain[0] if chain else "",
        verdict=one.verdict.value,
        sentences={language: say(one, language) for language in LANGUAGES},
        period=one.period,
        stake=stake,
        judgement=one,
    )


def _spent(judgement: Judgement, budgets: Iterable[Judgement]) -> Decimal:
    """What was spent in the budget's period that the judged one begins in."""
    spent = (one.figure.value for one in budgets if judgement.period.start in one.period)
    return next(spent, None) or Decimal(0)


def _stake(judgement: Judgement, spent: Decimal) -> Decimal:
    """Money at stake: what is too much, what is short where money is the target, else what was spent on it."""
    if not judgement.is_budget and (judgement.unit is not Unit.MONEY or judgement.figure.denominator is not None):
        return spent
    at_end = judgement.at_end
    if judgement.low is not None and at_end < judgement.low:
        return judgement.low - at_end
    return abs(at_end - (judgement.high or Decimal(0)))


def responsible(loaded: LoadedPlan, judgement: Judgement) -> str:
    """Who answers for what is judged: the plan's lead where nobody is named."""
    owner: Action | Objective | SharedBudget | None = None
    if judgement.subject.scope == Scope.ACTION:
        owner = loaded.plan.actions.get(judgement.subject.ref)
    elif judgement.subject.scope == Scope.OBJECTIVE:
        owner = loaded.plan.objectives.get(judgement.subject.ref)
    elif judgement.subject.scope == Scope.BUDGET:
        owner = loaded.plan.budgets.get(judgement.subject.ref)
    return (owner.responsible if owner else None) or loaded.plan.lead_id or ""


def chain_of(loaded: LoadedPlan, person: str) -> tuple[str, ...]:
    """Who is told, and who next where nobody reacts: the person, the deputy, the plan's lead."""
    someone = loaded.plan.people.get(person)
    wanted = (person, someone.deputy if someone else None, loaded.plan.lead_id)
    return tuple(dict.fromkeys(one for one in wanted if one))


# ---- sources ----


def seen_sources(loaded: LoadedPlan, rows: Sequence[SourceRow], today: date, now: datetime) -> list[Sight]:
    """Each source, as its last readings went."""
    return [_seen_source(loaded, row, today, now) for row in rows]


def source_key(source: str) -> str:
    """The key of a source's flag."""
    return f"{Scope.SOURCE}/{source}"


def source_chain(loaded: LoadedPlan, source: str) -> tuple[str, ...]:
    """Who is told of a source's trouble: who looks after it, else the plan's lead."""
    entry = loaded.sources.get(source)
    return chain_of(loaded, (entry.responsible if entry else None) or loaded.plan.lead_id or "")


def _seen_source(loaded: LoadedPlan, row: SourceRow, today: date, now: datetime) -> Sight:
    sign = Sign.OK if row.state is SourceState.OK else Sign.BREACH if is_told(row, now) else Sign.UNKNOWN
    chain = source_chain(loaded, row.source)
    return Sight(
        key=source_key(row.source),
        sign=sign,
        data_date=today,
        at_once=True,
        chain=chain,
        problem=_source_problem(loaded, row, chain) if sign is Sign.BREACH else None,
    )


def _source_problem(loaded: LoadedPlan, row: SourceRow, chain: Sequence[str]) -> Problem:
    return Problem(
        key=source_key(row.source),
        scope=Scope.SOURCE,
        ref=row.source,
        subject=Scope.SOURCE,
        person=chain[0] if chain else "",
        verdict=row.state.value,
        sentences={language: _source_sentence(loaded, row, language) for language in LANGUAGES},
    )


def _source_sentence(loaded: LoadedPlan, row: SourceRow, language: Language) -> str:
    speech = words(language)
    problem = harmless((row.problem or "").removeprefix(f"{row.source}: "))
    since = speech.say("source.since_never")
    if row.succeeded_at is not None:
        since = speech.say("source.since", moment=speech.moment(row.succeeded_at, loaded.plan.timezone))
    return speech.say(f"source.problem.{row.state}", source=row.source, since=since, problem=problem)


def storm(loaded: LoadedPlan, held: int, today: date) -> Sight:
    """What the plan's lead is told where too many problems open at once; in order where there are not."""
    chain = chain_of(loaded, loaded.plan.lead_id or "")
    key = f"{Scope.SOURCE}/*"
    problem = Problem(
        key=key,
        scope=Scope.SOURCE,
        ref="*",
        subject=STORM,
        person=chain[0] if chain else "",
        verdict=STORM,
        sentences={language: words(language).say("storm", count=held) for language in LANGUAGES},
    )
    sign = Sign.BREACH if held else Sign.OK
    return Sight(key, sign, today, at_once=True, chain=chain[:1], problem=problem if held else None)


# ---- money that belongs to no action ----


def seen_stray(loaded: LoadedPlan, spent: Stray | None, today: date) -> Sight:
    """Whether more than a little of the last weeks' spend went to campaigns that belong to no action."""
    chain = chain_of(loaded, loaded.plan.lead_id or "")
    key = f"{Scope.PLAN}/{loaded.id}/{STRAY}"
    if spent is None:
        return Sight(key, Sign.UNKNOWN, today, chain=chain)
    if spent.stray <= STRAY_SHARE * spent.whole:
        return Sight(key, Sign.OK, today, chain=chain)
    problem = Problem(
        key=key,
        scope=Scope.PLAN,
        ref=loaded.id,
        subject=STRAY,
        person=chain[0] if chain else "",
        verdict=STRAY,
        sentences={language: _stray_sentence(loaded, spent, language) for language in LANGUAGES},
        stake=spent.stray,
    )
    share = float(spent.stray / spent.whole)
    return Sight(key, Sign.BREACH, today, shortfall=share, chain=chain, problem=problem)


def _stray_sentence(loaded: LoadedPlan, spent: Stray, language: Language) -> str:
    speech, currency = words(language), loaded.plan.currency
    named = (
        speech.say(
            "unattributed.one",
            name=harmless(name) or speech.say("unattributed.unnamed"),
            spent=speech.money(amount, currency),
        )
        for name, amount in spent.campaigns
    )
    return speech.say(
        "unattributed",
        stray=speech.money(spent.stray, currency),
        whole=speech.money(spent.whole, currency),
        days=len(spent.days),
        share=speech.percent(spent.stray / spent.whole),
        campaigns=speech.listed(named),
    )
