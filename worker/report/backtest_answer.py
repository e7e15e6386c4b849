"""What a replay of past days came to, for programs and for people."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.vocabulary import Unit
from worker.report.backtest import Replay, ToldAlert, WarningOutcome
from worker.wording import Translator
from worker.wording.terms import OUTCOMES, VERDICTS


def replay_answer(loaded: LoadedPlan, replayed: Replay) -> dict[str, Any]:
    """For programs."""
    warnings = replayed.warnings
    return {
        "plan": loaded.id,
        "since": replayed.window.start.isoformat(),
        "until": replayed.window.last.isoformat(),
        "mails": {person: [day.isoformat() for day in days] for person, days in sorted(replayed.mails.items())},
        "warnings": {
            outcome.value: warnings[outcome] for outcome in WarningOutcome if outcome is not WarningOutcome.FACT
        },
        "missed": replayed.missed,
        "warned": replayed.warned,
        "alerts": [_alert_answer(alert, loaded.plan.language) for alert in replayed.alerts],
    }


def _alert_answer(alert: ToldAlert, language: Language) -> dict[str, Any]:
    return {
        "day": alert.day.isoformat(),
        "person": alert.person,
        "name": alert.name,
        "period": {"start": alert.period.start.isoformat(), "end": alert.period.end.isoformat()},
        "reason": alert.reason.value,
        "verdict": alert.verdict.value,
        "outcome": alert.outcome.value,
        "sentence": alert.sentences[language],
    }


def replay_lines(loaded: LoadedPlan, replayed: Replay, translator: Translator, *, every_alert: bool) -> Iterator[str]:
    """For people, a line each."""
    say, counted = translator.say, translator.counted
    yield say(
        "Replay of “{plan}”, {period}: each day judged as if Vigie had been running and nobody had reacted.",
        plan=loaded.plan.plan,
        period=translator.period(replayed.window),
    )
    for person, days in sorted(replayed.mails.items()):
        weekly = translator.number(Decimal(len(days) * 7) / len(replayed.window), Unit.POINTS)
        name = loaded.plan.people[person].name
        yield counted(
            "{name}: 1 e-mail, {weekly} a week.", "{name}: {count} e-mails, {weekly} a week.", len(days),
            name=name, weekly=weekly,
        )  # fmt: skip
    if not replayed.mails:
        yield say("Nobody would have received an e-mail.")
    warnings = replayed.warnings
    right, wrong = warnings[WarningOutcome.RIGHT], warnings[WarningOutcome.WRONG]
    yield say(
        "Early warnings: {count} can be checked, {wrong} proved wrong; {open} still open.",
        count=right + wrong,
        wrong=wrong,
        open=warnings[WarningOutcome.OPEN],
    )
    yield say(
        "Targets missed and budgets exceeded in the end: {missed}, of which {warned} had an early warning.",
        missed=replayed.missed,
        warned=replayed.warned,
    )
    if every_alert:
        for alert in replayed.alerts:
            person, verdict = loaded.plan.people[alert.person].name, say(VERDICTS[alert.verdict])
            said = alert.sentences[translator.language]
            yield f"{alert.day}  {person}{say(': ')}{alert.name}, {verdict} ({say(OUTCOMES[alert.outcome])}). {said}"
    yield say("The figures are those known today, not those known on each day.")
