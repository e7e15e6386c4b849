"""What is sound in a faulty plan: its faults taken out, so that all the rest is looked at in the same go. Pure."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.loading.document import Place, value_at
from config.loading.validation import in_file
from config.plan import Plan

_ROUNDS = 5  # taking a fault out can bring out another one

#: Parts of an action or objective whose absence makes nothing else of it wrong.
_ALONE = ("budget", "costs", "objectives", "responsible", "targets", "techniques", "tracked_by")


def valid_part(value: Mapping[str, Any] | None) -> Plan | None:
    """The plan without its faulty parts, the others still at their places; None where nothing can be made of it."""
    if value is None:
        return None
    left = deepcopy(dict(value))
    for _ in range(_ROUNDS):
        try:
            return Plan.model_validate(left, by_alias=True, by_name=False)
        except ValidationError as error:
            for mistake in error.errors():
                _take_out(left, mistake)
    return None


def _take_out(left: dict[str, Any], mistake: ErrorDetails) -> None:
    place = in_file(mistake["loc"])
    if mistake["type"] == "extra_forbidden" and isinstance(parent := value_at(left, place[:-1]), dict):
        parent.pop(str(place[-1]), None)
    elif place:
        _replace(left, place)
    else:  # it ends before it starts
        left |= {"starts": _stand_in(("starts",)), "ends": _stand_in(("ends",))}


def _replace(left: dict[str, Any], place: Place) -> None:
    """Put a stand-in for the smallest part that has one, else leave out the smallest part that can go alone."""
    for end in range(len(place), 0, -1):
        if (stand_in := _stand_in(place[:end])) is not None and _set(left, place[:end], stand_in):
            return
    match place:
        case ("actions" | "objectives", _, str(part), *_) if part in _ALONE:
            whole = value_at(left, place[:2])
        case ("actions" | "authority" | "budgets" | "kpis" | "objectives" | "people" | "rates", str(part), *_):
            whole = value_at(left, place[:1])
        case (part, *_):
            whole = left
    if isinstance(whole, dict):
        whole.pop(part, None)
    elif whole is not None:  # or it has gone with another fault
        left.pop(str(place[0]), None)


def _stand_in(place: Place) -> Any:
    """What may stand at a place of a plan without making anything else wrong; None where nothing may."""
    match place:
        case ("plan",) | ("actions" | "budgets" | "objectives" | "kpis" | "people", _, "name"):
            return "?"
        case ("currency",):
            return "EUR"
        case ("timezone",):
            return "UTC"
        case ("starts",):
            return "2000-01-01"
        case ("ends",):
            return "2099-12-31"
        case ("margin",):
            return 0
        case ("actions", _, "when"):  # whatever turns and dates the action's targets speak of
            return {"from": "1990-01-01", "to": "2199-12-31", "every": "100 years"}
        case ("actions" | "objectives", _, "targets", int(index)):
            return {"kpi": f"?{index}", "at_least": 0}
    return None


def _set(left: dict[str, Any], place: Place, value: Any) -> bool:
    parent, last = value_at(left, place[:-1]), place[-1]
    if isinstance(parent, dict):
        parent[str(last)] = value
        return True
    if isinstance(parent, list) and isinstance(last, int):
        parent[last] = value
        return True
    return False
