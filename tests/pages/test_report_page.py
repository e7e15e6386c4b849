"""The report: a page for strangers, that stands alone and in which nothing from outside ever runs."""

import csv
import html
import io
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from xml.etree import ElementTree as ET

import pytest
from conftest import Vigie, Write
from hypothesis import given, settings
from hypothesis import strategies as st
from payloads import PAYLOADS
from playwright.sync_api import Browser, Page

from worker.report.charts import CROWDED, HEIGHT, WIDTH, Point, bar, line_chart

# --- a hostile plan ------------------------------------------------------------------------------------------------


def hostile_plan() -> str:
    """One action for each payload: its own name, its person's, and the keyword its target speaks of."""
    actions = {
        f"a{number}": {
            "name": payload,
            "objectives": ["o"],
            "responsible": f"p{number}",
            "when": {"from": "2026-03-01"},
            "budget": 1,
            "costs": [{"on": "2026-03-02", "amount": 2, "what": payload}],
            "tracked_by": [{"keyword": f"*{number}"}],
            "targets": [{"kpi": "search_position", "for": payload, "at_most": 5, "per": "month"}],
        }
        for number, payload in enumerate(PAYLOADS)
    }
    plan = {
        "plan": PAYLOADS[4],
        "currency": "EUR",
        "timezone": "Europe/Paris",
        "starts": "2026-03-01",
        "ends": "2026-12-31",
        "budget": 1,
        "people": {
            f"p{number}": {"name": payload, "email": f"o'x&y`{number}@shop.example"}
            for number, payload in enumerate(PAYLOADS)
        },
        "objectives": {"o": {"name": PAYLOADS[5], "targets": [{"kpi": "k0", "at_least": 10}]}},
        "actions": actions,
        "kpis": {
            f"k{number}": {"formula": "revenue", "unit": "money", "name": payload, "help": PAYLOADS[-number]}
            for number, payload in enumerate(PAYLOADS[::6])
        },
    }
    return json.dumps(plan, ensure_ascii=False)  # JSON is YAML


def hostile_figures() -> str:
    """Each payload as campaign, channel and keyword; the most visited and most shown first in the tables."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(
        ["day", "campaign", "channel", "keyword", "sessions", "revenue", "search_impressions", "position_weight"]
    )
    for number, payload in enumerate(PAYLOADS):
        rows.writerow(["2026-03-02", payload, payload, payload, 1000 - number, 10**10, number + 1, 3 * number])
    rows.writerow(["2026-04-02", "", "", "", 1, -(10**12), 1, 1])
    return out.getvalue()


#: columns nobody knows: the source's problem names them
BROKEN = "".join(
    f"\n{name}: {{connector: csv_file, path: {name}.csv}}" for name in ("broken0", "broken1", "broken2", "broken3")
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of the hostile plan, in each language."""
    folder = tmp_path_factory.mktemp("hostile")
    made = Vigie(folder, "2026-04-20")
    sources = "web: {connector: csv_file, path: figures.csv, simulated: true}" + BROKEN
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n", "plans/p/plan.yaml": hostile_plan()})
    made.write({"plans/p/sources.yaml": sources, "plans/p/figures.csv": hostile_figures()})
    for number in range(4):
        made.write({f"plans/p/broken{number}.csv": f"day,{PAYLOADS[14 + number]}\n2026-03-01,1\n"})
    answer = made("collect")
    assert answer.code == 1  # the broken sources, and nothing else
    assert answer.err.count("unknown column") == 4
    moved = hostile_plan().replace('"at_most": 5', '"at_most": 6').replace('"at_least": 10', '"at_least": 20')
    made.write({"plans/p/plan.yaml": moved})  # so that the changes are told, with the names of what they are about
    pages = {}
    for language in ("en", "fr"):
        pages[language] = folder / f"{language}.html"
        assert made("report", "--language", language, "-o", str(pages[language])).code == 0
    return pages


