"""Budgets that roll over, that are shared, and money that belongs to none: through the command line, on CSV files."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from conftest import Vigie, Write

HEAD = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example}
  ana: {name: Ana Ruiz, email: ana@shop.example}
"""
ADS = "ads: {connector: csv_file, path: ads.csv, kind: ads}\n"
ROLLING = """\
actions:
  news:
    name: Newsletter
    responsible: ana
    when: {from: 2026-03-10}
    budget: {amount: 500, per: month, rollover: true}
    tracked_by: {campaign: news}
"""
SHARED = """\
budgets:
  search: {name: Search ads, amount: 300, per: month, responsible: ana}
actions:
  brand:
    name: Brand search
    budget: {from: search}
    costs: [{on: 2026-05-03, amount: 20, what: agency}]
    tracked_by: {campaign: ["brand", "both"]}
  generic:
    name: Generic search
    budget: {from: search}
    tracked_by: {campaign: ["generic", "both"]}
  mail: {name: Mail, budget: 100, tracked_by: {campaign: mail}}
"""


def spend(*rows: str) -> str:
    """A file that covers March to May."""
    return "\n".join(["day,campaign,spend", "2026-03-01,,0", *rows, "2026-05-31,,0"]) + "\n"


def judged(vigie: Write, plan: str, *rows: str, today: str = "2026-06-01") -> Vigie:
    at = vigie(HEAD + plan, ADS, **{"ads.csv": spend(*rows)})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    assert at("collect", today=today).code == 0
    return at


# --- what others track as well ---------------------------------------------------------------------------------------

CROSSED = """\
actions:
  search:
    name: Search ads
    responsible: ana
    budget: {amount: 500, per: month}
    tracked_by: {source: google, medium: cpc}
  noel:
    name: Christmas
    budget: {amount: 5000, per: month}
    tracked_by: {campaign: "noel-*"}
"""


def crossed(vigie: Write, plan: str = CROSSED) -> Vigie:
    """May: 1,628.96 through Google's ads, 1,239.68 of them for Christmas; another 300 for Christmas elsewhere."""
    rows = [
        "day,source,medium,campaign,spend",
        "2026-03-01,google,cpc,,0",
        "2026-04-30,google,cpc,noel-1,70",
        "2026-05-03,google,cpc,noel-1,1000.50",
        "2026-05-04,google,cpc,noel-2,239.18",
        "2026-05-05,google,cpc,brand,389.28",
        "2026-05-06,bing,cpc,noel-1,300",
        "2026-05-31,google,cpc,,0",
    ]
    at = vigie(HEAD + plan, ADS, **{"ads.csv": "\n".join(rows) + "\n"})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    assert at("run", "--once", today="2026-05-31").code == 0
    return at


def test_of_a_budget_that_is_over_it_is_said_how_much_another_action_tracks_as_well(vigie: Write) -> None:
    at = crossed(vigie)
    search, noel = (action["budget"] for action in at.status(today="2026-05-31")["actions"])
    assert search["sentence"] == (
        "€1,628.96 spent, €1,128.96 over the budget of €500.00. "
        "Of this spend, €1,239.68 is also tracked by “Christmas”."
    )
    assert "also tracked" not in noel["sentence"]
    (mail,) = (at.folder / "outbox").glob("*ana*.eml")
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert "Of this spend, €1,239.68 is also tracked by “Christmas”." in " ".join(body.get_content().split())


def test_it_is_said_in_french_and_kept_with_the_verdict(vigie: Write) -> None:
    at = crossed(vigie)
    [row] = [
        row
        for row in at.export("budgets", today="2026-05-31")
        if row["id"] == "search" and row["period_start"] == "2026-05-01"
    ]
    words = row["sentence_fr"].replace("\u00a0", " ").replace("\u202f", " ")
    assert "Sur ces dépenses, 1 239,68 € sont aussi suivis par « Christmas »." in words
    assert "also tracked" in at("explain", "search", today="2026-05-31").out


