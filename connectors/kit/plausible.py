"""PURE. What figures can be, whatever gave them: which are whole, which never negative, which never above others."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from config.vocabulary import BUILT_IN, Measure, Unit

Amount = Decimal | int | None

#: counts that a source may split among campaigns
_FRACTIONAL = frozenset({Measure.CONVERSIONS})

#: counts that a correction may take back, beside money and points
_CORRECTED = frozenset({Measure.ORDERS, Measure.ITEMS, Measure.NEW_CUSTOMERS, Measure.CONVERSIONS})


class Relation(NamedTuple):
    """On one row the parts are together never more than the whole."""

    parts: tuple[str, ...]
    whole: str
    meaning: str = ""


#: Not here: e-mails opened or clicked, which may have been delivered on an earlier day; clicks on ads, which may come
#: a day after their impressions; new visitors, which GA4 counts by another event than visitors.
RELATIONS = (
    Relation((Measure.ENGAGED_SESSIONS,), Measure.SESSIONS),
    Relation((Measure.SEARCH_CLICKS,), Measure.SEARCH_IMPRESSIONS),
    Relation((Measure.PROMOTERS, Measure.PASSIVES, Measure.DETRACTORS), Measure.RESPONSES),
    Relation((Measure.SATISFIED,), Measure.RESPONSES),
    Relation(
        (Measure.SEARCH_IMPRESSIONS,),
        Measure.POSITION_WEIGHT,
        ": an average position is never below 1. position_weight is the average position times search_impressions",
    ),
)
_ROUNDED = Decimal("1.001")  # a position of 1 times the impressions, from an average that was rounded


def is_whole(measure: str, unit: Unit) -> bool:
    """Whether a measure only counts whole things."""
    return unit is Unit.COUNT and measure not in _FRACTIONAL


def may_be_negative(measure: str, unit: Unit) -> bool:
    """Whether an amount below zero makes sense; of a measure that a source declares nobody knows."""
    return measure not in BUILT_IN or measure in _CORRECTED or unit in (Unit.MONEY, Unit.POINTS)


def relations_of(measures: Sequence[str]) -> tuple[Relation, ...]:
    """What can be said of rows that have these measures."""
    return tuple(one for one in RELATIONS if one.whole in measures and not set(one.parts).isdisjoint(measures))


def impossible(measures: Mapping[str, Amount], relations: Sequence[Relation] = RELATIONS) -> str | None:
    """What of one row cannot be, in words; None where all can. An unknown amount is in nobody's way."""
    for relation in relations:
        whole = measures.get(relation.whole)
        known = {name: amount for name in relation.parts if (amount := measures.get(name)) is not None}
        if whole is not None and known and sum(known.values()) > whole * _ROUNDED:
            parts = " + ".join(f"{name} {amount}" for name, amount in known.items())
            return f"{parts} is more than {relation.whole} {whole}{relation.meaning}"
    return None
