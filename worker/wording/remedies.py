"""PURE. What would put a problem right, in words."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from config.vocabulary import Unit
from worker.model.verdict import Judgement, Remedy, RequiredRate
from worker.wording.translator import Translator

_UP = (Remedy.MORE, Remedy.LESS, Remedy.LEVEL_UP)  # rounded so that it is enough
_PLACES = {Unit.MONEY: 2, Unit.SHARE: 4, Unit.RATIO: 2, Unit.SECONDS: 0}


def remedy(cure: RequiredRate, judgement: Judgement, translator: Translator) -> str:
    """What it takes, in one sentence; rounded to the side on which it is enough."""
    step = Decimal(1).scaleb(-_PLACES.get(judgement.unit, 1))
    amount = cure.amount.quantize(step, ROUND_CEILING if cure.remedy in _UP else ROUND_FLOOR)
    is_level = cure.remedy in (Remedy.LEVEL_UP, Remedy.LEVEL_DOWN) or judgement.unit is Unit.MONEY
    said = translator.number if is_level else translator.difference
    key = f"cure.{cure.remedy}" if cure.days > 1 else f"cure.{cure.remedy}_one"
    text = translator.say(key, amount=said(amount, judgement.unit, judgement.currency), days=cure.days)
    if cure.points is None:
        return text
    points = cure.points.quantize(Decimal("0.001"), ROUND_CEILING)
    return translator.say(
        "{cure} Or a conversion rate higher by {points}, at the visits expected.",
        cure=text,
        points=translator.difference(points, Unit.SHARE),
    )
