"""What became of the figures after somebody acknowledged an alert: two weeks before it beside the two weeks after."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import islice

import numpy as np
from sqlalchemy import Connection

from config.periods import DAY, Window
from config.plan import Action, Objective, Plan, Target
from config.vocabulary import Scope
from worker.judge.history import DailyHistory, place_of, target_series
from worker.model.context import PlanContext
from worker.model.records import ActedOn
from worker.report.context import ReportContext
from worker.stats.before_after import LevelChange, level_change
from worker.stats.series import Floats
from worker.store import responses
from worker.store.series import daily_sums
from worker.wording.sentences import inside
from worker.wording.terms import problem_term

SPAN = timedelta(days=14)
SHOWN = 10  # the newest


def effects(connection: Connection, context: ReportContext, plan: PlanContext) -> tuple[str, ...]:
    """A sentence for each acknowledged alert two weeks after it, the newest first."""
    acted = responses.acted_on(connection, plan.plan_id)
    told = (said for one in acted if (said := _effect(connection, context, plan, one)))
    return tuple(islice(told, SHOWN))


def usefulness(connection: Connection, context: ReportContext, plan: PlanContext) -> tuple[str, ...]:
    """Of each kind of alert that people answered, how many they acted on, and how many they had expected."""
    say = context.translator.say
    return tuple(
        say(
            "{alert}: {acted} of {count} answered by acting, {expected} marked as expected.",
            alert=problem_term(verdict, context.translator).capitalize(),
            acted=acted,
            count=acted + expected,
            expected=expected,
        )
        for verdict, acted, expected in responses.answers_by_verdict(connection, plan.plan_id)
    )


def _effect(connection: Connection, context: ReportContext, plan: PlanContext, one: ActedOn) -> str:
    """Of a sum that the plan still asks for, once two weeks have passed; of a ratio a day says too little."""
    target = _target(plan, one)
    if target is None or target.kpi not in plan.formulas or one.day + DAY + SPAN > context.today:
        return ""
    if plan.formulas[target.kpi].denominator is not None or plan.kpis[target.kpi].share:
        return ""
    amounts = _days(connection, plan, one, target)
    change = level_change(amounts[: SPAN.days], amounts[SPAN.days + 1 :])
    return _said(context, one, target.kpi, change) if change else ""


def _said(context: ReportContext, one: ActedOn, kpi: str, change: LevelChange) -> str:
    before, after = (context.number(Decimal(repr(round(value, 1))), kpi) for value in (change.before, change.after))
    people = context.loaded.plan.people
    return context.translator.say(
        "{name}, {kpi}: {before} a day before, {after} a day since {who} acknowledged it on {day}: more than chance."
        if change.is_beyond_chance
        else "{name}, {kpi}: {before} a day before, {after} a day since {who} acknowledged it on {day}: within chance.",
        name=_owners(context.loaded.plan, one)[one.ref].name,
        kpi=inside(context.name(kpi)),
        before=before,
        after=after,
        who=people[one.by].name if one.by in people else one.by,
        day=context.translator.day(one.day),
    )


def _days(connection: Connection, plan: PlanContext, one: ActedOn, target: Target) -> Floats:
    window = Window(one.day - SPAN, one.day + DAY + SPAN)
    place = place_of(plan, (one.scope, one.ref), target.kpi, target.for_ or "")
    sums = daily_sums(connection, plan, [place], plan.measures(target.kpi), window)
    ordinary = np.ones(len(window), np.bool_)
    return target_series(DailyHistory(plan, sums), target.kpi, place, ordinary).above.amounts


def _target(plan: PlanContext, one: ActedOn) -> Target | None:
    owner = _owners(plan.loaded.plan, one).get(one.ref) if (one.scope, one.ref) in plan.scope_ids else None
    return next((target for target in owner.targets if target.key == one.subject), None) if owner else None


def _owners(plan: Plan, one: ActedOn) -> Mapping[str, Action | Objective]:
    return plan.actions if one.scope == Scope.ACTION else plan.objectives