# --- a browser -----------------------------------------------------------------------------------------------------


class Visit:
    """A page opened in a fresh window, with everything it did."""

    def __init__(self, browser: Browser, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(path.as_uri(), wait_until="load")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


# --- nothing runs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("bypass_csp", [False, True], ids=["with its policy", "without"])
def test_nothing_from_outside_runs_or_is_fetched(
    browser: Browser, hostile: dict[str, Path], language: str, bypass_csp: bool
) -> None:
    """Two layers, each on its own: the page escapes what it shows, and its policy would stop what got through."""
    path = hostile[language]
    with Visit(browser, path, bypass_csp=bypass_csp) as visit:
        for element in visit.page.query_selector_all("h3")[:5]:
            element.hover()
        assert visit.page.evaluate("window.__xss") is None
        assert visit.page.url == path.as_uri()
        assert (visit.requests, visit.dialogs, visit.errors) == ([path.as_uri()], [], [])


def test_the_policy_alone_would_stop_a_script(browser: Browser, hostile: dict[str, Path], tmp_path: Path) -> None:
    text = hostile["en"].read_text(encoding="utf-8").replace("</main>", "<img src=x onerror='window.__xss=1'></main>")
    (tmp_path / "open.html").write_text(text, encoding="utf-8")
    with Visit(browser, tmp_path / "open.html") as visit:
        assert visit.page.evaluate("window.__xss") is None
    with Visit(browser, tmp_path / "open.html", bypass_csp=True) as visit:
        visit.page.wait_for_function("window.__xss === 1")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_has_no_element_that_could_run_load_or_lead_away(
    browser: Browser, hostile: dict[str, Path], language: str
) -> None:
    risky = "script, iframe, object, embed, img, link, base, form, input, button, a, video, audio, template, marquee"
    with Visit(browser, hostile[language]) as visit:
        assert visit.page.locator(risky).count() == 0
        handlers = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/i.test(n))"
        assert visit.page.evaluate(handlers) == []
        assert visit.page.locator("style").count() == 1
        assert visit.page.locator("meta[http-equiv]").count() == 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_shown_as_the_text_it_is(hostile: dict[str, Path], payload: str) -> None:
    text = hostile["en"].read_text(encoding="utf-8")
    shown = " ".join(payload.split())
    assert text.count(html.escape(shown).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) >= 3


def test_what_is_wrong_with_a_source_is_shown_as_text(browser: Browser, hostile: dict[str, Path]) -> None:
    with Visit(browser, hostile["en"]) as visit:
        assert visit.page.get_by_text("unknown column '<img src=x onerror=window.__xss=1>'").count() == 1


# --- it reads well -------------------------------------------------------------------------------------------------

PLAN = """
plan: Year 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-01-01
ends: 2026-12-31
budget: 1000
lead: lea
people:
  lea: {name: Léa Martin, email: lea@shop.example}
  max: {name: Max Weber, email: max@shop.example}
objectives:
  sell:
    name: Sell more
    responsible: lea
    targets: [{kpi: revenue, at_least: 500}]
actions:
  news:
    name: Newsletter
    techniques: [email, landing-page]
    objectives: [sell]
    responsible: max
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 10, per: month}
    costs: [{on: 2026-04-03, amount: 12, what: layout}]
    tracked_by: [{campaign: news}]
    targets: [{kpi: orders, at_least: 4, per: month}]
  fair:
    name: Fair
    when: {from: 2026-02-10, to: 2026-02-12}
"""

SHOP = "shop: {connector: csv_file, path: 'shop-*.csv'}\n"
WEB = "web: {connector: csv_file, path: web.csv, simulated: true}\n"

#: January, February and April are known; of March nobody knows anything
FIGURES = {
    "shop-1.csv": "day,campaign,orders,revenue\n2026-01-01,news,1,100\n2026-02-28,news,2,200\n",
    "shop-2.csv": "day,campaign,orders,revenue\n2026-04-01,news,3,300\n2026-04-30,,1,50\n",
    "web.csv": "day,channel,sessions,page_views\n2026-01-01,Email,10,20\n2026-04-30,Direct,30,60\n",
}


