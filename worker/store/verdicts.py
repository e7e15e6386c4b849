"""Verdicts as they were known: a new row when something changed, the old one kept."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from config.fields import Language
from config.periods import Window
from config.plan import Bound, Per
from config.relative import ComparedWith, Relative
from config.vocabulary import Unit
from worker.model.base_value import BaseValue
from worker.model.context import Instant, PlanContext
from worker.model.labels import SoughtLabel, UnseenLabel
from worker.model.verdict import Figure, Judgement, Outlook, Phase, Subject, UnknownPart, Verdict, VerdictReason
from worker.store import schema as t
from worker.store.sentences import add_sentences

#: makes a judgement's sentence in each language; asked only for what is written down
Speak = Callable[[Judgement], Mapping[Language, str]]


def keep(
    connection: Connection, context: PlanContext, judgements: Iterable[Judgement], speak: Speak, instant: Instant
) -> int:
    """Write down what changed since the last judgement; gives how many did.

    What the plan no longer asks, or not yet as of today, is no longer current.
    """
    c = t.verdict.c
    current = {
        _key(row): row
        for row in connection.execute(select(t.verdict).where(c.plan_id == context.plan_id, c.is_current))
    }
    fresh, outdated, said = [], [], {}
    for judgement in judgements:
        row = _row(judgement)
        before = current.pop(judgement.key, None)
        if before is not None and all(getattr(before, name) == value for name, value in row.items()):
            continue
        if before is not None:
            outdated.append(before.id)
        fresh.append(row)
        said[judgement.key] = speak(judgement)
    outdated += [row.id for row in current.values()]
    for start in range(0, len(outdated), 500):
        part = outdated[start : start + 500]
        connection.execute(update(t.verdict).where(c.id.in_(part)).values(is_current=False))
    if fresh:
        of_all = {"plan_id": context.plan_id, "digest": context.loaded.digest, "is_current": True}
        of_all |= {"judged_on": instant.today, "judged_at": instant.now}
        added = insert(t.verdict).returning(c.id, c.scope, c.ref, c.subject, c.period_start)
        written = connection.execute(added, [{**row, **of_all} for row in fresh])
        add_sentences(connection, t.verdict, {row.id: said[_key(row)] for row in written})
    return len(fresh)


def _key(row: Row[Any]) -> tuple[str, str, str, str]:
    """That of the judgement it was written from."""
    return row.scope, row.ref, row.subject, row.period_start.isoformat()


def _row(judgement: Judgement) -> dict[str, Any]:
    ahead = judgement.outlook
    return {
        "scope": judgement.subject.scope,
        "ref": judgement.subject.ref,
        "subject": judgement.subject.key,
        "kpi": judgement.kpi,
        "breakdown": judgement.breakdown,
        "per": judgement.per.value,
        "period_start": judgement.period.start,
        "period_end": judgement.period.end,
        "phase": judgement.phase.value,
        "verdict": judgement.verdict.value,
        "value": _float(judgement.figure.value),
        "target": _float(judgement.target),
        "target_high": _float(judgement.high) if judgement.low is not None else None,
        "pace": _float(ahead.pace) if ahead else None,
        "expected": _float(ahead.expected) if ahead else None,
        "chance": ahead.chance if ahead else None,
        "bound": judgement.bound.value if judgement.bound else "",
        "committed": _float(judgement.committed) if judgement.is_budget else None,
        "projected": _float(judgement.projected) if judgement.is_budget else None,
        "unit": judgement.unit.value,
        "currency": judgement.currency,
        "state": judgement.figure.state,
        "evidence": json.dumps(_evidence(judgement), sort_keys=True),
    }


def _evidence(judgement: Judgement) -> dict[str, Any]:
    figure = judgement.figure
    return {
        "reason": judgement.reason.value,
        "value": _text(figure.value),
        "numerator": _text(figure.numerator),
        "denominator": _text(figure.denominator),
        "low": _text(judgement.low),
        "high": _text(judgement.high),
        "carried": _text(judgement.carried),
        "lacking": list(judgement.lacking),
        **({"unknown": _as_text(judgement.unknown)} if judgement.unknown else {}),
        **({"unseen": [(one.label.key, one.nearest) for one in judgement.unseen]} if judgement.unseen else {}),
        **({"shared": _text(judgement.shared), "shared_with": list(judgement.shared_with)} if judgement.shared else {}),
        **({"base": _base_text(judgement.base)} if judgement.base else {}),
        "is_simulated": judgement.is_simulated,
        **(
            {"outlook": {name: _plain(getattr(judgement.outlook, name)) for name in _AHEAD}}
            if judgement.outlook
            else {}
        ),
    }


def _as_text(unknown: UnknownPart) -> dict[str, Any]:
    money = [(currency, str(amount)) for currency, amount in unknown.money]
    return {"money": money, "days": [day.isoformat() for day in unknown.days]}


def _unknown_of(kept: Mapping[str, Any] | None) -> UnknownPart | None:
    if kept is None:
        return None
    money = tuple((currency, Decimal(amount)) for currency, amount in kept["money"])
    return UnknownPart(money, tuple(map(date.fromisoformat, kept["days"])))


def _base_text(base: BaseValue) -> dict[str, Any]:
    return {
        "change": _text(base.relative.change),
        "on": base.relative.on.value,
        "period": [base.period.start.isoformat(), base.period.end.isoformat()] if base.period else None,
        "value": _text(base.value),
        **{name: True for name in _BASE_SIGNS if getattr(base, name)},
    }


_BASE_SIGNS = ("is_usable", "is_awaited", "is_given")


def _base_of(kept: Mapping[str, Any] | None) -> BaseValue | None:
    if kept is None:
        return None
    relative = Relative(Decimal(kept["change"]), ComparedWith(kept["on"]))
    period = Window(*map(date.fromisoformat, kept["period"])) if kept["period"] else None
    signs = {name: kept.get(name, False) for name in _BASE_SIGNS}
    return BaseValue(relative, period, _exact(kept["value"]), **signs)


_AHEAD = tuple(field.name for field in fields(Outlook))


def judgement_of(row: Row[Any], name: str) -> Judgement:
    """A verdict on record as the value it was written from."""
    evidence = json.loads(row.evidence)
    amounts = {key: _exact(evidence[key]) for key in ("value", "numerator", "denominator", "low", "high")}
    return Judgement(
        subject=Subject(row.scope, row.ref, name, row.subject),
        period=Window(row.period_start, row.period_end),
        per=Per(row.per),
        verdict=Verdict(row.verdict),
        phase=Phase(row.phase),
        reason=VerdictReason(evidence["reason"]),
        figure=Figure(amounts["value"], row.state, amounts["numerator"], amounts["denominator"]),
        unit=Unit(row.unit),
        currency=row.currency,
        low=amounts["low"],
        high=amounts["high"],
        bound=Bound(row.bound) if row.bound else None,
        kpi=row.kpi,
        breakdown=row.breakdown,
        committed=Decimal(str(row.committed or 0)),
        projected=None if row.projected is None else Decimal(str(row.projected)),
        carried=Decimal(evidence.get("carried", "0")),
        lacking=tuple(evidence["lacking"]),
        unknown=_unknown_of(evidence.get("unknown")),
        unseen=tuple(UnseenLabel(SoughtLabel.of_key(key), nearest) for key, nearest in evidence.get("unseen", ())),
        is_simulated=evidence["is_simulated"],
        outlook=outlook_of(evidence),
        base=_base_of(evidence.get("base")),
        shared=Decimal(evidence.get("shared", "0")),
        shared_with=tuple(evidence.get("shared_with", ())),
    )


def _exact(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def outlook_of(evidence: Mapping[str, Any]) -> Outlook | None:
    """The outlook that was written down with a verdict; None where there was none."""
    kept = evidence.get("outlook")
    if kept is None:
        return None
    days = {name: date.fromisoformat(kept[name]) for name in ("data_date", "as_of", "sayable_on") if kept.get(name)}
    amounts = ("pace", "expected", "low", "high", "limit", "suggested")
    exact = {name: Decimal(kept[name]) for name in amounts if kept[name] is not None}
    return Outlook(**{**kept, **exact, **days})


def _plain(value: object) -> object:
    return str(value) if isinstance(value, date | Decimal) else value


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
