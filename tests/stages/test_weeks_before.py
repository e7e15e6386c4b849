"""The first weeks of a plan, through the command line: what the weeks before it tell, and what without them nobody can."""

from datetime import date, timedelta

import pytest
from conftest import Vigie, Write
from mails_read import addressed, fresh

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


def test_look(vigie: Write) -> None:
    for before in (56, 0, 5):
        made = vigie(PLAN, SOURCES)
        for n in (1, 3, 6, 13):
            print(before, n, judged(made, shop(before, n), n))
    assert 0

def test_look_bad(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES)
    for n in (1, 3, 6, 8, 10, 12,13,14):
        csv = "day,orders\n" + "".join(f"{START+DAY*k},{5 if k%7<5 else 1}\n" for k in range(n))
        print(n, judged(made, csv, n))
    assert 0
