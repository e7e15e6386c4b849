"""Past days judged again: what would have been told, and whether it was right."""

from datetime import date, timedelta
from typing import Any

import pytest
from conftest import Vigie, Write

PLAN = """
plan: Winter
currency: EUR
timezone: Europe/Paris
starts: 2026-08-01
ends: 2026-12-31
people:
  ana: {name: Ana Ruiz, email: ana@tea.example, deputy: ben}
  ben: {name: Ben Okoro, email: ben@tea.example}
actions:
  steady:
   {name: Steady, responsible: ana, tracked_by: {campaign: steady},
    targets: [{kpi: orders, at_least: 200, per: month}]}
  falling:
   {name: Falling, responsible: ben, tracked_by: {campaign: falling},
    targets: [{kpi: orders, at_least: 250, per: month}]}
  late:
   {name: Late, responsible: ana, tracked_by: {campaign: late},
    targets: [{kpi: orders, at_least: 240, per: month}]}
"""
SOURCES = "shop: {connector: csv_file, path: s.csv, kind: shop}"
FIRST, LAST = date(2026, 8, 1), date(2026, 11, 2)


def figures() -> str:
    """Nine orders a day or so. One campaign falls to half in October; one does too, and is saved in its last days."""
    lines = ["day,campaign,orders"]
    for n in range((LAST - FIRST).days):
        day = FIRST + timedelta(days=n)
        usual = 9 + (-1, 2, 0, -2, 1)[n % 5]
        in_october = day.month == 10
        saved = 40 if day > date(2026, 10, 27) and in_october else usual // 2 if in_october else usual
        lines += [
            f"{day},steady,{usual}",
            f"{day},falling,{usual // 2 if in_october else usual}",
            f"{day},late,{saved}",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The replay of October."""
    made = Vigie(tmp_path_factory.mktemp("backtest"), "2026-11-02")
    made.write({"vigie.yaml": "mail: {folder: outbox/}", "plans/p/plan.yaml": PLAN})
    made.write(
        {"plans/p/sources.yaml": "shop: {connector: csv_file, path: s.csv, kind: shop}", "plans/p/s.csv": figures()}
    )
    assert made("collect").code == 0
    answer = made("backtest", "--since", "2026-10-01", "--json")
    assert answer.code == 0, answer.err
    assert not (made.folder / "outbox").exists()
    assert made("flags", "--all", "--json").json == []
    plan: dict[str, Any] = answer.json["plans"][0]
    return plan


def alerts(replayed: dict[str, Any], name: str) -> list[tuple[str, str, str]]:
    return [(one["verdict"], one["reason"], one["outcome"]) for one in replayed["alerts"] if one["name"] == name]


def test_what_is_on_course_is_never_spoken_of(replayed: dict[str, Any]) -> None:
    assert alerts(replayed, "Steady") == []


def test_a_fall_is_told_within_days_to_who_answers_for_it_and_was_right(replayed: dict[str, Any]) -> None:
    found = [one for one in replayed["alerts"] if one["name"] == "Falling"]
    assert (found[0]["verdict"], found[0]["reason"], found[0]["outcome"]) == ("at_risk", "opened", "right")
    assert found[0]["person"] == "ben"
    assert found[0]["day"] <= "2026-10-08"


def test_a_warning_that_the_end_belied_is_called_wrong(replayed: dict[str, Any]) -> None:
    assert ("at_risk", "opened", "wrong") in alerts(replayed, "Late")
    assert replayed["warnings"] == {"right": 1, "wrong": 1, "open": 0}


def test_what_was_missed_in_the_end_had_been_warned_of(replayed: dict[str, Any]) -> None:
    assert (replayed["missed"], replayed["warned"]) == (1, 1)


def test_no_one_gets_more_than_a_mail_a_day_nor_one_at_the_weekend(replayed: dict[str, Any]) -> None:
    assert replayed["mails"]
    for days in replayed["mails"].values():
        assert len(set(days)) == len(days)
        assert all(date.fromisoformat(day).weekday() < 5 for day in days)


def test_the_terminal_says_it_in_the_language_of_the_plan(vigie: Write) -> None:
    plan = PLAN.replace("plan: Winter", "plan: Hiver\nlanguage: fr")
    made = vigie(plan, SOURCES, today="2026-10-05", **{"s.csv": figures()})
    assert made("collect").code == 0
    out = made("backtest", "--since", "2026-10-03").out.replace("\u00a0", " ")
    assert "Relecture de « Hiver », du 3 au 4 octobre 2026" in out
    assert "Les chiffres sont ceux connus aujourd’hui" in out


def test_a_plan_without_figures_is_said_to_have_none(vigie: Write) -> None:
    answer = vigie(PLAN, SOURCES, today="2026-11-02")("backtest")
    assert (answer.code, "vigie collect" in answer.err) == (2, True)


SPENDING = """
plan: Winter
currency: EUR
timezone: Europe/Paris
starts: 2026-08-01
ends: 2026-12-31
people: {ana: {name: Ana Ruiz, email: ana@tea.example}}
actions:
  slow: {name: Slow, responsible: ana, tracked_by: {campaign: slow}, budget: {amount: 310, per: month}}
  late: {name: Late, responsible: ana, tracked_by: {campaign: late}, budget: {amount: 310, per: month}}
"""


def test_a_warning_of_too_little_spend_is_right_where_much_was_left_in_the_end(vigie: Write) -> None:
    """Both spend 10 a day, and 5 from October on; one makes up for it in the last three days."""
    lines = ["day,campaign,spend"]
    for n in range((LAST - FIRST).days):
        day = FIRST + timedelta(days=n)
        spend = 5 if day.month == 10 else 10
        lines += [f"{day},slow,{spend}", f"{day},late,{55 if date(2026, 10, 28) < day < date(2026, 11, 1) else spend}"]
    made = vigie(SPENDING, SOURCES, today="2026-11-02", **{"s.csv": "\n".join(lines) + "\n"})
    assert made("collect").code == 0
    found = made("backtest", "--since", "2026-10-01", "--json").json["plans"][0]
    assert {one["verdict"] for one in found["alerts"]} == {"underspending"}
    assert {one[2] for one in alerts(found, "Slow")} == {"right"}
    assert {one[2] for one in alerts(found, "Late")} == {"wrong"}
