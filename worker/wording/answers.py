"""PURE. Who took a flag up, in a sentence."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from worker.wording.translator import Translator


def answer(reason: str, who: str, until: date | None, at: datetime, zone: str, translator: Translator) -> str:
    """Somebody looks after it, put it off, or expects it. ``reason``: acknowledged, snoozed or expected."""
    back = translator.day(until) if until else translator.say("unknown")
    return translator.say(
        f"flag.{reason}", who=who, until=back, day=translator.day(at.astimezone(ZoneInfo(zone)).date())
    )
