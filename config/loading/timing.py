"""What lies where it counts for nothing, or for less than it seems: days outside a plan, an action, a budget. Pure."""

from collections.abc import Iterator
from datetime import date

from config.loading.document import Finding
from config.message import marked, message
from config.plan import Action, Plan

_LONGEST_PERIODS = date(2027, 7, 1)  # from here a month has 31 days, a quarter 92, a year 366


def doubtful_days(plan: Plan) -> Iterator[Finding]:
    """Days that are well written, and hardly meant."""
    for id, action in plan.actions.items():
        yield from _outside(plan, id, action)
        yield from _late_targets(plan, id, action)
        yield from _uncounted_costs(plan, id, action)
        every, lasts = action.when.every, action.when.lasts
        if every and lasts and lasts.after(_LONGEST_PERIODS) > every.after(_LONGEST_PERIODS):
            form = marked("each run lasts {lasts} and the next begins after {every}: it ends where the next one begins")
            yield ("actions", id, "when"), message(form, lasts=str(lasts), every=str(every))
    for index, event in enumerate(plan.events):
        if not event.days.overlaps(plan.life):
            form = marked("{name} lies outside the plan, {starts} to {ends}: it changes nothing")
            yield ("events", index), message(form, name=event.name, starts=plan.starts, ends=plan.ends)


def _outside(plan: Plan, id: str, action: Action) -> Iterator[Finding]:
    when = action.when
    if when.from_ and when.from_ < plan.starts:
        form = marked("{id} begins before the plan: there are no figures before {day}")
        yield ("actions", id, "when"), message(form, id=id, day=plan.starts)
    if when.to and when.to > plan.ends:
        form = marked("{id} ends after the plan: sources are read until 30 days after {day}")
        yield ("actions", id, "when"), message(form, id=id, day=plan.ends)


def _late_targets(plan: Plan, id: str, action: Action) -> Iterator[Finding]:
    ends = action.when.to or plan.ends
    for index, target in enumerate(action.targets):
        if target.by and target.by > ends:
            form = marked("due by {day}, after the action's end on {ends}")
            yield ("actions", id, "targets", index), message(form, day=target.by, ends=ends)


def _uncounted_costs(plan: Plan, id: str, action: Action) -> Iterator[Finding]:
    if budget := action.own_budget:
        periods = plan.periods(action, budget.per)
    elif action.shared_budget in plan.budgets:
        periods = plan.shared_periods(action.shared_budget)
    else:
        return
    for index, cost in enumerate(action.costs):
        if not any(cost.on in period for period in periods):
            form = marked("the cost of {day} lies in no period of the budget: it does not count against it")
            yield ("actions", id, "costs", index), message(form, day=cost.on)