SHOP_FILES = {name: text for name, text in FIGURES.items() if name != "web.csv"}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Vigie:
    made = Vigie(tmp_path_factory.mktemp("year"), "2026-05-04")
    made.write(
        {"vigie.yaml": "mail: {folder: outbox/}\n", "plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SHOP + WEB}
    )
    made.write({f"plans/p/{name}": text for name, text in FIGURES.items()})
    assert made("collect").code == 0
    for language in ("en", "fr"):
        assert made("report", "--language", language, "-o", str(made.folder / f"{language}.html")).code == 0
    return made


@pytest.fixture(scope="module")
def opened(browser: Browser, year: Vigie) -> Iterator[Page]:
    """The report in English, for the tests that only look at it."""
    with Visit(browser, year.folder / "en.html") as visit:
        yield visit.page


def page_of(vigie: Vigie, language: str = "en") -> str:
    return (vigie.folder / f"{language}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [390, 1180])
@pytest.mark.parametrize("which", ["hostile", "year"])
def test_it_never_scrolls_sideways(
    browser: Browser, hostile: dict[str, Path], year: Vigie, which: str, width: int
) -> None:
    path = hostile["fr"] if which == "hostile" else year.folder / "fr.html"
    with Visit(browser, path, viewport={"width": width, "height": 800}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") == width


def test_every_picture_has_a_name_or_is_hidden(opened: Page) -> None:
    pictures = opened.locator("svg")
    assert pictures.count() > 5
    for picture in pictures.all():
        title = picture.locator("> title")
        is_named = picture.get_attribute("role") == "img" and title.count() == 1 and title.text_content()
        assert is_named or picture.get_attribute("aria-hidden") == "true"
    assert opened.get_by_role("img", name="Revenue").count() == 1


def test_headings_are_in_order(opened: Page) -> None:
    names = opened.eval_on_selector_all("h1, h2, h3, h4, h5, h6", "list => list.map(e => e.tagName)")
    levels = [int(name[1]) for name in names]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_stands_alone(year: Vigie) -> None:
    text = page_of(year)
    assert not re.search(r"\b(src|href|action|data|poster|srcset)=|url\(|@import|https?://", text)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["What the team does, who is responsible", "Current problems", "April 2026", "target met"]),
        ("fr", ["Ce que fait l’équipe, qui en est responsable", "avril 2026", "objectif atteint", "sans valeur"]),
    ],
)
def test_it_is_written_in_the_language_asked_for(year: Vigie, language: str, said: list[str]) -> None:
    text = page_of(year, language)
    assert f'<html lang="{language}">' in text
    for words in said:
        assert words in text


def test_without_a_language_it_is_in_the_plans(vigie: Write) -> None:
    made = vigie(
        PLAN + "language: fr\n", SHOP, today="2026-05-04", **{k: v for k, v in FIGURES.items() if k != "web.csv"}
    )
    assert made("collect").code == 0
    assert made("report", "-o", str(made.folder / "r.html")).code == 0
    assert '<html lang="fr">' in (made.folder / "r.html").read_text(encoding="utf-8")


def card(page: Page, name: str) -> str:
    """The text of the card under a heading."""
    found = page.locator(".card", has=page.get_by_role("heading", name=name, exact=True))
    return " ".join(found.first.inner_text().split())


def rows_under(page: Page, heading: str) -> list[str]:
    """The text of each row of the table under a heading."""
    rows = page.locator("section", has=page.get_by_role("heading", name=heading)).locator("tbody tr")
    return [" ".join(row.split()) for row in rows.all_inner_texts()]


