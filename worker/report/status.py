"""What stands now, as data: the body of ``vigie status``, whose shape outside programs rely on."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from config.catalogue import kpis_of
from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.vocabulary import Scope, Unit
from worker.model.context import PlanContext
from worker.model.records import SourceRow
from worker.model.verdict import Judgement
from worker.store import kpi_values as values
from worker.store import sources
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import sentence


def plan_status(
    connection: Connection, context: PlanContext, judgements: Sequence[Judgement], today: date
) -> dict[str, Any]:
    """One plan as it stands: numbers as decimal text, what is unknown as None, periods ``[start, end)``."""
    loaded, plan = context.loaded, context.loaded.plan
    said: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        said[judgement.subject.scope, judgement.subject.ref].append(judgement)
    return {
        "plan": loaded.id,
        "name": plan.plan,
        "currency": plan.currency,
        "actions": [
            {
                "action": id,
                "name": action.name,
                "responsible": action.responsible,
                "targets": _targets(loaded, said[Scope.ACTION, id]),
                "budget": _budget(loaded, said[Scope.ACTION, id]),
                **({"shared_budget": action.shared_budget} if action.shared_budget else {}),
            }
            for id, action in plan.actions.items()
        ],
        "objectives": [
            {"objective": id, "name": aim.name, "targets": _targets(loaded, said[Scope.OBJECTIVE, id])}
            for id, aim in plan.objectives.items()
        ],
        "budget": _budget(loaded, said[Scope.PLAN, loaded.id]),
        "budgets": [
            {
                "budget": id,
                "name": shared.name,
                "responsible": shared.responsible,
                "actions": list(plan.spenders(id)),
                **(_budget(loaded, said[Scope.BUDGET, id]) or {}),
            }
            for id, shared in plan.budgets.items()
        ],
        "unattributed": _unattributed(connection, context, today),
        "sources": _sources(connection, context),
    }


def _targets(loaded: LoadedPlan, judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    return [_target(loaded, judgement) for judgement in judgements if not judgement.is_budget]


def _target(loaded: LoadedPlan, judgement: Judgement) -> dict[str, Any]:
    high = (
        {"target_high": decimal_text(judgement.high, judgement.unit)}
        if judgement.low is not None and judgement.high is not None
        else {}
    )
    return {
        "kpi": judgement.kpi,
        "for": judgement.breakdown or None,
        "per": judgement.per.value,
        "period": _period(judgement.period),
        "phase": judgement.phase.value,
        "verdict": judgement.verdict.value,
        "reason": judgement.reason.value,
        "value": decimal_text(judgement.figure.value, judgement.unit),
        "target": decimal_text(judgement.target, judgement.unit),
        **high,
        **_relative(judgement),
        **_ahead(judgement),
        "bound": judgement.bound.value if judgement.bound else None,
        "unit": judgement.unit.value,
        "state": judgement.figure.state,
        **_said(loaded, judgement),
    }


def _relative(judgement: Judgement) -> dict[str, Any]:
    """What a relative target says, and what it is measured from; nothing for the others."""
    base = judgement.base
    return {"relative": str(base.relative), "baseline": decimal_text(base.value, judgement.unit)} if base else {}


def _ahead(judgement: Judgement) -> dict[str, Any]:
    """Where a running period should be, and what it is likely to come to; nothing for the others."""
    outlook = judgement.outlook
    if outlook is None:
        return {}
    values = {"pace": outlook.pace, "expected": outlook.expected}
    values |= {"expected_low": outlook.low, "expected_high": outlook.high}
    known = {name: decimal_text(value, judgement.unit) for name, value in values.items()}
    as_of = outlook.as_of.isoformat() if outlook.as_of else None
    return {"as_of": as_of, **known, "chance": None if outlook.chance is None else f"{outlook.chance:.3f}"}


def _budget(loaded: LoadedPlan, judgements: Sequence[Judgement]) -> dict[str, Any] | None:
    """The budget of the running period, else of the last one over; the last one over beside it."""
    budgets = [_budget_period(loaded, judgement) for judgement in judgements if judgement.is_budget]
    if not budgets:
        return None
    return {**budgets[-1], **({"previous": budgets[-2]} if len(budgets) > 1 else {})}


def _budget_period(loaded: LoadedPlan, judgement: Judgement) -> dict[str, Any]:
    return {
        "per": judgement.per.value,
        "period": _period(judgement.period),
        "amount": decimal_text(judgement.high, Unit.MONEY),
        **({"carried": decimal_text(judgement.carried, Unit.MONEY)} if judgement.carried else {}),
        "spent": decimal_text(judgement.figure.value, Unit.MONEY),
        "committed": decimal_text(judgement.committed, Unit.MONEY),
        "projected": decimal_text(judgement.projected, Unit.MONEY),
        **_ahead(judgement),
        "currency": judgement.currency,
        "verdict": judgement.verdict.value,
        "reason": judgement.reason.value,
        "state": judgement.figure.state,
        **_said(loaded, judgement),
    }


def _said(loaded: LoadedPlan, judgement: Judgement) -> dict[str, Any]:
    kpi = kpis_of(loaded.plan, loaded.declared).get(judgement.kpi)
    sentences = {language: sentence(judgement, kpi, translator_for(language)) for language in LANGUAGES}
    simulated = {"simulated": True} if judgement.is_simulated else {}
    return {"sentence": sentences[loaded.plan.language], "sentences": sentences, **simulated}


def _period(window: Window) -> dict[str, str]:
    return {"start": window.start.isoformat(), "end": window.end.isoformat()}


def decimal_text(value: Decimal | None, unit: Unit) -> str | None:
    """A number as plain text, in full; a sum of money shows its cents."""
    if value is None:
        return None
    text = format(value.normalize(), "f") if value else "0"
    if unit is Unit.MONEY and len(text.partition(".")[2]) < 2:
        return format(value, ".2f")
    return text


def _unattributed(connection: Connection, context: PlanContext, today: date) -> dict[str, str | None]:
    sums = values.unattributed_sums(connection, context, today)
    return {measure.value: decimal_text(amount, measure.unit) for measure, amount in sums.items()}


def _sources(connection: Connection, context: PlanContext) -> list[dict[str, Any]]:
    settled = sources.settled_until(connection, context.plan_id)
    return [_source(row, settled) for row in context.sources]


def _source(row: SourceRow, settled: Mapping[str, date]) -> dict[str, Any]:
    until = settled.get(row.source)
    return {
        "source": row.source,
        "connector": row.connector,
        "last_success_at": moment_text(row.succeeded_at),
        "settled_until": until.isoformat() if until else None,
        "state": row.state.value,
        "problem": row.problem,
        **({"simulated": True} if row.is_simulated else {}),
    }


def moment_text(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 text in UTC, to the second."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def json_text(answer: object) -> str:
    """An answer as JSON for other programs: plain ASCII, moments in RFC 3339."""
    return json.dumps(answer, indent=1, default=_as_json)


def _as_json(value: object) -> str | None:
    return moment_text(value) if isinstance(value, datetime) else str(value)
