"""PURE. What somebody did with an alert, in a sentence."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from config.message import marked
from worker.model.flag import FlagReason
from worker.model.records import Answered, FlagStep
from worker.model.response import Refusal, ResponseKind
from worker.wording.translator import Translator

#: what can be done with an alert, as a button says it
RESPONSES: Mapping[ResponseKind, str] = {
    ResponseKind.ACKNOWLEDGE: marked("Acknowledge"),
    ResponseKind.SNOOZE: marked("Snooze"),
    ResponseKind.EXPECT: marked("Mark as expected"),
}

#: why what was asked for is not done
REFUSALS: Mapping[Refusal, str] = {
    Refusal.GONE: marked("This alert no longer exists."),
    Refusal.NO_NOTE: marked("Say why it was expected: others will rely on your note."),
    Refusal.LONG_NOTE: marked("The note is too long: 1,000 characters at most."),
    Refusal.NO_DAY: marked("Choose a day."),
    Refusal.EARLY_DAY: marked("Choose a day in the future: tomorrow at the earliest."),
    Refusal.LATE_DAY: marked("That is too late: {latest} at the latest."),
}

_ANSWERS: Mapping[str, str] = {
    FlagReason.ACKNOWLEDGED: marked("Acknowledged by {who} on {day}."),
    FlagReason.SNOOZED: marked("Snoozed until {until} by {who} on {day}."),
    FlagReason.EXPECTED: marked("Marked as expected until {until} by {who} on {day}."),
}


def answer(given: Answered | FlagStep, who: str, zone: str, translator: Translator) -> str:
    """Somebody looks after it, put it off, or expects it. ``who``: their name."""
    until = translator.day(given.until) if given.until else translator.say("unknown")
    day = translator.day(given.at.astimezone(ZoneInfo(zone)).date())
    return translator.say(_ANSWERS[given.reason], who=who, until=until, day=day)