def test_an_action_says_who_when_why_how_at_what_cost_and_with_what_result(opened: Page) -> None:
    text = card(opened, "Newsletter")
    for said in (
        "Owner Max Weber",
        "When every month for 14 days",
        "For Sell more",
        "Channels e-mail and landing page",
        "target missed April 2026 3 orders (target: at least 4).",
        "over budget April 2026 €12.00 spent, €2.00 over the budget of €10.00.",
        "To date – Orders 6 · Revenue €600.00 · Marketing spend €12.00",
    ):
        assert said in text


def test_an_action_of_nobody_says_so_and_who_is_told_instead(opened: Page) -> None:
    text = card(opened, "Fair")
    assert "Owner nobody (Léa Martin)" in text
    assert "no target" in text
    assert "no budget" in text


def test_who_answers_for_what_is_listed_for_everyone(opened: Page) -> None:
    assert rows_under(opened, "Who is responsible for what") == [
        "Léa Martin lea@shop.example Year 2026, Sell more",
        "Max Weber max@shop.example Newsletter",
        "nobody (Léa Martin) Fair",
    ]


def test_the_problems_stand_first_with_who_answers_for_them(opened: Page) -> None:
    assert opened.locator("h2").first.inner_text() == "Current problems"
    over = "Newsletter Max Weber over budget April 2026 €12.00 spent, €2.00 over the budget of €10.00. "
    over += "At stake: €2.00 (over the budget)"
    assert over in rows_under(opened, "Current problems")


# --- what changed in the plan --------------------------------------------------------------------------------------


def versions(vigie: Vigie, *plans: str) -> None:
    """Have one version of the plan seen after the other, and the days on record be the 3rd of May, the 4th, …"""
    for plan in plans:
        vigie.write({"plans/p/plan.yaml": plan})
        assert vigie("judge").code == 0
    with closing(sqlite3.connect(vigie.folder / "vigie.db")) as connection:
        connection.execute("UPDATE plan_version SET seen_at = '2026-05-0' || (id + 2) || ' 10:00:00.000000'")
        connection.commit()


def moved_year(vigie: Write, *plans: str) -> Vigie:
    made = vigie(PLAN, SHOP, today="2026-05-04", **SHOP_FILES)
    assert made("collect").code == 0
    versions(made, PLAN, *plans)
    return made


def shown(browser: Browser, vigie: Vigie, language: str = "en") -> tuple[Visit, Page]:
    path = vigie.folder / f"{language}.html"
    assert vigie("report", "--language", language, "-o", str(path)).code == 0
    visit = Visit(browser, path)
    return visit, visit.page


LOWER = PLAN.replace("at_least: 500", "at_least: 450").replace("at_least: 4,", "at_least: 3,")
LOWEST = LOWER.replace("at_least: 450", "at_least: 400").replace("amount: 10,", "amount: 20,")


@pytest.mark.parametrize(
    ("language", "owner", "said"),
    [
        ("en", "Sell more", "originally at least €500.00; at least €400.00 since 5 May 2026"),
        ("en", "Newsletter", "originally at least 4; at least 3 since 4 May 2026"),
        ("en", "Newsletter", "originally €10.00 per month; €20.00 per month since 5 May 2026"),
        ("fr", "Sell more", "au départ au moins 500,00 € ; au moins 400,00 € depuis le 5 mai 2026"),
    ],
)
def test_a_target_or_budget_that_moved_has_its_first_value_beside_it(
    browser: Browser, vigie: Write, language: str, owner: str, said: str
) -> None:
    visit, page = shown(browser, moved_year(vigie, LOWER, LOWEST), language)
    with visit:
        assert said in card(page, owner)


def test_the_changes_of_the_plan_stand_in_words_the_newest_first(browser: Browser, vigie: Write) -> None:
    visit, page = shown(browser, moved_year(vigie, LOWER, LOWEST))
    with visit:
        assert rows_under(page, "Changes to the plan") == [
            (
                "5 May 2026 The target of “Sell more” for revenue was lowered from at least €450.00 to at least "
                "€400.00. The budget of “Newsletter” was raised from €10.00 per month to €20.00 per month."
            ),
            (
                "4 May 2026 The target of “Sell more” for revenue was lowered from at least €500.00 to at least "
                "€450.00. The target of “Newsletter” for orders (per month) was lowered from at least 4 to at least 3."
            ),
        ]


