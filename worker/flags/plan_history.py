"""The versions of a plan on record, read again, with the files as they are now: what its people wrote, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.errors import PlanError, Problem
from config.fields import Language
from config.history.diff import ChangedPart, PlanChange, compare_sources, compare_steps
from config.history.timeline import PromiseKey, Stage
from config.history.timeline import timelines as timelines_of
from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from connectors.registry import OptionModels
from worker.store import plans
from worker.store.plans import Version
from worker.wording import Translator
from worker.wording.changes import change_sentence

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
