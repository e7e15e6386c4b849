"""`vigie check`: whatever would stop the work, or spoil a figure, is said before anything runs."""

import os

import pytest
from conftest import Write

PLAN = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lead: {name: Lead, email: lead@shop.example}}
objectives: {grow: {name: Grow, targets: [{kpi: revenue, at_least: 10000}]}}
actions:
  a:
    name: A
    objectives: [grow]
    responsible: lead
    budget: 10
    tracked_by: {campaign: a}
    targets: [{kpi: orders, at_least: 100}]
holidays: []
"""
SHOP = "shop: {connector: csv_file, path: shop.csv}\n"
FIGURES = "day,campaign,orders,revenue\n2026-03-01,a,5,100\n"


def test_a_plan_whose_files_can_be_read_is_in_order(vigie: Write) -> None:
    answer = vigie(PLAN, SHOP, **{"shop.csv": FIGURES})("check")
    assert answer.code == 0
    assert answer.out.splitlines() == ["1 plan in order, 0 problems, 0 warnings"]


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ("day,ordres\n2026-03-01,5\n", "shop.csv:1: "),
        ("day,orders\n2026-03-01,five\n", "shop.csv:2: "),
        ("day,orders\n2026-02-30,5\n", "shop.csv:2: "),
    ],
    ids=["unknown column", "no number", "no day"],
)
def test_a_file_that_a_source_cannot_read_is_a_problem_at_the_sources_line(
    vigie: Write, figures: str, told: str
) -> None:
    answer = vigie(PLAN, f"# the shop\n{SHOP}", **{"shop.csv": figures})("check")
    assert answer.code == 2
    assert f"plans/p/sources.yaml:2: {told}" in answer.out
    assert answer.out.splitlines()[-1] == "0 plans in order, 1 problem, 0 warnings"


def test_a_file_that_is_not_there_is_a_problem(vigie: Write) -> None:
    answer = vigie(PLAN, SHOP)("check", "--json")
    assert answer.code == 2
    assert [(it["file"], it["line"], it["level"]) for it in answer.json] == [("plans/p/sources.yaml", 1, "error")]


def test_mistakes_without_number_are_not_all_printed_but_all_counted(vigie: Write) -> None:
    made = vigie(PLAN + "".join(f"wrong{number}: 1\n" for number in range(10_000)), SHOP, **{"shop.csv": FIGURES})
    answer = made("check")
    assert answer.code == 2
    assert len(answer.out.splitlines()) == 52
    *_, more, summary = answer.out.splitlines()
    assert more.endswith("plans/p/plan.yaml: and 9950 more: correct these first")
    assert summary == "0 plans in order, 10000 problems, 0 warnings"


@pytest.mark.parametrize("words", [["check"], ["status"], ["judge"], ["--language", "fr", "check"]], ids=" ".join)
def test_a_pipe_in_the_place_of_a_plan_stops_no_command(vigie: Write, words: list[str]) -> None:
    made = vigie(PLAN, SHOP, **{"shop.csv": FIGURES})
    pipe = made.folder / "plans" / "p" / "plan.yaml"
    pipe.unlink()
    os.mkfifo(pipe)
    answer = made(*words)
    assert answer.code == 2
    assert "plans/p/plan.yaml: " in answer.out + answer.err


# One thing read twice

FILE = "connector: csv_file, path"
WOO = "connector: woocommerce, key: {env: K}, secret: {env: S}, url"
MATOMO = "connector: matomo, url: https://stats.example, token: {env: T}, site"
GA4 = "connector: ga4, property: '12', credentials: {env"
SEARCH = "connector: search_console, credentials: {env: A}, site"
STRIPE = "connector: stripe, key"
TWICE = "what both count is counted twice. Remove one"


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (f"{FILE}: shop.csv", f"{FILE}: 'sh*.csv'", "shop.csv"),
        (f"{FILE}: shop.csv", f"{FILE}: ./link.csv", "shop.csv"),
        (f"{WOO}: https://shop.example", f"{WOO}: https://WWW.Shop.example/", "shop.example"),
        (f"{WOO}: https://shop.example", f"{WOO}: 'https://shop.example:443'", "shop.example"),
        (f"{GA4}: A}}", f"{GA4}: B}}", "12"),
        (f"{MATOMO}: 1", f"{MATOMO}: 1", "stats.example, 1"),
        (f"{STRIPE}: {{env: KEY}}", f"{STRIPE}: {{env: KEY}}, allow_secret_key: true", "key"),
        (f"{SEARCH}: 'sc-domain:tea.example'", f"{SEARCH}: 'https://tea.example/'", "tea.example, web"),
    ],
    ids=["pattern", "link", "written otherwise", "port", "property", "site", "key", "domain"],
)
def test_two_sources_that_read_the_same_are_warned_of(vigie: Write, one: str, other: str, what: str) -> None:
    made = vigie(PLAN, f"a: {{{one}}}\nb: {{{other}}}\n", **{"shop.csv": FIGURES})
    (made.folder / "plans" / "p" / "link.csv").symlink_to("shop.csv")
    answer = made("check")
    assert answer.code == 0
    assert f"plans/p/sources.yaml:2: warning: b reads the same as a ({what}): {TWICE}" in answer.out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{FILE}: shop.csv", f"{FILE}: web.csv"),
        (f"{FILE}: shop.csv, kind: shop", f"{FILE}: shop.csv, kind: ads"),
        (f"{FILE}: shop.csv, ignore: [orders]", f"{FILE}: shop.csv, ignore: [revenue]"),
        (f"{WOO}: https://shop.example", f"{WOO}: https://shop.example/fr"),
        (f"{MATOMO}: 1", f"{MATOMO}: 2"),
        (f"{STRIPE}: {{env: ONE}}", f"{STRIPE}: {{env: TWO}}"),
    ],
    ids=["files", "kinds", "columns", "folders", "sites", "accounts"],
)
def test_two_sources_that_add_nothing_up_twice_are_not(vigie: Write, one: str, other: str) -> None:
    files = {"shop.csv": FIGURES, "web.csv": FIGURES}
    answer = vigie(PLAN, f"a: {{{one}}}\nb: {{{other}}}\n", **files)("check")
    assert TWICE not in answer.out
