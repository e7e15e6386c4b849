"""PURE. What a running period is likely to come to, in words that its own figures bear out."""

from collections.abc import Mapping
from decimal import Decimal

from config.message import marked
from config.vocabulary import Unit
from worker.model.verdict import LIKELY, UNLIKELY, VERY_UNLIKELY, Judgement, Outlook, VerdictReason
from worker.wording.translator import Translator
from worker.wording.verdict_texts import (
    ABOVE,
    AHEAD,
    AS_EXPECTED,
    BELOW,
    CATCHES_UP,
    COMES_DOWN,
    DOUBTFUL_EARLY,
    EITHER_WAY,
    EITHER_WAY_UNKNOWN,
    MAY_NOT_LAST,
    MAY_NOT_LAST_EARLY,
    NEVER_ENOUGH,
    NO_RANGE,
    NONE_FINAL,
    ONE_VALUE,
    RANGE,
    SLOWS_DOWN,
    TOO_FEW_DAYS,
    UNSEEN_GAP,
    WILL_NOT_LAST,
)

WHOLE_FROM = 10  # of a currency: what is foretold has no cents from here on
SLIGHT = Decimal("0.1")  # of where it should be: nearer than that is as good as there


def ahead_text(judgement: Judgement, outlook: Outlook, parts: Mapping[str, str], translator: Translator) -> str:
    """Where a running period stands, and what that is likely to come to."""
    standing = translator.say(
        _standing(judgement, outlook),
        pace=foretold(outlook.pace, judgement, translator),
        as_of=translator.day(outlook.as_of) if outlook.as_of else "",
        **parts,
    )
    said = translator.say(
        _ahead(judgement, outlook),
        standing=standing,
        limit=translator.number(outlook.limit, judgement.unit, judgement.currency),
        sample=translator.number(Decimal(outlook.sample or 0), Unit.COUNT),
        needed=translator.number(Decimal(outlook.needed or 0), Unit.COUNT),
        day=translator.day(outlook.sayable_on) if outlook.sayable_on else "",
    )
    return " ".join([said, *_left_out(judgement, outlook, translator), *_forecast(judgement, outlook, translator)])


def _standing(judgement: Judgement, outlook: Outlook) -> str:
    """Where it stands, on the day at which all that is said of it stops; without one where it was not yet noted."""
    match outlook.as_of, outlook.pace, judgement.low:
        case None, None, _:
            return marked("{figure} so far (target: {bound} by {last})")
        case None, _, None:
            return marked("{figure} so far (limit by now: {pace}; target: {bound} by {last})")
        case None, _, _:
            return marked("{figure} so far (expected by now: {pace}; target: {bound} by {last})")
        case _, None, _:
            return marked("{figure} as of {as_of} (target: {bound} by {last})")
        case _, _, None:
            return marked("{figure} as of {as_of} (limit by then: {pace}; target: {bound} by {last})")
    return marked("{figure} as of {as_of} (expected by then: {pace}; target: {bound} by {last})")


def _left_out(judgement: Judgement, outlook: Outlook, translator: Translator) -> list[str]:
    if not judgement.lacking:
        return []
    text = (
        marked("Days with missing figures ({sources}) are left out.")
        if outlook.expected is None
        else marked("The forecast leaves out days with missing figures ({sources}).")
    )
    return [translator.say(text, sources=translator.listed(judgement.lacking))]


def _forecast(judgement: Judgement, outlook: Outlook, translator: Translator) -> list[str]:
    """How the period is likely to end."""
    if outlook.chance is None:
        return []
    is_even = 1 - LIKELY <= outlook.chance < LIKELY
    low, high = (foretold(value, judgement, translator) for value in (outlook.low, outlook.high))
    if outlook.low is None or outlook.high is None:
        text = EITHER_WAY_UNKNOWN if is_even else NO_RANGE
    elif low == high:
        text = EITHER_WAY_UNKNOWN if is_even else ONE_VALUE
    else:
        text = EITHER_WAY if is_even else RANGE
    return [translator.say(text, low=low, high=high, chance=chance(outlook.chance, translator))]