def test_what_actions_of_one_shared_budget_track_together_is_no_matter(vigie: Write) -> None:
    plan = "budgets:\n  ads: {name: Ads, amount: 500, per: month, responsible: ana}\n" + CROSSED
    for amount in ("500", "5000"):
        plan = plan.replace(f"budget: {{amount: {amount}, per: month}}", "budget: {from: ads}")
    at = crossed(vigie, plan)
    [row] = [row for row in at.export("budgets", today="2026-05-31") if row["period_start"] == "2026-05-01"]
    assert row["verdict"] == "over"
    assert "also tracked" not in row["sentence_en"]


# --- rolled over -----------------------------------------------------------------------------------------------------


def test_what_was_left_since_the_action_began_is_added_and_said(vigie: Write) -> None:
    """March leaves 120, April spends 60 too much and leaves 60 of them; May has 560."""
    at = judged(vigie, ROLLING, "2026-03-20,news,380", "2026-04-10,news,560", "2026-05-10,news,550", today="2026-05-31")
    [action] = at.status(today="2026-05-31")["actions"]
    found = action["budget"]
    assert (found["amount"], found["carried"], found["verdict"]) == ("560.00", "60.00", "within")
    assert found["sentence"].startswith("€550.00 spent of €500.00 plus €60.00 carried over (as of 30 May 2026).")
    assert found["previous"]["amount"] == "620.00"


def test_the_rest_of_a_month_that_is_not_wholly_known_is_not_counted_on(vigie: Write) -> None:
    """The file begins in April: whatever March left is unknown, and so is whether May is over."""
    figures = "day,campaign,spend\n2026-04-01,news,490\n2026-05-30,news,550\n"
    at = vigie(HEAD + ROLLING, ADS, **{"ads.csv": figures})
    assert at("collect", today="2026-05-31").code == 0
    [action] = at.status(today="2026-05-31")["actions"]
    assert (action["budget"]["amount"], action["budget"]["verdict"]) == ("500.00", "no_data")
    assert "figures missing from the source ads" in action["budget"]["sentence"]


# --- shared ----------------------------------------------------------------------------------------------------------

MAY = ("2026-05-04,brand,100", "2026-05-05,generic,110", "2026-05-06,both,90", "2026-05-07,mail,40")


def test_what_two_actions_track_counts_once_and_costs_belong_to_it(vigie: Write) -> None:
    """100 + 110 + 90 + a bill of 20: 320 of 300, though the two actions spend 210 and 200."""
    at = judged(vigie, SHARED, *MAY, today="2026-05-20")
    status = at.status(today="2026-05-20")
    [found] = status["budgets"]
    assert (found["budget"], found["name"], found["responsible"]) == ("search", "Search ads", "ana")
    assert found["actions"] == ["brand", "generic"]
    assert (found["spent"], found["amount"], found["verdict"]) == ("320.00", "300.00", "over")
    brand, _, mail = status["actions"]
    assert (brand["budget"], brand["shared_budget"]) == (None, "search")
    assert mail["budget"]["spent"] == "40.00"
    assert "shared_budget" not in mail


def test_a_shared_budget_that_is_passed_is_told_to_who_answers_for_it(vigie: Write) -> None:
    at = judged(vigie, SHARED, "2026-04-04,brand,250", *MAY)
    assert at("run", "--once", today="2026-05-20").code == 0
    [mail] = [read(path) for path in sorted((at.folder / "outbox").glob("*.eml"))]
    assert mail["To"].addresses[0].addr_spec == "ana@shop.example"
    assert mail["Subject"] == "Spring: Search ads is over budget"
    flags = at("flags", "--json", today="2026-05-20").json
    assert [(flag["scope"], flag["ref"], flag["person"]) for flag in flags] == [("budget", "search", "ana")]


