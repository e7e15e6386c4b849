"""``vigie status``: the shape that outside programs rely on, and what people read."""

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from conftest import Vigie, Write
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from config.plan import Person, Plan
from config.vocabulary import Unit
from worker.cli.status import status_screen
from worker.report.status import decimal_text

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-05-01
ends: 2026-06-30
budget: 4000
people:
  lead: {name: Marketing lead, email: lead@shop.example}
  content: {name: Content editor, email: content@shop.example}
objectives:
  grow-sales:
    name: Grow online sales
    responsible: lead
    targets: [{kpi: revenue, at_least: 10000, by: 2026-06-30}]
actions:
  spring-newsletter:
    name: Spring newsletter
    objectives: [grow-sales]
    responsible: content
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 500, per: occurrence}
    tracked_by: [{campaign: "spring-news-*"}]
    targets:
      - {kpi: orders, at_least: 100, per: occurrence}
      - {kpi: average_basket, between: [30, 50], per: occurrence}
  seo:
    name: Organic search
    when: {from: 2026-05-01}
    tracked_by: [{keyword: "linen*"}]
    targets: [{kpi: search_position, for: linen dress, at_most: 5, per: month}]
"""

FIGURES = """day,campaign,sessions,orders,revenue,spend
2026-05-03,spring-news-5,400,50,2000,200
2026-05-05,other,1204,9,812.50,0
2026-05-10,spring-news-5,350,37,1500.50,230
2026-05-16,spring-news-5,10,2,80,0
"""

#: the file speaks of every day up to the 19th: a day without a row is a known zero
SOURCES = "shop: {connector: csv_file, path: figures.csv, covers: {from: 2026-05-01, until: 2026-05-19}}"
TODAY = "2026-05-20"

MAY = {"start": "2026-05-01", "end": "2026-05-15"}  # the occurrence: 14 days, the 15th is none of them


def make(vigie: Write, plan: str = PLAN, sources: str = SOURCES, figures: str = FIGURES) -> Vigie:
    return vigie(plan, sources, today=TODAY, **{"figures.csv": figures})


def run(vigie: Write, plan: str = PLAN, sources: str = SOURCES, figures: str = FIGURES) -> Vigie:
    made = make(vigie, plan, sources, figures)
    answer = made("collect")
    assert answer.code == 0, answer.err
    return made


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Vigie:
    """A configuration collected and judged, for the tests that only look."""
    made = Vigie(tmp_path_factory.mktemp("seen"), TODAY)
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n", "plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SOURCES})
    made.write({"plans/p/figures.csv": FIGURES})
    assert made("collect").code == 0
    return made


def action(status: dict[str, Any], id: str) -> dict[str, Any]:
    return next(one for one in status["actions"] if one["action"] == id)


def target(owner: dict[str, Any], kpi: str, start: str | None = None) -> dict[str, Any]:
    found = [one for one in owner["targets"] if one["kpi"] == kpi]
    return next(one for one in found if start in (None, one["period"]["start"]))


# --- the shape of the contract -------------------------------------------------------------------------------------


def test_the_answer_says_the_day_and_each_plan(seen: Vigie) -> None:
    answer = seen("status", "--json").json
    assert list(answer) == ["today", "plans"]
    assert answer["today"] == TODAY
    assert [(plan["plan"], plan["name"], plan["currency"]) for plan in answer["plans"]] == [("p", "Spring 2026", "EUR")]


#: of a running period
AHEAD = ("as_of", "pace", "expected", "expected_low", "expected_high", "chance")

#: what the contract names, and what stands beside it
SHAPES = {
    "plan": (
        {"plan", "name", "currency", "actions", "objectives", "unattributed", "sources"},
        {"budget", "budgets"},
    ),
    "action": ({"action", "name", "responsible", "targets", "budget"}, {"shared_budget"}),
    "objective": ({"objective", "targets"}, {"name"}),
    "target": (
        {"kpi", "for", "per", "period", "phase", "verdict", "value", "target", "bound", "unit", "state", "sentence"},
        {"reason", "target_high", "sentences", "simulated", *AHEAD},
    ),
    "budget": (
        {"period", "amount", "spent", "committed", "projected", "currency", "verdict", "sentence"},
        {"per", "state", "reason", "sentences", "previous", "simulated", "carried", *AHEAD},
    ),
    "source": (
        {"source", "connector", "last_success_at", "settled_until", "state", "problem"},
        {"simulated"},
    ),
}


def parts(status: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything in a plan's status that has a shape of its own."""
    yield "plan", status
    for kind in ("action", "objective", "source"):
        yield from ((kind, one) for one in status[f"{kind}s"])
    for owner in (*status["actions"], *status["objectives"]):
        yield from (("target", one) for one in owner["targets"])
    budgets = [status["budget"], *(one["budget"] for one in status["actions"])]
    for budget in filter(None, budgets):
        yield "budget", budget
        if "previous" in budget:
            yield "budget", budget["previous"]


