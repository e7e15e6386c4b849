"""When a person is written to, and of what: one set of rules for the service and for the backtest."""

from datetime import UTC, datetime, timedelta

import pytest

from config.plan import Plan
from worker.flags.mail_rules import Waiting, is_welcome, still_holds, strongest
from worker.model.flag import FlagReason, FlagState, Status

PLAN = Plan.model_validate(
    {
        "plan": "Spring", "currency": "EUR", "timezone": "Europe/Paris", "starts": "2026-03-01", "ends": "2026-06-30",
        "people": {"ana": {"name": "Ana", "email": "ana@shop.example", "mails": "weekdays at 08:00"}},
    }
)  # fmt: skip
FRIDAY_NOON = datetime(2026, 5, 15, 10, tzinfo=UTC)  # in Paris
MONDAY_EIGHT = datetime(2026, 5, 18, 6, tzinfo=UTC)


def is_told(since: datetime, now: datetime, *, urgent: bool = False) -> bool:
    return is_welcome(PLAN, "ana", [Waiting(since, urgent)], now)


def test_what_is_noted_on_friday_after_mail_time_is_told_on_monday_at_eight() -> None:
    assert not is_told(FRIDAY_NOON, MONDAY_EIGHT - timedelta(seconds=1))
    assert is_told(FRIDAY_NOON, MONDAY_EIGHT)


def test_what_is_urgent_waits_five_minutes_for_more_of_its_kind() -> None:
    assert not is_told(FRIDAY_NOON, FRIDAY_NOON + timedelta(minutes=5, seconds=-1), urgent=True)
    assert is_told(FRIDAY_NOON, FRIDAY_NOON + timedelta(minutes=5), urgent=True)


def test_one_thing_that_is_due_takes_the_others_along() -> None:
    later = Waiting(MONDAY_EIGHT + timedelta(hours=1), is_urgent=False)
    assert is_welcome(PLAN, "ana", [Waiting(FRIDAY_NOON, is_urgent=False), later], MONDAY_EIGHT)
    assert not is_welcome(PLAN, "ana", [later], MONDAY_EIGHT)


@pytest.mark.parametrize(
    ("reason", "state", "is_known", "expected"),
    [
        (FlagReason.OPENED, FlagState.OPEN, False, True),
        (FlagReason.OPENED, FlagState.ACKNOWLEDGED, False, False),
        (FlagReason.OPENED, FlagState.RESOLVED, False, False),
        (FlagReason.OPENED, FlagState.RECOVERING, False, None),  # it may yet come back
        (FlagReason.RESOLVED, FlagState.RESOLVED, True, True),
        (FlagReason.RESOLVED, FlagState.RESOLVED, False, False),  # who never heard of it need not hear it is over
        (FlagReason.RESOLVED, FlagState.OPEN, True, False),
    ],
)
def test_only_what_still_holds_is_told(
    reason: FlagReason, state: FlagState, is_known: bool, expected: bool | None
) -> None:
    assert still_holds(reason, state, Status.BREACH, is_known=is_known) is expected
    assert still_holds(reason, state, None, is_known=is_known) is expected  # nobody looks at it any more


def test_what_cannot_be_told_just_now_waits() -> None:
    assert still_holds(FlagReason.OPENED, FlagState.OPEN, Status.UNKNOWN, is_known=False) is None


def test_of_several_reasons_the_strongest_is_told() -> None:
    assert strongest([FlagReason.REMINDED, FlagReason.OPENED]) is FlagReason.OPENED
    assert strongest([FlagReason.REMINDED, FlagReason.ENDED, FlagReason.OPENED]) is FlagReason.ENDED
