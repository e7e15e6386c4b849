"""Who is told what, once, and why: through ``vigie run --once``, with files as sources and a folder as the way out."""

import multiprocessing
import os
import random
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from conftest import Vigie, Write
from mails_read import Mail, addressed, flags, fresh, mails, orders
from smtp_server import HOST, SmtpServer
from sqlalchemy import Connection

import worker.cli.main
from worker.deployment import Deployment
from worker.service.pipeline import PassResult, compute_plan, deliver, judge_plan, notify_plan, run_once
from worker.service.wiring import deploy, utc_now, writable_store
from worker.store.engine import Store
from worker.wording.outside import harmless

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-04-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example, digest: false}
  content: {name: Zoé Petit, email: content@shop.example, language: fr, digest: false}
  tech: {name: Tom Weber, email: tech@shop.example, digest: false}
objectives:
  grow: {name: Grow online sales by a fifth}
actions:
  news:
    name: Newsletter
    techniques: [email]
    objectives: [grow]
    responsible: content
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_least: 10, per: month}]
"""
SOURCES = "shop: {connector: csv_file, path: shop.csv, responsible: tech}\n"


def states(made: Vigie) -> list[tuple[str, str]]:
    """Every flag there ever was: whose, and its state."""
    return sorted((f"{flag['ref']}/{flag['period_start']}", flag["state"]) for flag in flags(made, "--all"))


@pytest.fixture(scope="module")
def april_missed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """On the second of May, April's target was missed, and Zoé was told."""
    made = Vigie(tmp_path_factory.mktemp("missed"), "2026-05-02")
    made.write({"vigie.yaml": "database: sqlite:///vigie.db\nmail: {folder: outbox/}\n"})
    made.write({"plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SOURCES, "plans/p/shop.csv": orders(7)})
    assert [mail.to for mail in fresh(made)] == ["content@shop.example"]
    return made.folder


@pytest.fixture
def missed(april_missed: Path, tmp_path: Path) -> Vigie:
    """A configuration in that state, of the test's own."""
    return Vigie(Path(shutil.copytree(april_missed, tmp_path / "missed")), "2026-05-02")


# --- something goes wrong ------------------------------------------------------------------------------------------


def test_a_missed_target_is_told_to_whoever_answers_for_it(missed: Vigie) -> None:
    assert addressed(mails(missed)) == [("content", "Spring : Newsletter n’a pas atteint son objectif")]


def test_one_mail_holds_all_that_is_new_for_a_person_the_costliest_first(vigie: Write) -> None:
    plan = PLAN.replace("    tracked_by", "    budget: {amount: 100, per: month}\n    tracked_by")
    sources = SOURCES + "ads: {connector: csv_file, path: ads.csv}\n"
    spend = "day,campaign,spend\n2026-04-01,news,130.50\n2026-04-30,news,0\n"
    made = vigie(plan, sources, today="2026-05-02", **{"shop.csv": orders(7), "ads.csv": spend})
    [mail] = fresh(made)
    assert mail.subject == "Spring : Newsletter n’a pas atteint son objectif (et 1 autre)"
    first, second = mail.text.index("7 commandes (objectif"), mail.text.index("30,50\u00a0€ de plus")
    assert first < second  # 30 % of the 130.50 spent, 39.15, was spent on what fell short; 30.50 is too much
    assert "39,15\u00a0€ (manqué de 30\u00a0%, sur 130,50\u00a0€ dépensés)" in mail.text


def test_a_mail_says_when_the_newest_of_its_sources_was_read(vigie: Write) -> None:
    """The ads' file is gone since it was read as the month began; the shop was read just now, years later."""
    sources = SOURCES + "ads: {connector: csv_file, path: ads.csv}\n"
    made = vigie(PLAN, sources, today="2026-05-02", **{"shop.csv": orders(7), "ads.csv": "day,spend\n2026-04-01,1\n"})
    assert made("collect").code == 0
    (made.folder / "plans/p/ads.csv").unlink()
    with closing(sqlite3.connect(made.folder / "vigie.db")) as store, store:
        store.execute("UPDATE source SET succeeded_at = '2026-04-01 06:00:00.000000'")
    assert made("run", "--once").code == 1  # the shop is read for all that
    told = [mail.text for mail in mails(made) if "Newsletter" in mail.text]
    assert told
    assert not any("1er avril 2026" in text.rpartition("-- ")[2] for text in told)


def test_a_hair_missed_comes_after_money_in_mail_subject_and_report(vigie: Write) -> None:
    """8 of 10 orders at 2 spent on them is 0.40; 28 too much is more, though the target reads first in the plan."""
    more = "  ads:\n    name: Ads\n    responsible: content\n    tracked_by: {campaign: ads}\n"
    plan = PLAN.replace("    tracked_by", "    budget: {amount: 100, per: month}\n    tracked_by")
    plan += more + "    budget: {amount: 100, per: month}\n"
    spend = "day,campaign,spend\n2026-04-01,news,2\n2026-04-01,ads,128\n2026-04-30,news,0\n"
    sources = SOURCES + "ads: {connector: csv_file, path: ads.csv}\n"
    made = vigie(plan, sources, today="2026-05-02", **{"shop.csv": orders(8), "ads.csv": spend})
    [mail] = fresh(made)
    assert mail.subject == "Spring : Ads dépasse son budget (et 1 autre)"
    assert mail.text.index("28,00\u00a0€ de plus") < mail.text.index("8 commandes (objectif")
    assert made("report", "-o", str(made.folder / "r.html")).code == 0
    page = (made.folder / "r.html").read_text(encoding="utf-8")
    problems = page[page.index("Current problems") :]
    assert problems.index("At stake: €28.00 (over the budget)") < problems.index("At stake: €0.40 (missed by 20%")


def test_each_person_gets_their_own_mail(vigie: Write) -> None:
    more = "  seo:\n    name: Search\n    responsible: tech\n    tracked_by: {campaign: news}\n"
    made = vigie(
        PLAN + more + "    targets: [{kpi: orders, at_least: 20, per: month}]\n",
        SOURCES,
        today="2026-05-02",
        **{"shop.csv": orders(7)},
    )
    assert addressed(fresh(made)) == [
        ("content", "Spring : Newsletter n’a pas atteint son objectif"),
        ("tech", "Spring: Search missed its target"),
    ]


def test_what_nobody_answers_for_is_told_to_the_lead_with_the_reason(vigie: Write) -> None:
    plan = PLAN.replace("    responsible: content\n", "")
    made = vigie(plan, SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    [mail] = fresh(made)
    assert (mail.to, mail.subject) == ("lead@shop.example", "Spring: Newsletter missed its target")
    for text in (mail.text, mail.html):
        assert "none: you receive this as plan lead" in text
        assert "as lead of the plan “Spring”, because it has no owner" in text


@pytest.mark.parametrize("today", ["2026-05-02", "2026-05-03", "2026-05-04"])
def test_nothing_new_makes_no_mail(missed: Vigie, today: str) -> None:
    assert fresh(missed, today=today) == []


def crossed(vigie: Write) -> Vigie:
    """Since the second of May more is unsubscribed than the plan allows in the month."""
    plan = PLAN.replace("at_least: 10, per: month", "at_most: 10, per: month")
    made = vigie(plan, SOURCES, today="2026-05-02", **{"shop.csv": orders(7, 15)})
    assert [to for to, _ in addressed(fresh(made))] == ["content"]
    return made


def test_who_does_not_react_is_reminded_and_the_next_person_told(vigie: Write) -> None:
    made = crossed(vigie)
    days = {day: addressed(fresh(made, today=f"2026-05-{day:02}")) for day in range(3, 31)}
    missed_it = "Newsletter n’a pas atteint son objectif"
    assert {day: found for day, found in days.items() if found} == {
        5: [("lead", "Spring: Newsletter missed its target")],
        9: [("content", f"Spring : {missed_it}")],
        16: [("content", f"Spring : {missed_it}")],
        30: [("content", f"Spring : {missed_it}")],
    }
    [escalated] = [mail for mail in mails(made) if mail.to == "lead@shop.example"]
    assert "Zoé Petit was notified but has not responded; open since 2 May 2026." in escalated.text
    assert "because its owner in the plan “Spring” has not responded" in escalated.text


def test_after_a_downtime_there_is_one_mail_a_person_not_a_storm(vigie: Write) -> None:
    made = crossed(vigie)
    assert [to for to, _ in addressed(fresh(made, today="2026-05-20"))] == ["content", "lead"]
    assert [to for to, _ in addressed(fresh(made, today="2026-05-21"))] == []


def test_what_is_over_is_told_once(missed: Vigie) -> None:
    assert [fresh(missed, today=f"2026-05-{day:02}") for day in (5, 9, 14)] == [[], [], []]
    assert [flag["state"] for flag in flags(missed)] == ["open"]


def test_all_being_well_makes_no_mail(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": orders(10)})
    assert fresh(made) == []
    assert flags(made, "--all") == []


def test_several_plans_write_each_their_own_mails(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    other = {"plan.yaml": PLAN.replace("plan: Spring", "plan: Other"), "sources.yaml": SOURCES, "shop.csv": orders(7)}
    made.write({f"plans/q/{name}": text for name, text in other.items()})
    assert addressed(fresh(made)) == [
        ("content", "Other : Newsletter n’a pas atteint son objectif"),
        ("content", "Spring : Newsletter n’a pas atteint son objectif"),
    ]


# --- and is put right ----------------------------------------------------------------------------------------------


def test_a_restated_figure_that_now_meets_its_target_is_told_as_resolved_to_who_heard_of_it(missed: Vigie) -> None:
    missed.write({"plans/p/shop.csv": orders(12)})
    [mail] = fresh(missed, today="2026-05-03")
    assert (mail.to, mail.subject) == ("content@shop.example", "Spring : Newsletter – retour à la normale")
    assert "Newsletter, avril 2026" in mail.text
    assert "12 commandes (objectif\u00a0: au moins 10)." in mail.text
    assert states(missed) == [("news/2026-04-01", "resolved")]
    assert fresh(missed, today="2026-05-04") == []


def test_a_problem_that_comes_back_is_told_again(missed: Vigie) -> None:
    for count, subject in ((12, "retour"), (7, "n’a pas atteint"), (12, "retour")):
        missed.write({"plans/p/shop.csv": orders(count)})
        [mail] = fresh(missed)
        assert subject in mail.subject
    assert [flag["episode"] for flag in flags(missed, "--all")] == [1]  # within a week it is the same problem


def test_a_problem_that_comes_back_later_is_another_one(missed: Vigie) -> None:
    for day, count, subject in ((3, 12, "retour"), (12, 7, "n’a pas atteint")):
        assert fresh(missed, today=f"2026-05-{day - 1:02}") == []
        missed.write({"plans/p/shop.csv": orders(count)})
        [mail] = fresh(missed, today=f"2026-05-{day:02}")
        assert subject in mail.subject
    assert sorted(flag["episode"] for flag in flags(missed, "--all")) == [1, 2]


def test_who_never_heard_of_a_problem_is_not_told_that_it_is_gone(vigie: Write) -> None:
    without = PLAN.replace(PLAN[PLAN.index("people:") : PLAN.index("objectives:")], "").replace(
        "    responsible: content\n", ""
    )
    made = vigie(without, SOURCES.replace(", responsible: tech", ""), today="2026-05-02", **{"shop.csv": orders(7)})
    assert fresh(made) == []
    made.write({"plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SOURCES, "plans/p/shop.csv": orders(12)})
    assert fresh(made) == []
    assert states(made) == [("news/2026-04-01", "resolved")]


def test_the_next_period_supersedes_the_one_before_without_a_word_about_it(missed: Vigie) -> None:
    missed.write({"plans/p/shop.csv": orders(7, 15)})
    assert fresh(missed, today="2026-06-02") == []
    assert states(missed) == [("news/2026-04-01", "closed")]


def test_the_next_period_that_is_missed_as_well_is_told_by_itself(missed: Vigie) -> None:
    missed.write({"plans/p/shop.csv": orders(7, 3)})
    [mail] = fresh(missed, today="2026-06-02")
    assert "3 commandes" in mail.text
    assert "mai 2026" in mail.text
    assert "avril" not in mail.text
    assert states(missed) == [("news/2026-04-01", "closed"), ("news/2026-05-01", "open")]


def test_a_target_taken_out_of_the_plan_is_closed_without_a_word(missed: Vigie) -> None:
    missed.write({"plans/p/plan.yaml": PLAN.replace("    targets: [{kpi: orders, at_least: 10, per: month}]\n", "")})
    assert fresh(missed) == []
    assert states(missed) == [("news/2026-04-01", "closed")]


def test_an_answered_problem_stays_answered_when_its_action_leaves_the_plan_for_a_while(missed: Vigie) -> None:
    assert missed("flags", "ack", str(flags(missed)[0]["id"]), "--note", "agency told to stop").code == 0
    gone = PLAN.replace("    targets: [{kpi: orders, at_least: 10, per: month}]\n", "")
    for day in ("2026-05-03", "2026-05-05", "2026-05-08", "2026-05-14"):
        missed.write({"plans/p/plan.yaml": gone})
        assert fresh(missed, today=day) == []
        missed.write({"plans/p/plan.yaml": PLAN})
        assert fresh(missed, today=day) == []
        [flag] = flags(missed, "--all")
        assert (flag["state"], flag["note"]) == ("acknowledged", "agency told to stop")


def test_whoever_is_responsible_by_now_is_told_of_what_is_open(missed: Vigie) -> None:
    missed.write({"plans/p/plan.yaml": PLAN.replace("responsible: content", "responsible: tech")})
    [mail] = fresh(missed, today="2026-05-03")
    assert (mail.to, mail.subject) == ("tech@shop.example", "Spring: Newsletter missed its target")
    assert "You are responsible for it now; open since 2 May 2026." in mail.text
    assert fresh(missed, today="2026-05-04") == []


# --- sources -------------------------------------------------------------------------------------------------------

TWO = SOURCES + "ads: {connector: csv_file, path: ads.csv, responsible: lead}\n"
SPEND = "day,campaign,spend\n2026-04-01,news,10\n2026-04-30,news,0\n"


def test_a_failing_source_is_told_to_who_looks_after_it_and_mutes_nothing_else(vigie: Write) -> None:
    more = "    budget: {amount: 100, per: month}\n    tracked_by"
    made = vigie(
        PLAN.replace("    tracked_by", more), TWO, today="2026-05-02", **{"shop.csv": orders(7), "ads.csv": "day\n1\n"}
    )
    found = fresh(made, code=1)
    assert addressed(found) == [
        ("content", "Spring : Newsletter n’a pas atteint son objectif"),
        ("lead", "Spring: the source ads sends an unexpected format"),
    ]
    [told] = [mail for mail in found if mail.to == "lead@shop.example"]
    assert "Source “ads” sends an unexpected format (never read): ads.csv:" in told.text
    assert "because you look after this source" in told.text
    assert "vigie sources --test" in told.text


def test_a_failing_source_neither_resolves_nor_opens_what_rests_on_it(missed: Vigie) -> None:
    (missed.folder / "plans/p/shop.csv").unlink()
    assert addressed(fresh(missed, today="2026-05-03", code=1)) == [("tech", "Spring: the source shop can’t be read")]
    assert fresh(missed, today="2026-05-04", code=1) == []
    assert states(missed) == [("news/2026-04-01", "open"), ("shop/None", "open")]


def test_a_source_that_was_read_before_says_since_when_it_is_not(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES.replace("tech", "content"), today="2026-05-02", **{"shop.csv": orders(12)})
    noon = datetime(2026, 5, 1, 10, 5, tzinfo=UTC)
    passed(made, noon)
    (made.folder / "plans/p/shop.csv").unlink()
    [mail] = passed(made, noon + timedelta(days=1))
    assert "La source «\u00a0shop\u00a0» est illisible (dernière lecture le 1er mai 2026 à 12:05)" in mail.text


def test_a_source_that_recovers_is_told_as_resolved(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": "day,ordres\n2026-04-01,1\n"})
    assert addressed(fresh(made, code=1)) == [("tech", "Spring: the source shop sends an unexpected format")]
    made.write({"plans/p/shop.csv": orders(12)})
    [mail] = fresh(made)
    assert (mail.to, mail.subject) == ("tech@shop.example", "Spring: Source “shop” is back to normal")
    assert "The source can be read again." in mail.text


def test_a_source_that_only_does_not_answer_is_told_after_a_day_of_it(vigie: Write) -> None:
    nobody = (
        "far: {connector: sql, url: 'postgresql+psycopg://nobody@127.0.0.1:1/none', responsible: tech,\n"
        "  query: 'SELECT day, orders FROM sales WHERE day >= :since AND day < :until'}\n"
    )
    made = vigie(PLAN, nobody)
    start = datetime(2026, 5, 2, 8, tzinfo=UTC)
    assert passed(made, start) == []
    assert passed(made, start + timedelta(hours=23, minutes=59)) == []
    [mail] = passed(made, start + timedelta(hours=24))
    assert addressed([mail]) == [("tech", "Spring: the source far is unavailable")]
    assert "Source “far” is unavailable (never read)" in mail.text
    assert passed(made, start + timedelta(days=3)) == []


def test_a_source_that_has_nothing_any_more_is_suspect_and_says_how_to_confirm_it(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": orders(12)})
    fresh(made)
    made.write({"plans/p/shop.csv": "day,campaign,orders\n"})
    [mail] = fresh(made, code=1)
    assert mail.subject == "Spring: no figures from the source shop"
    assert "Source “shop” looks wrong (last read on " in mail.text
    assert "vigie collect --source shop --accept" in mail.text


def test_a_source_taken_out_of_the_plan_is_closed_without_a_word(vigie: Write) -> None:
    made = vigie(PLAN, TWO, today="2026-05-02", **{"shop.csv": orders(12)})
    assert len(fresh(made, code=1)) == 1
    made.write({"plans/p/sources.yaml": SOURCES})
    assert fresh(made) == []
    assert states(made) == [("ads/None", "closed")]


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("http://evil.com/x", "http[:]//evil[.]com/x"),
        ("see HTTPS://evil.com", "see HTTPS[:]//evil[.]com"),
        ("ftp://evil.com:21", "ftp[:]//evil[.]com:21"),
        ("go to www.evil.com now", "go to www[.]evil[.]com now"),
        ("evil.com", "evil[.]com"),
        ("a.b.evil.co.uk", "a.b[.]evil[.]co[.]uk"),
        ("write to ask@evil.com", "write to ask@evil[.]com"),
        ("mailto:ask@evil.com", "mailto[:]ask@evil[.]com"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("evil\u3002com evil\uff0ecom", "evil[.]com evil[.]com"),
        ("xn--80ak6aa92e.xn--p1ai", "xn--80ak6aa92e[.]xn--p1ai"),
        ("data/sales.csv:3: '1.234,5' is no number", "data/sales.csv:3: '1.234,5' is no number"),
        ("plans/p/plan.yaml:21: unknown key", "plans/p/plan.yaml:21: unknown key"),
        ("sales.csv.evil.com", "sales.csv[.]evil[.]com"),
        ("first\r\nsecond\n\n\nURGENT: log in", "first second URGENT: log in"),
        ("\u202egnp\u202c\u200bx\x00y\u2028z", "gnp x y z"),
        ("x" * 400, "x" * 299 + "…"),
        ("{0.__class__} {{7*7}} ${x} <b>", "{0.__class__} {{7*7}} ${x} <b>"),
    ],
)
def test_words_from_outside_become_one_line_that_links_nowhere(outside: str, shown: str) -> None:
    assert harmless(outside) == shown


def test_words_from_outside_do_nothing_in_a_mail(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": 'day,orders\n2026-04-01,"<i>{0.x} evil.com"\n'})
    [mail] = fresh(made, code=1)
    assert "shop.csv:2: orders: '<i>{0.x} evil[.]com' is not a number" in mail.text
    assert "&lt;i&gt;{0.x} evil[.]com" in mail.html
    assert "<i>" not in mail.html


# --- by hand -------------------------------------------------------------------------------------------------------


def test_an_acknowledged_flag_is_quiet_until_it_is_resolved(missed: Vigie) -> None:
    [flag] = flags(missed)
    assert missed("flags", "ack", str(flag["id"]), "--note", "agency told to stop").code == 0
    [flag] = flags(missed)
    assert (flag["state"], flag["note"]) == ("acknowledged", "agency told to stop")
    assert fresh(missed, today="2026-05-14") == []
    missed.write({"plans/p/shop.csv": orders(12)})
    assert addressed(fresh(missed, today="2026-05-15")) == [("content", "Spring : Newsletter – retour à la normale")]


def test_a_snoozed_flag_comes_back_on_its_day_once(missed: Vigie) -> None:
    [flag] = flags(missed)
    assert missed("flags", "snooze", str(flag["id"]), "--until", "2026-05-10").code == 0
    assert flags(missed)[0]["state"] == "snoozed"
    assert fresh(missed, today="2026-05-09") == []
    [mail] = fresh(missed, today="2026-05-10")
    assert mail.subject == "Spring : Newsletter n’a pas atteint son objectif"
    assert "Reportée au\u00a0: 10 mai 2026" in mail.text
    assert flags(missed)[0]["state"] == "open"
    assert fresh(missed, today="2026-05-11") == []


def test_a_flag_snoozed_again_comes_back_again(missed: Vigie) -> None:
    [flag] = flags(missed)
    for day in ("2026-05-10", "2026-05-14"):
        assert missed("flags", "snooze", str(flag["id"]), "--until", day).code == 0
        assert len(fresh(missed, today=day)) == 1


def test_a_snoozed_problem_that_goes_away_leaves_nothing_to_come_back(missed: Vigie) -> None:
    missed("flags", "snooze", str(flags(missed)[0]["id"]), "--until", "2026-05-10")
    missed.write({"plans/p/shop.csv": orders(12)})
    assert fresh(missed, today="2026-05-05") == []
    assert states(missed) == [("news/2026-04-01", "snoozed")]
    assert fresh(missed, today="2026-05-10") == []
    assert states(missed) == [("news/2026-04-01", "resolved")]


def test_a_reminder_goes_to_who_answers_for_it_now_and_the_good_news_to_whoever_heard_of_it(missed: Vigie) -> None:
    missed("flags", "snooze", str(flags(missed)[0]["id"]), "--until", "2026-05-10")
    missed.write({"plans/p/plan.yaml": PLAN.replace("responsible: content", "responsible: tech")})
    assert [mail.to for mail in fresh(missed, today="2026-05-10")] == ["tech@shop.example"]
    missed.write({"plans/p/shop.csv": orders(12)})
    assert [to for to, _ in addressed(fresh(missed, today="2026-05-11"))] == ["content", "tech"]  # both heard of it


@pytest.mark.parametrize("step", [("ack", "99", "--note", "x"), ("snooze", "99", "--until", "2026-05-10")])
def test_a_flag_that_does_not_stand_is_said_so(missed: Vigie, step: tuple[str, ...]) -> None:
    answer = missed("flags", *step)
    assert (answer.code, "no open alert has the number 99" in answer.err) == (2, True)


# --- the plan's files ----------------------------------------------------------------------------------------------


def test_a_broken_plan_leaves_its_last_good_version_in_force_and_is_told_to_the_lead(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": orders(12)})
    fresh(made)
    made.write({"plans/p/plan.yaml": PLAN.replace("at_least: 10", "at_leest: 20"), "plans/p/shop.csv": orders(7)})
    found = fresh(made, code=2)
    assert addressed(found) == [
        ("content", "Spring : Newsletter n’a pas atteint son objectif"),
        ("lead", "Spring: mistakes in the plan’s files"),
    ]
    [broken] = [mail for mail in found if mail.to == "lead@shop.example"]
    assert "plans/p/plan.yaml:21: unknown key 'at_leest'; did you mean 'at_least'?" in broken.text
    assert "at_leest" in broken.html
    [missed] = [mail for mail in found if mail.to == "content@shop.example"]
    assert "au moins 10" in missed.text


def test_the_lead_reads_of_a_broken_plan_in_their_language(vigie: Write) -> None:
    plan = PLAN.replace("email: lead@shop.example", "email: lead@shop.example, language: fr")
    made = vigie(plan, SOURCES, today="2026-05-02", **{"shop.csv": orders(12)})
    fresh(made)
    made.write({"plans/p/plan.yaml": plan.replace("at_least: 10", "au moins: 20")})
    [broken] = fresh(made, code=2)
    assert "plans/p/plan.yaml:21: clé inconnue « au moins » : écrivez « at_least »" in broken.text.replace(
        "\u00a0", " "
    )


def test_each_distinct_mistake_is_told_once(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": orders(12)})
    fresh(made)
    first, second = PLAN.replace("at_least", "at_leest"), PLAN.replace("kpi: orders", "kpi: ordres")
    for text, count in ((first, 1), (first, 0), (second, 1), (first, 0), (PLAN, 0)):
        made.write({"plans/p/plan.yaml": text})
        assert len(fresh(made, code=0 if text == PLAN else 2)) == count


def test_a_mistake_made_again_in_a_later_version_is_told_again(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"shop.csv": orders(12)})
    fresh(made)
    later = PLAN.replace("name: Newsletter", "name: Letters")
    for text, count in ((PLAN, 1), (later, 1)):
        made.write({"plans/p/plan.yaml": text})
        assert fresh(made) == []
        made.write({"plans/p/plan.yaml": text.replace("at_least", "at_leest")})
        assert len(fresh(made, code=2)) == count


def test_a_plan_that_never_held_together_writes_to_nobody(vigie: Write) -> None:
    made = vigie(PLAN.replace("at_least", "at_leest"), SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    assert fresh(made, code=2) == []


# --- what a mail says ----------------------------------------------------------------------------------------------


def test_a_mail_says_what_happened_when_how_bad_for_which_objective_and_what_to_do(vigie: Write) -> None:
    english = PLAN.replace(", language: fr", "")
    made = vigie(english, SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    [mail] = fresh(made)
    lines = [line.strip() for line in mail.text.splitlines() if line.strip()]
    assert lines[:12] == [
        "Hello Zoé Petit,",
        "1 alert in “Spring” needs your attention.",
        "1. Newsletter – target missed",
        "7 orders (target: at least 10).",
        "Period: April 2026",
        "Target: at least 10",
        "Result: 7",
        "Short by: 3 (30% of the target)",
        "Objective: Grow online sales by a fifth",
        "Marketing channels: e-mail",
        "What you can do: The next period is already running: decide now what to change.",
        'Acknowledge: vigie flags ack 1 --note "…"',
    ]
    assert lines[-1] == "You are receiving this because you are responsible for it in the plan “Spring”."
    assert lines[-2].startswith("Judged on 2 May 2026, from figures collected on ")


WHAT = "Ce que vous pouvez faire"


def test_a_mail_says_so_in_french_as_well(missed: Vigie) -> None:
    [mail] = mails(missed)
    lines = [line.strip().replace("\u00a0", "~") for line in mail.text.splitlines() if line.strip()]
    assert lines[:12] == [
        "Bonjour Zoé Petit,",
        "1 alerte de «~Spring~» demande votre attention.",
        "1. Newsletter – objectif non atteint",
        "7 commandes (objectif~: au moins 10).",
        "Période~: avril 2026",
        "Objectif chiffré~: au moins 10",
        "Résultat~: 7",
        "Manque~: 3 (30~% de l’objectif)",
        "Objectif stratégique~: Grow online sales by a fifth",
        "Leviers~: e-mail",
        f"{WHAT}~: La période suivante a déjà commencé~: décidez dès maintenant de ce qu’il faut changer.",
        'Prendre en charge~: vigie flags ack 1 --note "…"',
    ]
    assert lines[-1] == "Vous recevez ce message parce que vous en êtes responsable dans le plan «~Spring~»."


@pytest.mark.parametrize(("language", "person"), [("en", "lead"), ("fr", "content")])
def test_the_two_parts_say_the_same_in_the_persons_language(vigie: Write, language: str, person: str) -> None:
    plan = PLAN.replace("responsible: content", f"responsible: {person}")
    made = vigie(plan, SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    [mail] = fresh(made)
    assert f'<html lang="{language}">' in mail.html
    shown = mail.html.replace("&#39;", "'").replace("&#34;", '"')
    said = [line.strip().partition(": ")[2] or line.strip() for line in mail.text.splitlines()]
    for line in said:
        text = line.removeprefix("1. Newsletter – ").rpartition(": ")[2]
        assert text == "--" or text in shown, text


def test_the_html_part_loads_nothing_links_nowhere_and_runs_nothing(vigie: Write) -> None:
    plan = PLAN.replace("name: Newsletter", 'name: "<img src=x onerror=alert(1)> {{7*7}} &amp;"')
    made = vigie(plan, SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    [mail] = fresh(made)
    assert "&lt;img src=x onerror=alert(1)&gt; {{7*7}} &amp;amp;" in mail.html
    for trap in ("<img src=x", "<a ", "<script", "<link", "href", "url(", "@import", "49", "://"):
        assert trap not in mail.html
    assert set(re.findall(r'src="([^"]*)"', mail.html)) == {"cid:chart-1"}
    assert "<img src=x onerror=alert(1)> {{7*7}} &amp;" in mail.text


def test_figures_that_are_invented_are_said_to_be_so(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES.replace("}", ", simulated: true}"), today="2026-05-02", **{"shop.csv": orders(7)})
    [mail] = fresh(made)
    assert "(simulé)" in mail.text
    assert "sont fictifs" in mail.text


def many_actions(count: int) -> str:
    head, _, _ = PLAN.partition("actions:")
    action = (
        "  news-{n}: {{name: Newsletter {n}, objectives: [grow], responsible: content, tracked_by: {{campaign: news}}, "
        "targets: [{{kpi: orders, at_least: {least}, per: month}}]}}\n"
    )
    return head + "actions:\n" + "".join(action.format(n=n, least=10 + n) for n in range(count))


def test_a_mail_about_very_much_shows_the_first_forty_and_counts_the_rest(vigie: Write) -> None:
    made = vigie(many_actions(120), SOURCES, today="2026-05-02", **{"shop.csv": orders(7)})
    [mail] = fresh(made)
    assert mail.subject == "Spring : Newsletter 119 n’a pas atteint son objectif (et 119 autres)"
    assert "40. Newsletter" in mail.text
    assert "41. Newsletter" not in mail.text
    assert "Et 80 autres : vigie flags" in mail.text.replace("\u00a0", " ")
    assert len(mail.html.encode()) < 200_000
    assert len(flags(made)) == 120


# --- on the way out ------------------------------------------------------------------------------------------------


def passed(made: Vigie, now: datetime) -> list[Mail]:
    """One pass at a moment of a test's choosing, and the mails that came of it."""
    before = {mail.rfc_id for mail in mails(made)}
    at = deploy(made.folder, now=lambda: now)
    with writable_store(at) as store:
        run_once(at, store)
    return [mail for mail in mails(made) if mail.rfc_id not in before]


def test_a_mail_that_reaches_nobody_is_told_to_the_lead_once_with_what_it_said(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": orders(7)})
    now = datetime(2026, 5, 2, 8, tzinfo=UTC)
    with SmtpServer() as server:
        server.answer("RCPT content@shop.example", "550 5.1.1 no such user", always=True)
        made.write({"vigie.yaml": f"mail: {{host: {HOST}, port: {server.port}, security: none}}\n"})
        for hours in range(4):
            passed(made, now + timedelta(hours=hours))
        [told] = server.taken
        assert server.asked_for == ["content@shop.example", "lead@shop.example"]
    body = told.message.get_body(("plain",))
    assert body is not None
    text = str(body.get_content())
    assert told.message["Subject"] == "Spring: a message to Zoé Petit was not delivered"
    assert "A message to Zoé Petit (content@shop.example) could not be delivered" in text
    assert "550 5.1.1 no such user" in text
    assert "> 7 commandes (objectif" in text.replace(">    ", "> ")


def test_a_mail_that_does_not_reach_the_lead_itself_makes_no_further_mail(vigie: Write) -> None:
    plan = PLAN.replace("responsible: content", "responsible: lead")
    made = vigie(plan, SOURCES, **{"shop.csv": orders(7)})
    now = datetime(2026, 5, 2, 8, tzinfo=UTC)
    with SmtpServer() as server:
        server.answer("RCPT", "550 5.1.1 no such user", always=True)
        made.write({"vigie.yaml": f"mail: {{host: {HOST}, port: {server.port}, security: none}}\n"})
        for hours in range(4):
            passed(made, now + timedelta(hours=hours))
        assert server.asked_for == ["lead@shop.example"]


def test_mails_that_cannot_leave_make_the_run_fail_and_leave_later(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": orders(7)})
    (made.folder / "outbox").write_text("a file stands here", encoding="utf-8")
    answer = made("run", "--once", today="2026-05-02")
    assert (answer.code, "cannot be written" in answer.err) == (1, True)
    (made.folder / "outbox").unlink()
    at = deploy(made.folder, today=date(2026, 5, 2), now=lambda: utc_now() + timedelta(minutes=2))
    with writable_store(at) as store:
        run_once(at, store)
    [mail] = mails(made)
    assert mail.to == "content@shop.example"


# --- crashes -------------------------------------------------------------------------------------------------------

#: every day has its verdict, and so its mails: to Zoé where there were fewer than 10 orders, to Lea below 5
DAILY = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-04-30
people:
  lead: {name: Lea Martin, email: lead@shop.example, digest: false}
  content: {name: Zoé Petit, email: content@shop.example, digest: false}
actions:
  a: {name: A, responsible: content, tracked_by: {campaign: news}, targets: [{kpi: orders, at_least: 10, per: day}]}
  b: {name: B, responsible: lead, tracked_by: {campaign: news}, targets: [{kpi: orders, at_least: 5, per: day}]}
"""
SHOP = "shop: {connector: csv_file, path: shop.csv}\n"
COUNTS = [3, 7, 12, 2, 4]  # from the first of April on
TOLD = [
    ("content", "1 April 2026"), ("content", "2 April 2026"), ("content", "4 April 2026"), ("content", "5 April 2026"),
    ("lead", "1 April 2026"), ("lead", "4 April 2026"), ("lead", "5 April 2026"),
]  # fmt: skip


def the_morning_after(made: Vigie, days: int) -> date:
    """The shop's file once so many days are over, and the day on which it is read."""
    lines = [f"2026-04-{day:02},news,{count}" for day, count in enumerate(COUNTS[:days], 1)]
    made.write({"plans/p/shop.csv": "\n".join(["day,campaign,orders", *lines]) + "\n"})
    return date(2026, 4, days + 1)


def told(made: Vigie) -> list[tuple[str, str]]:
    """To whom, and about which day, each mail is; a mail that went out twice would be there twice."""
    periods = [next(line for line in mail.text.splitlines() if "Period: " in line) for mail in mails(made)]
    found = zip(mails(made), periods, strict=True)
    return sorted((mail.to.partition("@")[0], period.partition(": ")[2]) for mail, period in found)


class Crash(BaseException):
    """The process dies here."""


class Doomed(Store):
    """A store whose process dies right after it kept its n-th transaction."""

    def __init__(self, store: Store, number: int) -> None:
        super().__init__(store.engine)
        self.left = number

    @contextmanager
    def write(self, source_id: int | None = None) -> Iterator[Connection]:
        with super().write(source_id) as connection:
            yield connection
        self.left -= 1
        if self.left == 0:
            raise Crash


def told_and_sent(at: Deployment, store: Store, *, dying: int = 0) -> None:
    """What follows once all is collected: judged, then told and sent by a process that may die."""
    loaded, report = at.load(at.folder / "plans/p"), PassResult()
    judged = judge_plan(at, store, compute_plan(at, store, loaded), report)
    mortal = Doomed(store, dying) if dying else store
    report.written += notify_plan(at, mortal, judged, [], at_once=True)
    deliver(at, mortal, report)


def test_a_crash_after_any_transaction_between_judging_and_sending_loses_and_doubles_nothing(
    vigie: Write, tmp_path: Path
) -> None:
    made = vigie(DAILY, SHOP)
    today = the_morning_after(made, 4)
    assert made("collect", today=str(today)).code == 0
    collected = Path(shutil.copytree(made.folder, tmp_path / "collected"))
    points = 0
    while True:
        shutil.rmtree(made.folder)
        shutil.copytree(collected, made.folder)
        at = deploy(made.folder, today=today)
        with writable_store(at) as store:
            try:
                told_and_sent(at, store, dying=points + 1)
            except Crash:
                points += 1
                told_and_sent(deploy(made.folder, today=today, now=lambda: utc_now() + timedelta(hours=1)), store)
            else:
                break
        assert told(made) == [("content", "4 April 2026"), ("lead", "4 April 2026")], f"after transaction {points}"
    assert points == 6  # told, a claim and a note for each of two mails, and a claim that found nothing


def test_a_process_killed_at_any_moment_loses_and_doubles_nothing(
    vigie: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # a server of forks looks for modules nowhere else
    made = vigie(DAILY, SHOP)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["warmed"])
    pick = random.Random(20260502)
    a_while, killed = 1.0, 0
    for days in range(1, len(COUNTS) + 1):
        today = the_morning_after(made, days)
        for _ in range(3):
            asked = ["run", "--once", "--config", str(made.folder), "--today", str(today)]
            process = processes.Process(target=worker.cli.main.run, args=(asked,))
            process.start()
            process.join(pick.uniform(0, a_while))
            process.kill()
            process.join()
            killed += process.exitcode == -9
            process.close()
        later = deploy(made.folder, today=today, now=lambda: utc_now() + timedelta(hours=1))
        began = monotonic()
        with writable_store(later) as store:
            run_once(later, store)
        a_while = monotonic() - began  # so that the next ones die all over the pass, however fast the machine is
    assert killed > 0
    assert told(made) == TOLD
    assert {message["state"] for message in made.export("messages")} == {"sent"}
