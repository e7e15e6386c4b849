"""PURE. What would put a problem right, in words."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from config.message import plural
from config.periods import Duration
from config.vocabulary import Unit
from worker.model.rounding import rounded
from worker.model.verdict import Judgement, Remedy, RequiredRate
from worker.wording.translator import Translator

_UP = (Remedy.MORE, Remedy.LESS, Remedy.LEVEL_UP)  # rounded so that it is enough
_REMEDIES: Mapping[Remedy, tuple[str, str]] = {
    Remedy.MORE: plural(
        "{amount} more than forecast on the last day.",
        "{amount} more than forecast on each of the {days} left.",
    ),
    Remedy.LESS: plural(
        "{amount} less than forecast on the last day.",
        "{amount} less than forecast on each of the {days} left.",
    ),
    Remedy.LEVEL_UP: plural(
        "{amount} on the last day, at the same volume as before.",
        "{amount} over the {days} left, at the same volume as before.",
    ),
    Remedy.LEVEL_DOWN: plural(
        "At most {amount} on the last day, at the same volume as before.",
        "At most {amount} over the {days} left, at the same volume as before.",
    ),
    Remedy.SPEND_AT_MOST: plural(
        "At most {amount} on the last day.",
        "At most {amount} a day for the {days} left.",
    ),
    Remedy.SPEND: plural(
        "{amount} on the last day would use up the budget.",
        "About {amount} a day for the {days} left would use up the budget.",
    ),
}
_PLACES = {Unit.MONEY: 2, Unit.SHARE: 4, Unit.RATIO: 2, Unit.SECONDS: 0}


def remedy(rate: RequiredRate, judgement: Judgement, translator: Translator) -> str:
    """What it takes, in a sentence or two; rounded to the side on which it is enough."""
    step = Decimal(1).scaleb(-_PLACES.get(judgement.unit, 1))
    amount = rounded(rate.amount, step, ROUND_CEILING if rate.remedy in _UP else ROUND_FLOOR)
    is_level = rate.remedy in (Remedy.LEVEL_UP, Remedy.LEVEL_DOWN) or judgement.unit is Unit.MONEY
    write = translator.number if is_level else translator.difference
    said = translator.counted(
        *_REMEDIES[rate.remedy],
        rate.days,
        amount=write(amount, judgement.unit, judgement.currency),
        days=translator.length(Duration(rate.days, "day")),
    )
    if rate.points is None:
        return said
    points = translator.difference(rounded(rate.points, Decimal("0.001"), ROUND_CEILING), Unit.SHARE)
    other = translator.say("Or a conversion rate {points} higher, at the expected number of visits.", points=points)
    return f"{said} {other}"
