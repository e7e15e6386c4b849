"""The week in one mail: who gets it and when, what it says, and that it is sent once."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Vigie, Write
from mails_made import NOW, D, budget, context, conversion, flag, plan_of, revenue, rows
from mails_read import Mail, addressed, fresh, mails, orders
from sqlalchemy import text
from ticks import ticked
from weeks_made import busy, quiet, source

from config.loading.loaded import LoadedPlan
from config.vocabulary import Measure
from worker.model.records import Answered, SourceState
from worker.model.verdict import Phase, Verdict, VerdictReason
from worker.notify.compose import compose
from worker.notify.digest import SHOWN, digest
from worker.notify.week import Week
from worker.service.pipeline import run_once
from worker.service.scheduler import Memory
from worker.service.wiring import deploy, writable_store
from worker.store.digests import digest_key
from worker.wording import translator_for


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPlan:
    return plan_of(tmp_path_factory.mktemp("plan"))


def said(week: Week, language: str = "en", told: Sequence[int] = ()) -> list[str]:
    """Everything a digest says, line by line."""
    made = digest(week, translator_for(language), told)
    lines = [made.subject, *made.lines]
    for section in made.sections:
        lines.append(f"# {section.title}")
        lines += [" | ".join(filter(None, (one.name, one.badge, one.note, one.text))) for one in section.entries]
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines]


# --- what it says --------------------------------------------------------------------------------------------------


def test_a_quiet_week_is_one_line(loaded: LoadedPlan) -> None:
    assert said(quiet(loaded, "ana")) == [
        "Spring: all quiet",
        "All quiet: 1 target and 1 budget checked, all 2 sources complete to 17 May 2026.",
    ]


def test_so_it_is_in_french(loaded: LoadedPlan) -> None:
    assert said(quiet(loaded, "ana"), "fr") == [
        "Spring : rien à signaler",
        "Rien à signaler. Vérification : 1 objectif chiffré et 1 budget ; 2 sources complètes jusqu’au 17 mai 2026.",
    ]


def test_a_week_with_open_problems_says_since_when_and_who_has_them_in_hand(loaded: LoadedPlan) -> None:
    assert said(busy(loaded, "ana"))[:10] == [
        "Spring: your week, 3 open alerts",
        "1 target and 1 budget checked, 1 of 2 sources working (not shop).",
        "# Open alerts",
        "Spring newsletter, May 2026 | at risk | Revenue is low. | Open since 12 May 2026; not acknowledged yet.",
        (
            "Spring newsletter, May 2026 | over budget | It is so. | "
            "Open since 12 May 2026; acknowledged by Lea Martin on 19 May 2026: “agency told evil[.]com”"
        ),
        "Source “shop” | figures missing | It is so. | Open since 12 May 2026; not acknowledged yet.",
        "# On and off",
        "Organic search on linen dresses, May 2026 | Too frequent for an e-mail each time: It is so.",
        "# Resolved this week",
        "Organic search on linen dresses, May 2026",
    ]


def test_the_lead_is_told_how_the_plan_stands(loaded: LoadedPlan) -> None:
    lines = said(busy(loaded, "lead"))
    assert lines[1:3] == [
        "3 targets and 2 budgets checked, 1 of 2 sources working (not shop).",
        "2 alerts raised at once are on hold until another day confirms them.",
    ]
    assert lines[lines.index("# The plan") :] == [
        "# The plan",
        "Grow online sales by a fifth | on track | Revenue: €98,250.40 (target: at least €150,000.00)",
        "Budget | within budget | €8,120.00 spent and €1,200.00 committed of €25,000.00",
        "Open alerts by person | Lea Martin (2), Ana Ruiz (1)",
        "At stake | €487.50 (over budget, left unused, short in money, or spent in part on what falls short)",
        "Outside all actions | 1,204 visits and €88.40 of spend",
    ]


def test_what_is_not_known_of_what_belongs_to_no_action_is_not_said(loaded: LoadedPlan) -> None:
    week = replace(busy(loaded, "lead"), unattributed={Measure.SESSIONS: None, Measure.SPEND: D("88.40")})
    assert said(week)[-1] == "Outside all actions | €88.40 of spend"


def test_what_cannot_be_judged_is_not_called_quiet(loaded: LoadedPlan) -> None:
    lost = replace(revenue(), verdict=Verdict.NO_DATA)
    assert said(quiet(loaded, "ana", judgements=[lost, budget(verdict=Verdict.WITHIN)])) == [
        "Spring: your week, 1 can’t be judged",
        "1 target and 1 budget checked, all 2 sources complete to 17 May 2026.",
        "1 can’t be judged, as figures are missing: Spring newsletter (revenue).",
    ]


def test_nor_is_a_week_in_which_a_source_fails(loaded: LoadedPlan) -> None:
    lines = said(quiet(loaded, "ana", sources=[source("shop", SourceState.REFUSED), source("web")]))
    assert lines == [
        "Spring: your week, 1 source not working",
        "1 target and 1 budget checked, 1 of 2 sources working (not shop).",
    ]


def test_a_source_that_is_days_behind_the_others_is_named(loaded: LoadedPlan) -> None:
    """The shop's figures end on 30 April, the web's on 18 May: “all complete to 30 April” hides who is late."""
    late = quiet(loaded, "ana", settled={"shop": date(2026, 4, 30), "web": date(2026, 5, 18)})
    assert "1 of 2 sources complete to 18 May 2026 (not shop: 30 April 2026)" in said(late)[1]
    near = quiet(loaded, "ana", settled={"shop": date(2026, 5, 15), "web": date(2026, 5, 18)})
    assert "all 2 sources complete to 15 May 2026" in said(near)[1]


def test_nor_is_one_in_which_others_have_open_alerts(loaded: LoadedPlan) -> None:
    theirs = rows(flag(13, budget(), person="zoe"), flag(14, person="zoe"))
    assert said(quiet(loaded, "ana", standing=theirs)) == [
        "Spring: your week, 2 open alerts of others",
        "1 target and 1 budget checked, all 2 sources complete to 17 May 2026.",
        "Open alerts of others: Zoé Petit (2).",
    ]


@pytest.mark.parametrize("verdict", [Verdict.AT_RISK, Verdict.OVERSPENDING, Verdict.UNDERSPENDING, Verdict.NO_SPEND])
def test_nor_is_one_with_something_to_watch(loaded: LoadedPlan, verdict: Verdict) -> None:
    seen_once = budget(verdict=verdict, reason=VerdictReason.STOPPED, phase=Phase.OUTLOOK, high=D(2000))
    lines = said(quiet(loaded, "ana", judgements=[seen_once]))
    assert lines[:3] == [
        "Spring: your week, 1 to watch",
        "1 budget checked, all 2 sources complete to 17 May 2026.",
        "# To watch",
    ]
    assert lines[3].startswith("Spring newsletter, May 2026 | ")


def test_the_week_lists_alerts_in_the_order_of_the_mails(loaded: LoadedPlan) -> None:
    """What a fifth of 1,830.50 was spent on for nothing comes before 100 too much, whenever each was opened."""
    standing = rows(flag(11, budget()), flag(12, conversion(), opened_on=date(2026, 5, 18)), flag(13))
    stakes = {"/".join(budget().key): D(100), "/".join(conversion().key): D("366.10")}
    names = [line.partition(",")[0] for line in said(quiet(loaded, "ana", standing=standing, stakes=stakes))[3:]]
    assert names[:2] == ["Organic search on linen dresses", "Spring newsletter"]


def test_only_the_newest_period_of_a_target_counts(loaded: LoadedPlan) -> None:
    april = replace(
        revenue(), period=type(revenue().period)(date(2026, 4, 1), date(2026, 5, 1)), verdict=Verdict.NO_DATA
    )
    assert said(quiet(loaded, "ana", judgements=[april, replace(revenue(), verdict=Verdict.ON_TRACK)]))[1] == (
        "All quiet: 1 target checked, all 2 sources complete to 17 May 2026."
    )


def test_a_problem_whose_figures_are_missing_is_said_to_be_muted(loaded: LoadedPlan) -> None:
    lost = replace(revenue(), verdict=Verdict.NO_DATA)
    week = quiet(loaded, "ana", judgements=[lost], standing=rows(flag(1, lost, verdict="at_risk")))
    assert "Open since 12 May 2026; its figures are missing at the moment." in said(week)[4]


def test_a_problem_that_was_put_off_says_until_when_and_by_whom(loaded: LoadedPlan) -> None:
    by_hand = Answered("snoozed", "ops", "", date(2026, 6, 1), NOW)
    one = flag(1, revenue(), state="snoozed")
    week = quiet(loaded, "ana", standing=rows(one), answered={one.key: by_hand})
    assert "Open since 12 May 2026; snoozed until 1 June 2026 by ops." in said(week)[3]


def test_what_the_same_mail_tells_above_is_not_told_twice(loaded: LoadedPlan) -> None:
    assert [line for line in said(busy(loaded, "ana"), told=[11, 12, 13, 14, 15]) if line.startswith("#")] == []


def test_targets_and_budgets_are_counted_apart(loaded: LoadedPlan) -> None:
    assert "3 targets and 2 budgets checked" in said(quiet(loaded, "lead"))[1]


def test_very_much_is_counted(loaded: LoadedPlan) -> None:
    many = rows(*(flag(n, revenue()) for n in range(SHOWN + 7)))
    assert said(quiet(loaded, "ana", standing=many))[-1] == "And 7 more."
    assert said(quiet(loaded, "ana", standing=many[: SHOWN + 1]))[-1] == "And 1 more."
    assert not [line for line in said(quiet(loaded, "ana", standing=many[:SHOWN])) if line.startswith("And ")]


def test_a_mail_with_news_has_the_week_below_them_and_is_the_weeks_message(loaded: LoadedPlan) -> None:
    from mails_made import told

    alone = compose(context(loaded), "ana", [], quiet(loaded, "ana"))
    both = compose(context(loaded), "ana", [told(loaded, revenue())], quiet(loaded, "ana"))
    assert alone.key == both.key == "week-digest"
    assert both.subject == "Spring: Spring newsletter is at risk of missing its target"
    assert both.text.index("What you can do") < both.text.index("Your week\n") < both.text.index("All quiet")
    assert "Your week\n" not in alone.text


# --- who gets it, and when -----------------------------------------------------------------------------------------

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example}
  content: {name: Zoé Petit, email: content@shop.example, mails: "tuesday, friday at 09:30"}
  idle: {name: Ina Kern, email: idle@shop.example}
  tech: {name: Tom Weber, email: tech@shop.example, digest: false}
actions:
  news:
    name: Newsletter
    responsible: content
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_least: 10, per: month}]
"""
SOURCES = "shop: {connector: csv_file, path: shop.csv, responsible: tech}\n"
WELL, MISSED = orders(12, 12), orders(7, 12)  # in April and May
#: the same as it lies there on a day of May, for a clock that stands then: without the row of its last day
COVERED = "shop: {connector: csv_file, path: shop.csv, responsible: tech, covers: {until: 2026-05-31}}\n"
WELL_SO_FAR, MISSED_SO_FAR = (text.replace("2026-05-31,news,0\n", "") for text in (WELL, MISSED))
MONDAY, TUESDAY, FRIDAY = "2026-05-04", "2026-05-05", "2026-05-08"