def test_what_stands_only_in_the_files_is_said_not_to_be_in_force(browser: Browser, vigie: Write) -> None:
    made = moved_year(vigie)
    made.write({"plans/p/plan.yaml": LOWER})
    visit, page = shown(browser, made)
    with visit:
        assert "originally at least €500.00; at least €450.00, not yet in force" in card(page, "Sell more")
        assert rows_under(page, "Changes to the plan")[0].startswith("Not yet in force The target of “Sell more”")


def test_a_target_that_is_what_it_first_was_has_nothing_beside_it(browser: Browser, vigie: Write) -> None:
    visit, page = shown(browser, moved_year(vigie, LOWER, PLAN))
    with visit:
        assert page.locator(".moved").count() == 0
        assert len(rows_under(page, "Changes to the plan")) == 2


def test_where_one_month_of_a_target_moved_it_is_said_beside_that_month_alone(browser: Browser, vigie: Write) -> None:
    phased = PLAN.replace("at_least: 4, per: month", "at_least: {2026-04: 4, 2026-05: 5}")
    visit, page = shown(browser, moved_year(vigie, phased, phased.replace("2026-05: 5", "2026-05: 2")))
    with visit:
        text = card(page, "Newsletter")
    sentence = "Orders: no figures from the source shop (target: at least 2)."
    assert f"{sentence} originally at least 4; at least 2 since 5 May" in text
    assert text.count("originally") == 1


def test_at_most_twenty_changes_are_shown_and_where_the_others_are(browser: Browser, vigie: Write) -> None:
    fairs = "".join(f"  fair{n}:\n    name: Fair {n}\n    budget: {n}\n" for n in range(1, 31))
    visit, page = shown(
        browser, moved_year(vigie, PLAN + fairs, (PLAN + fairs).replace("at_least: 500", "at_least: 1"))
    )
    with visit:
        section = page.locator("section", has=page.get_by_role("heading", name="Changes to the plan"))
        sentences = section.locator("td p").all_inner_texts()
        assert len(sentences) == 20
        assert sentences[0].startswith("The target of “Sell more” for revenue was lowered")
        assert "And 11 more: vigie diff --plan p" in section.inner_text()


def test_where_nothing_changed_nothing_is_said_of_it(year: Vigie) -> None:
    text = page_of(year)
    assert "Changes to the plan" not in text
    assert 'class="moved"' not in text


def test_names_from_outside_stand_in_the_changes_as_text(browser: Browser, hostile: dict[str, Path]) -> None:
    with Visit(browser, hostile["en"]) as visit:
        (row,) = rows_under(visit.page, "Changes to the plan")
        assert "<script>window.__xss=1</script>” for search position" in row
        assert visit.page.locator(".moved").count() > len(PAYLOADS)


# --- what is unknown, what is invented -----------------------------------------------------------------------------


def chart(text: str, title: str) -> ET.Element:
    """The chart of a KPI."""
    found = re.search(rf'<svg class="chart"[^>]*><title>{re.escape(title)}</title>.*?</svg>', text)
    assert found, f"there is no chart called {title}"
    return ET.fromstring(found[0])  # noqa: S314, we wrote it


def test_a_chart_has_a_gap_where_a_month_is_unknown_and_says_no_value(year: Vigie) -> None:
    found = chart(page_of(year), "Revenue")
    # January 100, February 200, April 350; May still runs, and as a sum it would look like a fall.
    assert found.findtext("desc") == "Jan 2026 €100.00, Feb 2026 €200.00, Mar 2026 no value, Apr 2026 €350.00"
    lines = [line for line in found.iter("line") if line.get("class") in ("line", "line soft")]
    assert len(lines) == 1  # from January to February; none leads into March or out of it
    [unknown] = [line for line in found.iter("line") if line.get("class") == "unknown"]
    assert unknown.findtext("title") == "Mar 2026: no value"


