"""A person's week in words: what stands and who has it in hand, what is over; that all is quiet where it is."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from config.loading.loaded import LoadedPlan
from config.message import marked
from config.plan import Kpi
from config.vocabulary import Measure, Scope, Unit
from worker.flags.observe import key_of, responsible
from worker.model.flag import STORM, FlagState
from worker.model.records import Answered, SourceRow, SourceState
from worker.model.tone import Tone, tone_of
from worker.model.verdict import Judgement, Verdict
from worker.store.sentences import sentences_of
from worker.wording import Translator
from worker.wording.finding_terms import COUNTS
from worker.wording.outside import harmless
from worker.wording.sentences import bound, kpi_name, result
from worker.wording.terms import problem_term, verdict_term

SHOWN = 20  # entries under one heading; the rest is counted

#: by the state of a flag, and whether there is a note
_IN_HAND: Mapping[tuple[FlagState, bool], str] = {
    (FlagState.ACKNOWLEDGED, False): marked("Open since {since}; acknowledged by {who} on {on}."),
    (FlagState.ACKNOWLEDGED, True): marked("Open since {since}; acknowledged by {who} on {on}: “{note}”"),
    (FlagState.SNOOZED, False): marked("Open since {since}; snoozed until {until} by {who}."),
    (FlagState.SNOOZED, True): marked("Open since {since}; snoozed until {until} by {who}: “{note}”"),
}

_UNJUDGED = (Verdict.NO_DATA, Verdict.UNMEASURABLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing under a heading."""

    name: str
    text: str
    badge: str = ""
    tone: Tone = Tone.UNKNOWN
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A person's week. ``key`` is that of its message: the same week makes no second one."""

    key: str
    subject: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Week:
    """What a digest is made of."""

    key: str
    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    person: str
    judgements: Sequence[Judgement]
    sources: Sequence[SourceRow]
    settled: Mapping[str, date]
    standing: Sequence[Row[Any]]  #: flags of the whole plan
    over: Sequence[Row[Any]]  #: the last week's
    flapping: Sequence[Row[Any]]  #: what comes and goes, for this person
    answered: Mapping[str, Answered]
    held: int = 0
    stakes: Mapping[str, Decimal] = field(default_factory=dict)  #: by key of the flag
    unattributed: Mapping[Measure, Decimal | None] = field(default_factory=dict)  #: what belongs to no action

    @property
    def leads(self) -> bool:
        """Whether the person is told about the plan as a whole."""
        return self.person == self.loaded.plan.lead_id


def digest(week: Week, translator: Translator, mentioned: Collection[int] = ()) -> Digest:
    """The digest in words; ``mentioned`` are the flags that the same mail speaks of already."""
    mine = [row for row in week.standing if row.person == week.person]
    over = [row for row in week.over if row.person == week.person]
    flapping = [row for row in week.flapping if row.state != FlagState.RESOLVED]
    over += [row for row in week.flapping if row.state == FlagState.RESOLVED and row.id not in {one.id for one in over}]
    restless = {row.id for row in flapping}
    quiet = {*mentioned, *restless}
    sections = [
        _section(translator.say("Open alerts"), [row for row in mine if row.id not in quiet], _open, week, translator),
        _section(
            translator.say("On and off"),
            [row for row in flapping if row.id not in mentioned],
            _flapping,
            week,
            translator,
        ),
        _section(
            translator.say("Resolved this week"),
            [row for row in over if row.id not in mentioned],
            _gone,
            week,
            translator,
        ),
    ]
    is_quiet = not (mine or over or flapping or (week.leads and (week.standing or week.held)))
    checked, is_well = _checked(week, translator)
    lines = [
        translator.say(
            "All quiet: {checked} checked, {sources}." if is_quiet and is_well else "{checked} checked, {sources}.",
            **checked,
        ),
        *_unjudged(week, translator),
    ]
    if week.leads and week.held:
        lines.append(
            translator.counted(
                "1 alert is on hold until another day confirms it.",
                "{count} alerts raised at once are on hold until another day confirms them.",
                week.held,
            )
        )
        is_quiet = False
    if week.leads:
        sections.append(_plan(week, translator))
    shown = tuple(section for section in sections if section.entries)
    return Digest(week.key, _subject(week, len(mine), translator, is_quiet=is_quiet and is_well), tuple(lines), shown)


def _subject(week: Week, count: int, translator: Translator, *, is_quiet: bool) -> str:
    plan = week.loaded.plan.plan
    if is_quiet:
        return translator.say("{plan}: all quiet", plan=plan)
    if not count:
        return translator.say("{plan}: your week, no open alerts", plan=plan)
    return translator.counted(
        "{plan}: your week, 1 open alert", "{plan}: your week, {count} open alerts", count, plan=plan
    )


# ---- what was looked at ----


def _latest(week: Week) -> list[Judgement]:
    """Each target and budget that the person answers for, in its newest period; all of them for the lead."""
    newest: dict[tuple[str, str, str], Judgement] = {}
    for one in week.judgements:
        if week.leads or responsible(week.loaded, one) == week.person:
            key = (one.subject.scope, one.subject.ref, one.subject.key)
            if key not in newest or one.period.start > newest[key].period.start:
                newest[key] = one
    return list(newest.values())


