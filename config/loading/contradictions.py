"""What cannot be, though each part of it is well written: a period that does not exist, a share of 300%. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from config.catalogue import known_kpis
from config.formula import MARGIN, Formula
from config.loading.bounds import impossible_bounds
from config.loading.document import Finding, Place
from config.message import Message, marked, message
from config.plan import Action, Objective, Per, Plan, Target
from config.sources import COSTS, SourceEntry
from config.vocabulary import Measure, Unit

_LONGEST = {"week": 7, "month": 31, "quarter": 92, "year": 366}


def contradictions(
    plan: Plan | None, written: Any, sources: Mapping[str, SourceEntry]
) -> tuple[list[Finding], list[Finding]]:
    """Every contradiction in the plan (None: nothing is known of it), and every one in its sources.

    ``written`` is the plan as its file has it.
    """
    declared = {id: unit for entry in sources.values() for id, unit in entry.measures.items()}
    if plan is None:
        return [], list(_sources(sources))
    in_plan = [*_people(plan), *_rates(plan), *_kpis(plan), *_targets(plan, declared), *_times(plan)]
    in_plan += impossible_bounds(plan, written, declared)
    return in_plan, list(_sources(sources))


def _people(plan: Plan) -> Iterator[Finding]:
    for id, person in plan.people.items():
        if person.deputy == id:
            yield ("people", id, "deputy"), message("{id} cannot be their own deputy: name somebody else", id=id)


def _rates(plan: Plan) -> Iterator[Finding]:
    if plan.currency in plan.rates:
        form = marked("{currency} is the plan's own currency: give rates of other ones only")
        yield ("rates", plan.currency), message(form, currency=plan.currency)


def _kpis(plan: Plan) -> Iterator[Finding]:
    for id, kpi in plan.kpis.items():
        place: Place = ("kpis", id, "formula")
        for formula in kpi.formulas:
            if _lacks_margin(plan, formula):
                yield place, message("this formula needs the plan's margin: add it to the plan, such as margin: 40%")
            if not formula.names - {MARGIN}:
                yield place, message("the formula names no measure: write one such as revenue / spend")


def _lacks_margin(plan: Plan, formula: Formula) -> bool:
    return MARGIN in formula.names and plan.margin is None


def _targets(plan: Plan, declared: dict[str, Unit]) -> Iterator[Finding]:
    for section, owners in (("actions", plan.actions), ("objectives", plan.objectives)):
        for id, owner in owners.items():
            seen: dict[str, int] = {}
            for index, target in enumerate(owner.targets):
                place: Place = (section, id, "targets", index)
                yield from ((place, problem) for problem in _target(plan, owner, target, declared))
                if target.key in seen:
                    yield place, message("the same as target {number}: keep one", number=seen[target.key] + 1)
                seen.setdefault(target.key, index)


def _target(plan: Plan, owner: Action | Objective, target: Target, declared: dict[str, Unit]) -> Iterator[Message]:
    kpi = known_kpis(plan, declared).get(target.kpi)
    if kpi is None:
        return  # said among the unknown names
    if any(_lacks_margin(plan, formula) for formula in kpi.formulas):
        yield message("{kpi} needs the plan's margin: add it to the plan, such as margin: 40%", kpi=target.kpi)
    if target.for_ and not kpi.by:
        yield message("{kpi} has no breakdown: remove 'for'", kpi=target.kpi)
    if kpi.share and not target.for_:
        form = marked("{kpi} is a share of each {dimension}: say of which one, such as for: Email")
        yield message(form, kpi=target.kpi, dimension=kpi.by)
    if target.per is Per.OCCURRENCE:
        yield from _of_occurrences(owner)
    starts, ends = _dates(plan, owner)
    if target.by and target.by < starts:
        yield message("due by {day}, before the start on {starts}", day=target.by, starts=starts)
    elif target.by and target.by > plan.ends:
        yield message("due by {day}, after the plan's end on {ends}", day=target.by, ends=plan.ends)
    for month, _ in target.phases:
        if starts <= ends and not starts.replace(day=1) <= month <= ends:
            form = marked("a value is given for {month}, outside {starts} to {ends}")
            yield message(form, month=f"{month:%Y-%m}", starts=starts, ends=ends)
    action = owner if isinstance(owner, Action) else None
    if isinstance(target.baseline, tuple) and starts <= ends:
        periods = plan.periods(action, target.grain)
        compared = {before.start for period in periods if (before := plan.compared(action, target, period))}
        for month, _ in target.baseline:
            if month not in compared:
                form = marked("the baseline of {month} is not needed: the months compared with are {first} to {last}")
                first, last = min(compared), max(compared)
                yield message(form, month=f"{month:%Y-%m}", first=f"{first:%Y-%m}", last=f"{last:%Y-%m}")


def _of_occurrences(owner: Action | Objective) -> Iterator[Message]:
    if isinstance(owner, Objective):
        yield message("'per: occurrence' is for recurring actions: write another period, such as per: month")
    elif not owner.when.every:
        yield message("'per: occurrence' is for recurring actions: add 'every' to 'when', such as every: month")


def _dates(plan: Plan, owner: Action | Objective) -> tuple[date, date]:
    """First and last day, the last one included. They may stand the wrong way round: that is said elsewhere."""
    if isinstance(owner, Action):
        return owner.when.from_ or plan.starts, owner.when.to or plan.ends
    return plan.starts, plan.ends


def _times(plan: Plan) -> Iterator[Finding]:
    for id, action in plan.actions.items():
        place: Place = ("actions", id, "when")
        when = action.when
        starts, ends = _dates(plan, action)
        if starts > ends or starts > plan.ends or ends < plan.starts:
            form = marked("the action lies outside the plan, {starts} to {ends}: give 'from' and 'to' within it")
            yield place, message(form, starts=plan.starts, ends=plan.ends)
            continue
        yield from _costs(plan, id)
        if when.every and when.on and when.on > _LONGEST[when.every.unit]:
            form = marked("'on: {number}' is too high: with 'every: {unit}' it is at most {limit}")
            unit = when.every.unit
            yield place, message(form, number=when.on, unit=unit, limit=_LONGEST[unit])
        elif when.every and not plan.occurrences_of(action):
            yield (
                place,
                message(
                    "the action never takes place: no such day between {starts} and {ends}", starts=starts, ends=ends
                ),
            )
        if action.own_budget and action.own_budget.per is Per.OCCURRENCE:
            yield from ((("actions", id, "budget"), what) for what in _of_occurrences(action))
    if plan.budget and plan.budget.per is Per.OCCURRENCE:
        yield ("budget",), message("the budget of a plan is a total, or for a period such as per: month")
    for id, shared in plan.budgets.items():
        if shared.per is Per.OCCURRENCE:
            yield ("budgets", id), message("a shared budget is a total, or for a period such as per: month")


def _costs(plan: Plan, action: str) -> Iterator[Finding]:
    for index, cost in enumerate(plan.actions[action].costs):
        if cost.on not in plan.life:
            form = marked("the cost of {day} lies outside the plan, {starts} to {ends}: it would count nowhere")
            place: Place = ("actions", action, "costs", index)
            yield place, message(form, day=cost.on, starts=plan.starts, ends=plan.ends)


def _sources(sources: Mapping[str, SourceEntry]) -> Iterator[Finding]:
    units: dict[str, Unit] = {}
    for id, entry in sources.items():
        if id == COSTS:
            yield (id,), message("the name '{id}' is taken by the plan's own costs: choose another", id=id)
        for measure, unit in entry.measures.items():
            if measure in {*Measure, MARGIN}:
                what = message("{measure} is one of Vigie's own measures: remove it, or rename yours", measure=measure)
                yield (id, "measures", measure), what
            if units.setdefault(measure, unit) is not unit:
                form = marked("another source declares {measure} as {unit}: use the same unit")
                yield (id, "measures", measure), message(form, measure=measure, unit=units[measure])