def test_the_running_period_of_a_ratio_is_shown_as_one_that_may_still_change(vigie: Write) -> None:
    files = {**FIGURES, "shop-2.csv": "day,campaign,orders,revenue\n2026-03-01,news,3,300\n2026-05-03,,1,50\n"}
    made = vigie(PLAN, SHOP + WEB, today="2026-05-04", **files)
    assert made("collect").code == 0
    assert made("report", "-o", str(made.folder / "en.html")).code == 0
    found = chart(page_of(made), "Average order value")
    assert found.findtext("desc", "").endswith("Apr 2026 no value, May 2026 €50.00")
    assert [dot.get("class") for dot in found.iter("circle")] == ["dot", "dot", "dot", "dot soft"]


def test_figures_that_rest_on_invented_ones_are_marked(opened: Page) -> None:
    cards = opened.locator(".grid .card h3").all_inner_texts()
    assert "Visits simulated" in cards
    assert "Conversion rate simulated" in cards
    assert "Revenue" in cards
    assert "Figures marked “simulated” are made up" in opened.locator("header").inner_text()
    heading = opened.get_by_role("heading", name="Traffic sources")
    assert heading.inner_text() == "Traffic sources simulated"


def test_where_nothing_is_invented_nothing_is_said_of_it(vigie: Write) -> None:
    made = vigie(PLAN, SHOP, today="2026-05-04", **SHOP_FILES)
    assert made("collect").code == 0
    assert made("report", "-o", str(made.folder / "en.html")).code == 0
    assert "simulated" not in page_of(made)


def test_a_source_whose_empty_answer_is_doubted_has_its_word_and_its_sentence(vigie: Write) -> None:
    files = {"shop.csv": "day,campaign,orders,revenue\n2026-01-01,news,1,100\n"}
    made = vigie(PLAN, "shop: {connector: csv_file, path: shop.csv}\n", today="2026-05-04", **files)
    assert made("collect").code == 0
    made.write({"plans/p/shop.csv": "day,campaign,orders,revenue\n"})
    made("collect")
    assert [source["state"] for source in made.status()["sources"]] == ["suspect"]
    assert made("report", "-o", str(made.folder / "en.html")).code == 0
    assert '<span class="chip bad">sent nothing</span>' in page_of(made)
    assert "sent nothing " in made("status").out


def test_before_anything_is_computed_there_is_no_report(vigie: Write) -> None:
    made = vigie(PLAN, SHOP, **SHOP_FILES)
    assert made("db", "upgrade").code == 0
    answer = made("report", "-o", str(made.folder / "r.html"))
    assert answer.code == 2
    assert "nothing is computed yet: run 'vigie collect'" in answer.err
    assert not (made.folder / "r.html").exists()


@pytest.mark.parametrize("plan", ["{}", "people: {lea: {name: Lea, email: lea@shop.example}}"])
def test_a_plan_with_hardly_anything_in_it_has_a_report(vigie: Write, plan: str) -> None:
    bare = "plan: Bare\ncurrency: EUR\ntimezone: UTC\nstarts: 2026-05-01\nends: 2026-05-31\n"
    made = vigie(bare + ("" if plan == "{}" else plan), "", today="2026-05-04")
    assert made("collect").code == 0
    assert made("report", "-o", str(made.folder / "r.html")).code == 0
    text = (made.folder / "r.html").read_text(encoding="utf-8")
    assert "No current problem." in text
    assert not re.search(r"<(ul|table|tbody)[^>]*>\s*</", text)


