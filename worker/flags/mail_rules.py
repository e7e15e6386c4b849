"""PURE. Who is written to, when, and of what still holds: the rules the service sends by and the backtest replays."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.plan import Plan
from worker.flags.decide import addressees
from worker.model.flag import GONE, TOLD, FlagReason, FlagState, FlagUpdate, Status

GROUP = timedelta(minutes=5)  # what is urgent waits this long for more of its kind
A_DAY = 3  # mails to one person; what comes after waits for the next day


class Waiting(NamedTuple):
    """Since when something waits to be told, and whether it is urgent."""

    since_at: datetime
    is_urgent: bool


def zone_of(plan: Plan, person: str) -> ZoneInfo:
    """The zone in which a person reads mail; the plan's for who is none of its people any more."""
    someone = plan.people.get(person)
    return ZoneInfo((someone and someone.timezone) or plan.timezone)


def is_welcome(plan: Plan, person: str, items: Iterable[Waiting], now: datetime) -> bool:
    """Whether a person of the plan may be written to now: for one thing that is due, all are told."""
    mails, zone = plan.people[person].mails, zone_of(plan, person)
    return any(now >= (one.since_at + GROUP if one.is_urgent else mails.next(one.since_at, zone)) for one in items)


def still_holds(reason: FlagReason, state: FlagState, seen: Status | None, *, is_known: bool) -> bool | None:
    """Whether what waited is still to be told; None while that is not clear.

    ``seen`` is how it is seen now; while that is unknown, its source carries the message. ``is_known`` tells whether
    the person ever heard of it: who did not need not hear that it is over.
    """
    if seen is Status.UNKNOWN:
        return None
    if reason in GONE:
        return is_known and state is FlagState.RESOLVED
    if state is FlagState.RECOVERING:
        return None
    return state is FlagState.OPEN


def persons_told(change: FlagUpdate, reason: FlagReason, knowing: Iterable[str]) -> tuple[str, ...]:
    """Who is told of a change: that it is over, everybody who knows of it."""
    return tuple(sorted(set(knowing))) if reason in GONE else tuple(addressees(change, reason))


def strongest(reasons: Collection[FlagReason]) -> FlagReason:
    """Of several reasons to tell of one flag, the one that is told."""
    return min(reasons, key=TOLD.index)
