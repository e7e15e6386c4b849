"""What a file can say that cannot be: names nobody bears, periods that do not exist. Pure."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from config.catalogue import catalogue, known_kpis
from config.formula import MARGIN, Formula, FormulaError, parse_formula
from config.loading.document import Place
from config.loading.validation import nearest
from config.plan import Action, Objective, Per, Plan, Target
from config.sources import COSTS, SourceEntry
from config.vocabulary import Measure, Unit

Finding = tuple[Place, str]

_LONGEST = {"week": 7, "month": 31, "quarter": 92, "year": 366}

_CHANNELS = "vigie.yaml names no channel '{}'"
_PEOPLE, _OBJECTIVES, _KPIS, _BUDGETS = (
    "nobody is called '{}' under people",
    "there is no objective '{}'",
    "there is no KPI '{}'",
    "there is no shared budget '{}' under budgets",
)
_NAMED_IN_PLAN: tuple[tuple[Place, str], ...] = (
    (("lead",), _PEOPLE),
    (("people", "*", "deputy"), _PEOPLE),
    (("people", "*", "channel"), _CHANNELS),
    (("actions", "*", "responsible"), _PEOPLE),
    (("objectives", "*", "responsible"), _PEOPLE),
    (("budgets", "*", "responsible"), _PEOPLE),
    (("actions", "*", "budget", "from"), _BUDGETS),
    (("actions", "*", "objectives", "*"), _OBJECTIVES),
    (("actions", "*", "targets", "*", "kpi"), _KPIS),
    (("objectives", "*", "targets", "*", "kpi"), _KPIS),
)


def unknown_names(
    plan: Any, sources: Any, channels: Collection[str] | None = None
) -> tuple[list[Finding], list[Finding]]:
    """Names that nobody and nothing bears, in the files as they were read: found even where other parts are wrong.

    None stands for a file that cannot be read, or is not known: nothing it may hold is called unknown.
    """
    declared = _keys_at(sources, "*", "measures")
    known = {
        _PEOPLE: None if plan is None else _keys_at(plan, "people"),
        _CHANNELS: None if channels is None else set(channels),
        _OBJECTIVES: _keys_at(plan, "objectives"),
        _BUDGETS: _keys_at(plan, "budgets"),
        _KPIS: None if sources is None else {*catalogue(), *declared, *_keys_at(plan, "kpis")},
    }
    in_plan = [
        finding for pattern, saying in _NAMED_IN_PLAN for finding in _unknown(plan, pattern, saying, known[saying])
    ]
    if sources is not None:
        in_plan += _formulas(plan, {*Measure, *declared, MARGIN})
        in_plan += _authority(plan, {*Measure, *declared}, _keys_at(sources))
    return in_plan, list(_unknown(sources, ("*", "responsible"), _PEOPLE, known[_PEOPLE]))


def _unknown(value: Any, pattern: Place, saying: str, known: set[str] | None) -> Iterator[Finding]:
    for place, name in _texts(value, pattern):
        if known is not None and name not in known:
            yield place, saying.format(name) + nearest(name, known)


def _authority(plan: Any, measures: set[str], sources: set[str]) -> Iterator[Finding]:
    for measure in _keys_at(plan, "authority") - measures:
        yield ("authority", measure), f"there is no measure '{measure}'{nearest(measure, measures)}"
    for pattern in (("authority", "*"), ("authority", "*", "*")):
        yield from _unknown(plan, pattern, "there is no source '{}'", sources)


def _formulas(plan: Any, names: set[str]) -> Iterator[Finding]:
    for place, text in (
        *_texts(plan, ("kpis", "*", "formula")),
        *_texts(plan, ("kpis", "*", "formula", "*")),
    ):
        with suppress(FormulaError):  # said where the KPI is read
            for name in sorted(parse_formula(text).names - names):
                yield place, f"there is no measure '{name}'{nearest(name, names)}"


def _texts(value: Any, pattern: Place, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text found at a pattern of keys, where ``*`` is any key or index."""
    if not pattern:
        if isinstance(value, str):
            yield at, value
        return
    head, rest = pattern[0], pattern[1:]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if head in ("*", key):
            yield from _texts(child, rest, (*at, key))


def _keys_at(value: Any, *pattern: str) -> set[str]:
    """The keys of every mapping at a pattern of keys."""
    if not isinstance(value, dict):
        return set()
    if not pattern:
        return set(value)
    head, rest = pattern[0], pattern[1:]
    return {name for key, child in value.items() if head in ("*", key) for name in _keys_at(child, *rest)}


def mistakes(plan: Plan | None, sources: Mapping[str, SourceEntry]) -> tuple[list[Finding], list[Finding]]:
    """Every contradiction in the plan (None: nothing is known of it), and every one in its sources."""
    declared = {id: unit for entry in sources.values() for id, unit in entry.measures.items()}
    in_plan = [*_people(plan), *_kpis(plan), *_targets(plan, declared), *_times(plan)] if plan else []
    return in_plan, list(_sources(sources))


