"""The plan: objectives, actions, KPIs, targets, budgets, people. Frozen values, as the user wrote them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from config.fields import (
    FORMS,
    Amount,
    Currency,
    Day,
    Email,
    Id,
    Language,
    Level,
    Line,
    LocalText,
    Margin,
    Model,
    OrOneItem,
    OrPlain,
    Phases,
    Texts,
    Value,
    Zone,
)
from config.formula import Formula, parse_formula
from config.mail_hours import MailHours, MailHoursField
from config.periods import DAY, Recurrence, Window, calendar_periods
from config.thresholds import Event, Judging
from config.vocabulary import Dimension, Direction, Unit
from config.when import When


class Per(StrEnum):
    """The period a target or a budget speaks of."""

    TOTAL = "total"  #: the whole life of the action, objective or plan
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    OCCURRENCE = "occurrence"


class Person(Model):
    """Someone who is told. The language and the time zone are the plan's unless given."""

    name: Line
    email: Email
    language: Language | None = None
    deputy: Id | None = None
    mails: MailHoursField = MailHours()
    timezone: Zone | None = None
    channel: Id | None = None  #: told there too, beside the mail
    digest: bool = True  #: gets a mail about the whole week


class Bound(StrEnum):
    """How a value is held against its target."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"


class Target(Model):
    """The value promised for a KPI, over the whole life, per period, by a date, or phased over months."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [bound.value]} for bound in Bound]})

    kpi: str
    at_least: Level | None = None
    at_most: Level | None = None
    between: tuple[Value, Value] | None = None
    for_: Annotated[str | None, Field(alias="for")] = None
    per: Per | None = None
    by: Day | None = None

    @model_validator(mode="after")
    def _is_one_bound(self) -> "Target":
        bounds = [name for name in Bound if getattr(self, name) is not None]
        if len(bounds) != 1:
            raise ValueError("a target has one of at_least, at_most or between")
        if self.per and self.by:
            raise ValueError("a target is either 'per' a period or 'by' a date")
        if self.phases and (self.by or self.per not in (None, Per.MONTH)):
            raise ValueError("a target with a value for each month is judged per month: leave out 'by' and 'per'")
        if self.between and self.between[0] > self.between[1]:
            raise ValueError("between wants the lower value first")
        return self

    @property
    def bound(self) -> Bound:
        """Which of the three bounds the target has."""
        return next(name for name in Bound if getattr(self, name) is not None)

    @property
    def phases(self) -> Phases:
        """The month's first day and its value, for a target phased over months; else empty."""
        level = getattr(self, self.bound)
        return level if self.bound is not Bound.BETWEEN and isinstance(level, tuple) else ()

    @property
    def grain(self) -> Per:
        """The period the target is judged on."""
        return Per.MONTH if self.phases else self.per or Per.TOTAL

    def limits(self, start: date) -> tuple[Decimal | None, Decimal | None] | None:
        """Lowest and highest value allowed in the period that starts on ``start``; None where no value is set."""
        level = dict(self.phases).get(start) if self.phases else getattr(self, self.bound)
        match self.bound:
            case Bound.BETWEEN:
                return self.between
            case Bound.AT_LEAST:
                return None if level is None else (level, None)
            case Bound.AT_MOST:
                return None if level is None else (None, level)

    @property
    def key(self) -> str:
        """Tells the targets of one action apart, and stays the same when only the value changes."""
        parts = [self.kpi, self.for_, self.bound, self.grain, self.by and self.by.isoformat()]
        return "/".join(part for part in parts if part)


class Budget(Model):
    """What may be spent in each period; what is left of the periods before is added where it rolls over."""

    amount: Amount
    per: Per = Per.TOTAL
    rollover: bool = False

    @model_validator(mode="after")
    def _has_periods(self) -> "Budget":
        if self.rollover and self.per is Per.TOTAL:
            raise ValueError("what is left rolls over from one period to the next: add 'per', as per: month")
        return self


class SharedBudget(Budget):
    """One budget for several actions: each amount that any of them spends counts once."""

    name: Line
    responsible: Id | None = None

    @property
    def promise(self) -> Budget:
        """What may be spent, whatever it is called and whoever answers for it."""
        return Budget(amount=self.amount, per=self.per, rollover=self.rollover)


