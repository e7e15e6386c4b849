"""PURE. What became of a figure after somebody acted, in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from config.message import marked
from worker.wording.translator import Translator


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure before and after, each as it is written."""

    before: str
    after: str
    is_a_day: bool  #: of a sum, the level of a day; of a ratio, the ratio
    is_beyond_chance: bool
    day: date
    is_answer: bool  #: to an alert; else a budget was changed
    who: str  #: who answered, where that is a person of the plan


#: by whether it is a day's
_MOVED: Mapping[bool, str] = {
    True: marked("{after} a day in the two weeks after {cause} ({before} a day in the two weeks before): {chance}."),
    False: marked("{after} in the two weeks after {cause} ({before} in the two weeks before): {chance}."),
}

#: by whether it is an answer, and of whom
_CAUSES: Mapping[tuple[bool, bool], str] = {
    (True, True): marked("{who} acknowledged it on {day}"),
    (True, False): marked("its alert was acknowledged on {day}"),
    (False, False): marked("its budget changed on {day}"),
}


def moved_text(moved: Moved, translator: Translator) -> str:
    """The figure since, the figure before, and whether chance explains the difference."""
    cause = _CAUSES[moved.is_answer, bool(moved.who)]
    chance = marked("more than chance explains") if moved.is_beyond_chance else marked("within chance")
    return translator.say(
        _MOVED[moved.is_a_day],
        after=moved.after,
        before=moved.before,
        cause=translator.say(cause, who=moved.who, day=translator.day(moved.day)),
        chance=translator.say(chance),
    )
