"""Spend that does not go evenly through the month: a charge on a day of its own, a limit that the platform keeps."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from assessed import assessed
from conftest import Vigie, Write

from config.periods import Window, add_months
from worker.model.verdict import Judgement, Verdict
from worker.stats.series import Floats

FIRST, LAST = date(2026, 1, 1), date(2026, 7, 1)  # the day of the reading
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)]
PLAN = """\
plan: Year
currency: EUR
timezone: Europe/Paris
starts: 2026-01-01
ends: 2026-12-31
people:
  lead: {name: Lea Martin, email: lead@shop.example}
actions:
"""
ACTION = "  %s: {name: A, when: {from: 2026-01-01}, tracked_by: {campaign: %s}, budget: {amount: %s, per: month}}\n"
Spend = Mapping[str, Floats]


def collected(vigie: Write, spend: Spend, amount: int = 310) -> Vigie:
    rows = [f"{day},{name},{of[n]:.2f}" for name, of in spend.items() for n, day in enumerate(DAYS)]
    actions = "".join(ACTION % (name, name, amount) for name in spend)
    sources = "ads: {connector: csv_file, path: ads.csv, kind: ads}\n"
    at = vigie(PLAN + actions, sources, **{"ads.csv": "\n".join(["day,campaign,spend", *rows, ""])})
    at.today = f"{LAST}"
    assert at("collect").code == 0
    return at


def running(at: Vigie, days: Iterable[date]) -> list[tuple[date, Judgement]]:
    """What is said of the months that run."""
    found = assessed(at, days)
    return [(day, one) for day, judged in found.items() for one in judged if one.period.start < day < one.period.end]


def total(spend: Floats, month: Window) -> float:
    return float(spend[(month.start - FIRST).days : (month.end - FIRST).days].sum())


def kept(spend: Spend, judged: Iterable[tuple[date, Judgement]], amount: float = 310) -> list[Judgement]:
    """What is said of months that end within their budget."""
    return [one for _, one in judged if total(spend[one.subject.ref], one.period) <= amount]


# --- a charge on a day of its own ------------------------------------------------------------------------------------


def working_day(day: date) -> bool:
    """The first of its month."""
    return day.weekday() < 5 and all(day.replace(day=n).weekday() >= 5 for n in range(1, day.day))


CHARGED: Mapping[str, Callable[[date], bool]] = {
    "on the first": lambda day: day.day == 1,
    "on the 15th": lambda day: day.day == 15,
    "on the last day": lambda day: add_months(day.replace(day=1), 1) - timedelta(days=1) == day,
    "on the first working day": working_day,
}
DAILY = {"alone": 0.0, "beside 3 a day": 3.0}


def charged(is_day: Callable[[date], bool], a_day: float, seed: int = 1) -> Floats:
    """200 on a day of the month, and something on the others."""
    rng = np.random.default_rng(seed)
    return np.array([200.0 * is_day(day) + a_day * rng.lognormal(0, 0.2) for day in DAYS])


@pytest.mark.parametrize("daily", DAILY)
@pytest.mark.parametrize("when", CHARGED)
def test_a_charge_of_each_month_is_no_pace(vigie: Write, when: str, daily: str) -> None:
    """Seen as a chance "under 10 %" on 205 days of months that were all kept."""
    spend = {"a": charged(CHARGED[when], DAILY[daily])}
    judged = running(collected(vigie, spend), [day for day in DAYS if day > date(2026, 1, 15) and day.day % 2])
    assert len(kept(spend, judged)) == len(judged) > 75
    first = DAYS[int(np.flatnonzero(spend["a"])[0])]  # until then nothing was ever spent
    assert {one.verdict for day, one in judged if day > first} <= {Verdict.WITHIN, Verdict.UNDERSPENDING}
    doubted = [
        day for day, one in judged if one.outlook and one.outlook.chance is not None and one.outlook.chance < 0.1
    ]
    assert not doubted
    known = [(day, one) for day, one in judged if day >= date(2026, 4, 1)]
    for day, one in known:
        assert float(one.at_end) == pytest.approx(total(spend["a"], one.period), rel=0.1), day


def test_a_charge_that_is_too_much_is_foretold_before_it_comes(vigie: Write) -> None:
    """208 on the 15th and 8 a day, 440 in June: before it comes it is said that 350 will not do."""
    spend = {"a": np.array([208.0 if day.day == 15 else 8.0 for day in DAYS])}
    [(_, found)] = running(collected(vigie, spend, 350), [date(2026, 6, 10)])
    assert found.verdict is Verdict.OVERSPENDING
    assert found.at_end == Decimal(440)
    assert found.outlook is not None
    assert found.outlook.suggested == Decimal("3.71")  # 350 less 72 spent and 200 to come: 78 for 21 days


# --- a limit that the platform keeps ---------------------------------------------------------------------------------


def limited(rate: float, limit: float, rng: np.random.Generator) -> Floats:
    """Days that differ by a fifth, until the month has reached its limit."""
    spend, so_far = [], 0.0
    for day in DAYS:
        so_far = 0.0 if day.day == 1 else so_far
        amount = round(min(rate * rng.lognormal(0, 0.2), limit - so_far), 2)
        so_far += amount
        spend.append(amount)
    return np.array(spend)


def test_a_campaign_limited_by_its_platform_is_not_said_to_overspend(vigie: Write) -> None:
    """48 months of campaigns that would use their month up by its 20th to 29th; 25 were said to overspend."""
    rng = np.random.default_rng(4)
    spend = {f"c{n:02}": limited(310 / (20 + n * 9 / 11), 310, rng) for n in range(12)}
    judged = running(collected(vigie, spend), [day for day in DAYS if day >= date(2026, 3, 1) and day.day % 3 == 0])
    told = {(one.subject.ref, one.period.start) for _, one in judged if one.verdict is Verdict.OVERSPENDING}
    assert len(kept(spend, judged, 310.001)) == len(judged)
    assert len(told) <= 0.08 * 48
    doubted = [one for _, one in judged if one.outlook and (one.outlook.chance or 0) < 0.1]
    assert len(doubted) <= 0.02 * len(judged)


def test_one_that_passes_where_it_used_to_stop_is_said_to_overspend(vigie: Write) -> None:
    """Until April the platform stops at 290; in May somebody lifts the limit."""
    spend = limited(14, 290, np.random.default_rng(4))
    may = (date(2026, 5, 1) - FIRST).days
    spend[may : may + 31] = 20
    judged = dict(running(collected(vigie, {"a": spend}, 400), [date(2026, 5, 14), date(2026, 5, 17)]))
    assert judged[date(2026, 5, 14)].verdict is not Verdict.OVERSPENDING
    assert judged[date(2026, 5, 17)].verdict is Verdict.OVERSPENDING
