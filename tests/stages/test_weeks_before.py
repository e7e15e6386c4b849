"""The first weeks of a plan, through the command line: what the weeks before it tell, and what nobody can without."""

from datetime import date, timedelta
from typing import Any

import pytest
from conftest import Vigie, Write
from mails_read import addressed, fresh

from worker.service import pipeline

PLAN = """
plan: Summer
currency: EUR
timezone: UTC
language: en
starts: 2026-06-01
ends: 2026-08-31
people: {ada: {name: Ada Roux, email: ada@shop.example, digest: false}}
objectives:
  grow: {name: Grow, responsible: ada, targets: [{kpi: orders, at_least: 900, per: month}]}
"""
SOURCES = "shop: {connector: csv_file, path: shop.csv, kind: shop, lookback: 0}"
START = date(2026, 6, 1)  # a Monday
WEEK = [40, 40, 40, 40, 40, 5, 5]  # June 2026 holds 22 of the first and 8 of the last: 920
DAY = timedelta(days=1)


def shop(days_before: int, days: int, late: int = 0) -> str:
    """The shop's file on the morning of a day: so many days before the plan, so many in it, the last of them empty."""
    rows = []
    for n in range(-days_before, days):
        day = START + DAY * n
        rows.append(f"{day},{0 if n >= days - late else WEEK[day.weekday()]}")
    return "\n".join(["day,orders", *rows]) + "\n"


def judged(made: Vigie, csv: str, days: int) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The target after so many days of the plan, and what is mailed."""
    made.write({"plans/p/shop.csv": csv})
    today = f"{START + DAY * days}"
    mails = addressed(fresh(made, today=today))
    return made.status(today=today)["objectives"][0]["targets"][-1], mails


def test_the_weeks_before_the_plan_tell_of_its_first_week(vigie: Write) -> None:
    target, mails = judged(vigie(PLAN, SOURCES), shop(56, 6), 6)
    assert (target["verdict"], target["value"], mails) == ("on_track", "205", [])
    assert float(target["expected"]) == pytest.approx(920, rel=0.02)
    assert float(target["pace"]) == pytest.approx(900 * 205 / 920, rel=0.03)  # six even days would be 180


@pytest.mark.parametrize("days", [1, 6, 13])
def test_without_them_it_is_said_when_anything_can_be_told(vigie: Write, days: int) -> None:
    target, _ = judged(vigie(PLAN, SOURCES), shop(0, days), days)
    assert target["verdict"] == "cannot_say"
    assert target["sentence"].endswith("Too few final days to tell; probably enough from 15 June 2026.")


def test_what_was_named_is_the_day_on_which_it_is_told(vigie: Write) -> None:
    assert judged(vigie(PLAN.replace("900", "700"), SOURCES), shop(0, 14), 14)[0]["verdict"] == "on_track"


@pytest.mark.parametrize("days", range(1, 14))
def test_too_few_days_are_no_reason_for_a_warning_however_bad(vigie: Write, days: int) -> None:
    csv = shop(0, days).replace(",40", ",4").replace(",5", ",1")
    target, mails = judged(vigie(PLAN, SOURCES), csv, days)
    assert (target["verdict"], mails) == ("cannot_say", [])


@pytest.mark.parametrize("days_before", [56, 9, 0])
def test_a_load_that_is_late_on_day_12_is_not_judged_missed(vigie: Write, days_before: int) -> None:
    plan = PLAN.replace("at_least: 900, per: month", "at_least: 400, by: 2026-06-12")  # 410 would have come
    made = vigie(plan, SOURCES)
    target, mails = judged(made, shop(days_before, 12, late=2), 12)
    assert target["verdict"] == "no_data"
    assert [subject for _, subject in mails if "missed" in subject] == []
    assert judged(made, shop(days_before, 13), 13)[0]["verdict"] == "met"


LABELLED = PLAN.replace("responsible: ada, targets", 'responsible: ada, tracked_by: {campaign: "sun*"}, targets')


def labelled(days: int) -> str:
    """The same shop, of whose orders a campaign brings as many again since the plan's first day."""
    rows = [line.replace(",", ",all,") for line in shop(56, days).splitlines()[1:]]
    rows += [line.replace(",", ",sun-1,") for line in shop(0, days).splitlines()[1:]]
    return "\n".join(["day,campaign,orders", *sorted(rows)]) + "\n"


def test_what_began_with_the_plan_had_no_zeros_before(vigie: Write) -> None:
    target, _ = judged(vigie(LABELLED, SOURCES), labelled(7), 7)
    assert target["value"] == "210"
    assert float(target["expected"]) == pytest.approx(920, rel=0.05)


def test_a_week_is_enough_where_the_weekdays_are_those_of_the_shop(vigie: Write) -> None:
    made = vigie(LABELLED.replace("kpi: orders", "kpi: revenue"), SOURCES)
    target, _ = judged(made, labelled(4).replace("orders", "revenue"), 4)
    assert target["sentence"].endswith("Too few final days to tell; probably enough from 8 June 2026.")


