"""What the plan explains is no fault: spend that ends on the day on which those end who pay for it."""

from datetime import date, timedelta

import pytest
from conftest import Vigie, Write
from mails_read import addressed, flags, fresh

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-03-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example, digest: false}
actions:
  search:
    name: Search ads
    when: WHEN
    tracked_by: {campaign: search}
"""
FIRST, STOP = date(2026, 3, 1), date(2026, 5, 1)


def ads(until: date, *, other: int = 0) -> str:
    """20 a day and 100 clicks, up to the end of April; of a campaign that belongs to no action, so much a day."""
    lines = ["day,campaign,spend,clicks"]
    for n in range((until - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        is_on = day < STOP
        lines += [f"{day},search,{20 + n % 3 if is_on else 0},{100 + n % 7 if is_on else 0}"]
        lines += [f"{day},other,{other if is_on else 0},{other if is_on else 0}"]
    return "\n".join(lines) + "\n"


def told(vigie: Write, when: str, **how: int) -> tuple[Vigie, list[tuple[str, str]]]:
    """The subjects of all mails of the ten days after the spend has ended."""
    plan = PLAN.replace("WHEN", when)
    made = vigie(plan, "ads: {connector: csv_file, path: ads.csv}\n", today="2026-05-01")
    mails = []
    for n in range(10):
        today = STOP + timedelta(days=n)
        made.write({"plans/p/ads.csv": ads(today - timedelta(days=1), **how)})
        mails += fresh(made, today=str(today))
    return made, addressed(mails)


@pytest.mark.parametrize(
    "when", ["{from: 2026-03-01, to: 2026-04-30}", "{from: 2026-03-01, every: 3 months, lasts: 61 days}"]
)
def test_the_only_paid_action_that_ended_on_its_planned_day_is_no_fault(vigie: Write, when: str) -> None:
    made, mails = told(vigie, when)
    assert (mails, flags(made, "--all")) == ([], [])


def test_what_stops_while_it_is_at_work_is_one(vigie: Write) -> None:
    _, mails = told(vigie, "{from: 2026-03-01}")
    assert mails[:1] == [("lead", "Spring: figures from the source ads look wrong")]


def test_so_is_what_stops_of_campaigns_that_no_action_ends(vigie: Write) -> None:
    """A third of the spend belongs to no action: that it stopped on the same day the plan does not explain."""
    made, _ = told(vigie, "{from: 2026-03-01, to: 2026-04-30}", other=10)
    assert "silent_zero" in {flag["verdict"] for flag in flags(made)}
