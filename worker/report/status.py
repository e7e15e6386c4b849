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
    return [_target(loaded, one) for one in judgements if not one.is_budget]


def _target(loaded: LoadedPlan, one: Judgement) -> dict[str, Any]:
    high = {"target_high": decimal_text(one.high, one.unit)} if one.low is not None and one.high is not None else {}
    return {
        "kpi": one.kpi,
        "for": one.breakdown or None,
        "per": one.per.value,
        "period": _period(one.period),
        "phase": one.phase.value,
        "verdict": one.verdict.value,
        "value": decimal_text(one.figure.value, one.unit),
        "target": decimal_text(one.target, one.unit),
        **high,
        **_ahead(one),
        "bound": one.bound.value if one.bound else None,
        "unit": one.unit.value,
        "state": one.figure.state,
        **_said(loaded, one),
    }


def _ahead(one: Judgement) -> dict[str, Any]:
    """Where a running period should be, and what it is likely to come to; nothing for the others."""
    outlook = one.outlook
    if outlook is None:
        return {}
    values = {"pace": outlook.pace, "expected": outlook.expected}
    values |= {"expected_low": outlook.low, "expected_high": outlook.high}
    known = {name: decimal_text(value, one.unit) for name, value in values.items()}
    return {**known, "chance": None if outlook.chance is None else f"{outlook.chance:.3f}"}


def _budget(loaded: LoadedPlan, judgements: Sequence[Judgement]) -> dict[str, Any] | None:
    """The budget of the running period, else of the last one over; the last one over beside it."""
    found = [_one_budget(loaded, one) for one in judgements if one.is_budget]
    if not found:
        return None
    return {**found[-1], **({"previous": found[-2]} if len(found) > 1 else {})}


def _one_budget(loaded: LoadedPlan, one: Judgement) -> dict[str, Any]:
    return {
        "per": one.per.value,
        "period": _period(one.period),
        "amount": decimal_text(one.high, Unit.MONEY),
        **({"carried": decimal_text(one.carried, Unit.MONEY)} if one.carried else {}),
        "spent": decimal_text(one.figure.value, Unit.MONEY),
        "committed": decimal_text(one.committed, Unit.MONEY),
        "projected": decimal_text(one.projected, Unit.MONEY),
        **_ahead(one),
        "currency": one.currency,
        "verdict": one.verdict.value,
        "state": one.figure.state,
        **_said(loaded, one),
    }


def _said(loaded: LoadedPlan, one: Judgement) -> dict[str, Any]:
    kpi = kpis_of(loaded.plan, loaded.declared).get(one.kpi)
    sentences = {language: sentence(one, kpi, translator_for(language)) for language in LANGUAGES}
    simulated = {"simulated": True} if one.is_simulated else {}
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
