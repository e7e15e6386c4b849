"""The KPIs a plan knows: the catalogue's, its own, and the measures its targets name."""

from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from config.fields import OURS
from config.loading.yaml import parse_yaml
from config.local_text import LocalText
from config.plan import Kpi, Plan, Target
from config.vocabulary import BUILT_IN, Direction, Unit


@cache
def catalogue() -> dict[str, Kpi]:
    """Every KPI that ships with Vigie, by id, in the order in which people read them."""
    text = files("config").joinpath("kpis.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Kpi]).validate_python(parse_yaml(text, "kpis.yaml").value, context=OURS)


def known_kpis(plan: Plan, declared: dict[str, Unit]) -> dict[str, Kpi]:
    """Everything a target of this plan may name. ``declared``: the measures its sources declare themselves."""
    plain = {id: _plain(id, unit) for id, unit in declared.items()}
    return {**plain, **catalogue(), **plan.kpis}


def kpis_of(plan: Plan, declared: dict[str, Unit]) -> dict[str, Kpi]:
    """The KPIs computed for a plan: those always shown, its own, and those its targets name."""
    named = {target.kpi for target in all_targets(plan)}
    known = known_kpis(plan, declared)
    shown = {id for id, kpi in catalogue().items() if kpi.always}
    return {id: kpi for id, kpi in known.items() if id in shown or id in plan.kpis or id in named}


def all_targets(plan: Plan) -> list[Target]:
    """Every target of the plan's actions and objectives."""
    of_actions = [target for action in plan.actions.values() for target in action.targets]
    return of_actions + [target for aim in plan.objectives.values() for target in aim.targets]


def unit_of(measure: str, declared: dict[str, Unit]) -> Unit:
    """The unit of a measure, built in or declared."""
    return BUILT_IN[measure].unit if measure in BUILT_IN else declared[measure]


def _plain(id: str, unit: Unit) -> Kpi:
    name = id.replace("_", " ").capitalize()
    return Kpi(formula=(id,), unit=unit, better=Direction.HIGHER, name=LocalText(name))
