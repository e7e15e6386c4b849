"""Value, pace, forecast and what a day may cost of one verdict stop at the same day: through the command line."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from typing import Any

import numpy as np
from assessed import assessed
from conftest import Vigie, Write

from config.periods import DAY, Window
from worker.model.verdict import Judgement, Verdict

FIRST, LAST = date(2026, 2, 2), date(2026, 6, 1)  # a Monday; the day of the reading
PLAN = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-02-02
ends: 2026-12-31
people:
  lead: {name: Lea Martin, email: lead@shop.example}
actions:
"""
SOURCES = "ads: {connector: csv_file, path: ads.csv, kind: ads}\n"


def figures(of: Mapping[str, Callable[[date], object]], last: date = LAST, measure: str = "spend") -> str:
    """Each day's figure of some campaigns, today's row among them."""
    days = [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]
    rows = [f"{day},{campaign},{amount(day)}" for campaign, amount in of.items() for day in days]
    return "\n".join([f"day,campaign,{measure}", *rows]) + "\n"


def collected(vigie: Write, actions: str, rows: str, today: str, sources: str = SOURCES) -> Vigie:
    at = vigie(PLAN + actions, sources, **{"ads.csv": rows})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    at.today = today
    assert at("collect").code == 0
    return at


def told(at: Vigie, today: str) -> dict[str, Any]:
    """The one action."""
    [action] = at.status(today=today)["actions"]
    return dict(action)


# --- today is a partial day ------------------------------------------------------------------------------------------

ORDERS = """\
  news:
    name: Newsletter
    when: {from: 2026-02-02}
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_least: %s, per: %s}]
"""


def orders(vigie: Write, target: str, per: str, today: str, each: Callable[[date], object] = lambda _: 20) -> Vigie:
    sources = "shop: {connector: csv_file, path: ads.csv, kind: shop}\n"
    rows = figures({"news": each}, date.fromisoformat(today), "orders")
    return collected(vigie, ORDERS % (target, per), rows, today, sources)


def test_today_is_in_neither_the_value_nor_the_pace_nor_the_forecast(vigie: Write) -> None:
    """20 on each day, today's among them, for 140 a week: on Tuesday the Monday counts, and 140 is where it ends."""
    [target] = told(orders(vigie, "140", "week", "2026-05-19"), "2026-05-19")["targets"][-1:]
    assert (target["value"], target["pace"], target["as_of"], target["expected"]) == ("20", "20", "2026-05-18", "140")
    assert target["sentence"].startswith(
        "20 orders as of 18 May 2026 (expected by then: 20; target: at least 140 by 24 May 2026)."
    )


def test_no_range_lies_below_what_is_reached(vigie: Write) -> None:
    """Seen as "84 so far, likely to end at 81 to 81"."""
    [target] = told(orders(vigie, "85", "week", "2026-05-24", lambda _: 12), "2026-05-24")["targets"][-1:]
    assert (target["value"], target["expected"]) == ("72", "84")
    assert 72 < int(target["expected_low"]) <= 84 <= int(target["expected_high"])


def test_on_the_first_day_of_a_period_there_is_nothing_but_today(vigie: Write) -> None:
    [target] = told(orders(vigie, "140", "week", "2026-05-18"), "2026-05-18")["targets"][-1:]
    assert (target["value"], target["verdict"]) == ("20", "cannot_say")
    assert "as_of" not in target


def test_what_today_has_brought_decides_where_no_pace_is_needed(vigie: Write) -> None:
    """40 with today: a target of 40 is reached, and a limit of 39 is passed; the value is what decided it."""
    at = orders(vigie, "40", "week", "2026-05-19")
    reached = told(at, "2026-05-19")["targets"][-1]
    assert (reached["verdict"], reached["value"]) == ("met", "40")
    at.write({"plans/p/plan.yaml": PLAN + ORDERS.replace("at_least", "at_most") % ("39", "week")})
    assert at("collect").code == 0
    passed = told(at, "2026-05-19")["targets"][-1]
    assert (passed["verdict"], passed["value"]) == ("missed", "40")


