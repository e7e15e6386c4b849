"""PURE. What a relative target is measured from: the figure of earlier days, or the one that the plan gives."""

from dataclasses import dataclass
from decimal import Decimal

from config.periods import Window
from config.relative import Relative


@dataclass(frozen=True, slots=True)
class BaseValue:
    """The earlier figure, as far as it is known."""

    relative: Relative
    period: Window | None  #: the earlier days; None where there are none, before the first run
    value: Decimal | None = None
    is_usable: bool = False  #: whether a target can be measured from it: it is final, and above zero
    is_awaited: bool = False  #: the earlier days are still to become final
    is_given: bool = False  #: by the plan, as its baseline
