"""PURE. A plan's verdicts and sources as they are seen: what is wrong, what is in order, what cannot be told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.message import marked
from config.plan import Action, Objective, SharedBudget
from config.vocabulary import Scope
from worker.flags.inhibit import is_lasting
from worker.flags.stakes import stakes_of
from worker.model.flag import STORM, UNATTRIBUTED, Alert, Observation, Status
from worker.model.records import SourceRow, SourceState, UnattributedSpend
from worker.model.verdict import Judgement, Phase, Verdict
from worker.wording import LANGUAGES, translator_for
from worker.wording.outside import harmless
from worker.wording.sentences import Sayer

_SOURCE_PROBLEMS: Mapping[str, str] = {
    SourceState.UNAVAILABLE: marked("Source “{source}” is unavailable ({since}): {problem}"),
    SourceState.REFUSED: marked("Source “{source}” can’t be read ({since}): {problem}"),
    SourceState.MISREAD: marked("Source “{source}” sends an unexpected format ({since}): {problem}"),
    SourceState.SUSPECT: marked("Source “{source}” looks wrong ({since}): {problem}"),
    SourceState.EMPTY: marked("Source “{source}” has not delivered any figures yet: {problem}"),
}

UNATTRIBUTED_SHARE = Decimal("0.05")  # of the spend of the last weeks may belong to no action without a word


def observe_judgements(
    loaded: LoadedPlan, judgements: Sequence[Judgement], say: Sayer, today: date
) -> list[Observation]:
    """Each target and budget, as it is judged."""
    stakes = stakes_of(loaded.plan, judgements)
    return [_observation(loaded, one, stakes, say, today) for one in judgements]


def _observation(
    loaded: LoadedPlan, judgement: Judgement, stakes: Mapping[str, Decimal], say: Sayer, today: date
) -> Observation:
    status = Status.UNKNOWN if judgement.is_silent else Status.BREACH if judgement.is_problem else Status.OK
    chain = chain_of(loaded, responsible(loaded, judgement))
    is_fact = judgement.phase is Phase.OUTCOME
    is_over = judgement.period.end <= today
    problem = None
    if status is Status.BREACH:
        problem = _alert(judgement, chain, stakes[key_of(judgement)], say)
    return Observation(
        key=key_of(judgement),
        status=status,
        data_date=judgement.data_date or today,
        is_fact=is_fact,
        is_ended=is_fact and is_over,
        is_urgent=judgement.verdict is Verdict.OVER and not is_over,
        shortfall=float(judgement.shortfall),
        chain=chain,
        problem=problem,
    )


def key_of(judgement: Judgement) -> str:
    """What tells a flag of one target or budget in one period from the others."""
    return "/".join(judgement.key)


def _alert(judgement: Judgement, chain: Sequence[str], stake: Decimal, say: Sayer) -> Alert:
    return Alert(
        key=key_of(judgement),
        scope=judgement.subject.scope,
        ref=judgement.subject.ref,
        subject=judgement.subject.key,
        person=chain[0] if chain else "",
        verdict=judgement.verdict.value,
        sentences={language: say(judgement, language) for language in LANGUAGES},
        period=judgement.period,
        stake=stake,
        judgement=judgement,
    )


def responsible(loaded: LoadedPlan, judgement: Judgement) -> str:
    """Who is responsible for what is judged: the plan's lead where nobody is named."""
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


def observe_sources(loaded: LoadedPlan, rows: Sequence[SourceRow], today: date, now: datetime) -> list[Observation]:
    """Each source, as its last readings went."""
    return [_observe_source(loaded, row, today, now) for row in rows]


def source_key(source: str) -> str:
    """The key of a source's flag."""
    return f"{Scope.SOURCE}/{source}"


def source_chain(loaded: LoadedPlan, source: str) -> tuple[str, ...]:
    """Who is told of a source's trouble: who looks after it, else the plan's lead."""
    entry = loaded.sources.get(source)
    return chain_of(loaded, (entry.responsible if entry else None) or loaded.plan.lead_id or "")


