"""PURE. What was promised and what came of it, each figure with its name."""

from decimal import Decimal

from worker.model.verdict import Judgement, Phase
from worker.wording.sentences import bound, foreseen, gap, result
from worker.wording.translator import Words

Facts = list[tuple[str, str]]


def figures(judgement: Judgement | None, speech: Words) -> Facts:
    """What was promised, what came of it, and the difference."""
    if judgement is None:
        return []
    facts = [(speech.say("mail.period"), speech.period(judgement.period))]
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
                facts.append((speech.say(f"mail.{name}"), speech.number(amount, judgement.unit, judgement.currency)))
    else:
        facts.append((speech.say("mail.target"), bound(judgement, speech)))
        facts.append((speech.say("mail.value"), result(judgement, speech)))
        facts += _ahead(judgement, speech)
    difference = gap(judgement, speech)
    if difference:
        name, text = difference
        facts.append((speech.say(f"mail.{name}"), text))
    return facts


def _ahead(judgement: Judgement, speech: Words) -> Facts:
    """Where a running period should be, and what it is likely to come to."""
    outlook = judgement.outlook
    if outlook is None or judgement.phase is not Phase.OUTLOOK:
        return []
    facts = []
    if outlook.pace is not None:
        facts.append((speech.say("mail.pace"), speech.number(outlook.pace, judgement.unit, judgement.currency)))
    if outlook.expected is not None:
        facts.append((speech.say("mail.expected"), foreseen(judgement, speech)))
    if outlook.chance is not None:
        facts.append((speech.say("mail.chance"), _chance(outlook.chance, speech)))
    return facts


def _chance(share: float, speech: Words) -> str:
    """A probability that stands by itself; none is ever nought or a hundred percent."""
    key = "under" if share < 0.01 else "over" if share > 0.99 else "about"
    return speech.say(f"mail.chance_{key}", share=speech.percent(Decimal(str(round(share, 2)))))
