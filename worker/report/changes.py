"""What changed in a plan since a day: the versions on record read again, and the files against the last of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.errors import PlanError, Problem
from config.fields import Language, Model
from config.history.diff import ChangedPart, PlanChange, compare_sources, compare_steps
from config.history.timeline import PromiseKey, Stage
from config.history.timeline import timelines as timelines_of
from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.periods import Window
from config.plan import Budget, Target
from config.vocabulary import Scope
from connectors.registry import OptionModels
from worker.model.verdict import Judgement
from worker.store import plans
from worker.store.plans import Version
from worker.wording import LANGUAGES, Translator, translator_for
from worker.wording.changes import change_sentence
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

#: What is told first of a day: it must not drown in what matters less.
PROMISES = (ChangedPart.TARGET, ChangedPart.BUDGET)


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the plan, and the day it was first seen; None while it only stands in the files."""

    day: date | None
    loaded: LoadedPlan


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A version that this Vigie cannot read, and why."""

    day: date
    problem: Problem

    def sentence(self, translator: Translator) -> str:
        """That it cannot be read, in a sentence."""
        return translator.say(
            "This Vigie cannot read the version first seen on {day}; its changes are listed with the next one. "
            "{problem}",
            day=translator.day(self.day),
            problem=self.problem.told(),
        )


@dataclass(frozen=True, slots=True)
class VersionStep:
    """What changed on one day; without a day: what the files say and is not yet in force."""

    day: date | None
    before: LoadedPlan
    after: LoadedPlan
    changes: tuple[PlanChange, ...]

    def sentence(self, change: PlanChange, translator: Translator) -> str:
        """One of the changes in a sentence."""
        return change_sentence(change, self.before, self.after, translator)


@dataclass(frozen=True)
class History:
    """The versions of a plan that can be read, the oldest first, last the files where they say something else.

    ``present`` is None where the files do not hold together.
    """

    id: str
    known_since: date
    editions: tuple[Edition, ...]
    unreadable: tuple[Unreadable, ...]
    present: LoadedPlan | None

    def start(self, since: date | None) -> date:
        """The day from which on changes are told: nothing is known of the time before the first version."""
        return max(since or self.known_since, self.known_since)

    @property
    def newest(self) -> LoadedPlan | None:
        """What is known of the plan now; None where nothing can be read."""
        return self.editions[-1].loaded if self.editions else None

    @property
    def language(self) -> Language:
        """The plan's language."""
        return self.newest.plan.language if self.newest else "en"

    @property
    def name(self) -> str:
        """The plan's name, or its id where nothing can be read."""
        return self.newest.plan.plan if self.newest else self.id

    def steps(self, since: date | None = None) -> list[VersionStep]:
        """The days on which something changed, from ``since`` on; last what is not yet in force."""
        steps = []
        for day, group in groupby(range(1, len(self.editions)), lambda number: self.editions[number].day):
            numbers = list(group)
            if day is None or since is None or day >= since:
                versions = self.editions[numbers[0] - 1 : numbers[-1] + 1]
                steps.append(_step(day, [version.loaded for version in versions]))
        return [step for step in steps if step.changes]

    def unreadable_since(self, since: date | None) -> list[Unreadable]:
        """The versions first seen from a day on that cannot be read."""
        return [version for version in self.unreadable if since is None or version.day >= since]

    @cached_property
    def timelines(self) -> Mapping[PromiseKey, Sequence[Stage]]:
        """The values that each target and budget has had."""
        return timelines_of([edition.loaded.plan for edition in self.editions])


def read_history(connection: Connection, folder: Path, present: LoadedPlan | None) -> History | None:
    """Everything on record of a plan, and its files as they are now; None where nothing is on record."""
    versions = plans.versions(connection, folder.name)
    if not versions:
        return None
    read = [(version, _read(version, folder, present)) for version in versions]
    sound = [(version, loaded) for version, loaded in read if isinstance(loaded, LoadedPlan)]
    zone = ZoneInfo((present or sound[-1][1]).plan.timezone if present or sound else "UTC")
    editions = [Edition(_day(version, zone), loaded) for version, loaded in sound]
    if present and present.digest != versions[-1].digest:
        editions.append(Edition(None, present))
    return History(
        id=folder.name,
        known_since=_day(versions[0], zone),
        editions=tuple(editions),
        unreadable=tuple(Unreadable(_day(v, zone), loaded) for v, loaded in read if isinstance(loaded, Problem)),
        present=present,
    )


def _read(version: Version, folder: Path, present: LoadedPlan | None) -> LoadedPlan | Problem:
    """A version as this Vigie understands it, or why it does not."""
    if present and version.digest == present.digest:
        return present
    try:
        return parse_plan(folder, version.plan_text, version.sources_text, OptionModels())
    except PlanError as error:
        return error.problems[0]


def _day(version: Version, zone: ZoneInfo) -> date:
    return version.seen_at.astimezone(zone).date()


def _step(day: date | None, versions: Sequence[LoadedPlan]) -> VersionStep:
    before, after = versions[0], versions[-1]
    changes = [*compare_steps([version.plan for version in versions]), *compare_sources(before.sources, after.sources)]
    return VersionStep(day, before, after, tuple(sorted(changes, key=lambda change: change.what not in PROMISES)))


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
