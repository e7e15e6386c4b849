"""PURE. A verdict on record, judged again from the figures that were written down with it, by the rule that spoke."""

from decimal import Decimal

from worker.judge.outlook import is_significant
from worker.judge.target import is_within
from worker.model.verdict import UNLIKELY, Judgement, Verdict, VerdictReason


def rebuilt(judgement: Judgement, *, strict: bool) -> Verdict | None:
    """The verdict that its rule gives on what is on record; None for one that says only that nothing can be said."""
    value, high = judgement.figure.value, judgement.high
    outlook = judgement.outlook
    spent = (value or Decimal(0)) + judgement.committed
    match judgement.reason:
        case VerdictReason.OUTCOME | VerdictReason.REACHED | VerdictReason.CROSSED if value is not None:
            return Verdict.MET if is_within(value, judgement.low, high) else Verdict.MISSED
        case VerdictReason.PROVED if outlook:
            return Verdict.AT_RISK if is_significant(outlook.p, strict=strict) else Verdict.CANNOT_SAY
        case VerdictReason.UNLIKELY if outlook and outlook.chance is not None:
            return Verdict.AT_RISK if 1 - outlook.chance >= UNLIKELY else Verdict.CANNOT_SAY
        case VerdictReason.LIKELY | VerdictReason.BEHIND | VerdictReason.TOO_FEW if (
            outlook and outlook.chance is not None
        ):
            return Verdict.ON_TRACK if outlook.chance >= 0.5 else Verdict.CANNOT_SAY
        case VerdictReason.OVER | VerdictReason.OVER_COMMITTED if high is not None:
            return Verdict.OVER if spent > high else Verdict.WITHIN
        case VerdictReason.OVER_PLANNED | VerdictReason.TOO_FAST if (
            judgement.projected is not None and high is not None
        ):
            return Verdict.OVERSPENDING if judgement.projected > high else Verdict.WITHIN
        case VerdictReason.TOO_SLOW if judgement.projected is not None and high is not None:
            return Verdict.UNDERSPENDING if judgement.projected < high else Verdict.WITHIN
        case VerdictReason.WITHIN if high is not None and value is not None:
            return Verdict.WITHIN if spent <= high else Verdict.OVER
    return None
