"""PURE. Rounding to a step, whatever the size: ``quantize`` alone refuses what has more digits than the context."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext


def rounded(value: Decimal, step: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """A value to a step such as 0.01."""
    with localcontext(prec=max(28, value.adjusted() - step.adjusted() + 2)):
        return value.quantize(step, rounding)