@pytest.mark.parametrize("kind", SHAPES)
def test_each_part_has_the_keys_of_the_contract(seen: Vigie, kind: str) -> None:
    named, beside = SHAPES[kind]
    found = [part for name, part in parts(seen.status()) if name == kind]
    assert found
    for part in found:
        assert part.keys() - beside == named


def test_a_missed_target_with_all_it_rests_on(seen: Vigie) -> None:
    found = target(action(seen.status(), "spring-newsletter"), "orders")
    assert {name: value for name, value in found.items() if name != "sentences"} == {
        "kpi": "orders",
        "for": None,
        "per": "occurrence",
        "period": MAY,
        "phase": "outcome",
        "verdict": "missed",
        "reason": "outcome",
        "value": "87",  # 50 + 37: what came on the 16th is after the occurrence
        "target": "100",
        "bound": "at_least",
        "unit": "count",
        "state": "final",
        "sentence": "87 orders (target: at least 100).",
    }


def test_a_budget_with_all_it_rests_on(seen: Vigie) -> None:
    found = action(seen.status(), "spring-newsletter")["budget"]
    assert {name: value for name, value in found.items() if name != "sentences"} == {
        "per": "occurrence",
        "period": MAY,
        "amount": "500.00",
        "spent": "430.00",
        "committed": "0.00",
        "projected": "430.00",
        "currency": "EUR",
        "verdict": "within",
        "reason": "within",
        "state": "final",
        "sentence": "€430.00 spent of €500.00.",
    }


def test_an_action_without_a_budget_has_none(seen: Vigie) -> None:
    assert action(seen.status(), "seo")["budget"] is None


def test_an_action_without_anybody_responsible_says_so(seen: Vigie) -> None:
    assert action(seen.status(), "seo")["responsible"] is None


def test_a_target_between_two_values_has_both(seen: Vigie) -> None:
    found = target(action(seen.status(), "spring-newsletter"), "average_basket")
    assert (found["target"], found["target_high"], found["bound"]) == ("30.00", "50.00", "between")
    # 3500.50 / 87, in full
    assert Decimal(found["value"]) == pytest.approx(Decimal("3500.50") / 87, rel=Decimal("1e-15"))
    assert found["verdict"] == "met"


def test_what_cannot_be_measured_is_null_never_zero(seen: Vigie) -> None:
    found = target(action(seen.status(), "seo"), "search_position")
    assert (found["verdict"], found["value"]) == ("unmeasurable", None)
    assert (found["for"], found["target"]) == ("linen dress", "5")


def test_an_objectives_figures_are_the_whole_plans(seen: Vigie) -> None:
    [objective] = seen.status()["objectives"]
    assert objective["objective"] == "grow-sales"
    found = target(objective, "revenue")
    assert found["value"] == "4393.00"  # 2000 + 812.50 + 1500.50 + 80
    assert (found["period"], found["phase"]) == ({"start": "2026-05-01", "end": "2026-07-01"}, "outlook")


def test_the_plans_own_budget_is_that_of_all(seen: Vigie) -> None:
    budget = seen.status()["budget"]
    assert (budget["amount"], budget["spent"], budget["per"]) == ("4000.00", "430.00", "total")


def test_what_belongs_to_no_action_is_told_apart(seen: Vigie) -> None:
    assert seen.status()["unattributed"] == {"sessions": "1204", "spend": "0.00", "revenue": "812.50"}


def test_what_no_source_provides_is_unknown_among_what_belongs_to_no_action(vigie: Write) -> None:
    figures = "day,campaign,revenue\n2026-05-03,other,5\n"
    assert run(vigie, figures=figures).status()["unattributed"] == {"sessions": None, "spend": None, "revenue": "5.00"}


def test_numbers_are_decimal_text_and_periods_half_open(seen: Vigie) -> None:
    found = list(parts(seen.status()))
    assert {"target", "budget"} <= {kind for kind, _ in found}
    for kind, part in found:
        for name in ("value", "target", "target_high", "amount", "spent", "committed", "projected"):
            if part.get(name) is not None and kind in ("target", "budget"):
                assert re.fullmatch(r"-?\d+(\.\d+)?", part[name]), (kind, name, part[name])
        if "period" in part:
            assert list(part["period"]) == ["start", "end"]
            assert date.fromisoformat(part["period"]["start"]) < date.fromisoformat(part["period"]["end"])


