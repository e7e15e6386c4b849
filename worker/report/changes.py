"""What changed in a plan since a day, in sentences and for programs."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from config.fields import Language, Model
from config.history.diff import PlanChange
from config.periods import Window
from config.plan import Budget, Target
from config.vocabulary import Scope
from worker.flags.plan_history import History, VersionStep
from worker.model.verdict import Judgement
from worker.wording import LANGUAGES, Translator, translator_for
from worker.wording.promises import (
    Side,
    Write,
    budget_text,
    every_budget,
    is_due_otherwise,
    target_in,
    told_apart,
    whole_target,
)


def moved(history: History, judgement: Judgement, translator: Translator) -> str:
    """The first value that a judged target or budget ever had, and since when it has the present one; else nothing."""
    stages = history.timelines.get((Scope(judgement.subject.scope), _ref(judgement), judgement.subject.key), ())
    if len(stages) < 2:
        return ""
    sides = [(Side(history.editions[it.version].loaded, translator), it.value) for it in (stages[0], stages[-1])]
    write = _writer(stages[0].value, stages[-1].value, judgement.period)
    if write is None:
        return ""
    texts = told_apart(write, *sides)
    parts = {"first": texts["before"], "present": texts["after"]}
    if day := history.editions[stages[-1].version].day:
        return translator.say("originally {first}; {present} since {day}", day=translator.day(day), **parts)
    return translator.say("originally {first}; {present}, not yet in force", **parts)


def _ref(judgement: Judgement) -> str:
    return "" if judgement.subject.scope == Scope.PLAN else judgement.subject.ref


def _writer(first: Target | Budget | None, last: Target | Budget | None, period: Window) -> Write | None:
    """What tells the two apart in a period; None where nothing does."""
    if isinstance(first, Target) and isinstance(last, Target):
        if is_due_otherwise(first, last):
            return whole_target
        return None if first.limits(period.start) == last.limits(period.start) else target_in(period)
    if isinstance(first, Budget) and isinstance(last, Budget) and first != last:
        return budget_text if first.per is last.per else every_budget
    return None


Told = list[tuple[date | None, list[str]]]


def told_by_day(history: History, since: date | None, translator: Translator) -> Told:
    """What changed, in sentences, by the day it was first seen: the oldest first, what is not in force last."""
    return [(day, [say(translator) for say in sayings]) for day, sayings in _by_day(history, since)]


def latest(history: History, limit: int, translator: Translator) -> tuple[Told, int]:
    """The same with the newest day first, as far as so many sentences go; and how many are left off."""
    shown: Told = []
    left = limit
    for day, sayings in reversed(_by_day(history, None)):
        if left > 0:
            shown.append((day, [say(translator) for say in sayings[:left]]))
        left -= len(sayings)
    return shown, max(0, -left)


def _by_day(history: History, since: date | None) -> list[tuple[date | None, list[Callable[[Translator], str]]]]:
    """What there is to say of each day; said only where it is wanted, as a long history has much to say."""
    days: dict[date | None, list[Callable[[Translator], str]]] = {}
    for missing in history.unreadable_since(since):
        days.setdefault(missing.day, []).append(missing.sentence)
    for step in history.steps(since):
        days.setdefault(step.day, []).extend(partial(step.sentence, change) for change in step.changes)
    return sorted(days.items(), key=lambda item: item[0] or date.max)


# --- for programs ----------------------------------------------------------------------------------------------------


def history_answer(history: History, since: date | None) -> dict[str, Any]:
    """What changed, as ``vigie diff --json`` gives it: numbers as decimal text; ``pending`` None where unknown."""
    steps, unreadable = history.steps(since), history.unreadable_since(since)
    pending = [answer for step in steps if step.day is None for answer in _answers(step, history.language)]
    return {
        "plan": history.id,
        "name": history.name,
        "since": history.start(since).isoformat(),
        "days": [
            {"day": step.day.isoformat(), "changes": _answers(step, history.language)} for step in steps if step.day
        ],
        "pending": pending if history.present else None,
        "unreadable": [{"day": version.day.isoformat(), "problem": str(version.problem)} for version in unreadable],
    }


def _answers(step: VersionStep, language: Language) -> list[dict[str, Any]]:
    return [_answer(step, change, language) for change in step.changes]


def _answer(step: VersionStep, change: PlanChange, language: Language) -> dict[str, Any]:
    sentences = {it: step.sentence(change, translator_for(it)) for it in LANGUAGES}
    return {
        "what": change.what.value,
        "kind": change.kind.value,
        "scope": change.of.scope.value,
        "id": change.of.id or step.after.id,
        "name": change.of.name,
        "key": change.key or None,
        "before": _plain(change.before),
        "after": _plain(change.after),
        "sentence": sentences[language],
        "sentences": sentences,
    }


def _plain(value: Any) -> Any:
    """A value of a plan as the file would say it, in the types of JSON."""
    if isinstance(value, Model):
        named = ((field.alias or name, getattr(value, name)) for name, field in type(value).model_fields.items())
        return {name: _plain(it) for name, it in named if it is not None}
    if isinstance(value, Window):
        return {"start": value.start.isoformat(), "end": value.end.isoformat()}
    if isinstance(value, (list, tuple)):
        return [_plain(it) for it in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if value is None or isinstance(value, (bool, int)) else str(value)