class BudgetShare(Model):
    """The budget of an action that spends from a shared one."""

    from_: Annotated[Id, Field(alias="from")]

    @model_validator(mode="before")
    @classmethod
    def _says_nothing_else(cls, value: Any) -> Any:
        if isinstance(value, dict) and (others := sorted(map(str, value.keys() - {"from", "from_"}))):
            named = ", ".join(f"'{name}'" for name in others)
            raise ValueError(f"what is spent 'from' a shared budget is set there: leave out {named}")
        return value


def _read_budget(value: Any) -> Any:
    return {"amount": value} if isinstance(value, (int, Decimal, str)) else value  # 25 000 is text, and told so


def _which_budget(value: Any) -> str:
    is_share = isinstance(value, BudgetShare) or (isinstance(value, dict) and "from" in value)
    return FORMS[is_share]


_OwnOrShared = Annotated[
    Annotated[Budget, Tag(FORMS[0])] | Annotated[BudgetShare, Tag(FORMS[1])], Discriminator(_which_budget)
]

MaybeBudget = Annotated[Budget | None, BeforeValidator(_read_budget), OrPlain("number")]
MaybeShared = Annotated[_OwnOrShared | None, BeforeValidator(_read_budget), OrPlain("number")]


class CostState(StrEnum):
    """How far a cost has come."""

    PAID = "paid"  #: part of the spend, on its day
    COMMITTED = "committed"  #: counts against the budget
    PLANNED = "planned"  #: counts in projections only


class Cost(Model):
    """Money no connector sees. Without a state it is paid up to today and committed after."""

    on: Day
    amount: Amount
    what: Line
    state: CostState | None = None

    def state_on(self, today: date) -> CostState:
        """The state as of ``today``."""
        return self.state or (CostState.PAID if self.on <= today else CostState.COMMITTED)


class Rule(Model):
    """Patterns that must all match for an origin to belong; each is a glob, or a list of which one matches."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    campaign: Texts | None = None
    campaign_id: Texts | None = None
    source: Texts | None = None
    medium: Texts | None = None
    channel: Texts | None = None
    content: Texts | None = None
    term: Texts | None = None
    coupon: Texts | None = None
    keyword: Texts | None = None
    landing_page: Texts | None = None
    referrer: Texts | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Rule":
        if not self.patterns:
            raise ValueError(f"a tracking rule names a dimension: {', '.join(Dimension)}")
        if any(not pattern.strip() for patterns in self.patterns.values() for pattern in patterns):
            raise ValueError("an empty pattern never matches: write what the source shows, or * for any value")
        return self

    @cached_property
    def patterns(self) -> dict[Dimension, tuple[str, ...]]:
        """The dimensions the rule looks at, each with its alternatives."""
        found = {dimension: getattr(self, dimension) for dimension in Dimension}
        return {dimension: patterns for dimension, patterns in found.items() if patterns}


def _read_rules(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Tracking = Annotated[tuple[Rule, ...], BeforeValidator(_read_rules), OrOneItem()]


class ActionKind(StrEnum):
    """How an action lies in time."""

    ONE_OFF = "one-off"
    RECURRING = "recurring"
    CONTINUOUS = "continuous"


class Action(Model):
    """Something done, by someone, by some techniques, for some objectives, at a cost, with a result to reach."""

    name: Line
    techniques: tuple[Id, ...] = ()
    objectives: tuple[Id, ...] = ()
    responsible: Id | None = None
    when: When = When()
    budget: MaybeShared = None
    costs: tuple[Cost, ...] = ()
    tracked_by: Tracking = ()
    targets: tuple[Target, ...] = ()

    @property
    def kind(self) -> ActionKind:
        """One-off, recurring or continuous."""
        if self.when.every:
            return ActionKind.RECURRING
        return ActionKind.ONE_OFF if self.when.to else ActionKind.CONTINUOUS

    @property
    def own_budget(self) -> Budget | None:
        """Its budget, where it does not spend from a shared one."""
        return self.budget if isinstance(self.budget, Budget) else None

    @property
    def shared_budget(self) -> str | None:
        """The id of the shared budget it spends from."""
        return self.budget.from_ if isinstance(self.budget, BudgetShare) else None


class Objective(Model):
    """Why. Its figures are the whole plan's, unless it has its own tracking."""

    name: Line
    responsible: Id | None = None
    tracked_by: Tracking = ()
    targets: tuple[Target, ...] = ()