@pytest.mark.parametrize(
    ("today", "who"), [(MONDAY, ["lead"]), (TUESDAY, ["content"]), ("2026-05-06", []), (FRIDAY, []), ("2026-05-09", [])]
)
def test_a_digest_is_written_on_the_first_of_a_persons_mail_days(vigie: Write, today: str, who: list[str]) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": WELL})
    assert [to for to, _ in addressed(fresh(made, today=today))] == who


def test_a_second_run_of_the_week_writes_no_second_digest(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today=MONDAY, **{"shop.csv": WELL})
    assert [mail.subject for mail in fresh(made)] == ["Spring: all quiet"]
    made.write({"plans/p/shop.csv": orders(13, 12)})
    assert fresh(made) == []
    assert [mail.subject for mail in fresh(made, today="2026-05-11")] == ["Spring: all quiet"]


@pytest.mark.parametrize(("today", "count"), [("2026-03-30", 0), ("2026-07-06", 1), ("2026-07-13", 0)])
def test_outside_the_plan_there_is_none_but_one_the_week_after(vigie: Write, today: str, count: int) -> None:
    made = vigie(PLAN, SOURCES, today=today, **{"shop.csv": orders(12, 12, 12)})
    assert len(fresh(made)) == count


def test_news_of_the_day_and_the_week_are_one_mail(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": MISSED})
    [mail] = [mail for mail in fresh(made, today=TUESDAY) if mail.to.startswith("content")]
    assert mail.subject == "Spring: Newsletter missed its target"
    assert "7 orders (target: at least 10)." in mail.text
    assert "Your week" in mail.text
    assert fresh(made, today=TUESDAY) == []


def test_a_digest_lists_what_stands_and_who_took_it_up(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": MISSED})
    fresh(made, today="2026-05-02")
    [standing_flag] = made("flags", "--json", today="2026-05-02").json
    done = made("flags", "ack", str(standing_flag["id"]), "--by", "content", "--note", "new list", today="2026-05-02")
    assert done.code == 0, done.err
    [mail] = fresh(made, today=TUESDAY)
    assert mail.subject == "Spring: your week, 1 open alert"
    assert "- Newsletter, April 2026 – target missed" in mail.text
    assert "acknowledged by Zoé Petit on" in mail.text
    assert "“new list”" in mail.text


def test_what_was_put_right_during_the_week_is_in_its_digest(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": MISSED})
    fresh(made, today="2026-05-01")
    made.write({"plans/p/shop.csv": WELL})
    fresh(made, today="2026-05-02")
    [mail] = fresh(made, today=TUESDAY)
    assert "Resolved this week\n- Newsletter, April 2026" in mail.text
    [mail] = fresh(made, today="2026-05-12")
    assert "Resolved" not in mail.text


def test_what_comes_and_goes_too_often_to_be_mailed_is_told_in_the_digest(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES.replace("tech", "content"))
    told = []
    for day in range(20, 27):  # readable every other day, until Tuesday the 26th
        made.write({"plans/p/shop.csv": "day\n1\n" if day % 2 == 0 else WELL})
        found = fresh(made, today=f"2026-05-{day}", code=1 - day % 2)
        told += [(day, mail) for mail in found if mail.to.startswith("content")]
    assert [day for day, _ in told] == [20, 21, 22, 26]
    last = told[-1][1]
    assert last.subject == "Spring: your week, 1 open alert, 1 source without new figures"
    assert "On and off\n- Source “shop”\n  Too frequent for an e-mail each time: Source “shop” sends" in last.text
    [after] = [mail for mail in fresh(made, today="2026-06-02", code=1) if mail.to.startswith("content")]
    assert "On and off" not in after.text


def served(made: Vigie, now: datetime) -> list[Mail]:
    """One tick of the service at a moment, and the mails that came of it."""
    before = {mail.rfc_id for mail in mails(made)}
    at = deploy(made.folder, now=lambda: now)
    with writable_store(at) as store:
        ticked(at, store, Memory())
    return [mail for mail in mails(made) if mail.rfc_id not in before]


def test_the_service_writes_it_at_the_persons_time_on_their_clock_once(vigie: Write) -> None:
    made = vigie(PLAN, COVERED, **{"shop.csv": WELL_SO_FAR})
    eight = datetime(2026, 5, 4, 6, tzinfo=UTC)  # in Paris
    assert served(made, eight - timedelta(minutes=2)) == []
    assert [to for to, _ in addressed(served(made, eight + timedelta(minutes=1)))] == ["lead"]
    assert served(made, eight + timedelta(minutes=2)) == []
    assert [to for to, _ in addressed(served(made, eight + timedelta(days=1, minutes=91)))] == ["content"]
    assert served(made, eight + timedelta(days=4, minutes=91)) == []


def test_a_digest_that_waited_with_news_for_a_server_is_written_anew_under_the_same_name(vigie: Write) -> None:
    made = vigie(PLAN, COVERED, **{"shop.csv": MISSED_SO_FAR})
    (made.folder / "outbox").write_text("a file stands here", encoding="utf-8")
    tuesday = datetime(2026, 5, 5, 8, tzinfo=UTC)
    at = deploy(made.folder, now=lambda: tuesday)
    with writable_store(at) as store:
        run_once(at, store)
        [first] = written(store)
    (made.folder / "outbox").unlink()
    at = deploy(made.folder, now=lambda: tuesday + timedelta(days=1))
    with writable_store(at) as store:
        run_once(at, store)
        [second] = written(store)
    assert first == second == (digest_key("p", "content", date(2026, 5, 5)), 1)
    [mail] = [mail for mail in mails(made) if mail.to.startswith("content")]
    assert "Your week" in mail.text


def written(store: Any) -> list[tuple[str, int]]:
    """The key of each message to Zoé, and how many pictures it has."""
    query = (
        "select key, (select count(*) from message_picture where message_id = message.id) "
        "from message where person = 'content'"
    )
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_week_has_one_key_whatever_its_day_and_each_person_their_own() -> None:
    monday = date(2026, 12, 28)
    days = {digest_key("p", "a", monday + timedelta(n)) for n in range(7)}  # over New Year: week 53
    assert len(days) == 1
    others = {digest_key("p", "b", monday), digest_key("q", "a", monday), digest_key("p", "a", monday + timedelta(7))}
    assert len(others | days) == 4


def test_a_copy_of_the_configuration_starts_nothing_anew(vigie: Write, tmp_path: Path) -> None:
    made = vigie(PLAN, SOURCES, today=MONDAY, **{"shop.csv": WELL})
    fresh(made)
    copied = Vigie(Path(shutil.copytree(made.folder, tmp_path / "copy")), MONDAY)
    assert fresh(copied) == []
