"""The plan: objectives, actions, KPIs, targets, budgets, people. Frozen values, as the user wrote them."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pydantic import model_validator

from config.budgets import Budget, BudgetShare, Cost, CostState, MaybeBudget, MaybeShared, SharedBudget
from config.errors import Mistake
from config.fields import Currency, Day, Email, Id, Language, Line, LocalText, Margin, Model, Texts, Zone
from config.formula import Formula, parse_formula
from config.mail_hours import MailHours, MailHoursField
from config.periods import DAY, Recurrence, Window, add_months, calendar_periods
from config.rates import RateField
from config.special_days import Countries, special_days
from config.targets import Bound, Per, Target
from config.thresholds import Event, Judging
from config.tracking import Rule, Tracking
from config.vocabulary import Dimension, Direction, Unit
from config.when import When

__all__ = [  # the parts of a plan, wherever each is defined
    "Action", "ActionKind", "Bound", "Budget", "BudgetShare", "Cost", "CostState", "Kpi", "Objective", "Per", "Person",
    "Plan", "Rule", "SharedBudget", "Target",
]  # fmt: skip


WEEKS_BEFORE = timedelta(weeks=8)  # what a weekday profile is learnt from


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
            raise Mistake("a share needs a breakdown: add 'by', such as by: channel")
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
    """What a team will do, who is responsible, what it may cost and what it must achieve."""

    plan: Line
    currency: Currency
    timezone: Zone
    language: Language = "en"
    starts: Day
    ends: Day
    budget: MaybeBudget = None
    budgets: dict[Id, SharedBudget] = {}
    margin: Margin | None = None
    rates: dict[Currency, RateField] = {}
    lead: Id | None = None
    people: dict[Id, Person] = {}
    objectives: dict[Id, Objective] = {}
    actions: dict[Id, Action] = {}
    kpis: dict[Id, Kpi] = {}
    authority: dict[str, Texts] = {}
    judging: Judging = Judging()
    events: tuple[Event, ...] = ()
    holidays: Countries | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "Plan":
        if self.ends < self.starts:
            raise Mistake("{ends} is before the start on {starts}", ends=self.ends, starts=self.starts).at("ends")
        return self

    @cached_property
    def special_days(self) -> tuple[Event, ...]:
        """The declared events, and the holidays and trade days that the plan asks for, of the year before it too."""
        if not self.holidays:
            return self.events
        window = Window(add_months(self.first_day, -12), self.ends + DAY)
        return (*self.events, *special_days(self.holidays, window, self.language, self.events))

    def own_rate(self, currency: str, day: date) -> Decimal | None:
        """Units of the plan's currency for one of ``currency``, where the plan itself says so for that day."""
        rate = self.rates.get(currency)
        return rate.on(day) if rate else None

    @property
    def life(self) -> Window:
        """From the first day to the last."""
        return Window(self.starts, self.ends + DAY)

    @property
    def first_day(self) -> date:
        """The first day of the plan, or of an action that began before it."""
        return min([self.starts, *(self.life_of(action).start for action in self.actions.values())])

    @cached_property
    def watched_from(self) -> date:
        """The first day whose figures a target needs: the week or month it is about may begin before the plan."""
        asked: list[tuple[Action | None, Target]] = []
        asked += [(None, target) for aim in self.objectives.values() for target in aim.targets]
        asked += [(action, target) for action in self.actions.values() for target in action.targets]
        firsts = ((*one, period) for one in asked for period in self.periods(one[0], one[1].grain, one[1].by)[:1])
        return min([self.first_day, *(self._needed_from(*first) for first in firsts)])

    @cached_property
    def read_from(self) -> date:
        """The first day that sources are asked for: the weeks before the plan only tell what its days are like."""
        return min(self.watched_from, self.starts - WEEKS_BEFORE)

    def _needed_from(self, action: Action | None, target: Target, period: Window) -> date:
        before = self.compared(action, target, period)
        is_read = before is not None and target.given_baseline(before.start) is None
        return min(period.start, before.start) if before and is_read else period.start

    def compared(self, action: Action | None, target: Target, period: Window) -> Window | None:
        """The earlier days that a relative target is held against in a period; None where there are none."""
        if target.relative is None:
            return None
        turns = self.occurrences_of(action) if action and target.grain is Per.OCCURRENCE else []
        weekly = bool(action and action.when.every and action.when.every.unit in ("day", "week"))
        return target.relative.compared(period, target.grain, turns, weekly=weekly)

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
