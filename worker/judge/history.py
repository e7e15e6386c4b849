"""Running targets -> what they are likely to come to: the daily figures behind each, and what of it stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection

from config.catalogue import unit_of
from config.formula import MARGIN, Expression, Formula, Name, fold, parse_formula
from config.loading.loader import LoadedPlan
from config.periods import Window
from config.plan import Action, Kpi, Plan
from config.thresholds import Event
from config.vocabulary import Measure, Scope, Unit
from worker.judge.outlook import Ahead, Days, Kind, Lore, concluded, is_late, is_proof, look_ahead
from worker.model.verdict import Judgement, Reason, Verdict
from worker.stats.dispersion import pooled_phi
from worker.stats.fdr import which_stand
from worker.stats.seasonality import Rhythm, pool, pool_ties, rhythm_of, tie_of
from worker.stats.series import Bools, Floats, Series
from worker.store.reporting_lags import maturities
from worker.store.series import DailySums, Place, daily_sums

HISTORY = timedelta(days=112)  # before a period: eight weeks tell a rhythm, and half of them may be events

Answers = Sequence[tuple[Judgement, Action | None]]


@dataclass(frozen=True)
class Ground:
    """What the outlook of a plan's targets rests on."""

    loaded: LoadedPlan
    plan_id: int
    kpis: Mapping[str, Kpi]
    formulas: Mapping[str, str]
    places: Mapping[tuple[str, str], int]  #: (scope, id) -> the id of the scope whose sums are its own

    def formula(self, kpi: str) -> Formula:
        """The formula chosen for a KPI."""
        return parse_formula(self.formulas[kpi])

    def place(self, judgement: Judgement) -> Place:
        """Where the daily sums of a target are."""
        scope_id = self.places[judgement.subject.scope, judgement.subject.ref]
        by = self.kpis[judgement.kpi].by
        is_part = bool(judgement.breakdown and by)
        return (scope_id, by.value if is_part and by else "", judgement.breakdown.casefold() if is_part else "")


def foresee(connection: Connection, ground: Ground, answers: Answers, today: date) -> list[Judgement]:
    """The judgements, those of running targets with their outlook. Across all of them false alarms are held down."""
    running = [index for index, (one, _) in enumerate(answers) if _is_running(one, today)]
    if not running:
        return [one for one, _ in answers]
    asked = [answers[index] for index in running]
    sums = _sums(connection, ground, [one for one, _ in asked], today)
    days = [_days(ground, one, owner, sums) for one, owner in asked]
    lore = _lore(ground, [one for one, _ in asked], days, sums)
    judging = ground.loaded.plan.judging
    ahead = [
        look_ahead(one, of_one, known, _expected(ground.loaded.plan, owner, one.period), today, judging)
        for (one, owner), of_one, known in zip(asked, days, lore, strict=True)
    ]
    concluded_now = _concluded([one for one, _ in asked], ahead, ground)
    found = [one for one, _ in answers]
    for index, judgement in zip(running, concluded_now, strict=True):
        found[index] = judgement
    return found


def _is_running(one: Judgement, today: date) -> bool:
    return (
        not one.is_budget
        and one.period.start < today < one.period.end
        and one.verdict is Verdict.CANNOT_SAY
        and one.reason is Reason.RUNNING
    )


def _concluded(asked: Sequence[Judgement], ahead: Sequence[Ahead | None], ground: Ground) -> list[Judgement]:
    """Each judgement with what stands of its two warnings, where every one made in this run counts."""
    judging = ground.loaded.plan.judging
    early = [(n, one.early) for n, one in enumerate(ahead) if one and one.early is not None]
    late = [(n, 1 - one.late) for n, one in enumerate(ahead) if one and one.late is not None]
    stands = which_stand([p for _, p in (*early, *late)])
    proved = {n for (n, _), stood in zip(early, stands, strict=False) if stood}
    unlikely = {n for (n, _), stood in zip(late, stands[len(early) :], strict=True) if stood}
    found = []
    for n, (one, seen) in enumerate(zip(asked, ahead, strict=True)):
        if seen is None:
            found.append(one)
            continue
        is_proved = n in proved and seen.is_material and is_proof(seen.early, strict=judging.strict)
        found.append(concluded(one, seen, proved=is_proved, unlikely=n in unlikely and is_late(seen.late)))
    return found


# ---- the daily figures ----


def _sums(connection: Connection, ground: Ground, asked: Sequence[Judgement], today: date) -> DailySums:
    places: set[Place] = set()
    measures: set[str] = set()
    for one in asked:
        place = ground.place(one)
        places |= {place, (place[0], "", ""), (ground.places[Scope.PLAN, ground.loaded.id], "", "")}
        measures |= ground.formula(one.kpi).names - {MARGIN}
    window = Window(min(one.period.start for one in asked) - HISTORY, today)
    known = maturities(connection, ground.plan_id, measures, today)
    return daily_sums(connection, ground.plan_id, places, measures, window, known)


def _days(ground: Ground, one: Judgement, owner: Action | None, sums: DailySums) -> Days:
    return _days_at(ground, one.kpi, ground.place(one), sums, _ordinary(ground.loaded.plan, owner, sums.window))


