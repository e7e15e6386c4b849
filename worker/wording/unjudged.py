"""PURE. What is said where targets and budgets can be judged no longer."""

from collections.abc import Mapping, Sequence
from datetime import date

from config.fields import Language
from worker.wording.outside import harmless
from worker.wording.translator import translator_for

NAMED = 5


def unjudged_sentence(
    names: Sequence[str], silent: Mapping[str, date], language: Language, *, has_sourceless: bool
) -> str:
    """How many, which, and why.

    Args:
        names: Of the owners, one for each target or budget.
        silent: Source -> the last day it delivered.
        language: In which it is said.
        has_sourceless: Whether some have no source any more.
    """
    translator = translator_for(language)
    owners = list(dict.fromkeys(names))
    named = [translator.say("“{value}”", value=harmless(name)) for name in owners[:NAMED]]
    if len(owners) > NAMED:
        named.append(translator.counted("1 more", "{count} more", len(owners) - NAMED))
    said = [
        translator.counted(
            "1 target or budget that was judged before can’t be judged any more: {names}.",
            "{count} targets and budgets that were judged before can’t be judged any more: {names}.",
            len(names),
            names=translator.listed(named),
        )
    ]
    if has_sourceless:
        said.append(translator.say("No source provides all it takes any more: was one removed or renamed?"))
    said += [
        translator.say(
            "The source {source} has delivered nothing new since {day}.", source=source, day=translator.day(day)
        )
        for source, day in silent.items()
    ]
    return " ".join(said)
