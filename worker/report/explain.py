"""A verdict taken apart: what went in, by which rule, on which version of the plan, and what was said before."""

from collections.abc import Iterator, Sequence
from typing import Any

from config.loading.loaded import LoadedPlan
from worker.judge.from_record import rebuilt
from worker.model.records import RecordedVerdict
from worker.model.verdict import Judgement, Phase
from worker.report.status import decimal_text, moment_text
from worker.wording import Translator
from worker.wording.sentences import bound, chance, foreseen, result

SHOWN = 12  # earlier verdicts; the rest is counted


def explanation(loaded: LoadedPlan, one: RecordedVerdict, before: Sequence[RecordedVerdict]) -> dict[str, Any]:
    """For programs."""
    judgement, outlook = one.judgement, one.judgement.outlook
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
        "sentences": one.sentences,
        "value": decimal_text(judgement.figure.value, judgement.unit),
        "numerator": decimal_text(judgement.figure.numerator, judgement.unit),
        "denominator": decimal_text(judgement.figure.denominator, judgement.unit),
        "state": judgement.figure.state,
        "low": decimal_text(judgement.low, judgement.unit),
        "high": decimal_text(judgement.high, judgement.unit),
        "p": outlook.p if outlook else None,
        "chance": outlook.chance if outlook else None,
        "data_date": outlook.data_date.isoformat() if outlook else None,
        "judged_on": one.judged_on.isoformat(),
        "version": one.version,
        "version_seen_at": moment_text(one.version_seen_at),
        "before": [
            {"judged_on": it.judged_on.isoformat(), "verdict": it.judgement.verdict.value, "value": _value(it)}
            for it in before
        ],
    }


def _value(one: RecordedVerdict) -> str | None:
    return decimal_text(one.judgement.figure.value, one.judgement.unit)


def explained(
    loaded: LoadedPlan, one: RecordedVerdict, before: Sequence[RecordedVerdict], translator: Translator
) -> Iterator[str]:
    """For people, in the plan's language, a line each."""
    judgement = one.judgement
    key = judgement.subject.key
    yield f"{judgement.subject.name}, {key}, {translator.period(judgement.period)}"
    verdict = translator.say(f"verdict.{judgement.verdict}")
    yield f"  {verdict}{translator.say(': ')}{one.sentences[translator.language]}"
    for name, text in _inputs(judgement, translator):
        yield f"  {name}{translator.say(': ')}{text}"
    yield f"  {translator.say('Rule')}{translator.say(': ')}{_rule(judgement, translator)}"
    again = rebuilt(judgement, strict=loaded.plan.judging.strict)
    if again is not None:
        same = "explain.same" if again is judgement.verdict else "explain.other"
        yield f"  {translator.say(same, verdict=translator.say(f'verdict.{again}'))}"
    seen = (
        translator.moment(one.version_seen_at, loaded.plan.timezone)
        if one.version_seen_at
        else translator.say("unknown")
    )
    day = translator.day(one.judged_on)
    version = translator.say(
        "On the plan as of {digest} (first seen {seen}), judged on {day}.", digest=one.version[:12], seen=seen, day=day
    )
    yield f"  {version}"
    yield from _before(judgement, before, translator)


def _inputs(judgement: Judgement, translator: Translator) -> Iterator[tuple[str, str]]:
    figure, outlook = judgement.figure, judgement.outlook
    if judgement.is_budget:
        yield translator.say("Budget"), translator.number(judgement.high, judgement.unit, judgement.currency)
        yield translator.say("Spent"), translator.number(figure.value, judgement.unit, judgement.currency)
        if judgement.projected is not None and judgement.phase is Phase.OUTLOOK:
            yield (
                translator.say("Likely at the end"),
                translator.number(judgement.projected, judgement.unit, judgement.currency),
            )
    else:
        yield translator.say("Target"), bound(judgement, translator)
        parts = ""
        if figure.denominator is not None:
            above, below = (decimal_text(one, judgement.unit) for one in (figure.numerator, figure.denominator))
            parts = f" = {above} / {below}"
        state = translator.say(f"report.state.{figure.state}")
        yield translator.say("Result"), f"{result(judgement, translator)}{parts} ({state})"
    if outlook is None:
        return
    yield translator.say("Settled up to"), translator.day(outlook.data_date)
    if outlook.pace is not None:
        yield translator.say("On course would be"), translator.number(outlook.pace, judgement.unit, judgement.currency)
    if outlook.expected is not None and not judgement.is_budget:
        yield translator.say("Likely at the end"), foreseen(judgement, translator)
    if outlook.chance is not None:
        yield translator.say("Chance of keeping it"), chance(outlook.chance, translator)
    if outlook.p is not None:
        yield translator.say("Chance that a figure as bad comes about by chance alone"), chance(outlook.p, translator)


def _rule(judgement: Judgement, translator: Translator) -> str:
    return translator.say(f"explain.{judgement.reason}")


def _before(judgement: Judgement, before: Sequence[RecordedVerdict], translator: Translator) -> Iterator[str]:
    """How the verdict came about, day by day, where it has a past."""
    if len(before) < 2:
        return
    yield f"  {translator.say('Before:')}"
    if len(before) > SHOWN:
        yield f"    {translator.say('{count} earlier ones', count=len(before) - SHOWN)}"
    for one in before[-SHOWN:]:
        value = translator.number(one.judgement.figure.value, judgement.unit, judgement.currency)
        yield f"    {one.judged_on}  {value}  {translator.say(f'verdict.{one.judgement.verdict}')}"