RUNNING = (
    PLAN.partition("objectives:")[0]
    + """
actions:
  ads:
    name: Search ads
    responsible: ada
    tracked_by: {campaign: ads}
    budget: {amount: 1000, per: month}
    targets: [{kpi: orders, at_least: 900, per: month}]
"""
)


def test_an_action_that_ran_before_the_plan_has_its_profile_and_its_pace_of_spend(vigie: Write) -> None:
    rows = [f"{line.replace(',', ',ads,')},{40 if line.endswith('40') else 5}" for line in shop(56, 6).splitlines()[1:]]
    made = vigie(RUNNING, SOURCES).write({"plans/p/shop.csv": "\n".join(["day,campaign,orders,spend", *rows]) + "\n"})
    assert addressed(fresh(made, today="2026-06-07")) == []
    ads = made.status(today="2026-06-07")["actions"][0]
    assert float(ads["targets"][0]["expected"]) == pytest.approx(920, rel=0.02)
    assert (ads["budget"]["verdict"], ads["budget"]["spent"]) == ("within", "205.00")
    assert float(ads["budget"]["projected"]) == pytest.approx(920, rel=0.02)


SPENT = RUNNING.replace("starts: 2026-06-01", "starts: 2026-06-10\nbudget: {amount: 900, per: month}")


def spent(days_before: int, days: int) -> str:
    """The shop's file with what its only campaign cost: 30 a day."""
    rows = [row.replace(",", ",ads,") + ",30" for row in shop(days_before, days).splitlines()[1:]]
    return "\n".join(["day,campaign,orders,spend", *rows]) + "\n"


def test_nothing_that_is_shown_of_a_plan_changes_by_them(vigie: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first week, month and quarter hold days before the plan: they stay as empty as they were."""
    made = vigie(SPENT, SOURCES).write({"plans/p/shop.csv": spent(56, 27)})
    made.write({"plans/p/plan.yaml": SPENT.replace("per: month}]", "by: 2026-08-31}]")})
    monkeypatch.setattr(pipeline, "read_earlier", lambda _: None)
    without = shown(made)
    monkeypatch.undo()
    assert [row["value"] for row in without["kpis"] if row["period_start"] == "2026-04-01" and row["kpi"] == "orders"]
    assert shown(made) == without
    assert min(row["day"] for row in without["readings"]) == "2026-06-10"


def test_days_before_the_plan_are_no_late_days_of_its_first_month(vigie: Write) -> None:
    made = vigie(SPENT, SOURCES).write({"plans/p/shop.csv": spent(0, 27)})
    assert addressed(fresh(made, today="2026-06-28")) == []
    [of_plan] = [row for row in made.export("budgets", today="2026-06-28") if row["scope"] == "plan"]
    assert (of_plan["spent"], of_plan["projected"]) == (540, 630)  # 18 days of 30, and three to come


def shown(made: Vigie) -> dict[str, Any]:
    """All that is exported and said of sources and plan, without the moments at which it was worked out."""
    assert made("collect", today="2026-06-28").code == 0
    assert made("judge", today="2026-06-28").code == 0
    what = {
        name: [{k: v for k, v in row.items() if not k.endswith("_at")} for row in made.export(name, today="2026-06-28")]
        for name in ("kpis", "readings", "coverage", "budgets")
    }
    sources = [{**row, "last_success_at": None} for row in made.status(today="2026-06-28")["sources"]]
    return {**what, "sources": sources, "check": made("check", today="2026-06-28").out}


def test_what_others_spent_before_the_plan_is_no_pace_of_its_own_money(vigie: Write) -> None:
    plan = PLAN.replace("ends:", "budget: {amount: 900, per: month}\nends:")
    before = [row.replace(",", ",old,") + ",200" for row in shop(56, 0).splitlines()[1:]]
    since = [row.replace(",", ",new,") + ",20" for row in shop(0, 5).splitlines()[1:]]
    csv = "\n".join(["day,campaign,orders,spend", *before, *since]) + "\n"
    made = vigie(plan, SOURCES).write({"plans/p/shop.csv": csv})
    assert addressed(fresh(made, today="2026-06-06")) == []
    assert [row["verdict"] for row in made.export("budgets", today="2026-06-06")] == ["within"]


def test_what_went_wrong_before_the_plan_is_told_to_nobody_and_learnt_by_nobody(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES)
    rows = shop(56, 6).splitlines()
    silent = {f"{START - DAY * n}" for n in range(2, 14)}
    csv = "\n".join(f"{row[:10]},0" if row[:10] in silent else row for row in rows) + "\n"
    target, mails = judged(made, csv, 6)
    assert (mails, made("flags", "--json", today="2026-06-07").json) == ([], [])
    assert float(target["expected"]) == pytest.approx(920, rel=0.02)


def test_an_older_file_that_is_put_beside_the_others_is_read_within_the_week(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES.replace("shop.csv", '"shop*.csv"'))
    assert judged(made, shop(0, 3), 3)[0]["expected"] is None
    made.write({"plans/p/shop-spring.csv": shop(56, 0)})
    assert float(judged(made, shop(0, 10), 10)[0]["expected"]) == pytest.approx(920, rel=0.02)
