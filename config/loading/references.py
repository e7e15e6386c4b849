"""Names in the files that nobody and nothing bears. Pure."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from config.catalogue import catalogue
from config.formula import MARGIN, FormulaError, parse_formula
from config.loading.document import Finding, Place
from config.message import Message, marked, message
from config.suggestions import nearest
from config.vocabulary import Measure

_CHANNELS = marked("vigie.yaml has no channel '{name}'{hint}")
_PEOPLE = marked("nobody is called '{name}' under people{hint}")
_OBJECTIVES = marked("there is no objective '{name}'{hint}")
_KPIS = marked("there is no KPI '{name}'{hint}")
_BUDGETS = marked("there is no shared budget '{name}' under budgets{hint}")
_MEASURES = marked("there is no measure '{name}'{hint}")
_SOURCES = marked("there is no source '{name}' in sources.yaml{hint}")
_USUAL = message("; the usual ones are revenue, orders, conversion_rate and roi")
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
    (("authority", "*"), _SOURCES),
    (("authority", "*", "*"), _SOURCES),
)
#: What is told once, in the place of every name, where nothing of the kind is defined at all.
_NONE_DEFINED = {
    _CHANNELS: marked("vigie.yaml has no channels: add {names} under channels"),
    _PEOPLE: marked("nobody is listed under people: add {names}, with a name and an e-mail address"),
    _OBJECTIVES: marked("no objective is defined: add {names} under objectives"),
    _BUDGETS: marked("no shared budget is defined: add {names} under budgets"),
    _SOURCES: marked("sources.yaml has no source: add {names}"),
}


def unknown_names(
    plan: Any, sources: Any, channels: Collection[str] | None = None
) -> tuple[list[Finding], list[Finding]]:
    """Names that nobody and nothing bears, in the files as they were read: found even where other parts are wrong.

    None stands for a file that cannot be read, or is not known: nothing it may hold is called unknown.
    """
    declared, own_kpis = _keys_at(sources, "*", "measures"), _section(plan, "kpis")
    known: dict[str, set[str] | None] = {
        _PEOPLE: _section(plan, "people"),
        _CHANNELS: None if channels is None else set(channels),
        _OBJECTIVES: _section(plan, "objectives"),
        _BUDGETS: _section(plan, "budgets"),
        _KPIS: None if sources is None or own_kpis is None else {*catalogue(), *declared, *own_kpis},
        _SOURCES: None if sources is None else _keys_at(sources),
    }
    in_plan: list[Finding] = []
    for saying, valid in known.items():
        named = [found for pattern, other in _NAMED_IN_PLAN if other == saying for found in _texts(plan, pattern)]
        in_plan += _unknown(named, saying, valid)
    if sources is not None:
        measures = {*Measure, *declared}
        in_plan += _unknown(list(_in_formulas(plan)), _MEASURES, {*measures, MARGIN})
        authority: list[tuple[Place, str]] = [
            (("authority", measure), measure) for measure in sorted(_keys_at(plan, "authority"))
        ]
        in_plan += _unknown(authority, _MEASURES, measures)
    responsible = list(_texts(sources, ("*", "responsible")))
    is_told = any(what.text == _NONE_DEFINED[_PEOPLE] for _, what in in_plan)
    return in_plan, [] if is_told else list(_unknown(responsible, _PEOPLE, known[_PEOPLE]))


def _section(plan: Any, name: str) -> set[str] | None:
    """The ids that a section of the plan defines; None where it cannot be read, which is told of it."""
    if not isinstance(plan, dict) or (name in plan and not isinstance(plan[name], dict)):
        return None
    return _keys_at(plan, name)


def _unknown(named: list[tuple[Place, str]], saying: str, known: set[str] | None) -> Iterator[Finding]:
    """One finding for each unknown name; one for all of them where nothing of the kind is known."""
    if known is None or not named:
        return
    if not known and saying in _NONE_DEFINED:
        names = ", ".join(dict.fromkeys(name for _, name in named))
        yield named[0][0], Message(_NONE_DEFINED[saying], (("names", names),))
        return
    for place, name in named:
        if name not in known:
            hint = nearest(name, known) or (_USUAL if saying == _KPIS else "")
            yield place, Message(saying, (("name", name), ("hint", hint)))


def _in_formulas(plan: Any) -> Iterator[tuple[Place, str]]:
    """Every name in the plan's own formulas, at the formula's place."""
    for pattern in (("kpis", "*", "formula"), ("kpis", "*", "formula", "*")):
        for place, text in _texts(plan, pattern):
            with suppress(FormulaError):  # told where the KPI is read
                yield from ((place, name) for name in sorted(parse_formula(text).names))


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