class Kpi(Model):
    """A figure computed from measures. Several formulas: the first whose measures some source provides."""

    formula: Texts
    unit: Unit
    better: Direction = Direction.NEITHER
    by: Dimension | None = None
    share: bool = False
    always: bool = True
    name: LocalText
    help: LocalText | None = None

    @model_validator(mode="after")
    def _parses(self) -> "Kpi":
        if self.share and not self.by:
            raise ValueError("a share is of something: add 'by', as by: channel")
        assert self.formulas
        return self

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas, parsed. Raises FormulaError (a ValueError) for one that is not a formula."""
        return tuple(parse_formula(text) for text in self.formula)

    @property
    def is_additive(self) -> bool:
        """Whether its value only grows as the period goes on: then a bound can be crossed before the end."""
        return not self.share and all(formula.only_adds for formula in self.formulas)


class Plan(Model):
    """What a team will do, who answers for it, what it may cost and what it must achieve."""

    plan: Line
    currency: Currency
    timezone: Zone
    language: Language = "en"
    starts: Day
    ends: Day
    budget: MaybeBudget = None
    budgets: dict[Id, SharedBudget] = {}
    margin: Margin | None = None
    lead: Id | None = None
    people: dict[Id, Person] = {}
    objectives: dict[Id, Objective] = {}
    actions: dict[Id, Action] = {}
    kpis: dict[Id, Kpi] = {}
    authority: dict[str, Texts] = {}
    judging: Judging = Judging()
    events: tuple[Event, ...] = ()

    @model_validator(mode="after")
    def _lasts(self) -> "Plan":
        if self.ends < self.starts:
            raise ValueError(f"ends on {self.ends}, before it starts on {self.starts}")
        return self

    @property
    def life(self) -> Window:
        """From the first day to the last."""
        return Window(self.starts, self.ends + DAY)

    def life_of(self, action: Action) -> Window:
        """The days an action is at work: its own dates, else the plan's."""
        return Window(action.when.from_ or self.starts, (action.when.to or self.ends) + DAY)

    def occurrences_of(self, action: Action) -> list[Window]:
        """The turns of a recurring action, in order; none for the others."""
        if not action.when.every:
            return []
        turns = Recurrence(action.when.every, action.when.on, action.when.lasts)
        return turns.occurrences(self.life_of(action))

    def at_work(self, action: Action) -> list[Window]:
        """When an action is at work: in each of its turns, or all its life."""
        return self.occurrences_of(action) if action.when.every else [self.life_of(action)]

    def spenders(self, budget: str) -> dict[str, Action]:
        """The actions that spend from a shared budget, by their ids."""
        return {id: action for id, action in self.actions.items() if action.shared_budget == budget}

    def periods(self, action: Action | None, per: Per, by: date | None = None) -> list[Window]:
        """The periods of a target or budget, of an action or (None) of the plan, in order.

        Calendar periods are whole: the first month of an action that starts on the 15th is that month.
        """
        life = self.life_of(action) if action else self.life
        if per is Per.OCCURRENCE:
            return self.occurrences_of(action) if action else []
        return _periods(life, per, by)

    def shared_periods(self, budget: str) -> list[Window]:
        """The periods of a shared budget: from the start of the first of its actions to the end of the last."""
        lives = [self.life_of(action) for action in self.spenders(budget).values()] or [self.life]
        life = Window(min(life.start for life in lives), max(life.end for life in lives))
        return _periods(life, self.budgets[budget].per)

    @property
    def lead_id(self) -> str | None:
        """Who is told about the plan as a whole: ``lead``, else the person called lead, else the first."""
        return self.lead or ("lead" if "lead" in self.people else next(iter(self.people), None))


def _periods(life: Window, per: Per, by: date | None = None) -> list[Window]:
    if per is Per.TOTAL:
        return [Window(life.start, by + DAY if by else life.end)]
    return list(calendar_periods(per.value, life))