def _observe_source(loaded: LoadedPlan, row: SourceRow, today: date, now: datetime) -> Observation:
    status = Status.OK if row.state is SourceState.OK else Status.BREACH if is_lasting(row, now) else Status.UNKNOWN
    chain = source_chain(loaded, row.source)
    return Observation(
        key=source_key(row.source),
        status=status,
        data_date=today,
        at_once=True,
        chain=chain,
        problem=_source_alert(loaded, row, chain) if status is Status.BREACH else None,
    )


def _source_alert(loaded: LoadedPlan, row: SourceRow, chain: Sequence[str]) -> Alert:
    return Alert(
        key=source_key(row.source),
        scope=Scope.SOURCE,
        ref=row.source,
        subject=Scope.SOURCE,
        person=chain[0] if chain else "",
        verdict=row.state.value,
        sentences={language: _source_sentence(loaded, row, language) for language in LANGUAGES},
    )


def _source_sentence(loaded: LoadedPlan, row: SourceRow, language: Language) -> str:
    translator = translator_for(language)
    problem = harmless((row.problem or "").removeprefix(f"{row.source}: "))
    since = translator.say("never read")
    if row.succeeded_at is not None:
        since = translator.say(
            "last read on {moment}", moment=translator.moment(row.succeeded_at, loaded.plan.timezone)
        )
    return translator.say(_SOURCE_PROBLEMS[row.state], source=row.source, since=since, problem=problem)


def storm(loaded: LoadedPlan, held: int, today: date) -> Observation:
    """What the plan's lead is told where too many problems open at once; in order where there are not."""
    chain = chain_of(loaded, loaded.plan.lead_id or "")
    key = f"{Scope.SOURCE}/*"
    problem = Alert(
        key=key,
        scope=Scope.SOURCE,
        ref="*",
        subject=STORM,
        person=chain[0] if chain else "",
        verdict=STORM,
        sentences={
            language: translator_for(language).say(
                "Unusually many alerts at once: {count} targets and budgets. The figures are probably wrong, so nobody "
                "else has been notified yet; what the next day’s figures confirm will be sent.",
                count=held,
            )
            for language in LANGUAGES
        },
    )
    status = Status.BREACH if held else Status.OK
    return Observation(key, status, today, at_once=True, chain=chain[:1], problem=problem if held else None)


# ---- money that belongs to no action ----


def observe_unattributed(loaded: LoadedPlan, spent: UnattributedSpend | None, today: date) -> Observation:
    """Whether more than a little of the last weeks' spend went to campaigns that belong to no action."""
    chain = chain_of(loaded, loaded.plan.lead_id or "")
    key = f"{Scope.PLAN}/{loaded.id}/{UNATTRIBUTED}"
    if spent is None:
        return Observation(key, Status.UNKNOWN, today, chain=chain)
    if spent.unattributed <= UNATTRIBUTED_SHARE * spent.whole:
        return Observation(key, Status.OK, today, chain=chain)
    problem = Alert(
        key=key,
        scope=Scope.PLAN,
        ref=loaded.id,
        subject=UNATTRIBUTED,
        person=chain[0] if chain else "",
        verdict=UNATTRIBUTED,
        sentences={language: _unattributed_sentence(loaded, spent, language) for language in LANGUAGES},
        stake=spent.unattributed,
    )
    share = float(spent.unattributed / spent.whole)
    return Observation(key, Status.BREACH, today, shortfall=share, chain=chain, problem=problem)


def _unattributed_sentence(loaded: LoadedPlan, spent: UnattributedSpend, language: Language) -> str:
    translator, currency = translator_for(language), loaded.plan.currency
    named = (
        translator.say(
            "{name} ({spent})",
            name=harmless(name) or translator.say("no campaign name"),
            spent=translator.money(amount, currency),
        )
        for name, amount in spent.campaigns
    )
    return translator.say(
        "{unattributed} of the {whole} spent in the last {days} days ({share}) went to campaigns outside all actions, "
        "mostly: {campaigns}.",
        unattributed=translator.money(spent.unattributed, currency),
        whole=translator.money(spent.whole, currency),
        days=len(spent.days),
        share=translator.percent(spent.unattributed / spent.whole),
        campaigns=translator.listed(named),
    )
