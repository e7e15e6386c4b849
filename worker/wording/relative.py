"""PURE. Relative targets in words: how much more or less than before, and what that is measured from."""

from collections.abc import Mapping
from decimal import Decimal

from config.message import marked
from config.relative import ComparedWith, Relative
from config.vocabulary import Unit
from worker.model.base_value import BaseValue
from worker.wording.translator import Translator

_COMPARED: Mapping[ComparedWith, str] = {
    ComparedWith.LAST_YEAR: marked("{change} on last year"),
    ComparedWith.PREVIOUS: marked("{change} on the period before"),
}


def relative_text(relative: Relative, translator: Translator) -> str:
    """So much more, or less, than when."""
    sign = "-" if relative.change < 0 else "+"
    change = sign + translator.number(abs(relative.change), Unit.SHARE)
    return translator.say(_COMPARED[relative.on], change=change)


def measured_from(base: BaseValue, unit: Unit, currency: str, translator: Translator) -> str:
    """How a target came about, behind its value."""
    parts = {"change": relative_text(base.relative, translator), "value": translator.number(base.value, unit, currency)}
    return translator.say("{change}: {value}", **parts)


def why_no_base(base: BaseValue, unit: Unit, currency: str, translator: Translator) -> str:
    """Why there is nothing to measure from."""
    if base.period is None:
        return translator.say("there was no earlier run")
    days = translator.period(base.period)
    if base.value is not None and base.value <= Decimal(0):
        value = translator.number(base.value, unit, currency)
        return translator.say("the figure for {days} is {value}", value=value, days=days)
    return translator.say("figures missing for {days}", days=days)