def _people(plan: Plan) -> Iterator[Finding]:
    for id, person in plan.people.items():
        if person.deputy == id:
            yield ("people", id, "deputy"), f"{id} cannot be their own deputy"


def _kpis(plan: Plan) -> Iterator[Finding]:
    for id, kpi in plan.kpis.items():
        place: Place = ("kpis", id, "formula")
        for formula in kpi.formulas:
            yield from ((place, problem) for problem in _margin(plan, formula))
            if not formula.names - {MARGIN}:
                yield place, "names no measure: a KPI is computed from some, as revenue / spend"


def _margin(plan: Plan, formula: Formula) -> Iterator[str]:
    if MARGIN in formula.names and plan.margin is None:
        yield "needs the plan's margin: add it at the top of the plan, as margin: 40%"


def _targets(plan: Plan, declared: dict[str, Unit]) -> Iterator[Finding]:
    for section, owners in (("actions", plan.actions), ("objectives", plan.objectives)):
        for id, owner in owners.items():
            seen: dict[str, int] = {}
            for index, target in enumerate(owner.targets):
                place: Place = (section, id, "targets", index)
                yield from ((place, problem) for problem in _target(plan, owner, target, declared))
                if target.key in seen:
                    yield place, f"says the same as target {seen[target.key] + 1}: keep one"
                seen.setdefault(target.key, index)


def _target(plan: Plan, owner: Action | Objective, target: Target, declared: dict[str, Unit]) -> Iterator[str]:
    kpi = known_kpis(plan, declared).get(target.kpi)
    if kpi is None:
        return  # said among the unknown names
    for formula in kpi.formulas:
        yield from (f"{target.kpi} {problem}" for problem in _margin(plan, formula))
    if target.for_ and not kpi.by:
        yield f"{target.kpi} has no breakdown: leave out 'for'"
    if kpi.share and not target.for_:
        yield f"{target.kpi} is a share for each {kpi.by}: say which, as for: Email"
    if kpi.unit is Unit.SHARE and any(abs(number) > 1 for number in _numbers(target)):
        yield f"{target.kpi} is a share of at most 1: write a percentage, as 2.5%"
    if target.per is Per.OCCURRENCE and not (isinstance(owner, Action) and owner.when.every):
        yield "'per: occurrence' needs a recurring action (when: {every: month, …})"
    starts, ends = _dates(plan, owner)
    if target.by and target.by < starts:
        yield f"is due by {target.by}, before the start on {starts}"
    for month, _ in target.phases:
        if starts <= ends and not starts.replace(day=1) <= month <= ends:
            yield f"has a value for {month:%Y-%m}, outside {starts} to {ends}"


def _dates(plan: Plan, owner: Action | Objective) -> tuple[date, date]:
    """First and last day, the last one included. They may stand the wrong way round: that is said elsewhere."""
    if isinstance(owner, Action):
        return owner.when.from_ or plan.starts, owner.when.to or plan.ends
    return plan.starts, plan.ends


def _numbers(target: Target) -> list[float]:
    if target.between:
        return [float(number) for number in target.between]
    if target.phases:
        return [float(number) for _, number in target.phases]
    return [float(getattr(target, target.bound))]


def _times(plan: Plan) -> Iterator[Finding]:
    for id, action in plan.actions.items():
        place: Place = ("actions", id, "when")
        when = action.when
        starts, ends = _dates(plan, action)
        if starts > ends:
            yield (
                place,
                f"does not lie within the plan, {plan.starts} to {plan.ends}: give 'from' and 'to'",
            )
            continue
        if when.every and when.on and when.on > _LONGEST[when.every.unit]:
            yield place, f"on: {when.on} is past the end of every {when.every.unit}"
        elif when.every and not plan.occurrences_of(action):
            yield place, "never comes round within its dates"
        if action.own_budget and action.own_budget.per is Per.OCCURRENCE and not when.every:
            yield (
                ("actions", id, "budget"),
                "'per: occurrence' needs a recurring action (when: {every: month, …})",
            )
    if plan.budget and plan.budget.per is Per.OCCURRENCE:
        yield ("budget",), "a plan has no occurrences: give its budget in all, or per month"
    for id, shared in plan.budgets.items():
        if shared.per is Per.OCCURRENCE:
            yield ("budgets", id), "a shared budget has no occurrences: give it in all, or per month"


def _sources(sources: Mapping[str, SourceEntry]) -> Iterator[Finding]:
    units: dict[str, Unit] = {}
    for id, entry in sources.items():
        if id == COSTS:
            yield (id,), f"'{COSTS}' is the name of the plan's own costs: choose another"
        for measure, unit in entry.measures.items():
            if measure in {*Measure, MARGIN}:
                yield (
                    (id, "measures", measure),
                    f"{measure} is a measure of Vigie's own: leave it out, or rename yours",
                )
            if units.setdefault(measure, unit) is not unit:
                yield (
                    (id, "measures", measure),
                    f"another source says {measure} is a {units[measure]}",
                )