def test_it_is_shown_among_the_budgets_and_hidden_from_the_figures(vigie: Write) -> None:
    at = judged(vigie, SHARED, *MAY)
    assert at("judge", today="2026-05-20").code == 0
    rows = [row for row in at.export("budgets", today="2026-05-20") if row["scope"] == "budget"]
    assert {row["id"] for row in rows} == {"search"}
    assert {row["period_start"] for row in rows} == {"2026-03-01", "2026-04-01", "2026-05-01"}
    assert {row["scope"] for row in at.export("kpis", today="2026-05-20")} == {"action", "plan"}
    text = at("status", today="2026-05-20").out
    assert "Search ads  Ana Ruiz" in text
    target = at.folder / "page.html"
    assert at("report", "-o", str(target), today="2026-05-20").code == 0
    page = re.sub(r"<[^>]+>|\s+", " ", target.read_text(encoding="utf-8"))
    assert "spends from the shared budget “Search ads”" in page
    assert "€320.00 spent, €20.00 over the budget of €300.00." in page


def read(path: Path) -> Any:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_a_misspelt_shared_budget_is_told_with_the_nearest(vigie: Write) -> None:
    at = vigie(
        HEAD
        + SHARED.replace(
            "generic:\n    name: Generic search\n    budget: {from: search}",
            "generic:\n    name: Generic search\n    budget: {from: serch}",
        ),
        ADS,
        **{"ads.csv": spend()},
    )
    answer = at("check")
    assert answer.code == 2
    assert "there is no shared budget 'serch' under budgets; did you mean 'search'?" in answer.out + answer.err


def test_the_change_of_a_shared_budget_is_told(vigie: Write) -> None:
    at = judged(vigie, SHARED, *MAY, today="2026-05-20")
    assert at("judge", today="2026-05-20").code == 0
    plan = at.folder / "plans/p/plan.yaml"
    plan.write_text(
        plan.read_text().replace("amount: 300", "amount: 400").replace("budget: 100,", "budget: {from: search},")
    )
    told = at("diff", today="2026-05-21").out
    assert "The budget of “Search ads” was raised from €300.00 per month to €400.00 per month." in told
    assert "The budget of “Mail” was changed from €100.00 in total to shared, from “Search ads”." in told


# --- money that belongs to no action ---------------------------------------------------------------------------------

STRAY = ("2026-05-04,news,900", "2026-05-05,=evil.example/x,70", "2026-05-06,other,30", "2026-05-06,,5")


def stray_flags(at: Vigie, today: str) -> list[dict[str, str]]:
    assert at("run", "--once", today=today).code == 0
    flags = at("flags", "--json", "--all", today=today).json
    return [flag for flag in flags if flag["subject"] == "unattributed"]


def test_spend_of_no_action_is_told_to_the_lead_with_the_campaigns_when_it_is_seen_again(vigie: Write) -> None:
    """105 of 1,005 in the last four weeks: 10 %."""
    at = judged(vigie, ROLLING, *STRAY, today="2026-05-20")
    stray_flags(at, "2026-05-20")
    [flag] = stray_flags(at, "2026-05-21")
    assert (flag["person"], flag["state"], flag["scope"]) == ("lead", "open", "plan")
    mails = [read(path) for path in sorted((at.folder / "outbox").glob("*.eml"))]
    [mail] = [one for one in mails if one["To"].addresses[0].addr_spec == "lead@shop.example"]
    text = mail.get_body(("plain",)).get_content()
    assert "€105.00 of the €1,005.00 spent in the last 28 days (10%) went to campaigns outside all actions" in " ".join(
        text.split()
    )
    assert "=evil[.]example/x (€70.00), other (€30.00) and no campaign name (€5.00)" in " ".join(text.split())
    assert "Add these campaigns to the tracked_by" in " ".join(text.split())


@pytest.mark.parametrize("today", ["2026-05-20", "2026-05-21"])
def test_a_twentieth_is_no_news(vigie: Write, today: str) -> None:
    at = judged(vigie, ROLLING, "2026-05-04,news,950", "2026-05-05,other,50", today=today)
    assert stray_flags(at, today) == []