def test_where_a_source_is_late_all_stop_at_its_last_day(vigie: Write) -> None:
    """The file ends on Saturday; on Monday two days are still to be told of, and the sentence says so."""
    sources = "shop: {connector: csv_file, path: ads.csv, kind: shop}\n"
    rows = figures({"news": lambda _: 20}, date(2026, 5, 16), "orders")
    at = collected(vigie, ORDERS % ("620", "month"), rows, "2026-05-18", sources)
    [target] = told(at, "2026-05-18")["targets"][-1:]
    assert (target["value"], target["pace"], target["as_of"]) == ("320", "320", "2026-05-16")
    assert target["sentence"].startswith("320 orders as of 16 May 2026 (expected by then: 320;")


def test_a_ratio_stops_at_the_last_day_that_both_of_its_sides_have(vigie: Write) -> None:
    """Orders are there to Sunday, visits to Saturday: 16 days of 20 orders and 1,000 visits are 2 %, as of Saturday."""
    sources = "shop: {connector: csv_file, path: ads.csv, kind: shop}\nweb: {connector: csv_file, path: web.csv}\n"
    plan = ORDERS.replace("orders", "conversion_rate") % ("2%", "month")
    at = vigie(PLAN + plan, sources, **{"web.csv": figures({"news": lambda _: 1000}, date(2026, 5, 16), "sessions")})
    at.write({"plans/p/ads.csv": figures({"news": lambda _: 20}, date(2026, 5, 17), "orders")})
    assert at("collect", today="2026-05-18").code == 0
    [target] = told(at, "2026-05-18")["targets"][-1:]
    assert (target["value"], target["as_of"]) == ("0.02", "2026-05-16")


# --- a budget, day by day --------------------------------------------------------------------------------------------

BUDGETS = """\
  month: {name: A, when: {from: 2026-02-02}, tracked_by: {campaign: month}, budget: {amount: 310, per: month}}
  week: {name: B, when: {from: 2026-02-02}, tracked_by: {campaign: week}, budget: {amount: 70, per: week}}
"""


def test_a_spend_of_exactly_the_budget_a_day_is_foretold_to_the_cent(vigie: Write) -> None:
    """10.00 on each day, for 310 in May and 70 a week: on every day of both, with today's row there."""
    at = collected(vigie, BUDGETS, figures({name: lambda _: "10.00" for name in ("month", "week")}), f"{LAST}")
    found = assessed(at, [date(2026, 5, 2) + timedelta(days=n) for n in range(30)])
    running = [(one, today) for today, judged in found.items() for one in judged if one.period.start < today]
    running = [(one, today) for one, today in running if today in one.period]
    assert len(running) == 30 + 26  # on four Mondays the week begins
    for one, today in running:
        assert (one.verdict, one.at_end) == (Verdict.WITHIN, one.high), (one.subject.ref, today)
        assert one.outlook is not None
        assert one.outlook.suggested == 10
        assert one.outlook.pace == one.figure.value == 10 * (today - one.period.start).days


def test_one_mail_gives_one_advice_of_what_a_day_may_cost(vigie: Write) -> None:
    """20 a day for 310: by 8 May 160 are spent, and 150 are left for 23 days, the ninth among them."""
    today = "2026-05-09"
    plan = BUDGETS.splitlines(keepends=True)[0]
    at = collected(vigie, plan, figures({"month": lambda day: 20 if day.month == 5 else 10}), today)
    for day in ("2026-05-08", today):
        assert at("run", "--once", today=day).code == 0
    assert told(at, today)["budget"]["verdict"] == "overspending"
    [path] = (at.folder / "outbox").glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert html is not None
    text = " ".join(body.get_content().split())
    assert re.findall(r"[Aa]t most (\S+) a day", text) == ["€6.52", "€6.52"], text
    assert "Value on 8 May 2026: €160.00." in html.get_content()  # the chart ends there too