def test_each_sentence_is_there_in_both_languages_and_first_in_the_plans(vigie: Write) -> None:
    found = target(action(run(vigie, PLAN + "language: fr\n").status(), "spring-newsletter"), "orders")
    assert found["sentence"] == found["sentences"]["fr"] == "87 commandes (objectif\u00a0: au moins 100)."
    assert found["sentences"]["en"] == "87 orders (target: at least 100)."


# --- sources -------------------------------------------------------------------------------------------------------


def test_a_source_says_when_it_was_read_and_up_to_when_it_is_settled(seen: Vigie) -> None:
    [source] = seen.status()["sources"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", source.pop("last_success_at"))
    assert source == {
        "source": "shop",
        "connector": "csv_file",
        "settled_until": "2026-05-19",
        "state": "ok",
        "problem": None,
    }


def test_a_source_that_was_never_read_says_why(vigie: Write) -> None:
    made = make(vigie, sources=SOURCES + "\nnps: {connector: csv_file, path: nps.csv}\n")
    assert made("collect").code == 1
    source = made.status()["sources"][1]
    assert (source["source"], source["state"]) == ("nps", "refused")
    assert (source["last_success_at"], source["settled_until"]) == (None, None)
    assert "nps.csv" in source["problem"]


def test_invented_figures_are_marked_wherever_they_appear(vigie: Write) -> None:
    web = "\nweb: {connector: csv_file, path: web.csv, simulated: true}\n"
    plan = PLAN.replace("{kpi: orders, at_least: 100, per: occurrence}", "{kpi: page_views, at_least: 1}")
    made = make(vigie, plan, SOURCES + web)
    made.write({"plans/p/web.csv": "day,campaign,page_views\n2026-05-03,spring-news-5,10\n"})
    assert made("collect").code == 0
    status = made.status()
    assert [source.get("simulated", False) for source in status["sources"]] == [False, True]
    newsletter = action(status, "spring-newsletter")
    assert target(newsletter, "page_views")["simulated"] is True
    assert "simulated" not in target(newsletter, "average_basket")


# --- as of another day, another version, nothing -------------------------------------------------------------------


def test_looking_back_judges_on_what_was_known_of_the_days_up_to_then(seen: Vigie) -> None:
    found = target(action(seen.status(today="2026-05-09"), "spring-newsletter"), "orders")
    assert (found["value"], found["phase"], found["period"]) == ("50", "outlook", MAY)
    assert seen("status", "--json", today="2026-05-09").json["today"] == "2026-05-09"


def test_looking_back_changes_nothing(seen: Vigie) -> None:
    before = seen.status()
    seen.status(today="2026-05-09")
    assert seen.status() == before


def test_a_period_that_has_not_begun_says_when_it_does(seen: Vigie) -> None:
    found = target(action(seen.status(today="2026-04-30"), "spring-newsletter"), "orders")
    assert (found["verdict"], found["value"], found["period"]) == ("not_started", None, MAY)


def test_beside_the_running_budget_stands_the_last_one_over(seen: Vigie) -> None:
    budget = action(seen.status(today="2026-06-02"), "spring-newsletter")["budget"]
    assert budget["period"] == {"start": "2026-06-01", "end": "2026-06-15"}
    assert (budget["previous"]["period"], budget["previous"]["spent"]) == (MAY, "430.00")


def test_a_plan_that_changed_since_it_was_computed_is_said(vigie: Write) -> None:
    made = run(vigie)
    made.write({"plans/p/plan.yaml": PLAN.replace("at_least: 100", "at_least: 80")})
    answer = made("status", "--json")
    assert answer.code == 0
    assert answer.err == "vigie: p: the plan has changed since its figures were computed: run 'vigie judge'\n"
    assert target(action(answer.json["plans"][0], "spring-newsletter"), "orders")["verdict"] == "met"


def test_after_judging_again_the_change_is_no_longer_said(vigie: Write) -> None:
    made = run(vigie)
    made.write({"plans/p/plan.yaml": PLAN.replace("at_least: 100", "at_least: 80")})
    assert made("judge").code == 0
    assert made("status").err == ""


def test_without_a_database_it_says_what_to_run_and_the_user_must_act(vigie: Write) -> None:
    answer = make(vigie)("status", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "holds nothing yet: run 'vigie collect'" in answer.err


def test_a_plan_of_which_nothing_is_computed_is_said_and_the_others_are_shown(vigie: Write) -> None:
    made = run(vigie)
    made.write({"plans/q/plan.yaml": PLAN, "plans/q/sources.yaml": ""})
    answer = made("status", "--json")
    assert answer.code == 1
    assert answer.err == "vigie: q: nothing is computed yet: run 'vigie collect'\n"
    assert [plan["plan"] for plan in answer.json["plans"]] == ["p"]


# --- numbers as text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("87", Unit.COUNT, "87"),
        ("1E+2", Unit.COUNT, "100"),
        ("0", Unit.COUNT, "0"),
        ("0.025", Unit.SHARE, "0.025"),
        ("0.0000001", Unit.SHARE, "0.0000001"),
        ("2.50", Unit.RATIO, "2.5"),
        ("500", Unit.MONEY, "500.00"),
        ("430.5", Unit.MONEY, "430.50"),
        ("40.2356321839", Unit.MONEY, "40.2356321839"),
        ("-12.5", Unit.MONEY, "-12.50"),
        ("0", Unit.MONEY, "0.00"),
        (None, Unit.MONEY, None),
    ],
)
def test_a_number_is_written_in_full_and_money_with_its_cents(value: str | None, unit: Unit, text: str | None) -> None:
    assert decimal_text(None if value is None else Decimal(value), unit) == text


