"""What was looked at in a person's week, and whether all of it could be, in words."""

from worker.flags.observe import key_of, source_key
from worker.model.records import SourceState
from worker.model.tone import Tone, tone_of
from worker.model.verdict import Judgement, Verdict
from worker.notify.week import Week, latest
from worker.wording import Translator
from worker.wording.finding_terms import COUNTS
from worker.wording.sentences import inside, kpi_name
from worker.wording.terms import NOT_WORKING, SILENT, TO_WATCH, UNJUDGED

BEHIND = 3  # days that a source may take longer than another without a word
NAMED = 3  # that cannot be judged; the rest is counted
_UNJUDGED = (Verdict.NO_DATA, Verdict.UNMEASURABLE)


def checked(week: Week, translator: Translator) -> tuple[dict[str, str], bool]:
    """What was looked at, and whether all of it could be."""
    every = latest(week)
    kinds = [
        (COUNTS["targets"], sum(not judgement.is_budget for judgement in every)),
        (COUNTS["budgets"], sum(judgement.is_budget for judgement in every)),
    ]
    counted = [translator.counted(*texts, count) for texts, count in kinds if count]
    sources, is_fresh = _fresh(week, translator)
    is_well = is_fresh and not any(_is_unjudged(one, week) for one in every)
    return {"checked": translator.listed(counted) or translator.say("nothing"), "sources": sources}, is_well


def _fresh(week: Week, translator: Translator) -> tuple[str, bool]:
    count = len(week.sources)
    failing = _failing(week)
    if not count:
        return translator.say("no sources"), True
    if failing:
        names = translator.listed(failing)
        return translator.say(
            "{fresh} of {count} sources working (not {names})", fresh=count - len(failing), count=count, names=names
        ), False
    if week.silent:
        said = [
            translator.say("no new figures from {source} since {day}", source=source, day=translator.day(day))
            for source, day in week.silent.items()
        ]
        return translator.listed(said), False
    days = {row.source: week.settled.get(row.source) for row in week.sources}
    known = {source: day for source, day in days.items() if day is not None}
    if len(known) < count:
        return translator.say("sources without final days yet"), True
    behind = {source: day for source, day in known.items() if (max(known.values()) - day).days > BEHIND}
    day = translator.day(min(day for source, day in known.items() if source not in behind))
    if behind:
        names = translator.listed(
            translator.say("{source}: {day}", source=source, day=translator.day(day)) for source, day in behind.items()
        )
        return translator.say(
            "{fresh} of {count} sources complete to {day} (not {names})",
            fresh=count - len(behind),
            count=count,
            day=day,
            names=names,
        ), True
    return translator.counted(
        "the source is complete to {day}", "all {count} sources complete to {day}", count, day=day
    ), True


def to_watch(week: Week) -> list[Judgement]:
    """What is going wrong for the person by its newest verdict, and is no alert (yet)."""
    alerts = _alerts(week)
    return [one for one in latest(week) if tone_of(one.verdict) is Tone.WARNING and key_of(one) not in alerts]


def _is_unjudged(one: Judgement, week: Week) -> bool:
    return one.verdict in _UNJUDGED or key_of(one) in week.lost


def _alerts(week: Week) -> set[str]:
    return {row.key for row in (*week.standing, *week.flapping)}


def concerns(week: Week, translator: Translator) -> list[str]:
    """What is no alert, and keeps a week from being quiet."""
    alerts, every = _alerts(week), latest(week)
    failing = [source for source in _failing(week) if source_key(source) not in alerts]
    kinds = [
        (UNJUDGED, sum(_is_unjudged(one, week) for one in every)),
        (TO_WATCH, len(to_watch(week))),
        (NOT_WORKING, len(failing)),
        (SILENT, len(week.silent)),
    ]
    return [translator.counted(*texts, count) for texts, count in kinds if count]


def _failing(week: Week) -> list[str]:
    return [row.source for row in week.sources if row.state is not SourceState.OK]


def unjudged(week: Week, translator: Translator) -> list[str]:
    """Which of them cannot be judged, where there are some."""
    found = [one for one in latest(week) if _is_unjudged(one, week)]
    if not found:
        return []
    names = [_promise(one, week, translator) for one in found[:NAMED]]
    if len(found) > NAMED:
        names.append(translator.counted("1 more", "{count} more", len(found) - NAMED))
    return [
        translator.counted(
            "1 can’t be judged, as figures are missing: {names}.",
            "{count} can’t be judged, as figures are missing: {names}.",
            len(found),
            names=translator.listed(names),
        )
    ]


def _promise(judgement: Judgement, week: Week, translator: Translator) -> str:
    kpi = week.kpis.get(judgement.kpi)
    what = inside(kpi_name(kpi, translator, judgement.breakdown)) if kpi else translator.say("budget")
    return translator.say("{name} ({what})", name=judgement.subject.name, what=what)
