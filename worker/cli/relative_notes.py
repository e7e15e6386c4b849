"""What relative targets come to on the stored figures; where they say nothing, what to add to the plan. Pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from config.loading.document import Place
from config.loading.loaded import LoadedPlan
from config.message import Message, marked, message
from config.vocabulary import Scope, Unit
from worker.model.verdict import Judgement, VerdictReason


def relative_findings(loaded: LoadedPlan, judgements: Sequence[Judgement]) -> Iterator[tuple[Place, Message, bool]]:
    """A finding for each period that is judged, and whether something must be done about it."""
    for one in judgements:
        base = one.base
        if base is None:
            continue
        parts = {"relative": str(base.relative), "kpi": one.kpi, "start": one.period.start, "last": one.period.last}
        if one.target is not None and base.value is not None:
            values = {"target": _written(one.target, one.unit), "base": _written(base.value, one.unit)}
            form = marked("{kpi}: '{relative}' of {base} is {target} for {start} to {last}")
            yield _place(loaded, one), message(form, **parts, **values), False
        elif one.reason is VerdictReason.NO_BASE:
            form = marked(
                "{kpi}: no figures for '{relative}' on {start} to {last}: add the earlier value, such as baseline: 1000"
            )
            yield _place(loaded, one), message(form, **parts), True


def _place(loaded: LoadedPlan, one: Judgement) -> Place:
    is_objective = one.subject.scope == Scope.OBJECTIVE
    owners = loaded.plan.objectives if is_objective else loaded.plan.actions
    keys = [target.key for target in owners[one.subject.ref].targets]
    return "objectives" if is_objective else "actions", one.subject.ref, "targets", keys.index(one.subject.key)


def _written(value: Decimal, unit: Unit) -> str:
    if unit is Unit.SHARE:
        return f"{round(value * 100, 2).normalize():f}%"
    return f"{round(value, 2).normalize():f}"
