"""A verdict taken apart: what went in, by which rule, on which version of the plan, and what was said before."""

from collections.abc import Iterator, Sequence
from typing import Any

from config.loading.loader import LoadedPlan
from worker.judge.from_record import rebuilt
from worker.model.records import Recorded
from worker.model.verdict import Judgement, Phase
from worker.report.status import decimal_text, moment_text
from worker.wording import Words
from worker.wording.sentences import bound, chance, foreseen, result

SHOWN = 12  # earlier verdicts; the rest is counted


def explanation(loaded: LoadedPlan, one: Recorded, before: Sequence[Recorded]) -> dict[str, Any]:
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


def _value(one: Recorded) -> str | None:
    return decimal_text(one.judgement.figure.value, one.judgement.unit)


def explained(loaded: LoadedPlan, one: Recorded, before: Sequence[Recorded], speech: Words) -> Iterator[str]:
    """For people, in the plan's language, a line each."""
    judgement = one.judgement
    key = judgement.subject.key
    yield f"{judgement.subject.name}, {key}, {speech.period(judgement.period)}"
    yield f"  {speech.say(f'verdict.{judgement.verdict}')}{speech.say('colon')}{one.sentences[speech.language]}"
    for name, text in _inputs(judgement, speech):
        yield f"  {name}{speech.say('colon')}{text}"
    yield f"  {speech.say('explain.rule')}{speech.say('colon')}{_rule(judgement, speech)}"
    again = rebuilt(judgement, strict=loaded.plan.judging.strict)
    if again is not None:
        same = "explain.same" if again is judgement.verdict else "explain.other"
        yield f"  {speech.say(same, verdict=speech.say(f'verdict.{again}'))}"
    seen = speech.moment(one.version_seen_at, loaded.plan.timezone) if one.version_seen_at else speech.say("unknown")
    yield f"  {speech.say('explain.version', digest=one.version[:12], seen=seen, day=speech.day(one.judged_on))}"
    yield from _before(judgement, before, speech)


def _inputs(judgement: Judgement, speech: Words) -> Iterator[tuple[str, str]]:
    figure, outlook = judgement.figure, judgement.outlook
    if judgement.is_budget:
        yield speech.say("mail.budget"), speech.number(judgement.high, judgement.unit, judgement.currency)
        yield speech.say("mail.spent"), speech.number(figure.value, judgement.unit, judgement.currency)
        if judgement.projected is not None and judgement.phase is Phase.OUTLOOK:
            yield speech.say("mail.projected"), speech.number(judgement.projected, judgement.unit, judgement.currency)
    else:
        yield speech.say("mail.target"), bound(judgement, speech)
        parts = ""
        if figure.denominator is not None:
            above, below = (decimal_text(one, judgement.unit) for one in (figure.numerator, figure.denominator))
            parts = f" = {above} / {below}"
        state = speech.say(f"report.state.{figure.state}")
        yield speech.say("mail.value"), f"{result(judgement, speech)}{parts} ({state})"
    if outlook is None:
        return
    yield speech.say("explain.up_to"), speech.day(outlook.data_date)
    if outlook.pace is not None:
        yield speech.say("mail.pace"), speech.number(outlook.pace, judgement.unit, judgement.currency)
    if outlook.expected is not None and not judgement.is_budget:
        yield speech.say("mail.expected"), foreseen(judgement, speech)
    if outlook.chance is not None:
        yield speech.say("mail.chance"), chance(outlook.chance, speech)
    if outlook.p is not None:
        yield speech.say("explain.p"), chance(outlook.p, speech)


def _rule(judgement: Judgement, speech: Words) -> str:
    return speech.say(f"explain.{judgement.reason}")


def _before(judgement: Judgement, before: Sequence[Recorded], speech: Words) -> Iterator[str]:
    """How the verdict came about, day by day, where it has a past."""
    if len(before) < 2:
        return
    yield f"  {speech.say('explain.history')}"
    if len(before) > SHOWN:
        yield f"    {speech.say('explain.more', count=len(before) - SHOWN)}"
    for one in before[-SHOWN:]:
        value = speech.number(one.judgement.figure.value, judgement.unit, judgement.currency)
        yield f"    {one.judged_on}  {value}  {speech.say(f'verdict.{one.judgement.verdict}')}"
