"""A verdict taken apart: what went in, by which rule, on which version of the plan, and what was said before."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from config.catalogue import kpis_of
from config.loading.loaded import LoadedPlan
from config.message import marked
from worker.judge.from_record import rebuilt
from worker.model.records import RecordedVerdict
from worker.model.verdict import Judgement, Phase
from worker.report.status import decimal_text, moment_text
from worker.wording import Translator
from worker.wording.outlooks import chance, foreseen
from worker.wording.sentences import bound, result, sentence
from worker.wording.terms import FIGURE_STATES, RULES, VERDICTS, verdict_term

SHOWN = 12  # earlier verdicts; the rest is counted


def explanation(loaded: LoadedPlan, verdict: RecordedVerdict, before: Sequence[RecordedVerdict]) -> dict[str, Any]:
    """For programs."""
    judgement, outlook = verdict.judgement, verdict.judgement.outlook
    again = rebuilt(judgement, strict=loaded.plan.judging.strict)
    return {
        "plan": loaded.id,
        "scope": judgement.subject.scope,
        "id": judgement.subject.ref,
        "subject": judgement.subject.key,
        "period": {"start": judgement.period.start.isoformat(), "end": judgement.period.end.isoformat()},
        "verdict": judgement.verdict.value,
        "reason": judgement.reason.value,
        "rebuilt": again.value if again else None,
        "sentences": verdict.sentences,
        "value": decimal_text(judgement.figure.value, judgement.unit),
        "numerator": decimal_text(judgement.figure.numerator, judgement.unit),
        "denominator": decimal_text(judgement.figure.denominator, judgement.unit),
        "state": judgement.figure.state,
        "low": decimal_text(judgement.low, judgement.unit),
        "high": decimal_text(judgement.high, judgement.unit),
        "relative": str(judgement.base.relative) if judgement.base else None,
        "baseline": decimal_text(judgement.base.value, judgement.unit) if judgement.base else None,
        "p": outlook.p if outlook else None,
        "chance": outlook.chance if outlook else None,
        "data_date": outlook.data_date.isoformat() if outlook else None,
        "judged_on": verdict.judged_on.isoformat(),
        "version": verdict.version,
        "version_seen_at": moment_text(verdict.version_seen_at),
        "before": [
            {"judged_on": it.judged_on.isoformat(), "verdict": it.judgement.verdict.value, "value": _value(it)}
            for it in before
        ],
    }


def _value(verdict: RecordedVerdict) -> str | None:
    return decimal_text(verdict.judgement.figure.value, verdict.judgement.unit)


def explained(
    loaded: LoadedPlan, verdict: RecordedVerdict, before: Sequence[RecordedVerdict], translator: Translator
) -> Iterator[str]:
    """For people, a line each."""
    judgement = verdict.judgement
    yield f"{judgement.subject.name}, {judgement.subject.key}, {translator.period(judgement.period)}"
    colon = translator.say(": ")
    kpi = kpis_of(loaded.plan, loaded.declared).get(judgement.kpi)
    said = verdict.sentences.get(translator.language) or sentence(judgement, kpi, translator)
    yield f"  {verdict_term(judgement, translator)}{colon}{said}"
    for name, text in (*_inputs(judgement, translator), *_ahead(judgement, translator)):
        yield f"  {name}{colon}{text}"
    yield f"  {translator.say('Rule')}{colon}{translator.say(RULES[judgement.reason])}"
    yield from _checked(loaded, judgement, translator)
    yield f"  {_version(loaded, verdict, translator)}"
    yield from _earlier(judgement, before, translator)


def _inputs(judgement: Judgement, translator: Translator) -> Iterator[tuple[str, str]]:
    """What was judged: the figure and what it is held against."""
    figure, say = judgement.figure, translator.say

    def amount(value: Decimal | None) -> str:
        return translator.number(value, judgement.unit, judgement.currency)

    if not judgement.is_budget:
        yield say("Target"), bound(judgement, translator)
        yield from _base(judgement, translator)
        yield say("Result"), f"{result(judgement, translator)}{_parts(judgement)} ({say(FIGURE_STATES[figure.state])})"
        return
    yield say("Budget"), amount(judgement.high)
    yield say("Spent"), amount(figure.value)
    if judgement.projected is not None and judgement.phase is Phase.OUTLOOK:
        yield say("Forecast"), amount(judgement.projected)


def _base(judgement: Judgement, translator: Translator) -> Iterator[tuple[str, str]]:
    """Of a relative target, the earlier figure it is measured from, and where that is from."""
    base, say = judgement.base, translator.say
    if base is None:
        return
    value = translator.number(base.value, judgement.unit, judgement.currency)
    days = translator.period(base.period) if base.period else ""
    text = "{value} (from the plan: baseline)" if base.is_given or not days else "{value} ({days})"
    yield say("Measured from"), say(text, value=value, days=days)


def _parts(judgement: Judgement) -> str:
    """What a ratio is made of."""
    figure = judgement.figure
    if figure.denominator is None:
        return ""
    above, below = (decimal_text(part, judgement.unit) for part in (figure.numerator, figure.denominator))
    return f" = {above} / {below}"


def _ahead(judgement: Judgement, translator: Translator) -> Iterator[tuple[str, str]]:
    """What is expected of a period that runs."""
    outlook, say = judgement.outlook, translator.say
    if outlook is None:
        return
    yield say("Final until"), translator.day(outlook.data_date)
    if outlook.pace is not None:
        yield say("Expected by now"), translator.number(outlook.pace, judgement.unit, judgement.currency)
    if outlook.expected is not None and not judgement.is_budget:
        yield say("Forecast"), foreseen(judgement, translator)
    if outlook.chance is not None:
        yield say("Chance of hitting target"), chance(outlook.chance, translator)
    if outlook.p is not None:
        yield say("Probability of a figure this bad by chance alone"), chance(outlook.p, translator)


def _checked(loaded: LoadedPlan, judgement: Judgement, translator: Translator) -> Iterator[str]:
    """What the rule says of the figures on record, where they are enough to apply it."""
    again = rebuilt(judgement, strict=loaded.plan.judging.strict)
    if again is None:
        return
    told = translator.say(VERDICTS[again])
    if again is judgement.verdict:
        yield f"  {translator.say('Checked against the record: {verdict}, the same verdict.', verdict=told)}"
    else:
        differs = marked("Checked against the record: {verdict}. The verdict on record differs; please report this.")
        yield f"  {translator.say(differs, verdict=told)}"


def _version(loaded: LoadedPlan, verdict: RecordedVerdict, translator: Translator) -> str:
    parts = {"day": translator.day(verdict.judged_on), "version": verdict.version[:12]}
    if verdict.version_seen_at is None:
        return translator.say("Judged on {day} by version {version} of the plan.", **parts)
    seen = translator.moment(verdict.version_seen_at, loaded.plan.timezone)
    return translator.say("Judged on {day} by version {version} of the plan (first seen {seen}).", **parts, seen=seen)


def _earlier(judgement: Judgement, before: Sequence[RecordedVerdict], translator: Translator) -> Iterator[str]:
    """How the verdict came about, day by day, where it has a past."""
    if len(before) < 2:
        return
    yield f"  {translator.say('Verdicts by day:')}"
    if len(before) > SHOWN:
        left = len(before) - SHOWN
        yield f"    {translator.counted('1 earlier verdict', '{count} earlier verdicts', left)}"
    for verdict in before[-SHOWN:]:
        value = translator.number(verdict.judgement.figure.value, judgement.unit, judgement.currency)
        yield f"    {verdict.judged_on}  {value}  {verdict_term(verdict.judgement, translator)}"
