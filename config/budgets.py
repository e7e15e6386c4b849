"""What may be spent: budgets, those that several actions share, and the costs that no source sees."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from config.errors import Mistake
from config.fields import FORMS, Amount, Day, Id, Line, Model, OrPlain
from config.targets import Per


class Budget(Model):
    """What may be spent in each period; what is left of the periods before is added where it rolls over."""

    amount: Amount
    per: Per = Per.TOTAL
    rollover: bool = False

    @model_validator(mode="after")
    def _has_periods(self) -> "Budget":
        if self.rollover and self.per is Per.TOTAL:
            raise Mistake("'rollover' carries what is left into the next period: add 'per', such as per: month")
        return self


class SharedBudget(Budget):
    """One budget for several actions: each amount that any of them spends counts once."""

    name: Line
    responsible: Id | None = None

    @property
    def promise(self) -> Budget:
        """What may be spent, whatever it is called and whoever is responsible."""
        return Budget(amount=self.amount, per=self.per, rollover=self.rollover)


class BudgetShare(Model):
    """The budget of an action that spends from a shared one."""

    from_: Annotated[Id, Field(alias="from")]

    @model_validator(mode="before")
    @classmethod
    def _says_nothing_else(cls, value: Any) -> Any:
        if isinstance(value, dict) and (others := sorted(map(str, value.keys() - {"from", "from_"}))):
            named = ", ".join(f"'{name}'" for name in others)
            raise Mistake("a shared budget sets its own amount: remove {keys}, or remove 'from'", keys=named)
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
