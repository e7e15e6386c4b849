"""PURE. Who took a flag up, in a sentence."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from worker.wording.translator import Words


def answer(reason: str, who: str, until: date | None, at: datetime, zone: str, words: Words) -> str:
    """Somebody looks after it, put it off, or expects it. ``reason``: acknowledged, snoozed or expected."""
    back = words.day(until) if until else words.say("unknown")
    return words.say(f"flag.{reason}", who=who, until=back, day=words.day(at.astimezone(ZoneInfo(zone)).date()))
