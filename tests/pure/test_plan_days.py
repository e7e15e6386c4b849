"""What the plan says of its days: which tell of others, and what is to be expected of each."""

from datetime import date

from config.periods import DAY, Window
from config.plan import Plan
from worker.judge.history import expected_days, ordinary_days

PLAN = Plan.model_validate(
    {
        "plan": "P", "currency": "EUR", "timezone": "UTC", "starts": "2026-03-01", "ends": "2026-06-30",
        "events": [
            {"name": "Sale", "from": "2026-05-04", "to": "2026-05-05", "expect": 3},
            {"name": "Freeze", "on": "2026-05-05", "expect": 0},
            {"name": "Fair", "on": "2026-05-10"},
            {"name": "Last year", "on": "2025-05-06", "expect": 9},
        ],
        "actions": {
            "ads": {"name": "Ads", "when": {"from": "2026-05-03", "to": "2026-05-08"}},
            "news": {"name": "News", "when": {"every": "month", "on": 2, "lasts": "4 days"}},
        },
    }
)  # fmt: skip
DAYS = Window(date(2026, 5, 1), date(2026, 5, 11))


def ordinary(action: str | None) -> list[int]:
    days = ordinary_days(PLAN, PLAN.actions[action] if action else None, DAYS)
    return [day.day for day, is_one in zip(DAYS, days, strict=True) if is_one]


def expected(action: str | None) -> list[float]:
    return [float(one) for one in expected_days(PLAN, PLAN.actions[action] if action else None, DAYS)]


def test_a_day_of_an_event_tells_nothing_of_others_whatever_is_expected_of_it() -> None:
    assert ordinary(None) == [1, 2, 3, 6, 7, 8, 9]
    assert len(ordinary_days(PLAN, None, Window(DAYS.start - 300 * DAY, DAYS.start))) == 300  # events may lie outside


def test_nor_does_a_day_on_which_the_action_is_not_at_work() -> None:
    assert ordinary("ads") == [3, 6, 7, 8]
    assert ordinary("news") == [2, 3]


def test_events_of_the_same_day_multiply_and_one_without_a_number_changes_nothing() -> None:
    assert expected(None) == [1, 1, 1, 3, 0, 1, 1, 1, 1, 1]


def test_nothing_is_expected_of_a_day_without_work() -> None:
    assert expected("ads") == [0, 0, 1, 3, 0, 1, 1, 1, 0, 0]
    assert expected("news") == [0, 1, 1, 3, 0, 0, 0, 0, 0, 0]
