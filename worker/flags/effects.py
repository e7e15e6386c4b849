"""What became of a figure after somebody answered its alert, or changed a budget: two weeks beside two weeks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
from sqlalchemy import Connection

from config.history.timeline import BUDGET
from config.periods import DAY, Window
from config.plan import Action, Objective, Plan, Target
from config.vocabulary import Scope, Unit
from worker.flags.plan_history import History
from worker.judge.history import DailyHistory, ordinary_days, place_of, target_series
from worker.model.context import PlanContext
from worker.stats.before_after import LevelChange, level_change, ratio_change
from worker.store import responses
from worker.store.series import daily_sums
from worker.wording import Translator
from worker.wording.effects import Moved, moved_text
from worker.wording.sentences import inside, kpi_name

SPAN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Effect:
    """A figure in the two weeks before somebody acted, and in the two weeks since."""

    scope: str
    ref: str
    target: Target
    day: date  #: of the answer, or from which the budget is another
    by: str  #: who answered, a person of the plan or whatever was said; empty where a budget was changed
    change: LevelChange
    is_ratio: bool

    @property
    def known_from(self) -> date:
        """The first day on which both weeks since are over."""
        return self.day + DAY + SPAN


@dataclass(frozen=True, slots=True)
class _Act:
    scope: str
    ref: str
    subject: str  #: key of the target; empty for all that the action promises
    day: date
    by: str = ""


def effects(connection: Connection, plan: PlanContext, history: History, today: date) -> list[Effect]:
    """What came of each answer and each changed budget, the newest first; of the same figure once in two weeks.

    Nothing of what the plan no longer asks for, nor where too few of the days are known and like others.
    """
    found: list[Effect] = []
    for act in sorted([*_answers(connection, plan), *_changed_budgets(history)], key=lambda act: act.day, reverse=True):
        for target in _targets(plan.loaded.plan, act):
            is_told = any(
                (one.scope, one.ref, one.target.kpi, one.target.for_) == (act.scope, act.ref, target.kpi, target.for_)
                and one.day - act.day < SPAN
                for one in found
            )
            if not is_told and act.day + DAY + SPAN <= today:
                found += _effect(connection, plan, act, target)
    return found


def _answers(connection: Connection, plan: PlanContext) -> Iterator[_Act]:
    for one in responses.acted_on(connection, plan.plan_id):
        yield _Act(one.scope, one.ref, one.subject, one.day, one.by)


def _changed_budgets(history: History) -> Iterator[_Act]:
    """The days on which the budget of an action became another; the first it had is no change."""
    for (scope, ref, key), stages in history.timelines.items():
        if scope is not Scope.ACTION or key != BUDGET:
            continue
        for before, stage in pairwise(stages):
            day = history.editions[stage.version].day
            if day and before.value and stage.value:
                yield _Act(scope, ref, "", day)


def _targets(plan: Plan, act: _Act) -> list[Target]:
    owned: Mapping[str, Action | Objective] = plan.actions if act.scope == Scope.ACTION else plan.objectives
    owner = owned.get(act.ref)
    return [one for one in owner.targets if act.subject in ("", one.key)] if owner else []


def _effect(connection: Connection, plan: PlanContext, act: _Act, target: Target) -> list[Effect]:
    if target.kpi not in plan.formulas or (act.scope, act.ref) not in plan.scope_ids:
        return []
    window = Window(act.day - SPAN, act.day + DAY + SPAN)
    place = place_of(plan, (act.scope, act.ref), target.kpi, target.for_ or "")
    sums = daily_sums(connection, plan, [place], plan.measures(target.kpi), window)
    ordinary = ordinary_days(plan.loaded.plan, plan.loaded.plan.actions.get(act.ref), window)
    days = target_series(DailyHistory(plan, sums), target.kpi, place, ordinary)
    above, below = (
        None if one is None else np.where(ordinary & one.settled, one.amounts, np.nan)
        for one in (days.above, days.below)
    )
    assert above is not None
    before, after = slice(SPAN.days), slice(SPAN.days + 1, None)
    if below is None:
        change = level_change(above[before], above[after])
    else:
        change = ratio_change((above[before], below[before]), (above[after], below[after]))
    return [Effect(act.scope, act.ref, target, act.day, act.by, change, below is not None)] if change else []


def effect_text(effect: Effect, plan: PlanContext, translator: Translator) -> tuple[str, str]:
    """Whose figure, and what became of it in a sentence; the plan still has what it is about."""
    loaded, kpi = plan.loaded.plan, plan.kpis[effect.target.kpi]
    owner = loaded.actions[effect.ref] if effect.scope == Scope.ACTION else loaded.objectives[effect.ref]
    before, after = (
        translator.number(Decimal(repr(round(value, 4))), kpi.unit, loaded.currency if kpi.unit is Unit.MONEY else "")
        for value in (effect.change.before, effect.change.after)
    )
    name = inside(kpi_name(kpi, translator, effect.target.for_ or ""))
    moved = Moved(
        before=before,
        after=after,
        is_a_day=not effect.is_ratio,
        is_beyond_chance=effect.change.is_beyond_chance,
        day=effect.day,
        is_answer=bool(effect.by),
        who=loaded.people[effect.by].name if effect.by in loaded.people else "",
    )
    return translator.say("{name}, {kpi}", name=owner.name, kpi=name), moved_text(moved, translator)
