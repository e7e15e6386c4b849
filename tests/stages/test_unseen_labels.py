"""A label that nothing carries is unknown, not zero: through the command line, on CSV files."""

from datetime import date, timedelta
from email import message_from_bytes, policy

from conftest import Vigie, Write
from scripted import Desk

from worker.judge.assess import assess
from worker.store.engine import open_store

PLAN = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example}
"""
NEWSLETTER = """\
actions:
  spring-newsletter:
    name: Spring newsletter
    responsible: lead
    when: {from: 2026-03-01}
    tracked_by: {campaign: "spring-newz-*"}
    targets: [{kpi: orders, at_least: 40, per: month}]
"""
SHOP = "shop: {connector: csv_file, path: s.csv, kind: shop}\n"


def figures(
    until: str = "2026-04-20",
    *,
    header: str = "campaign",
    value: str = "spring-news-5",
    amounts: str = "orders,sessions",
    row: str = "2,60",
) -> str:
    """The same figures on each day from the plan's first on, under one label."""
    first, last = date(2026, 3, 1), date.fromisoformat(until)
    days = [first + timedelta(n) for n in range((last - first).days)]
    return "\n".join([f"day,{header},{amounts}", *(f"{day},{value},{row}" for day in days)]) + "\n"


def judged(vigie: Write, plan: str, csv: str, sources: str = SHOP, today: str = "2026-04-20") -> Vigie:
    at = vigie(PLAN + plan, sources, **{"s.csv": csv})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    assert at("collect", today=today).code == 0
    assert at("judge", today=today).code == 0
    return at


MISSPELT = "nothing carries campaign “spring-newz-*” (nearest: “spring-news-5”)"


def verdict(at: Vigie, today: str = "2026-04-20") -> tuple[str, str]:
    """The verdict and sentence of the last period of the first action's target."""
    target = at.status(today=today)["actions"][0]["targets"][-1]
    return target["verdict"], target["sentence"]


def mails(at: Vigie) -> list[str]:
    messages = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in at.folder.glob("outbox/*.eml"))
    return [str(message["subject"]) for message in messages]


def test_a_misspelt_campaign_is_not_missed_but_unmeasurable_and_names_the_nearest(vigie: Write) -> None:
    at = judged(vigie, NEWSLETTER, figures())
    assert verdict(at) == ("unmeasurable", f"Orders can’t be measured: {MISSPELT}; target: at least 40.")
    assert at("flags", "--json", today="2026-04-20").json == []
    assert mails(at) == []


def test_once_the_label_was_seen_on_any_day_a_zero_is_a_zero(vigie: Write) -> None:
    csv = figures() + "2026-03-02,Spring-Newz-1,0,3\n"
    at = judged(vigie, NEWSLETTER, csv)
    assert verdict(at)[0] == "at_risk"
    [month] = at.kpi("orders", grain="month", scope="action", period_start="2026-04-01", today="2026-04-20")
    assert month["value"] == 0


def test_exports_do_not_show_a_zero_for_it_either(vigie: Write) -> None:
    at = judged(vigie, NEWSLETTER, figures())
    months = at.kpi("orders", grain="month", scope="action", today="2026-04-20")
    assert {(month["value"], month["state"]) for month in months} == {(None, "missing")}


def test_a_first_match_that_comes_later_makes_it_measurable(vigie: Write) -> None:
    at = judged(vigie, NEWSLETTER, figures())
    at.write({"plans/p/s.csv": figures("2026-04-21") + "2026-04-20,spring-newz-1,1,3\n"})
    at("collect", today="2026-04-21")
    at("judge", today="2026-04-21")
    assert verdict(at, "2026-04-21")[0] == "at_risk"


def test_an_action_that_has_just_begun_says_not_seen_yet(vigie: Write) -> None:
    plan = NEWSLETTER.replace("2026-03-01", "2026-04-18")
    at = judged(vigie, plan, figures())
    assert verdict(at) == ("cannot_say", f"Orders: not seen yet; so far {MISSPELT}; target: at least 40.")
    at.write({"plans/p/s.csv": figures("2026-04-21")})
    at("collect", today="2026-04-21")
    at("judge", today="2026-04-21")
    assert verdict(at, "2026-04-21")[0] == "unmeasurable"


def test_an_action_still_to_begin_has_simply_not_started(vigie: Write) -> None:
    assert verdict(judged(vigie, NEWSLETTER.replace("2026-03-01", "2026-05-01"), figures()))[0] == "not_started"


ORGANIC = """\
actions:
  seo:
    name: Organic search
    responsible: lead
    when: {from: 2026-03-01}
    tracked_by: {channel: "Organic*"}
    targets: [{kpi: traffic_sources, for: Organic Seach, at_least: 40%, per: month}]
"""


def test_a_breakdown_value_that_nothing_carries_is_unmeasurable(vigie: Write) -> None:
    csv = figures(header="channel", value="Organic Search")
    at = judged(vigie, ORGANIC, csv, "web: {connector: csv_file, path: s.csv, kind: analytics}\n")
    found, sentence = verdict(at)
    assert found == "unmeasurable"
    assert "nothing carries channel “Organic Seach” (nearest: “Organic Search”)" in sentence
    assert at("flags", "--json", today="2026-04-20").json == []
    right = judged(vigie, ORGANIC.replace("Seach", "search"), csv, "web: {connector: csv_file, path: s.csv}\n")
    assert verdict(right)[0] in ("met", "on_track")