# --- on paper ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_prints_dark_on_white_whatever_the_screen(browser: Browser, year: Vigie, scheme: Any) -> None:
    with Visit(browser, year.folder / "en.html", color_scheme=scheme) as visit:
        visit.page.emulate_media(media="print", color_scheme=scheme)
        colours = visit.page.evaluate(
            "(s => [s.backgroundColor, s.color, s.colorScheme])({...getComputedStyle(document.body)})"
        )
        assert colours == ["rgb(255, 255, 255)", "rgb(28, 33, 39)", "light only"]
        assert visit.page.pdf(format="A4").startswith(b"%PDF-")


def test_a_card_is_not_torn_between_two_sheets(opened: Page) -> None:
    rules = opened.eval_on_selector_all(".card, tr", "list => list.map(e => getComputedStyle(e).breakInside)")
    assert set(rules) == {"avoid"}


def test_in_the_dark_it_is_light_on_dark(browser: Browser, year: Vigie) -> None:
    with Visit(browser, year.folder / "en.html", color_scheme="dark") as visit:
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"


# --- charts --------------------------------------------------------------------------------------------------------


def points(*values: int | None, running: int = 0) -> list[Point]:
    """Points called P1, P2, …; the last ``running`` of them may still change."""
    last = len(values) - running
    texts = ["no value" if value is None else f"{value} €" for value in values]
    numbers = [None if value is None else Decimal(value) for value in values]
    return [Point(f"P{n + 1}", numbers[n], texts[n], n < last) for n in range(len(values))]


def drawn(found: Sequence[Point], title: str = "Revenue") -> ET.Element:
    return ET.fromstring(line_chart(title, found))  # noqa: S314, we wrote it


def of_class(svg: ET.Element, kind: str) -> list[ET.Element]:
    return [element for element in svg.iter() if element.get("class") == kind]


def test_nothing_known_is_no_chart() -> None:
    assert line_chart("Revenue", []) == ""
    assert line_chart("Revenue", points(None, None)) == ""


def test_a_chart_is_a_picture_with_a_name_that_says_every_value() -> None:
    svg = drawn(points(10, None, 30))
    assert svg.get("role") == "img"
    assert svg.findtext("title") == "Revenue"
    assert svg.findtext("desc") == "P1 10 €, P2 no value, P3 30 €"


def test_the_line_goes_from_point_to_point() -> None:
    svg = drawn(points(0, 10, 5))
    ends = [tuple(float(line.attrib[end]) for end in ("x1", "y1", "x2", "y2")) for line in of_class(svg, "line")]
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in of_class(svg, "dot")]
    assert ends == [(*dots[0], *dots[1]), (*dots[1], *dots[2])]


def test_higher_values_stand_higher_and_later_ones_further_right() -> None:
    dots = of_class(drawn(points(1, 3, 2)), "dot")
    across = [float(dot.attrib["cx"]) for dot in dots]
    down = [float(dot.attrib["cy"]) for dot in dots]
    assert across == sorted(across)
    assert down[1] < down[2] < down[0]


def test_no_line_leads_into_a_gap_or_out_of_it() -> None:
    svg = drawn(points(1, 2, None, 4, None, 6, 7))
    assert len(of_class(svg, "line")) == 2  # P1 to P2, P6 to P7
    assert len(of_class(svg, "dot")) == 5  # P4 stands alone
    assert [mark.findtext("title") for mark in of_class(svg, "unknown")] == ["P3: no value", "P5: no value"]


def test_the_line_to_a_figure_that_may_still_change_is_soft() -> None:
    svg = drawn(points(1, 2, 3, running=1))
    assert (len(of_class(svg, "line")), len(of_class(svg, "line soft"))) == (1, 1)
    assert (len(of_class(svg, "dot")), len(of_class(svg, "dot soft"))) == (2, 1)


def test_the_highest_and_the_lowest_value_are_written() -> None:
    svg = drawn(points(20, 10, 30, 15))
    assert [label.text for label in of_class(svg, "label high")] == ["30 €"]
    assert [label.text for label in of_class(svg, "label low")] == ["10 €"]