def foretold(value: Decimal | None, judgement: Judgement, translator: Translator) -> str:
    """A figure that is not known but foreseen: nobody foresees cents, unless they say on which side of a limit it is."""
    if value is None or judgement.unit is not Unit.MONEY or abs(value) < WHOLE_FROM:
        return translator.number(value, judgement.unit, judgement.currency)
    whole = value.to_integral_value()
    limits = (judgement.figure.value, judgement.low, judgement.high)
    is_as_before = all((whole > one, whole < one) == (value > one, value < one) for one in limits if one is not None)
    return translator.money(value, judgement.currency, is_whole=is_as_before)


def _ahead(judgement: Judgement, outlook: Outlook) -> str:
    """What is said of a running period, by what is known of it."""
    is_fine = _is_as_promised(judgement, outlook)
    match judgement.reason:
        case VerdictReason.PROVED if outlook.limit is not None and outlook.pace is None:
            is_above = judgement.low is None or (judgement.figure.value or Decimal(0)) > judgement.low
            return ABOVE if is_above else BELOW
        case VerdictReason.PROVED if is_fine:
            return UNSEEN_GAP
        case VerdictReason.UNLIKELY if is_fine:
            return WILL_NOT_LAST
        case VerdictReason.DOUBTFUL if _is_sure(outlook):
            return MAY_NOT_LAST_EARLY if is_fine else DOUBTFUL_EARLY
        case VerdictReason.DOUBTFUL if is_fine:
            return MAY_NOT_LAST
        case VerdictReason.LIKELY if not is_fine and (outlook.chance or 0) >= LIKELY:
            return _recovers(judgement, outlook)
        case VerdictReason.TOO_FEW if not outlook.sample:
            return NONE_FINAL
        case VerdictReason.TOO_FEW if is_fine:
            return AS_EXPECTED
        case VerdictReason.TOO_FEW if outlook.sayable_on is None:
            return NEVER_ENOUGH
        case VerdictReason.TOO_EARLY if outlook.sayable_on is None:
            return TOO_FEW_DAYS
    return AHEAD[judgement.reason]


def _is_sure(outlook: Outlook) -> bool:
    """Whether only the days that are waited for keep it from being a warning."""
    return 1 - (outlook.chance or 0) >= (UNLIKELY if outlook.sample is None else VERY_UNLIKELY)


def _recovers(judgement: Judgement, outlook: Outlook) -> str:
    """Of what is likely to be kept though it is off now; a little off is not worth a word."""
    value, low, high = judgement.figure.value or Decimal(0), *_limits_now(judgement, outlook)
    if low is not None and value < low * (1 - SLIGHT):
        return CATCHES_UP
    if high is not None and value > high * (1 + SLIGHT):
        return COMES_DOWN if outlook.pace is None else SLOWS_DOWN
    return AHEAD[VerdictReason.LIKELY]


def _is_as_promised(judgement: Judgement, outlook: Outlook) -> bool:
    """Whether it stands where it should today, whatever it is likely to come to."""
    value, (low, high) = judgement.figure.value, _limits_now(judgement, outlook)
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _limits_now(judgement: Judgement, outlook: Outlook) -> tuple[Decimal | None, Decimal | None]:
    """What is promised for the end, in proportion to the days that are over."""
    low, high, pace = judgement.low, judgement.high, outlook.pace
    if pace is None or not judgement.target:
        return low, high
    due = pace / judgement.target
    return low if low is None else low * due, high if high is None else high * due


def chance(share: float, translator: Translator) -> str:
    """A probability as people say it: none is ever nought or a hundred percent."""
    if not 0.01 <= share <= 0.99:
        return translator.say("under 1%" if share < 0.01 else "over 99%")
    return translator.say("about {share}", share=translator.percent(Decimal(str(round(share, 2)))))


def foreseen(judgement: Judgement, translator: Translator) -> str:
    """What a running period is likely to come to, with the range it ends in four times out of five."""
    outlook = judgement.outlook
    assert outlook is not None
    values = {"expected": outlook.expected, "low": outlook.low, "high": outlook.high}
    said = {name: foretold(value, judgement, translator) for name, value in values.items()}
    has_range = outlook.low is not None and outlook.high is not None and said["low"] != said["high"]
    return said["expected"] if not has_range else translator.say("{expected} ({low} to {high})", **said)
