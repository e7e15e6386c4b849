"""What a plan should say and does not: warnings, never errors. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from config.catalogue import known_kpis
from config.loading.bounds import doubtful_bounds
from config.loading.document import Finding
from config.loading.overlap import overlapping
from config.loading.timing import doubtful_days
from config.message import Message, marked, message
from config.plan import Action, Plan, Target
from config.vocabulary import Unit

#: source id -> the measures it provides; None where only reading it would tell
Provided = Mapping[str, frozenset[str] | None]


def advice(plan: Plan, declared: dict[str, Unit], provided: Provided) -> list[Finding]:
    """What would make the plan clearer, or its actions measurable."""
    return [
        *_whole(plan, provided),
        *_actions(plan),
        *_shared(plan),
        *_unserved(plan),
        *_unmeasured(plan, declared, provided),
        *_overlaps(plan),
        *_money(plan),
        *doubtful_bounds(plan, declared),
        *doubtful_days(plan),
    ]


def _whole(plan: Plan, provided: Provided) -> Iterator[Finding]:
    if not plan.people:
        yield (), message("nobody is listed under people: no one will be notified")
    if not provided:
        yield (), message("the plan has no source: nothing is collected until sources.yaml names one")
    if not plan.actions:
        yield (), message("the plan has no action")


def _actions(plan: Plan) -> Iterator[Finding]:
    for id, action in plan.actions.items():
        place = ("actions", id)
        if not action.responsible:
            yield place, _unowned(plan, id)
        if action.budget is None:
            yield place, message("{id} has no budget", id=id)
        if not action.targets:
            yield place, message("{id} has no target: its success cannot be judged", id=id)
        if not action.tracked_by:
            yield place, message("{id} has no tracked_by: it gets no figures except its costs", id=id)
        if not action.objectives:
            yield place, message("{id} serves no objective", id=id)


def _shared(plan: Plan) -> Iterator[Finding]:
    for id, budget in plan.budgets.items():
        if not plan.spenders(id):
            yield ("budgets", id), message("no action spends from {id}", id=id)
        if not budget.responsible:
            yield ("budgets", id), _unowned(plan, id)


def _unowned(plan: Plan, id: str) -> Message:
    if plan.lead_id:
        return message("{id} has nobody responsible: {lead} is notified instead", id=id, lead=plan.lead_id)
    return message("{id} has nobody responsible: no one is notified", id=id)


def _unserved(plan: Plan) -> Iterator[Finding]:
    served = {objective for action in plan.actions.values() for objective in action.objectives}
    for id, objective in plan.objectives.items():
        if id not in served:
            yield ("objectives", id), message("no action serves {id}", id=id)
        if not objective.targets:
            yield ("objectives", id), message("{id} has no target", id=id)


def _unmeasured(plan: Plan, declared: dict[str, Unit], provided: Provided) -> Iterator[Finding]:
    if any(measures is None for measures in provided.values()):
        return  # a source that only reading would tell of may provide anything
    measured = {measure for measures in provided.values() for measure in measures or ()}
    if any(action.costs for action in plan.actions.values()):
        measured.add("spend")
    for section, owners in (("actions", plan.actions), ("objectives", plan.objectives)):
        for id, owner in owners.items():
            for index, target in enumerate(owner.targets):
                missing = _missing(plan, target, declared, measured)
                if missing:
                    form = marked("{kpi} cannot be measured: no source provides {measures}")
                    yield (section, id, "targets", index), message(form, kpi=target.kpi, measures=missing)


def _missing(plan: Plan, target: Target, declared: dict[str, Unit], measured: set[str]) -> str:
    formulas = known_kpis(plan, declared)[target.kpi].formulas
    gaps = [formula.names - {"margin"} - measured for formula in formulas]
    return "" if not all(gaps) else ", ".join(sorted(gaps[0]))


def _overlaps(plan: Plan) -> Iterator[Finding]:
    tracked = {id: action.tracked_by for id, action in plan.actions.items()}
    for first, second, example in overlapping(tracked):
        form = marked("{second} and {first} track the same figures ({example}): each counts them, the plan only once")
        yield ("actions", second, "tracked_by"), message(form, second=second, first=first, example=example)


def _money(plan: Plan) -> Iterator[Finding]:
    if plan.budget is None:
        return
    ceiling = plan.budget.amount * len(plan.periods(None, plan.budget.per))
    own = (_own(plan, action) for action in plan.actions.values())
    shared = (budget.amount * len(plan.shared_periods(id)) for id, budget in plan.budgets.items())
    promised = sum((*own, *shared), Decimal(0))
    if promised > ceiling:
        form = marked("the actions' budgets add up to {sum} {currency}, more than the plan's {ceiling} {currency}")
        yield ("budget",), message(form, sum=f"{promised:f}", ceiling=f"{ceiling:f}", currency=plan.currency)


def _own(plan: Plan, action: Action) -> Decimal:
    budget = action.own_budget
    return budget.amount * len(plan.periods(action, budget.per)) if budget else Decimal(0)
