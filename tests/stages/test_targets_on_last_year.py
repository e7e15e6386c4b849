"""Targets set against last year, through the command line, on CSV files."""

from datetime import date, timedelta

from conftest import Vigie, Write

PLAN = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people:
  lea: {{name: Lea Martin, email: lea@shop.example}}
objectives:
  grow:
    name: Grow
    responsible: lea
    targets: [{{kpi: orders, at_least: "{target}", per: month{more}}}]
"""
SHOP = "shop: {connector: csv_file, path: s.csv, kind: shop}\n"
TODAY = "2026-04-20"


def orders(since: str, *, last_year: int = 2, until: str = TODAY) -> str:
    """So many orders on each day of last year, and two on each day since."""
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    days = [first + timedelta(n) for n in range((last - first).days)]
    return "day,orders\n" + "".join(f"{day},{last_year if day.year == 2025 else 2}\n" for day in days)


def judged(vigie: Write, csv: str, target: str = "+25% on last year", more: str = "", today: str = TODAY) -> Vigie:
    at = vigie(PLAN.format(target=target, more=more), SHOP, **{"s.csv": csv})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    return passed(at, today)


def passed(at: Vigie, today: str = TODAY) -> Vigie:
    assert at("collect", today=today).code == 0
    assert at("judge", today=today).code == 0
    return at


def april(at: Vigie, today: str = TODAY) -> dict[str, str | None]:
    target = at.status(today=today)["objectives"][0]["targets"][-1]
    return {name: target.get(name) for name in ("verdict", "target", "relative", "baseline", "sentence")}


def test_the_target_is_what_last_years_month_makes_it(vigie: Write) -> None:
    found = april(judged(vigie, orders("2025-03-01")))
    assert (found["target"], found["baseline"], found["relative"]) == ("75", "60", "+25% on last year")
    assert "target: at least 75 [+25% on last year: 60] by 30 April 2026" in str(found["sentence"])


def test_a_restatement_of_last_year_does_not_move_what_was_promised(vigie: Write) -> None:
    at = judged(vigie, orders("2025-03-01"))
    at.write({"plans/p/s.csv": orders("2025-03-01", last_year=9, until="2026-04-21")})
    assert at("collect", "--since", "2025-03-01", today="2026-04-21").code == 0
    assert at("judge", today="2026-04-21").code == 0
    readings = at.export("readings", "--since", "2025-04-01", "--until", "2025-04-30", today="2026-04-21")
    assert sum(float(row["orders"]) for row in readings) == 270  # it was restated
    assert april(at, "2026-04-21")["target"] == "75"


def test_another_percentage_is_measured_from_the_figure_that_was_kept(vigie: Write) -> None:
    at = judged(vigie, orders("2025-03-01"))
    at.write({"plans/p/plan.yaml": PLAN.format(target="+50% on last year", more="")})
    at.write({"plans/p/s.csv": orders("2025-03-01", last_year=9)})
    assert at("collect", "--since", "2025-03-01", today=TODAY).code == 0
    assert at("judge", today=TODAY).code == 0
    assert april(at)["target"] == "90"


def test_without_figures_of_last_year_there_is_no_target_and_a_remedy(vigie: Write) -> None:
    at = judged(vigie, orders("2026-03-01"))
    found = april(at)
    assert (found["verdict"], found["target"]) == ("unmeasurable", None)
    assert found["sentence"] == (
        "38 orders. The target (at least +25% on last year) has no value: figures missing for April 2025. "
        "Add the earlier value to the plan (baseline)."
    )
    assert "warning: orders: no figures for '+25% on last year'" in at("check", today=TODAY).out
    assert at("flags", "--json", today=TODAY).json == []


def test_half_a_month_of_last_year_is_no_base(vigie: Write) -> None:
    assert april(judged(vigie, orders("2025-04-15")))["verdict"] == "unmeasurable"


def test_a_zero_last_year_is_no_base(vigie: Write) -> None:
    found = april(judged(vigie, orders("2025-03-01", last_year=0)))
    assert found["verdict"] == "unmeasurable"
    assert "has no value: the figure for April 2025 is 0" in str(found["sentence"])


def test_a_baseline_in_the_plan_serves_instead(vigie: Write) -> None:
    assert april(judged(vigie, orders("2026-03-01"), more=", baseline: 64"))["target"] == "80"


def test_before_the_period_before_is_final_the_target_waits(vigie: Write) -> None:
    csv = orders("2026-02-01", until="2026-03-31")
    at = judged(vigie, csv, "+10% on previous", today="2026-04-01")
    found = april(at, "2026-04-01")
    assert (found["verdict"], found["target"]) == ("cannot_say", None)
    assert "is set once the figures for March 2026 are final" in str(found["sentence"])


def test_check_shows_what_it_comes_to(vigie: Write) -> None:
    at = judged(vigie, orders("2025-03-01"))
    answer = at("check", today=TODAY)
    assert answer.code == 0
    assert "note: orders: '+25% on last year' of 60 is 75 for 2026-04-01 to 2026-04-30" in answer.out


def test_explain_and_diff_name_what_it_is_measured_from(vigie: Write) -> None:
    at = judged(vigie, orders("2025-03-01"))
    assert "Measured from: 60 (April 2025)" in at("explain", "grow", today=TODAY).out
    at.write({"plans/p/plan.yaml": PLAN.format(target="+30% on last year", more=", baseline: 64")})
    assert "from at least +25% on last year per month to at least +30% on last year (64) per month" in (
        at("diff", today=TODAY).out
    )
