"""What was judged once and can be judged no longer: from the files to the mail to the plan's lead."""

from datetime import date, timedelta

import pytest
from conftest import Vigie, Write
from mails_read import addressed, flags, fresh

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-04-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example, digest: false}
  ana: {name: Ana Ruiz, email: ana@shop.example, digest: false}
actions:
  news:
    name: Newsletter
    responsible: ana
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_least: 70, per: month}]
"""
SOURCES = "shop: {connector: csv_file, path: shop.csv, responsible: ana}\n"
TOLD = ("lead", "Spring: some targets can’t be judged any more")


def shop(until: str) -> str:
    """Three orders a day up to a day."""
    first = date(2026, 3, 1)
    days = [first + timedelta(days=n) for n in range((date.fromisoformat(until) - first).days + 1)]
    return "day,campaign,orders\n" + "".join(f"{day},news,3\n" for day in days)


def judged(vigie: Write) -> Vigie:
    """On 10 April all is well: three orders a day are ninety a month."""
    made = vigie(PLAN, SOURCES, today="2026-04-10", **{"shop.csv": shop("2026-04-09")})
    assert fresh(made) == []
    return made


def mails_by_day(made: Vigie, first: str, count: int) -> dict[str, list[tuple[str, str]]]:
    days = [str(date.fromisoformat(first) + timedelta(days=n)) for n in range(count)]
    return {day: addressed(mails) for day in days if (mails := fresh(made, today=day))}


def test_a_source_that_delivered_once_and_died_is_told_to_the_lead_once(vigie: Write) -> None:
    made = judged(vigie)
    # Two weeks after 9 April is the 23rd: the 24th is too long, and the 25th confirms it.
    assert mails_by_day(made, "2026-04-11", 19) == {"2026-04-25": [TOLD]}
    [flag] = flags(made)
    assert flag["sentence_en"] == (
        "1 target or budget that was judged before can’t be judged any more: “Newsletter”. The source shop has "
        "delivered nothing new since 9 April 2026."
    )


@pytest.mark.parametrize("sources", ["", None], ids=["emptied", "deleted"])
def test_sources_that_are_gone_are_told_to_the_lead_once(vigie: Write, sources: str | None) -> None:
    made = judged(vigie)
    path = made.folder / "plans" / "p" / "sources.yaml"
    path.unlink() if sources is None else path.write_text(sources)
    assert mails_by_day(made, "2026-04-11", 12) == {"2026-04-12": [TOLD]}
    assert "No source provides all it takes any more" in flags(made)[0]["sentence_en"]
    path.write_text(SOURCES)
    made.write({"plans/p/shop.csv": shop("2026-04-26")})
    told = mails_by_day(made, "2026-04-23", 4)
    assert [mail for mails in told.values() for mail in mails] == [("lead", "Spring: Spring is back to normal")]


def test_a_source_renamed_to_one_without_figures_is_told(vigie: Write) -> None:
    made = judged(vigie)
    made.write({"plans/p/sources.yaml": SOURCES.replace("shop:", "store:").replace("shop.csv", "store.csv")})
    made.write({"plans/p/store.csv": "day,campaign,sessions\n2026-04-10,news,4\n"})
    assert mails_by_day(made, "2026-04-11", 3) == {"2026-04-12": [TOLD]}


def test_what_a_weekly_file_brings_is_not_missed_between_two_of_them(vigie: Write) -> None:
    made = judged(vigie)
    for day in ("2026-04-16", "2026-04-23", "2026-04-30"):
        assert mails_by_day(made, day, 6) == {}
        made.write({"plans/p/shop.csv": shop(day)})


def test_the_subject_of_the_weekly_digest_counts_it(vigie: Write) -> None:
    plan = PLAN.replace("ana@shop.example, digest: false", "ana@shop.example")
    made = vigie(plan, SOURCES, today="2026-04-10", **{"shop.csv": shop("2026-04-09")})
    fresh(made)
    digests = [
        subject for mails in mails_by_day(made, "2026-04-20", 10).values() for to, subject in mails if to == "ana"
    ]
    assert digests == [
        "Spring: all quiet",
        "Spring: your week, 1 open alert of others, 1 can’t be judged",
    ]


def test_a_plan_that_starts_next_month_has_not_started(vigie: Write) -> None:
    made = vigie(PLAN.replace("starts: 2026-04-01", "starts: 2026-05-01"), SOURCES, today="2026-04-10")
    made.write({"plans/p/shop.csv": "day,campaign,orders\n2026-04-09,,1\n"})
    assert fresh(made) == []
    [target] = made.status()["actions"][0]["targets"]
    assert (target["verdict"], target["sentence"]) == ("not_started", "Starts on 1 May 2026 (target: at least 70).")