def test_a_bill_of_today_is_counted_once(vigie: Write) -> None:
    """A bill of 50 on the day itself: not in yesterday's spend, so among what is committed."""
    plan = BUDGETS.splitlines(keepends=True)[0].replace(
        "budget:", "costs: [{on: 2026-05-10, amount: 50, what: print}], budget:"
    )
    at = collected(vigie, plan, figures({"month": lambda _: "8.00"}), f"{LAST}")
    for today, spent, committed in (("2026-05-09", "64", "50"), ("2026-05-10", "72", "50"), ("2026-05-11", "130", "0")):
        found = told(at, today)["budget"]
        assert (Decimal(found["spent"]), Decimal(found["committed"])) == (Decimal(spent), Decimal(committed))
        assert Decimal(found["projected"]) == 298


def test_over_is_said_on_the_day_on_which_it_happens(vigie: Write) -> None:
    plan = BUDGETS.splitlines(keepends=True)[0]
    at = collected(vigie, plan, figures({"month": lambda day: 10 if day < date(2026, 5, 19) else 200}), f"{LAST}")
    found = told(at, "2026-05-19")["budget"]
    assert (found["verdict"], found["spent"]) == ("over", "380.00")


# --- how seldom a word is said for nothing ---------------------------------------------------------------------------

COVER = 0.75  # of ends lie in the range for four of five, at least
ON_PLAN = 0.08  # of months exactly on plan, at most, are called overspending on some day


def on_plan(names: Iterable[str], noise: float, seed: int) -> Mapping[str, Callable[[date], object]]:
    """Campaigns that are to cost 310 in May, whose days differ by chance and that end anywhere about it."""
    rng = np.random.default_rng(seed)
    width = np.sqrt(np.log1p(noise**2))
    size = (LAST - FIRST).days + 1
    drawn = {name: 10 * np.exp(rng.normal(-(width**2) / 2, width, size)) for name in names}

    def spends(amounts: Any) -> Callable[[date], object]:
        return lambda day: f"{amounts[(day - FIRST).days]:.2f}"

    return {name: spends(amounts) for name, amounts in drawn.items()}


def overspending(found: Mapping[date, list[Judgement]], period: Window) -> set[str]:
    """Whose budget of a period was called overspending on some day."""
    judged = [one for of_day in found.values() for one in of_day if one.period == period]
    return {one.subject.ref for one in judged if one.verdict is Verdict.OVERSPENDING}


def test_an_action_on_plan_is_almost_never_said_to_overspend_with_todays_row_there(vigie: Write) -> None:
    """96 months; with today in the sum and not in the pace 22 of them were, and the range held .60 of the ends."""
    spend = on_plan([f"c{n:02}" for n in range(96)], 0.2, 5)
    line = "  %s: {name: A, when: {from: 2026-02-02}, tracked_by: {campaign: %s}, budget: {amount: 310, per: month}}\n"
    at = collected(vigie, "".join(line % (name, name) for name in spend), figures(spend), f"{LAST}")
    may = Window(date(2026, 5, 1), date(2026, 6, 1))
    found = assessed(at, [may.start + DAY * n for n in range(2, 31, 2)])
    assert len(overspending(found, may)) <= ON_PLAN * len(spend)
    ends = {name: sum(float(str(amount(day))) for day in may) for name, amount in spend.items()}
    ranges = [
        (one.outlook.low, ends[one.subject.ref], one.outlook.high)
        for judged in found.values()
        for one in judged
        if one.period == may and one.outlook and one.outlook.low is not None and one.outlook.high is not None
    ]
    assert len(ranges) > 1000
    assert np.mean([float(low) <= end <= float(high) for low, end, high in ranges]) >= COVER
