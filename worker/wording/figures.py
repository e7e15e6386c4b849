"""PURE. What was promised and what came of it, each figure with its name."""

from worker.model.verdict import Judgement, Phase
from worker.wording.outlooks import chance, foreseen, foretold
from worker.wording.sentences import bound, gap, result
from worker.wording.translator import Translator

Facts = list[tuple[str, str]]


def figures(judgement: Judgement | None, translator: Translator) -> Facts:
    """What was promised, what came of it, and the difference."""
    if judgement is None:
        return []
    facts = [(translator.say("Period"), translator.period(judgement.period))]
    if judgement.is_budget:
        amounts = {
            translator.say("Budget"): judgement.high,
            translator.say("Spent"): judgement.figure.value,
            translator.say("Committed"): judgement.committed or None,
        }
        facts += [
            (label, translator.number(amount, judgement.unit, judgement.currency))
            for label, amount in amounts.items()
            if amount is not None
        ]
        if judgement.foreseen is not None:
            facts.append((translator.say("Forecast"), foretold(judgement.foreseen, judgement, translator)))
    else:
        facts.append((translator.say("Target"), bound(judgement, translator)))
        facts.append((translator.say("Result"), result(judgement, translator)))
        facts += _ahead(judgement, translator)
    difference = gap(judgement, translator)
    return [*facts, difference] if difference else facts


def _ahead(judgement: Judgement, translator: Translator) -> Facts:
    """Where a running period should be, and what it is likely to come to."""
    outlook = judgement.outlook
    if outlook is None or judgement.phase is not Phase.OUTLOOK:
        return []
    facts = []
    if outlook.pace is not None:
        label = translator.say("Limit by now" if judgement.low is None else "Expected by now")
        facts.append((label, foretold(outlook.pace, judgement, translator)))
    if outlook.expected is not None:
        facts.append((translator.say("Forecast"), foreseen(judgement, translator)))
    if outlook.chance is not None:
        facts.append((translator.say("Chance of meeting the target"), chance(outlook.chance, translator)))
    return facts
