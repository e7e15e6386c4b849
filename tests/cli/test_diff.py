"""``vigie diff``: what changed in a plan since a day, from the versions on record; nothing in it moves silently."""

import re
from datetime import UTC, datetime

import pytest
from conftest import Vigie, Write

from config.loading.loader import parse_plan
from config.settings import load_settings
from connectors.registry import OptionModels
from worker.deployment import facts_of
from worker.store import plans
from worker.store.engine import open_store
from worker.store.synchronise import synchronise

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-05-01
ends: 2026-06-30
budget: 4000
people:
  lea: {name: Léa Martin, email: lea@shop.example}
  max: {name: Max Weber, email: max@shop.example}
actions:
  news:
    name: Spring newsletter
    responsible: lea
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 500, per: occurrence}
    tracked_by: [{campaign: "news*"}]
    targets: [{kpi: orders, at_least: 100, per: occurrence}]
"""
SOURCES = "shop: {connector: csv_file, path: figures.csv}\n"
FILES = {"figures.csv": "day,campaign,orders\n2026-05-03,news,50\n"}

LOWER = PLAN.replace("at_least: 100", "at_least: 90")
LOWEST = LOWER.replace("at_least: 90", "at_least: 80").replace("responsible: lea", "responsible: max")


def see(vigie: Vigie, plan: str, moment: str, sources: str = SOURCES) -> None:
    """Have the store see a version of the plan at a moment, as the service does."""
    folder = vigie.folder / "plans" / "p"
    loaded = parse_plan(folder, plan, sources, OptionModels())
    store = open_store(load_settings(vigie.folder).database_url)
    with store.write() as connection:
        seen_at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        synchronise(connection, loaded, facts_of(loaded), f"{loaded.digest} {moment}", seen_at)
    store.close()
    vigie.write({"plans/p/plan.yaml": plan, "plans/p/sources.yaml": sources})


def lines(vigie: Vigie, *arguments: str, code: int = 0) -> list[str]:
    """What people read, without empty lines."""
    answer = vigie("diff", *arguments)
    assert answer.code == code, answer.err
    return [line.rstrip() for line in answer.out.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def three(lasting_vigie: Write) -> Vigie:
    """Three versions; the last one was seen late in the evening in London, and a day later in Paris."""
    made = lasting_vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER, "2026-05-03T10:00:00")
    see(made, LOWEST, "2026-05-09T22:30:00")
    return made


def test_changes_are_told_by_the_day_they_were_first_seen_the_newest_last(three: Vigie) -> None:
    assert lines(three) == [
        "Spring 2026  changes since 1 May 2026",
        "3 May 2026",
        "  The target of “Spring newsletter” for orders (per run) was lowered from at least 100 to at least 90.",
        "10 May 2026",
        "  The target of “Spring newsletter” for orders (per run) was lowered from at least 90 to at least 80.",
        "  The owner of “Spring newsletter” changed from Léa Martin to Max Weber.",
    ]


@pytest.mark.parametrize(
    ("since", "days"),
    [
        ("2026-01-01", ["3 May 2026", "10 May 2026"]),
        ("2026-05-03", ["3 May 2026", "10 May 2026"]),
        ("2026-05-04", ["10 May 2026"]),
        ("2026-05-10", ["10 May 2026"]),
    ],
)
def test_since_a_day_that_day_counts(three: Vigie, since: str, days: list[str]) -> None:
    assert [line for line in lines(three, "--since", since)[1:] if not line.startswith(" ")] == days


def test_where_nothing_changed_that_is_said(three: Vigie) -> None:
    assert lines(three, "--since", "2026-05-11") == [
        "Spring 2026",
        "  Nothing in the plan has changed since 11 May 2026.",
    ]


def test_a_day_that_is_none_is_the_users_to_change(three: Vigie) -> None:
    answer = three("diff", "--since", "yesterday")
    assert (answer.code, answer.out) == (2, "")
    assert "'yesterday' is not a date: write it as 2026-03-31" in answer.err


def test_it_is_said_in_the_language_of_the_plan(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN + "language: fr\n", "2026-05-01T06:00:00")
    see(made, LOWER + "language: fr\n", "2026-05-03T10:00:00")
    assert [line.replace("\u00a0", " ") for line in lines(made)] == [
        "Spring 2026  modifications depuis le 1er mai 2026",
        "3 mai 2026",
        (
            "  L’objectif chiffré de « Spring newsletter » (commandes, par édition) a été abaissé : au moins 90 "
            "(auparavant : au moins 100)."
        ),
    ]


def test_for_programs_each_change_says_what_of_what_from_what_to_what(three: Vigie) -> None:
    (plan,) = three("diff", "--json").json["plans"]
    assert {name: plan[name] for name in ("plan", "name", "since", "pending", "unreadable")} == {
        "plan": "p",
        "name": "Spring 2026",
        "since": "2026-05-01",
        "pending": [],
        "unreadable": [],
    }
    assert [day["day"] for day in plan["days"]] == ["2026-05-03", "2026-05-10"]
    (change,) = plan["days"][0]["changes"]
    sentences = change.pop("sentences")
    assert change == {
        "what": "target",
        "kind": "changed",
        "scope": "action",
        "id": "news",
        "name": "Spring newsletter",
        "key": "orders/at_least/occurrence",
        "before": {"kpi": "orders", "at_least": "100", "per": "occurrence"},
        "after": {"kpi": "orders", "at_least": "90", "per": "occurrence"},
        "sentence": sentences["en"],
    }
    assert sentences["en"].endswith("was lowered from at least 100 to at least 90.")
    assert sentences["fr"].startswith("L’objectif chiffré de ")


def test_looking_changes_nothing(three: Vigie) -> None:
    before = three("diff", "--json").out
    for _ in range(3):
        assert three("diff", "--json").out == before


# --- several versions of one day -------------------------------------------------------------------------------------


def test_moved_twice_on_a_day_is_one_change_from_the_first_to_the_last_value(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER, "2026-05-03T10:00:00")
    see(made, LOWER.replace("at_least: 90", "at_least: 80"), "2026-05-03T11:00:00")
    assert lines(made)[1:] == [
        "3 May 2026",
        "  The target of “Spring newsletter” for orders (per run) was lowered from at least 100 to at least 80.",
    ]


def test_lowered_in_the_morning_and_raised_at_night_is_not_silent(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER, "2026-05-03T10:00:00")
    see(made, PLAN, "2026-05-03T20:00:00")
    assert lines(made)[1:] == [
        "3 May 2026",
        (
            "  The target of “Spring newsletter” for orders was changed and restored the same day: "
            "at least 100 per run, then at least 90 per run, then at least 100 per run."
        ),
    ]


def test_what_was_promised_is_told_before_what_matters_less(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER.replace("plan: Spring 2026", "plan: Spring"), "2026-05-03T10:00:00")
    assert [line.partition(" of ")[0].strip() for line in lines(made)[2:]] == [
        "The target",
        "The plan “Spring 2026” is now called “Spring”.",
    ]


def test_another_word_in_a_remark_is_no_change(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, PLAN + "# a remark\n", "2026-05-03T10:00:00")
    assert lines(made)[1:] == ["  Nothing in the plan has changed since 1 May 2026."]


def test_a_source_that_changed_is_told_without_its_values(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, PLAN, "2026-05-03T10:00:00", SOURCES.replace("figures.csv", "hush.csv"))
    assert lines(made)[1:] == ["3 May 2026", "  The settings of the source “shop” changed (path)."]
    assert "hush" not in made("diff", "--json").out


# --- the files as they are now ---------------------------------------------------------------------------------------


def test_what_the_files_say_and_nobody_has_taken_up_is_not_yet_in_force(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    made.write({"plans/p/plan.yaml": LOWER})
    assert lines(made, "--since", "2026-06-01")[1:] == [
        "Not yet in force  applies from the next 'vigie run' or 'vigie judge'",
        "  The target of “Spring newsletter” for orders (per run) was lowered from at least 100 to at least 90.",
    ]
    (plan,) = made("diff", "--json").json["plans"]
    assert (plan["days"], [change["what"] for change in plan["pending"]]) == ([], ["target"])
    assert made("judge").code == 0
    (plan,) = made("diff", "--json").json["plans"]
    assert ([change["what"] for day in plan["days"] for change in day["changes"]], plan["pending"]) == (["target"], [])


def test_files_with_a_mistake_are_named_and_the_history_is_told_all_the_same(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER, "2026-05-03T10:00:00")
    made.write({"plans/p/plan.yaml": LOWER.replace("currency", "curency")})
    answer = made("diff")
    assert answer.code == 2
    assert "plans/p/plan.yaml:3: " in answer.err
    assert "was lowered from at least 100 to at least 90." in answer.out
    answer = made("diff", "--json")
    assert answer.code == 2
    assert answer.json["plans"][0]["pending"] is None  # unknown is not nothing


def test_a_version_that_this_vigie_cannot_read_is_named_and_what_it_changed_comes_with_the_next(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER, "2026-05-03T10:00:00")
    see(made, LOWEST, "2026-05-09T10:00:00")
    store = open_store(load_settings(made.folder).database_url)
    with store.write() as connection:
        text = LOWER.replace("plan: Spring 2026", "plan: Spring 2026\ncolour: red")
        connection.exec_driver_sql("UPDATE plan_version SET plan_text = ? WHERE id = 2", (text,))
    store.close()
    assert lines(made)[1:] == [
        "3 May 2026",
        (
            "  This Vigie cannot read the version first seen on 3 May 2026; its changes are listed with the next one. "
            "plans/p/plan.yaml:3: unknown key 'colour'"
        ),
        "9 May 2026",
        "  The target of “Spring newsletter” for orders (per run) was lowered from at least 100 to at least 80.",
        "  The owner of “Spring newsletter” changed from Léa Martin to Max Weber.",
    ]
    (plan,) = made("diff", "--json").json["plans"]
    assert plan["unreadable"] == [{"day": "2026-05-03", "problem": "plans/p/plan.yaml:3: unknown key 'colour'"}]
    assert lines(made, "--since", "2026-05-04")[1] == "9 May 2026"


def test_where_no_version_can_be_read_that_is_all_there_is_to_say(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    store = open_store(load_settings(made.folder).database_url)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE plan_version SET plan_text = '', digest = 'another'")
    store.close()
    assert "This Vigie cannot read the version" in lines(made)[2]
    made.write({"plans/p/plan.yaml": ""})
    assert lines(made, code=2)[0] == "p  changes since 1 May 2026"


# --- several plans ---------------------------------------------------------------------------------------------------


def test_each_plan_has_its_own_history_and_one_can_be_asked_for(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    made.write({"plans/q/plan.yaml": PLAN.replace("Spring 2026", "Other")})
    answer = made("diff")
    assert answer.code == 1
    assert answer.err == "vigie: q: no version is on record yet: run 'vigie judge'\n"
    assert "Nothing in the plan has changed" in answer.out
    assert made("diff", "--plan", "p").code == 0
    assert made("judge").code == 0
    assert [plan["plan"] for plan in made("diff", "--json").json["plans"]] == ["p", "q"]


def test_before_anything_is_stored_there_is_no_history(vigie: Write) -> None:
    answer = vigie(PLAN, SOURCES, **FILES)("diff")
    assert (answer.code, answer.out) == (2, "")
    assert "holds nothing yet: run 'vigie collect'" in answer.err


def test_names_of_any_version_never_steer_the_terminal(vigie: Write) -> None:
    """A name that could is a mistake of today's plan; one kept from before may hold anything."""
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN, "2026-05-01T06:00:00")
    see(made, LOWER, "2026-05-03T10:00:00")
    store = open_store(load_settings(made.folder).database_url)
    with store.write() as connection:
        text = PLAN.replace("plan: Spring 2026", 'plan: "\x1b[2J\x9b31mred"\n\x1b]0;evil\x07: 1')
        connection.exec_driver_sql("UPDATE plan_version SET plan_text = ? WHERE id = 1", (text,))
    store.close()
    for arguments in ([], ["--json"]):
        answer = made("diff", *arguments)
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", answer.out + answer.err)


def test_long_names_are_told_whole(vigie: Write) -> None:
    long = "x" * 200
    made = vigie(PLAN, SOURCES, **FILES)
    see(made, PLAN.replace("Spring newsletter", long), "2026-05-01T06:00:00")
    see(made, LOWER.replace("Spring newsletter", long), "2026-05-03T10:00:00")
    assert long in "".join(lines(made))


def test_the_texts_of_every_version_are_kept_in_order(three: Vigie) -> None:
    store = open_store(load_settings(three.folder).database_url)
    with store.read() as connection:
        found = plans.versions(connection, "p")
        assert plans.versions(connection, "q") == []
    store.close()
    assert [version.plan_text for version in found] == [PLAN, LOWER, LOWEST]
    assert [version.seen_at.day for version in found] == [1, 3, 9]
