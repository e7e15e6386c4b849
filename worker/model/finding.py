"""PURE. What the review found, as values: words come later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum

from config.vocabulary import Scope, Unit

SHOWN = 7  #: findings of a question that are shown before "and N more"


class Question(StrEnum):
    """What is asked of the plan."""

    WORTH = "worth"  #: what each action brings for its money
    OPPORTUNITIES = "opportunities"  #: which actions would be worth taking
    MEASURABILITY = "measurability"  #: how each action is best measured
    RESPONSIBILITY = "responsibility"  #: who is responsible for what
    FEASIBILITY = "feasibility"  #: whether the promises can be kept with this money and this history


class FindingKind(StrEnum):
    """What sort of thing was found; the words belong to it."""

    LOSES = "loses"  #: earns less than it costs, whatever chance did
    RETURN = "return"
    NOTHING_BACK = "nothing_back"
    RESULT_UNKNOWN = "result_unknown"
    COST_UNKNOWN = "cost_unknown"
    NO_COST = "no_cost"  #: it brought something, and its known cost is nothing
    TOO_FEW = "too_few"  #: too few days with a result for a range
    QUIET = "quiet"  #: nothing spent, nothing brought

    UNSERVED = "unserved"  #: an objective without an action
    MISSPELT = "misspelt"
    STRAY_SPEND = "stray_spend"
    CONVERTS = "converts"
    LARGE_BASKETS = "large_baskets"
    CHANNEL = "channel"

    UNMEASURABLE = "unmeasurable"
    UNTRACED = "untraced"  #: no figure of the source carries what the action is tracked by
    UNSEEN = "unseen"  #: nothing has ever carried what the action is tracked by
    TOO_SMALL = "too_small"
    UNDECLARED = "undeclared"  #: could be measured, and no target asks for it
    UNPROVIDED = "unprovided"  #: fits the technique, and no source has it

    ORPHAN = "orphan"
    ORPHAN_SOURCES = "orphan_sources"
    NO_DEPUTY = "no_deputy"
    IDLE = "idle"
    LOAD = "load"

    OUT_OF_REACH = "out_of_reach"
    COST_OVER_BUDGET = "cost_over_budget"
    BUDGETS_OVER_PLAN = "budgets_over_plan"
    MONEY_SHORT = "money_short"
    VISITS_SHORT = "visits_short"
    PARTS_SHORT = "parts_short"
    REACHABLE_UNTIL = "reachable_until"
    REACH_UNKNOWN = "reach_unknown"


class Weight(IntEnum):
    """How much a finding asks for a decision, the most first."""

    WRONG = 0  #: does not hold together, or loses money
    DOUBT = 1  #: something is missing or unlikely
    NOTE = 2  #: good to know


@dataclass(frozen=True, slots=True, order=True)
class FindingSubject:
    """What a finding is about. The plan itself has its own id."""

    scope: Scope
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AmountFact:
    """A number with what it counts; None is unknown."""

    value: float | Decimal | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class KpisFact:
    """KPIs by their ids."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TechniqueFact:
    """A technique by its id in the table of techniques."""

    id: str


#: text is from outside: names, labels, lines to write
Fact = AmountFact | KpisFact | TechniqueFact | date | tuple[str, ...] | str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: about whom, with which figures, how grave, and how much money it concerns."""

    question: Question
    kind: FindingKind
    subjects: tuple[FindingSubject, ...]
    weight: Weight
    facts: Mapping[str, Fact] = field(default_factory=dict)
    at_stake: Decimal | None = None  #: money of the plan's currency; None where unknown
    is_simulated: bool = False  #: it rests on invented figures


#: the findings of each question, in the order in which they are read
Review = Mapping[Question, Sequence[Finding]]


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, of equal weight those with most money at stake."""
    return sorted(findings, key=_rank)


def shortlist(findings: Sequence[Finding], limit: int = SHOWN) -> list[Finding]:
    """The findings that matter most, in the order they stand in; always the first: of a ranking it is the best."""
    chosen = sorted(range(len(findings)), key=lambda place: (place > 0, _rank(findings[place])))[:limit]
    return [findings[place] for place in sorted(chosen)]


def _rank(finding: Finding) -> tuple[Weight, Decimal]:
    return finding.weight, -(finding.at_stake or Decimal(0))