@settings(max_examples=60)
@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6), st.sampled_from(Unit))
def test_a_number_as_text_is_the_number_and_has_no_exponent(value: Decimal, unit: Unit) -> None:
    text = decimal_text(value, unit)
    assert text is not None
    assert "e" not in text.lower()
    assert Decimal(text) == value


# --- for people ----------------------------------------------------------------------------------------------------


def test_people_read_each_verdict_below_its_owner_with_who_answers_for_it(seen: Vigie) -> None:
    lines = [line.rstrip() for line in seen("status").out.splitlines()]
    assert lines[0] == "Spring 2026  Status on 20 May 2026"
    start = lines.index("Spring newsletter  Content editor")
    assert lines[start + 1].startswith("  target missed  ")
    assert lines[start + 1].endswith("  1–14 May 2026: 87 orders (target: at least 100).")
    assert lines[start + 3].startswith("  within budget  ")
    assert lines[start + 3].endswith("  1–14 May 2026: €430.00 spent of €500.00.")
    assert "Organic search  nobody" in lines


def test_verdicts_are_in_the_plans_language(vigie: Write) -> None:
    out = run(vigie, PLAN + "language: fr\n")("status").out
    assert "  objectif non atteint " in out
    assert "dans le budget" in out
    assert "Organic search  personne" in out
    assert "en service" in out


def test_verdicts_are_counted_the_bad_ones_first(seen: Vigie) -> None:
    lines = seen("status").out.splitlines()
    [tally] = [line for line in lines if " · " in line]
    assert tally.startswith("1 target missed · ")
    assert "2 within budget" in tally


def test_in_a_pipe_there_is_no_colour_and_no_line_is_broken(seen: Vigie) -> None:
    out = seen("status").out
    assert "\x1b" not in out
    assert "target: at least €10,000.00 by 30 June 2026" in out


def shown(status: dict[str, Any], plan: Plan, width: int) -> list[str]:
    """The screen of a terminal so many columns wide."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, highlight=False, color_system="standard")
    for part in status_screen(status, plan, date.fromisoformat(TODAY), plan.language):
        console.print(part)
    return out.getvalue().splitlines()


def plan_of(**people: str) -> Plan:
    persons = {id: Person(name=name, email=f"{id}@shop.example") for id, name in people.items()}
    return Plan.model_validate(
        {
            "plan": "x",
            "currency": "EUR",
            "timezone": "Europe/Paris",
            "starts": "2026-05-01",
            "ends": "2026-06-30",
            "people": persons,
            "objectives": {"grow-sales": {"name": "Grow", "responsible": "lead"}},
        }
    )


@pytest.mark.parametrize("width", [80, 160])
def test_on_a_terminal_no_line_is_wider_and_a_long_sentence_goes_on_below_itself(seen: Vigie, width: int) -> None:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown(seen.status(), PEOPLE, width)]
    assert max(map(len, lines)) <= width
    assert any(line.startswith("  target missed") for line in lines)


PEOPLE = plan_of(lead="Marketing lead", content="Content editor")


def test_on_a_terminal_verdicts_have_their_colour(seen: Vigie) -> None:
    [missed] = [line for line in shown(seen.status(), PEOPLE, 160) if "target missed" in line and "87 orders" in line]
    assert "\x1b[1;31mtarget missed" in missed
    [within] = [line for line in shown(seen.status(), PEOPLE, 160) if "€430.00 spent of €500.00" in line]
    assert "\x1b[32mwithin budget" in within


@pytest.mark.parametrize("name", ["[bold]x[/bold]", "[/nothing]", "[link=http://evil.example]x[/link]", "\\[x]"])
def test_a_name_is_shown_as_it_is_written(seen: Vigie, name: str) -> None:
    lines = shown(seen.status() | {"name": name}, PEOPLE, 80)
    assert re.sub(r"\x1b\[[0-9;]*m", "", lines[0]) == f"{name}  Status on 20 May 2026"