def test_a_breakdown_value_is_no_glob(vigie: Write) -> None:
    csv = figures(header="channel", value="Organic Search")
    at = judged(vigie, ORGANIC.replace("Organic Seach", "Organic*"), csv, "web: {connector: csv_file, path: s.csv}\n")
    assert verdict(at)[0] == "unmeasurable"


AN_OBJECTIVE = """\
objectives:
  sell:
    name: Sell by mail
    tracked_by: [{campaign: "spring-newz-*"}]
    targets: [{kpi: orders, at_least: 4000, by: 2026-06-30}]
"""


def test_an_objective_with_tracking_of_its_own_is_unmeasurable_likewise(vigie: Write) -> None:
    at = judged(vigie, AN_OBJECTIVE, figures())
    assert at.status(today="2026-04-20")["objectives"][0]["targets"][-1]["verdict"] == "unmeasurable"


TWO_SOURCES = """\
shop: {connector: csv_file, path: s.csv, kind: shop}
web: {connector: csv_file, path: w.csv, kind: analytics}
"""


def two_sources(vigie: Write, plan: str, shop: str, web: str) -> Vigie:
    at = vigie(PLAN + plan, TWO_SOURCES, **{"s.csv": shop, "w.csv": web})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    assert at("collect", today="2026-04-20").code == 0
    assert at("judge", today="2026-04-20").code == 0
    return at


def test_a_campaign_seen_in_visits_that_the_shop_never_saw_has_sold_nothing(vigie: Write) -> None:
    shop = figures(value="other", amounts="orders", row="2")
    web = figures(value="spring-newz-1", amounts="sessions", row="60")
    assert verdict(two_sources(vigie, NEWSLETTER, shop, web))[0] == "at_risk"


def test_of_a_coupon_that_is_used_visits_stay_unknown_while_the_campaign_is_never_seen(vigie: Write) -> None:
    """Only the campaign could show visits, and nothing carries it; orders are known by the coupon."""
    plan = NEWSLETTER.replace('{campaign: "spring-newz-*"}', '[{campaign: "spring-newz-*"}, {coupon: SPRING10}]')
    plan = plan.replace("kpi: orders, at_least: 40", "kpi: sessions, at_least: 9000")
    shop = figures(header="coupon", value="SPRING10", amounts="orders", row="2")
    web = figures(value="spring-news-5", amounts="sessions", row="60")
    found, sentence = verdict(two_sources(vigie, plan, shop, web))
    assert (found, "campaign “spring-newz-*”" in sentence, "coupon" in sentence) == ("unmeasurable", True, False)
    assert verdict(two_sources(vigie, plan.replace("kpi: sessions", "kpi: orders"), shop, web))[0] == "at_risk"


def test_two_labels_that_are_never_seen_together_are_named_together(vigie: Write) -> None:
    plan = NEWSLETTER.replace('campaign: "spring-newz-*"', "source: google, medium: cpc")
    at = judged(vigie, plan, figures(header="source,medium", value="google,organic"))
    assert "nothing carries traffic source “google” with medium “cpc”; target" in verdict(at)[1]


BUDGET = NEWSLETTER.replace("    targets", "    budget: {amount: 500, per: month}\n    targets")
ADS = "ads: {connector: csv_file, path: s.csv, kind: ads}\n"


def budget(at: Vigie) -> tuple[str, str]:
    found = at.status(today="2026-04-20")["actions"][0]["budget"]
    return found["verdict"], found["sentence"]


def test_what_a_label_never_seen_spent_is_unknown_and_not_nothing(vigie: Write) -> None:
    at = judged(vigie, BUDGET, figures(amounts="spend", row="10"), ADS)
    assert budget(at) == ("unmeasurable", f"Spend can’t be measured: {MISSPELT}; budget: €500.00.")
    assert at("flags", "--json", today="2026-04-20").json == []


def test_the_plans_own_costs_still_count(vigie: Write) -> None:
    plan = BUDGET.replace("    targets", "    costs: [{on: 2026-04-02, amount: 180, what: layout}]\n    targets")
    at = judged(vigie, plan, figures(amounts="spend", row="10"), ADS)
    found, sentence = budget(at)
    assert found == "unmeasurable"
    assert sentence.startswith("€180.00 spent of €500.00 in the plan’s own costs; spend beyond them unknown: nothing")
    over = judged(vigie, plan.replace("amount: 180", "amount: 600"), figures(amounts="spend", row="10"), ADS)
    assert budget(over)[0] == "over"


def test_where_its_source_has_not_delivered_anything_that_is_what_is_missing(database_url: str) -> None:
    store = open_store(database_url)
    desk = Desk(store, PLAN + NEWSLETTER)
    desk.compute()
    with store.read() as connection:
        found = assess(connection, desk.context(), date(2026, 4, 20))
    store.close()
    assert {(one.verdict, one.lacking) for one in found} == {("no_data", ("shop",))}