def _checked(week: Week, translator: Translator) -> tuple[dict[str, str], bool]:
    """What was looked at, and whether all of it could be."""
    every = _latest(week)
    kinds = [
        (COUNTS["targets"], sum(not one.is_budget for one in every)),
        (COUNTS["budgets"], sum(one.is_budget for one in every)),
    ]
    counted = [translator.counted(*texts, count) for texts, count in kinds if count]
    sources, is_fresh = _fresh(week, translator)
    is_well = is_fresh and not any(one.verdict in _UNJUDGED for one in every)
    return {"checked": translator.listed(counted) or translator.say("nothing"), "sources": sources}, is_well


def _fresh(week: Week, translator: Translator) -> tuple[str, bool]:
    count = len(week.sources)
    failing = [row.source for row in week.sources if row.state is not SourceState.OK]
    if not count:
        return translator.say("no sources"), True
    if failing:
        names = translator.listed(failing)
        return translator.say(
            "{fresh} of {count} sources working (not {names})", fresh=count - len(failing), count=count, names=names
        ), False
    days = [week.settled.get(row.source) for row in week.sources]
    known = [day for day in days if day is not None]
    if len(known) < count:
        return translator.say("sources without final days yet"), True
    return translator.counted(
        "the source is up to date as of {day}",
        "all {count} sources up to date as of {day}",
        count,
        day=translator.day(min(known)),
    ), True


def _unjudged(week: Week, translator: Translator) -> list[str]:
    count = sum(one.verdict in _UNJUDGED for one in _latest(week))
    if not count:
        return []
    return [
        translator.counted(
            "1 of them can’t be judged: figures are missing.",
            "{count} of them can’t be judged: figures are missing.",
            count,
        )
    ]


# ---- flags ----


def _section(
    title: str,
    rows: Sequence[Row[Any]],
    said: Callable[[Row[Any], Week, Translator], Entry],
    week: Week,
    translator: Translator,
) -> Section:
    entries = [said(row, week, translator) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        entries.append(Entry(translator.counted("And 1 more.", "And {count} more.", len(rows) - SHOWN), ""))
    return Section(title, tuple(entries))


def _open(row: Row[Any], week: Week, translator: Translator) -> Entry:
    sentence = sentences_of(row)[translator.language]
    text = _standing(row, week, translator)
    return Entry(
        _name(row, week, translator), text, problem_term(row.verdict, translator), tone_of(row.verdict), sentence
    )


def _standing(row: Row[Any], week: Week, translator: Translator) -> str:
    """Since when, and who has it in hand."""
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
    judged = next((one for one in week.judgements if key_of(one) == row.key), None)
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
    owner = plan.actions.get(row.ref) or plan.objectives.get(row.ref)
    name = owner.name if owner else plan.plan if row.scope == Scope.PLAN else row.ref
    judged = next((one for one in week.judgements if key_of(one) == row.key), None)
    return translator.say("{name}, {period}", name=name, period=translator.period(judged.period)) if judged else name


def _who(by: str, week: Week) -> str:
    someone = week.loaded.plan.people.get(by)
    return someone.name if someone else harmless(by)


# ---- the plan, for its lead ----


def _plan(week: Week, translator: Translator) -> Section:
    """How the plan as a whole stands."""
    entries = [_promise(one, week, translator) for one in _latest(week) if one.subject.scope == Scope.OBJECTIVE][:SHOWN]
    entries += [_spent(one, translator) for one in _latest(week) if one.subject.scope == Scope.PLAN and one.is_budget]
    people = Counter(row.person for row in week.standing)
    counted = [
        translator.say("{name}: {count}", name=_who(id, week), count=count) for id, count in people.most_common()
    ]
    stake = sum((week.stakes.get(row.key, Decimal(0)) for row in week.standing), Decimal(0))
    facts = {
        translator.say("Open alerts by person"): ", ".join(counted),
        translator.say("At stake"): translator.money(stake, week.loaded.plan.currency) if stake else "",
        translator.say("Outside all actions"): translator.listed(_unattributed(week, translator)),
    }
    entries += [Entry(label, text) for label, text in facts.items() if text]
    return Section(translator.say("The plan"), tuple(entries))


def _promise(one: Judgement, week: Week, translator: Translator) -> Entry:
    kpi = week.kpis.get(one.kpi)
    name = kpi_name(kpi, translator, one.breakdown) if kpi else one.kpi
    text = translator.say(
        "{kpi}: {value} (target: {bound})", kpi=name, value=result(one, translator), bound=bound(one, translator)
    )
    return Entry(one.subject.name, text, verdict_term(one, translator), tone_of(one.verdict))


def _spent(one: Judgement, translator: Translator) -> Entry:
    amounts = {"spent": one.figure.value, "committed": one.committed, "amount": one.high}
    said = {name: translator.number(amount, Unit.MONEY, one.currency) for name, amount in amounts.items()}
    text = translator.say(
        "{spent} spent and {committed} committed of {amount}" if one.committed else "{spent} spent of {amount}", **said
    )
    return Entry(translator.say("Budget"), text, verdict_term(one, translator), tone_of(one.verdict))


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