def _days_at(ground: Ground, kpi: str, place: Place, sums: DailySums, ordinary: Bools) -> Days:
    formula, is_share = ground.formula(kpi), ground.kpis[kpi].share
    above = _series(ground, formula.numerator, place, sums, ordinary)
    below = None
    if is_share:
        below = _series(ground, formula.numerator, (place[0], "", ""), sums, ordinary)
    elif formula.denominator is not None:
        below = _series(ground, formula.denominator, place, sums, ordinary)
    return Days(_kind(ground, kpi, formula), above, below, answers="responses" in formula.names)


def _kind(ground: Ground, kpi: str, formula: Formula) -> Kind:
    of = ground.kpis[kpi]
    units = {unit_of(name, ground.loaded.declared) for name in formula.names - {MARGIN}}
    if formula.denominator is None and not of.share:
        return Kind.COUNT if units == {Unit.COUNT} and formula.only_adds else Kind.AMOUNT
    if of.unit is Unit.SHARE and units == {Unit.COUNT}:
        return Kind.SHARE
    is_spent = formula.numerator == Name(Measure.SPEND)
    return Kind.COST if is_spent and units == {Unit.MONEY, Unit.COUNT} else Kind.RATIO


def _series(ground: Ground, expression: Expression, place: Place, sums: DailySums, ordinary: Bools) -> Series:
    margin = float(ground.loaded.plan.margin or 0)
    size = len(sums.window)

    def amount(name: str) -> Floats:
        return np.full(size, margin) if name == MARGIN else sums.of(place, name)

    def known(name: str) -> Floats:
        return np.ones(size) if name == MARGIN else sums.known.get(name, np.full(size, np.nan))

    with np.errstate(divide="ignore", invalid="ignore"):
        amounts = fold(expression, lambda value: np.full(size, float(value)), amount, _calculate)
    shares = fold(expression, lambda _: np.ones(size), known, lambda _, left, right: np.minimum(left, right))
    amounts = np.where(np.isfinite(amounts), amounts, np.nan)
    return Series(sums.window.start, amounts, np.where(np.isnan(amounts), np.nan, shares), ordinary)


def _calculate(operator: str, left: Floats, right: Floats) -> Floats:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right


# ---- what is learnt of them ----


def _lore(ground: Ground, asked: Sequence[Judgement], days: Sequence[Days], sums: DailySums) -> list[Lore]:
    """What each KPI's days tell; those too young are told by the others of the plan."""
    rhythms = [_rhythm(one) for one in days]
    ties = [tie_of(*_tied(one), is_count=_is_tie_of_counts(one)) if one.below is not None else None for one in days]
    pooled: dict[str, list[Rhythm]] = defaultdict(list)
    for judgement, rhythm in zip(asked, rhythms, strict=True):
        if rhythm:
            pooled[judgement.kpi].append(rhythm)
    whole = (ground.places[Scope.PLAN, ground.loaded.id], "", "")
    lore = []
    for judgement, of_one, rhythm, tie in zip(asked, days, rhythms, ties, strict=True):
        others = pooled[judgement.kpi]
        if rhythm is None and not others:
            of_plan = _days_at(ground, judgement.kpi, whole, sums, of_one.above.ordinary)
            others = [found for found in [_rhythm(of_plan)] if found]
        same = [other for other, it in zip(ties, asked, strict=True) if other is not None and it.kpi == judgement.kpi]
        lore.append(
            Lore(
                rhythm=rhythm or pool(others),
                tie=tie or (pool_ties(same, is_count=_is_tie_of_counts(of_one)) if of_one.below is not None else None),
                pooled_phi=pooled_phi([other.phi for other in others]),
            )
        )
    return lore


def _rhythm(days: Days) -> Rhythm | None:
    """Of the sum; of what a ratio is divided by; of the spend."""
    if days.kind is Kind.COST or days.below is None:
        return rhythm_of(days.above, is_count=days.kind is Kind.COUNT)
    return rhythm_of(days.below, is_count=days.kind is Kind.SHARE)


def _tied(days: Days) -> tuple[Series, Series]:
    assert days.below is not None
    return (days.below, days.above) if days.kind is Kind.COST else (days.above, days.below)


def _is_tie_of_counts(days: Days) -> bool:
    return days.kind in (Kind.SHARE, Kind.COST)


# ---- the plan's calendar ----


def _live(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days on which an action is at work; all of them for what is none."""
    if owner is None:
        return np.ones(len(window), np.bool_)
    live = np.zeros(len(window), np.bool_)
    for turn in plan.occurrences_of(owner) or [plan.life_of(owner)]:
        part = turn.clip(window)
        if part:
            live[(part.start - window.start).days : (part.end - window.start).days] = True
    return live


def _of_event(event: Event, window: Window) -> slice:
    part = event.days.clip(window)
    if part is None:
        return slice(0, 0)
    return slice((part.start - window.start).days, (part.end - window.start).days)


def _ordinary(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days that tell of other days: the action was at work, and nothing special was declared."""
    ordinary = _live(plan, owner, window)
    for event in plan.events:
        ordinary[_of_event(event, window)] = False
    return ordinary


def _expected(plan: Plan, owner: Action | None, period: Window) -> Floats:
    """What each day of a period is to an ordinary one, as the plan says."""
    expect = np.where(_live(plan, owner, period), 1.0, 0.0)
    for event in plan.events:
        if event.expect is not None:
            expect[_of_event(event, period)] *= float(event.expect)
    return expect


def owner_of(plan: Plan, judgement: Judgement) -> Action | None:
    """The action that is judged; None for an objective and the plan."""
    return plan.actions.get(judgement.subject.ref) if judgement.subject.scope == Scope.ACTION else None
