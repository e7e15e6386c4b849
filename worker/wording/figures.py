"""PURE. What was promised and what came of it, each figure with its name."""

from decimal import Decimal

from worker.model.verdict import Judgement, Phase
from worker.wording.sentences import bound, foreseen, gap, result
from worker.wording.translator import Translator

Facts = list[tuple[str, str]]


def figures(judgement: Judgement | None, translator: Translator) -> Facts:
    """What was promised, what came of it, and the difference."""
    if judgement is None:
        return []
    facts = [(translator.say("Period"), translator.period(judgement.period))]
    if judgement.is_budget:
        foreseen = judgement.projected if judgement.phase is Phase.OUTLOOK else None
        amounts = {
            "budget": judgement.high,
            "spent": judgement.figure.value,
            "committed": judgement.committed or None,
            "projected": foreseen,
        }
        for name, amount in amounts.items():
            if amount is not None:
                facts.append(
                    (translator.say(f"mail.{name}"), translator.number(amount, judgement.unit, judgement.currency))
                )
    else:
        facts.append((translator.say("Target"), bound(judgement, translator)))
        facts.append((translator.say("Result"), result(judgement, translator)))
        facts += _ahead(judgement, translator)
    difference = gap(judgement, translator)
    if difference:
        name, text = difference
        facts.append((translator.say(f"mail.{name}"), text))
    return facts


def _ahead(judgement: Judgement, translator: Translator) -> Facts:
    """Where a running period should be, and what it is likely to come to."""
    outlook = judgement.outlook
    if outlook is None or judgement.phase is not Phase.OUTLOOK:
        return []
    facts = []
    if outlook.pace is not None:
        facts.append(
            (translator.say("On course would be"), translator.number(outlook.pace, judgement.unit, judgement.currency))
        )
    if outlook.expected is not None:
        facts.append((translator.say("Likely at the end"), foreseen(judgement, translator)))
    if outlook.chance is not None:
        facts.append((translator.say("Chance of keeping it"), _chance(outlook.chance, translator)))
    return facts


def _chance(share: float, translator: Translator) -> str:
    """A probability that stands by itself; none is ever nought or a hundred percent."""
    key = "under" if share < 0.01 else "over" if share > 0.99 else "about"
    return translator.say(f"mail.chance_{key}", share=translator.percent(Decimal(str(round(share, 2)))))
