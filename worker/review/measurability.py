"""PURE. How is each action best measured: what fits its techniques, what cannot be known, what is too small to tell."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from config.formula import MARGIN
from config.plan import Action, Target
from config.vocabulary import BUILT_IN, Measure, Scope, Unit
from worker.model.finding import (
    AmountFact,
    Fact,
    Finding,
    FindingKind,
    FindingSubject,
    KpisFact,
    Question,
    TechniqueFact,
    Weight,
    by_weight,
)
from worker.model.labels import SETTLED
from worker.model.plan_figures import Owner, PlanFigures, total_of
from worker.stats.dispersion import FEWEST_FOR_PHI, POOLED_LEAST
from worker.stats.series import Floats
from worker.stats.significance import GAP, events_needed


def measurability(figures: PlanFigures) -> list[Finding]:
    """What is promised and cannot be told, then what could be told and is not; what is over is left alone."""
    return [
        *by_weight([*_untold(figures), *_too_small(figures)]),
        *_fitting(figures),
    ]


def _current(figures: PlanFigures) -> Iterator[tuple[FindingSubject, Owner]]:
    return ((subject, owner) for subject, owner in figures.owners() if not figures.is_over(owner))


# --- promised, and it cannot be known --------------------------------------------------------------------------------


def _untold(figures: PlanFigures) -> Iterator[Finding]:
    """Targets whose KPI no source provides, or not for what the owner is tracked by."""
    found: dict[tuple[FindingKind, str, tuple[str, ...], tuple[str, ...]], list[tuple[FindingSubject, Owner]]] = (
        defaultdict(list)
    )
    for subject, owner in _current(figures):
        for target in owner.targets:
            missing = _missing(figures, target.kpi)
            needed, scope = figures.measures(target.kpi), (subject.scope, subject.id)
            if missing:
                found[FindingKind.UNMEASURABLE, target.kpi, missing, ()].append((subject, owner))
            elif untraced := needed & figures.unobservable.get(scope, frozenset()):
                found[FindingKind.UNTRACED, target.kpi, tuple(sorted(untraced)), _dimensions(owner)].append(
                    (subject, owner)
                )
            elif needed & figures.unseen.get(scope, frozenset()) and _is_settled(figures, owner):
                found[FindingKind.UNSEEN, target.kpi, (), _dimensions(owner)].append((subject, owner))
    for (kind, kpi, measures, dimensions), owners in found.items():
        facts: dict[str, Fact] = {"kpis": KpisFact((kpi,)), "measures": measures, "dimensions": dimensions}
        subjects = tuple(subject for subject, _ in owners)
        money = total_of(figures.money(owner) for _, owner in owners)
        yield Finding(Question.MEASURABILITY, kind, subjects, Weight.WRONG, facts, money)


def _is_settled(figures: PlanFigures, owner: Owner) -> bool:
    """Whether an owner has been at work for long enough to wonder that nothing carries its label."""
    return (figures.today - figures.life(owner).start).days > SETTLED


def _missing(figures: PlanFigures, kpi: str) -> tuple[str, ...]:
    formula = figures.formula(kpi)
    return tuple(sorted(formula.names - {MARGIN} - figures.provided)) if formula else (kpi,)


def _dimensions(owner: Owner) -> tuple[str, ...]:
    return tuple(sorted({dimension.value for rule in owner.tracked_by for dimension in rule.patterns}))


# --- promised, and too little happens to tell it from chance ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Small:
    """A target, what its period is likely to bring, and what would be needed."""

    subject: FindingSubject
    owner: Owner
    event: str
    brings: float
    needed: int


def _too_small(figures: PlanFigures) -> Iterator[Finding]:
    found: dict[str, list[_Small]] = defaultdict(list)
    for subject, owner in _current(figures):
        for target in owner.targets:
            if one := _small(figures, subject, owner, target):
                found[target.kpi].append(one)
    for kpi, small in found.items():
        most = max(small, key=lambda one: one.brings)
        facts: dict[str, Fact] = {
            "kpis": KpisFact((kpi,)),
            "event": KpisFact((most.event,)),
            "brings": AmountFact(round(most.brings, 1) if most.brings < 10 else round(most.brings), Unit.COUNT),
            "needed": AmountFact(most.needed, Unit.COUNT),
            "gap": AmountFact(GAP, Unit.SHARE),
        }
        subjects = tuple(one.subject for one in sorted(small, key=lambda one: -one.brings))
        money = total_of(figures.money(one.owner) for one in small)
        yield Finding(Question.MEASURABILITY, FindingKind.TOO_SMALL, subjects, Weight.DOUBT, facts, money)


def _small(figures: PlanFigures, subject: FindingSubject, owner: Owner, target: Target) -> _Small | None:
    """Whether a period brings fewer events than a shortfall of a fifth needs to show."""
    event, period = _event(figures, target.kpi), figures.running(owner, target)
    if event is None or period is None or target.for_:
        return None
    past = figures.life(owner)
    known = _known(figures.days(subject).of(event, past))
    if len(known) < FEWEST_FOR_PHI or not known.sum() > 0:
        return None  # so short a history does not say what a period brings
    brings = float(known.mean()) * len(period)
    share = _level(figures, target) if figures.known[target.kpi].unit is Unit.SHARE else 0.0
    needed = _needed(round(max(1.0, _dispersion(known) * (1 - share)), 1))
    return _Small(subject, owner, event, brings, needed) if brings < needed else None


def _known(days: Floats) -> Floats:
    return days[~np.isnan(days)]


def _level(figures: PlanFigures, target: Target) -> float:
    limits = target.limits(target.phases[0][0] if target.phases else figures.today)
    level = next((limit for limit in limits or () if limit is not None), None)
    return min(0.99, max(0.0, float(level))) if level is not None else 0.0


def _event(figures: PlanFigures, kpi: str) -> str | None:
    """What is counted where a KPI is judged: a share's successes, what an amount is divided by, the orders of money."""
    counts = [name for name in sorted(figures.measures(kpi)) if name in BUILT_IN and BUILT_IN[name].unit is Unit.COUNT]
    formula = figures.formula(kpi)
    if formula is None or formula.names - {MARGIN} - figures.provided:
        return None
    if figures.known[kpi].unit is Unit.SHARE and not figures.known[kpi].share:
        above = [name for name in counts if name in formula.text.partition("/")[0].split()]
        return above[0] if above else None
    if counts:
        return counts[0] if len(counts) == 1 else None
    is_money = Measure.REVENUE.value in formula.names and Measure.ORDERS.value in figures.provided
    return Measure.ORDERS.value if is_money else None


