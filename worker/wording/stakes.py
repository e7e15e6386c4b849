"""PURE. Money at stake in words: how much, and whose money that is."""

from decimal import Decimal

from config.vocabulary import Unit
from worker.model.verdict import Judgement
from worker.wording.outlooks import WHOLE_FROM
from worker.wording.translator import Translator

_PERCENT = Decimal("0.01")


def at_stake(judgement: Judgement | None, amount: Decimal, currency: str, translator: Translator) -> str:
    """The amount and where it comes from; empty where there is none."""
    if not amount:
        return ""
    is_foreseen = judgement is not None and judgement.foreseen is not None
    said = translator.money(amount, currency, is_whole=is_foreseen and amount >= WHOLE_FROM)
    if judgement is None:
        return said
    low, high, at_end = judgement.low, judgement.high, judgement.at_end
    if not judgement.is_money:
        share = min(Decimal(1), judgement.shortfall)
        return translator.say(
            "{amount} (missed by {share}, of {spent} spent on it)",
            amount=said,
            share=translator.percent(share) if share >= _PERCENT else translator.number(share, Unit.SHARE),
            spent=translator.money(amount / share, currency),
        )
    if low is not None and at_end < low:
        return translator.say("{amount} (short of the target)", amount=said)
    if high is not None and at_end < high:
        return translator.say("{amount} (left unused)", amount=said)
    return translator.say(
        "{amount} (over the budget)" if judgement.is_budget else "{amount} (over the limit)", amount=said
    )
