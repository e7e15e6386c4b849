"""A person's week in words: what stands and who looks after it, what is over; that all is quiet where it is."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from config.message import marked
from config.vocabulary import Measure, Scope, Unit
from worker.flags.observe import key_of
from worker.flags.stakes import in_all, rank
from worker.model.flag import STORM, FlagState
from worker.model.tone import tone_of
from worker.model.verdict import Judgement, Verdict
from worker.notify.digest_checks import checked, concerns, to_watch, unjudged
from worker.notify.week import Digest, Entry, Section, Week, latest
from worker.store.sentences import sentences_of
from worker.wording import Translator
from worker.wording.outside import harmless
from worker.wording.sentences import bound, kpi_name, result, sentence
from worker.wording.terms import problem_term, verdict_term

#: puts one flag into words
WriteEntry = Callable[[Row[Any], Week, Translator], Entry]

SHOWN = 20  # entries under one heading; the rest is counted
SAID = 2  # things in a subject

#: by the state of a flag, and whether there is a note
_IN_HAND: Mapping[tuple[FlagState, bool], str] = {
    (FlagState.ACKNOWLEDGED, False): marked("Open since {since}; acknowledged by {who} on {on}."),
    (FlagState.ACKNOWLEDGED, True): marked("Open since {since}; acknowledged by {who} on {on}: “{note}”"),
    (FlagState.SNOOZED, False): marked("Open since {since}; snoozed until {until} by {who}."),
    (FlagState.SNOOZED, True): marked("Open since {since}; snoozed until {until} by {who}: “{note}”"),
}


def digest(week: Week, translator: Translator, mentioned: Collection[int] = ()) -> Digest:
    """The digest in words; ``mentioned`` are the flags that the same mail speaks of already."""
    mine, flapping, over = _mine(week)
    what, is_well = checked(week, translator)
    watched = to_watch(week)
    is_quiet = is_well and not (week.standing or over or flapping or watched or week.held)
    lines = [
        translator.say(
            "All quiet: {checked} checked, {sources}." if is_quiet else "{checked} checked, {sources}.",
            **what,
        ),
        *unjudged(week, translator),
        *_of_others(week, translator),
        *_on_hold(week, translator),
    ]
    restless = {row.id for row in flapping}
    rows = {
        translator.say("Open alerts"): (_open, [row for row in mine if row.id not in restless]),
        translator.say("On and off"): (_flapping, flapping),
        translator.say("Resolved this week"): (_gone, over),
    }
    sections = [
        Section(title, _entries([row for row in every if row.id not in mentioned], write, week, translator))
        for title, (write, every) in rows.items()
    ]
    entries = tuple(_watched(one, week, translator) for one in watched[:SHOWN])
    sections.append(Section(translator.say("To watch"), entries))
    sections.append(Section(translator.say("What came of it"), tuple(Entry(*one) for one in week.effects)))
    if week.leads:
        sections.append(_plan(week, translator))
    subject = _subject(week, len(mine), translator, is_quiet=is_quiet)
    return Digest(week.key, subject, tuple(lines), tuple(section for section in sections if section.entries))


def _mine(week: Week) -> tuple[list[Row[Any]], list[Row[Any]], list[Row[Any]]]:
    """What stands for the person, what comes and goes, what is over."""
    mine = sorted((row for row in week.standing if row.person == week.person), key=lambda row: _rank(row, week))
    over = [row for row in week.over if row.person == week.person]
    known = {row.id for row in over}
    over += [row for row in week.flapping if row.state == FlagState.RESOLVED and row.id not in known]
    return mine, [row for row in week.flapping if row.state != FlagState.RESOLVED], over


def _rank(row: Row[Any], week: Week) -> tuple[Decimal, Decimal, str]:
    return rank(week.stakes.get(row.key, Decimal(0)), row.shortfall, row.ref)


def _of_others(week: Week, translator: Translator) -> list[str]:
    """Who has the open alerts that the subject counts and nothing else here names; the lead sees them by person."""
    people = Counter(row.person for row in week.standing if row.person != week.person)
    if week.leads or not people:
        return []
    return [translator.say("Open alerts of others: {people}.", people=_by_person(people, week, translator))]


def _by_person(people: Counter[str], week: Week, translator: Translator) -> str:
    return ", ".join(
        translator.say("{name} ({count})", name=_who(id, week), count=count) for id, count in people.most_common()
    )


def _on_hold(week: Week, translator: Translator) -> list[str]:
    """What the lead is told of alerts that nobody was told of yet."""
    if not (week.leads and week.held):
        return []
    return [
        translator.counted(
            "1 alert is on hold until another day confirms it.",
            "{count} alerts raised at once are on hold until another day confirms them.",
            week.held,
        )
    ]


def _subject(week: Week, count: int, translator: Translator, *, is_quiet: bool) -> str:
    plan = week.loaded.plan.plan
    if is_quiet:
        return translator.say("{plan}: all quiet", plan=plan)
    others = len(week.standing) - count
    said = [
        *([translator.counted("1 open alert", "{count} open alerts", count)] if count else []),
        *([translator.counted("1 open alert of others", "{count} open alerts of others", others)] if others else []),
        *concerns(week, translator),
    ]
    said = said or [translator.say("no open alerts")]
    return translator.say("{plan}: your week, {what}", plan=plan, what=", ".join(said[:SAID]))


# ---- flags ----


def _entries(rows: Sequence[Row[Any]], write: WriteEntry, week: Week, translator: Translator) -> tuple[Entry, ...]:
    """What stands under a heading; of very much the first, and how many more there are."""
    entries = [write(row, week, translator) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        entries.append(Entry(translator.counted("And 1 more.", "And {count} more.", len(rows) - SHOWN), ""))
    return tuple(entries)


def _open(row: Row[Any], week: Week, translator: Translator) -> Entry:
    sentence = sentences_of(row)[translator.language]
    text = _standing(row, week, translator)
    return Entry(
        _name(row, week, translator), text, problem_term(row.verdict, translator), tone_of(row.verdict), sentence
    )


def _standing(row: Row[Any], week: Week, translator: Translator) -> str:
    """Since when, and who looks after it."""
    since = translator.day(row.opened_on) if row.opened_on else ""
    by_hand = week.answered.get(row.key)
    if by_hand is not None and row.state in (FlagState.ACKNOWLEDGED, FlagState.SNOOZED):
        return translator.say(
            _IN_HAND[FlagState(row.state), bool(by_hand.note)],
            since=since,
            who=_who(by_hand.by, week),
            on=translator.day(by_hand.at.date()),
            until=translator.day(by_hand.until) if by_hand.until else "",
            note=harmless(by_hand.note),
        )
    judged = next((judgement for judgement in week.judgements if key_of(judgement) == row.key), None)
    if judged is not None and judged.verdict is Verdict.NO_DATA:
        return translator.say("Open since {day}; its figures are missing at the moment.", day=since)
    if row.state == FlagState.RECOVERING:
        return translator.say("Open since {day}; back to normal, to be confirmed.", day=since)
    return translator.say("Open since {day}; not acknowledged yet.", day=since)


def _flapping(row: Row[Any], week: Week, translator: Translator) -> Entry:
    sentence = sentences_of(row)[translator.language]
    return Entry(
        _name(row, week, translator),
        translator.say("Too frequent for an e-mail each time: {sentence}", sentence=sentence),
    )


def _gone(row: Row[Any], week: Week, translator: Translator) -> Entry:
    return Entry(_name(row, week, translator), "")


def _name(row: Row[Any], week: Week, translator: Translator) -> str:
    """What a flag is about, with its period."""
    if row.scope == Scope.SOURCE:
        is_storm = row.subject == STORM
        return (
            translator.say("unusually many alerts at once")
            if is_storm
            else translator.say("Source “{source}”", source=row.ref)
        )
    plan = week.loaded.plan
    owner = plan.actions.get(row.ref) or plan.objectives.get(row.ref) or plan.budgets.get(row.ref)
    name = owner.name if owner else plan.plan if row.scope == Scope.PLAN else row.ref
    judged = next((judgement for judgement in week.judgements if key_of(judgement) == row.key), None)
    return translator.say("{name}, {period}", name=name, period=translator.period(judged.period)) if judged else name


def _who(by: str, week: Week) -> str:
    someone = week.loaded.plan.people.get(by)
    return someone.name if someone else harmless(by)


def _watched(judgement: Judgement, week: Week, translator: Translator) -> Entry:
    """What is going wrong, and no alert yet."""
    return Entry(
        translator.say("{name}, {period}", name=judgement.subject.name, period=translator.period(judgement.period)),
        sentence(judgement, week.kpis.get(judgement.kpi), translator),
        verdict_term(judgement, translator),
        tone_of(judgement.verdict),
    )


# ---- the plan, for its lead ----


def _plan(week: Week, translator: Translator) -> Section:
    """How the plan as a whole stands."""
    entries = [
        _promise(judgement, week, translator)
        for judgement in latest(week)
        if judgement.subject.scope == Scope.OBJECTIVE
    ][:SHOWN]
    entries += [
        _spent(judgement, translator)
        for judgement in latest(week)
        if judgement.subject.scope == Scope.PLAN and judgement.is_budget
    ]
    people = Counter(row.person for row in week.standing)
    standing = {(row.scope, row.key): week.stakes.get(row.key, Decimal(0)) for row in week.standing}
    stake = in_all(standing) if standing else Decimal(0)
    facts = {
        translator.say("Open alerts by person"): _by_person(people, week, translator),
        translator.say("At stake"): _at_stake(stake, week, translator) if stake else "",
        translator.say("Outside all actions"): translator.listed(_unattributed(week, translator)),
    }
    entries += [Entry(label, text) for label, text in facts.items() if text]
    return Section(translator.say("The plan"), tuple(entries))


def _at_stake(stake: Decimal, week: Week, translator: Translator) -> str:
    return translator.say(
        "{amount} (over budget, left unused, short in money, or spent in part on what falls short)",
        amount=translator.money(stake, week.loaded.plan.currency),
    )


def _promise(judgement: Judgement, week: Week, translator: Translator) -> Entry:
    kpi = week.kpis.get(judgement.kpi)
    name = kpi_name(kpi, translator, judgement.breakdown) if kpi else judgement.kpi
    text = translator.say(
        "{kpi}: {value} (target: {bound})",
        kpi=name,
        value=result(judgement, translator),
        bound=bound(judgement, translator),
    )
    return Entry(judgement.subject.name, text, verdict_term(judgement, translator), tone_of(judgement.verdict))


def _spent(judgement: Judgement, translator: Translator) -> Entry:
    amounts = {"spent": judgement.figure.value, "committed": judgement.committed, "amount": judgement.high}
    said = {name: translator.number(amount, Unit.MONEY, judgement.currency) for name, amount in amounts.items()}
    text = translator.say(
        "{spent} spent and {committed} committed of {amount}" if judgement.committed else "{spent} spent of {amount}",
        **said,
    )
    return Entry(translator.say("Budget"), text, verdict_term(judgement, translator), tone_of(judgement.verdict))


def _unattributed(week: Week, translator: Translator) -> list[str]:
    """What belongs to no action, where it is known and there is some."""
    visits, spend = week.unattributed.get(Measure.SESSIONS), week.unattributed.get(Measure.SPEND)
    said = []
    if visits:
        count = translator.number(visits, Unit.COUNT)
        said.append(translator.counted("1 visit", "{count} visits", int(visits), count=count))
    if spend:
        said.append(translator.say("{amount} of spend", amount=translator.money(spend, week.loaded.plan.currency)))
    return said