def _dispersion(days: Floats) -> float:
    """How many times more a day's count varies than by chance; cautious where all of its days are alike."""
    mean = float(days.mean())
    return max(1.0, float(days.var(ddof=1)) / mean) if mean else POOLED_LEAST


@cache
def _needed(phi: float) -> int:
    return events_needed(phi)


# --- what fits the techniques ----------------------------------------------------------------------------------------


def _fitting(figures: PlanFigures) -> Iterator[Finding]:
    """For each technique of an objective's actions: what fits and is not declared, then what no source provides."""
    undeclared: list[Finding] = []
    unprovided: dict[str, dict[str, set[FindingSubject]]] = defaultdict(lambda: defaultdict(set))
    for objective, technique, actions in _uses(figures):
        fits = figures.fitting[technique]
        missing = tuple(kpi for kpi in fits if _missing(figures, kpi))
        for kpi in missing:
            unprovided[technique][kpi].update(figures.action(id) for id in actions)
        asked = {target.kpi for id in actions for target in figures.plan.actions[id].targets}
        free = tuple(kpi for kpi in fits if kpi not in (*missing, *asked) and _is_seen(figures, kpi, actions))
        if free:
            fit = _Fit(technique, free, tuple(map(figures.action, actions)), objective)
            undeclared.append(_fits(figures, FindingKind.UNDECLARED, fit))
    yield from by_weight(undeclared)
    for technique, by_kpi in unprovided.items():
        subjects = sorted({subject for found in by_kpi.values() for subject in found})
        yield _fits(figures, FindingKind.UNPROVIDED, _Fit(technique, tuple(by_kpi), tuple(subjects)))


def _uses(figures: PlanFigures) -> Iterator[tuple[str | None, str, list[str]]]:
    """Objective (None for actions that serve none), technique, and the actions that use it for it."""
    found: Mapping[tuple[str | None, str], list[str]] = defaultdict(list)
    for id, action in figures.plan.actions.items():
        for technique in sorted(figures.techniques.get(id, ())) if not figures.is_over(action) else ():
            for objective in action.objectives or (None,):
                found[objective, technique].append(id)
    for (objective, technique), ids in found.items():
        yield objective, technique, ids


def _is_seen(figures: PlanFigures, kpi: str, actions: Iterable[str]) -> bool:
    """Whether the KPI has a value for one of the actions at least."""
    measures = figures.measures(kpi)
    return any(
        bool(figures.plan.actions[id].tracked_by)
        and not measures & figures.unobservable.get((Scope.ACTION, id), frozenset())
        for id in actions
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """KPIs that fit a technique, and the actions that use it."""

    technique: str
    kpis: tuple[str, ...]
    actions: tuple[FindingSubject, ...]
    objective: str | None = None  #: that the actions serve


def _fits(figures: PlanFigures, kind: FindingKind, fit: _Fit) -> Finding:
    lacking = sorted({name for kpi in fit.kpis for name in _missing(figures, kpi)})
    facts: dict[str, Fact] = {
        "technique": TechniqueFact(fit.technique),
        "kpis": KpisFact(fit.kpis),
        "measures": tuple(lacking),
        "objective": figures.plan.objectives[fit.objective].name if fit.objective else None,
    }
    money = total_of(figures.budget(_action(figures, subject)) for subject in fit.actions)
    return Finding(Question.MEASURABILITY, kind, fit.actions, Weight.NOTE, facts, money)


def _action(figures: PlanFigures, subject: FindingSubject) -> Action:
    return figures.plan.actions[subject.id]