def test_where_all_values_are_equal_one_is_written() -> None:
    svg = drawn(points(5, 5, 5))
    assert [label.text for label in of_class(svg, "label high")] == ["5 €"]
    assert of_class(svg, "label low") == []


def test_the_first_and_the_last_period_are_named() -> None:
    assert [label.text for label in of_class(drawn(points(1, 2, 3)), "label")] == ["P1", "P3"]
    assert [label.text for label in of_class(drawn(points(1)), "label")] == ["P1"]


@pytest.mark.parametrize(
    ("values", "has_axis"),
    [((0, 10), True), ((1, 10), True), ((90, 100), False), ((-5, 10), True), ((-100, -90), False), ((-10, -1), True)],
)
def test_zero_is_drawn_unless_that_would_flatten_the_line(values: tuple[int, ...], has_axis: bool) -> None:
    assert bool(of_class(drawn(points(*values)), "axis")) is has_axis


def test_many_points_have_small_dots() -> None:
    few, many = drawn(points(*range(3))), drawn(points(*range(52)))
    radius = {len(svg): {dot.attrib["r"] for dot in of_class(svg, "dot")} for svg in (few, many)}
    assert list(radius.values()) == [{"3.0"}, {"1.6"}]
    assert 3 < CROWDED < 52


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.none() | st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.text(),
)
def test_whatever_is_drawn_stays_inside_and_is_well_formed(
    values: list[tuple[Decimal | None, bool]], label: str
) -> None:
    label = "".join(c for c in label if c.isprintable())
    found = [Point(f"{label}<{n}>", value, f"{value}&", is_final) for n, (value, is_final) in enumerate(values)]
    text = line_chart(f"{label}<b>", found)
    if all(value is None for value, _ in values):
        assert text == ""
        return
    svg = ET.fromstring(text)  # noqa: S314, we wrote it
    assert svg.findtext("title") == f"{label}<b>"
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= WIDTH
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, 0)) <= HEIGHT


@pytest.mark.parametrize(
    ("share", "width"), [("0", "0.0"), ("0.25", "25.0"), ("1", "100.0"), ("1.7", "100.0"), ("-0.3", "0.0")]
)
def test_a_bar_is_as_long_as_its_share_and_never_longer_than_itself(share: str, width: str) -> None:
    svg = ET.fromstring(bar(Decimal(share), kind="bad"))  # noqa: S314, we wrote it
    assert [(part.get("class"), part.get("width")) for part in svg] == [("well", "100.0"), ("fill", width)]
    assert (svg.get("class"), svg.get("aria-hidden")) == ("bar bad", "true")


# --- what is not told yet ------------------------------------------------------------------------------------------


def test_a_warning_that_nothing_has_confirmed_yet_says_so(vigie: Write) -> None:
    plan = PLAN.replace("{kpi: revenue, at_least: 500}", "{kpi: orders, at_least: 300, per: month}")
    orders = [(date(2026, 3, 1) + timedelta(days=n), 5 if n > 30 else 10) for n in range(44)]  # halved since April
    figures = "\n".join(["day,campaign,orders", *(f"{day},news-1,{count}" for day, count in orders)]) + "\n"
    made = vigie(plan, "shop: {connector: csv_file, path: shop.csv}", **{"shop.csv": figures})
    for today, is_told in (("2026-04-12", False), ("2026-04-13", True)):  # the second day confirms it
        until = (date.fromisoformat(today) - date(2026, 3, 1)).days
        made.write({"plans/p/shop.csv": "\n".join(figures.splitlines()[: until + 1]) + "\n"})
        assert made("run", "--once", today=today).code == 0
        assert made("report", "-o", str(made.folder / "r.html"), today=today).code == 0
        text = (made.folder / "r.html").read_text(encoding="utf-8")
        assert ("Seen once: will be reported if another day confirms it." in text) is not is_told
