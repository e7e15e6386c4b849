"""What ``vigie check`` warns of from the figures there are: labels nothing carries, figures that two actions count."""

import sqlite3
from datetime import date, timedelta

from conftest import Vigie, Write

TODAY = "2026-04-20"
HEAD = """\
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
    budget: 500
    tracked_by:
      - {campaign: "spring-news-*"}
      - {campaign: ["spring-newz-*", winter], medium: email}
      - {coupon: SPRING1O}
    targets: [{kpi: orders, at_least: 40, per: month}]
"""
SHOP = "shop: {connector: csv_file, path: s.csv, kind: shop}\n"


def figures(header: str, *rows: str) -> str:
    """The same rows on each day of March and of April up to the 19th."""
    days = [date(2026, 3, 1) + timedelta(n) for n in range(50)]
    return "\n".join([f"day,{header}", *(f"{day},{row}" for day in days for row in rows)]) + "\n"


LABELS = figures("campaign,medium,coupon,orders", "spring-news-5,email,,1", "winter,cpc,SPRING10,1")


def written(vigie: Write, plan: str, csv: str, sources: str = SHOP) -> Vigie:
    at = vigie(HEAD + plan, sources, **{"s.csv": csv})
    return at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})


def warned(at: Vigie, about: str, *more: str, today: str = TODAY) -> list[str]:
    """The warnings that hold some words, with their lines."""
    answer = at("check", "--json", *more, today=today)
    assert answer.code == 0, answer.err
    return [f"{one['line']}: {one['message']}" for one in answer.json if about in one["message"]]


NOTHING_CARRIES = [
    "15: spring-newsletter: nothing carries campaign “spring-newz-*” (nearest: “spring-news-5”)",
    "16: spring-newsletter: nothing carries coupon “SPRING1O” (nearest: “SPRING10”)",
]  # fmt: skip


def test_each_dead_rule_and_pattern_is_named_with_its_line_from_what_is_stored(vigie: Write) -> None:
    """The file is gone by then: what is stored speaks."""
    at = written(vigie, NEWSLETTER, LABELS)
    at("collect", today=TODAY)
    at.write({"plans/p/s.csv": "day,campaign,medium,coupon,orders\n2026-03-01,other,email,X,1\n"})
    assert warned(at, "carries") == NOTHING_CARRIES


def test_where_nothing_is_stored_yet_files_are_read_and_nothing_is_written(vigie: Write) -> None:
    at = written(vigie, NEWSLETTER, LABELS)
    assert warned(at, "carries") == NOTHING_CARRIES
    assert not (at.folder / "vigie.db").exists()


def test_a_source_that_was_not_read_yet_may_carry_the_label(vigie: Write) -> None:
    web = "web: {connector: plausible, site: shop.example, key: {env: KEY}}\n"
    assert warned(written(vigie, NEWSLETTER, LABELS, SHOP + web), "carries") == []


def test_an_edited_plan_is_checked_before_it_is_judged(vigie: Write) -> None:
    at = written(vigie, NEWSLETTER.replace("spring-newz-*", "spring-news-5").replace("1O", "10"), LABELS)
    at("collect", today=TODAY)
    assert warned(at, "carries") == []
    at.write({"plans/p/plan.yaml": HEAD + NEWSLETTER})
    assert warned(at, "carries") == NOTHING_CARRIES


def test_labels_never_seen_together_are_named_where_each_is_seen_alone(vigie: Write) -> None:
    plan = NEWSLETTER.replace('["spring-newz-*", winter]', "winter").replace("1O", "10")
    at = written(vigie, plan, LABELS)
    assert warned(at, "carries") == ["15: spring-newsletter: nothing carries campaign “winter” with medium “email”"]


def test_a_breakdown_value_is_looked_for_too(vigie: Write) -> None:
    plan = """\
actions:
  seo:
    name: Organic search
    tracked_by: {channel: "Organic*"}
    targets:
      - {kpi: traffic_sources, for: Organic Seach, at_least: 40%, per: month}
"""
    at = written(vigie, plan, figures("channel,sessions", "Organic Search,60"))
    assert warned(at, "carries") == ["13: seo: nothing carries channel “Organic Seach” (nearest: “Organic Search”)"]


def test_an_action_that_has_just_begun_is_let_be(vigie: Write) -> None:
    plan = NEWSLETTER.replace("    budget", "    when: {from: 2026-04-18}\n    budget")
    at = written(vigie, plan, LABELS)
    assert warned(at, "carries") == []
    assert len(warned(at, "carries", today="2026-04-21")) == 2


def test_it_is_said_in_french(vigie: Write) -> None:
    answer = written(vigie, NEWSLETTER, LABELS)("check", "--language", "fr", today=TODAY)
    words = answer.out.replace("\u00a0", " ")
    assert "aucun chiffre ne porte l’étiquette campagne « spring-newz-* » (la plus proche : « spring-news-5 »)" in words


CROSSED = """\
actions:
  search:
    name: Search ads
    tracked_by: {source: google, medium: cpc}
  noel:
    name: Christmas
    tracked_by: {campaign: "noel-*"}
  other:
    name: Other
    tracked_by: {campaign: "other-*"}
"""
ADS = "ads: {connector: csv_file, path: s.csv, kind: ads}\n"
SPENT = figures("source,medium,campaign,spend,sessions", "google,cpc,noel-1,20.50,7", "google,cpc,other-1,0,1",
                "google,cpc,x,5,2", "bing,cpc,noel-1,3,1")  # fmt: skip


def test_tracking_over_different_dimensions_that_meets_in_the_figures_is_told_with_what_is_shared(vigie: Write) -> None:
    at = written(vigie, CROSSED, SPENT, ADS)
    assert warned(at, "track the same") == []  # only stored figures tell
    at("collect", today=TODAY)
    told = "each counts them, the plan only once"
    assert warned(at, "track the same") == [
        f"14: noel and search track the same figures, 615.00 EUR of spend and 210 visits in the last 30 days: {told}",
        f"17: other and search track the same figures, 30 visits in the last 30 days: {told}",
    ]


def test_what_the_patterns_alone_tell_is_not_told_twice(vigie: Write) -> None:
    at = written(vigie, CROSSED.replace("{source: google, medium: cpc}", '{campaign: "noel*"}'), SPENT, ADS)
    at("collect", today=TODAY)
    assert len(warned(at, "track the same")) == 1


def test_a_database_of_another_version_is_said_and_nothing_else_suffers(vigie: Write) -> None:
    at = written(vigie, NEWSLETTER, LABELS)
    at("collect", today=TODAY)
    with sqlite3.connect(at.folder / "vigie.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert len(warned(at, "vigie db upgrade")) == 1
