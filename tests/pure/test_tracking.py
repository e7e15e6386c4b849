"""Which actions an origin belongs to, and which source speaks for a measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.plan import Plan, Rule
from config.vocabulary import Dimension, SourceKind
from connectors.base import Origin
from worker.model.labels import SoughtLabel, UnseenLabel, label_of, still_unseen
from worker.model.tracking import SourceFacts, Tracker, chosen_authorities, is_unobservable


def owners(rules: dict[str, list[dict[str, str]]], **labels: str) -> set[str]:
    tracker = Tracker({id: tuple(Rule.model_validate(rule) for rule in found) for id, found in rules.items()})
    return set(tracker.owners(Origin(**labels)))


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("spring-news-*", "spring-news-3", True),
        ("spring-news-*", "Spring-News-3", True),
        ("spring-news-*", " spring-news-3 ", True),
        ("spring-news-*", "spring-new-3", False),
        ("spring-news-*", "my spring-news-3", False),
        ("news?", "news1", True),
        ("news?", "news12", False),
        ("été*", "ÉTÉ 2026", True),
        ("été", "e\u0301te\u0301", True),  # the same letters, composed otherwise
        ("a[bc]", "ab", False),  # brackets are plain text
        ("a[bc]", "a[bc]", True),
        ("*", "anything", True),
        ("*", "", False),
        ("*", "(not set)", False),
        ("*", "(none)", False),
        ("*", "(other)", False),
        ("(not set)", "(not set)", False),
    ],
)
def test_a_pattern_is_a_glob_that_ignores_case_and_never_matches_what_is_no_value(
    pattern: str, value: str, fits: bool
) -> None:
    assert (owners({"a": [{"campaign": pattern}]}, campaign=value) == {"a"}) is fits


def test_a_mapping_wants_all_of_its_dimensions() -> None:
    rules = {"ads": [{"source": "google", "medium": "cpc"}]}
    assert owners(rules, source="google", medium="cpc") == {"ads"}
    assert owners(rules, source="google", medium="organic") == set()
    assert owners(rules, medium="cpc") == set()


def test_a_list_wants_any_of_its_rules() -> None:
    rules = {"news": [{"campaign": "spring-*"}, {"coupon": "SPRING10"}]}
    assert owners(rules, campaign="spring-1") == {"news"}
    assert owners(rules, coupon="spring10") == {"news"}
    assert owners(rules, campaign="summer", coupon="SUMMER") == set()


def test_an_order_with_two_coupons_belongs_to_both_actions() -> None:
    rules = {"one": [{"coupon": "SPRING10"}], "two": [{"coupon": "welcome*"}], "three": [{"coupon": "X"}]}
    assert owners(rules, coupon="WELCOME15|spring10") == {"one", "two"}


def test_a_coupon_that_holds_a_bar_is_tracked_by_its_whole_code() -> None:
    rules = {"two": [{"coupon": "DEUX|UN"}], "wide": [{"coupon": "W*10"}]}
    assert owners(rules, coupon="deux|un") == {"two"}
    assert owners(rules, coupon="AUTRE|DEUX|UN") == {"two"}
    assert owners(rules, coupon="WELCOME|SPRING10") == set()  # no * reaches from one coupon into the next


def test_a_bar_in_a_campaign_is_a_sign_like_any_other() -> None:
    assert owners({"news": [{"campaign": "spring*"}]}, campaign="Spring | linen") == {"news"}


def test_a_bar_separates_coupons_only() -> None:
    assert owners({"a": [{"campaign": "x"}]}, campaign="x|y") == set()


labels = st.sampled_from(["", "spring-1", "Spring-2", "summer", "(not set)", "a|b"])
patterns = st.sampled_from(["spring-*", "*", "summer", "spring-?", "SPRING-1", "*m*"])


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.lists(st.dictionaries(st.sampled_from(["campaign", "source", "coupon"]), patterns, min_size=1), min_size=1),
    ),
    st.lists(st.tuples(labels, labels, labels), min_size=1, max_size=8),
)
def test_looking_rules_up_by_value_finds_what_trying_every_rule_finds(
    rules: dict[str, list[dict[str, str]]], origins: list[tuple[str, str, str]]
) -> None:
    together = Tracker({id: tuple(Rule.model_validate(rule) for rule in found) for id, found in rules.items()})
    assert origins
    for campaign, source, coupon in origins:
        origin = Origin(campaign=campaign, source=source, coupon=coupon)
        alone = {
            id
            for id, found in rules.items()
            for rule in found
            if Tracker({id: (Rule.model_validate(rule),)}).owners(origin)
        }
        assert together.owners(origin) == alone


def plan(**more: object) -> Plan:
    base = {"plan": "P", "currency": "EUR", "timezone": "UTC", "starts": "2026-01-01", "ends": "2026-12-31"}
    return Plan.model_validate({**base, **more})


SHOP = SourceFacts(SourceKind.SHOP, frozenset({"orders", "revenue"}))
WEB = SourceFacts(SourceKind.ANALYTICS, frozenset({"orders", "revenue", "sessions", "spend"}))
ADS = SourceFacts(SourceKind.ADS, frozenset({"spend", "clicks"}))
COSTS = SourceFacts(SourceKind.FILE, frozenset({"spend"}))


def test_the_shop_speaks_for_orders_the_ads_for_spend_analytics_for_the_rest() -> None:
    found = chosen_authorities(plan(), {"web": WEB, "shop": SHOP, "ads": ADS})
    assert found == {
        "orders": ("shop",),
        "revenue": ("shop",),
        "sessions": ("web",),
        "spend": ("ads",),
        "clicks": ("ads",),
    }


def test_two_shops_add_up() -> None:
    assert chosen_authorities(plan(), {"fr": SHOP, "web": WEB, "uk": SHOP})["orders"] == ("fr", "uk")


def test_without_a_shop_analytics_speaks_for_orders() -> None:
    assert chosen_authorities(plan(), {"web": WEB})["orders"] == ("web",)


def test_a_plan_may_say_otherwise() -> None:
    found = chosen_authorities(plan(authority={"revenue": "web"}), {"web": WEB, "shop": SHOP})
    assert (found["revenue"], found["orders"]) == (("web",), ("shop",))


def test_the_costs_of_the_plan_are_spend_beside_whoever_speaks_for_it() -> None:
    assert chosen_authorities(plan(), {"ads": ADS, "costs": COSTS})["spend"] == ("ads", "costs")
    assert chosen_authorities(plan(), {"costs": COSTS})["spend"] == ("costs",)


def test_a_measure_that_a_source_declares_is_spoken_for_by_all_that_declare_it() -> None:
    one = SourceFacts(SourceKind.FILE, frozenset({"demo_requests"}))
    assert chosen_authorities(plan(), {"a": one, "b": one})["demo_requests"] == ("a", "b")


def test_tracking_is_blind_where_no_source_carries_what_it_looks_at() -> None:
    rules = [Rule.model_validate({"campaign": "x"}), Rule.model_validate({"source": "google", "medium": "cpc"})]
    assert is_unobservable(rules, [frozenset({Dimension.COUPON})])
    assert is_unobservable(rules, [frozenset({Dimension.SOURCE})])  # the medium is missing
    assert not is_unobservable(rules, [frozenset({Dimension.SOURCE, Dimension.MEDIUM})])
    assert not is_unobservable(rules, [frozenset(), frozenset({Dimension.CAMPAIGN})])
    assert is_unobservable([], [frozenset(Dimension)])


def unseen(rule: dict[str, object], *origins: Origin) -> list[str]:
    """What comes nearest to a rule, where none of the origins carries what it looks at."""
    label = label_of(Rule.model_validate(rule))
    assert SoughtLabel.of_key(label.key) == label
    return [one.nearest for one in still_unseen([UnseenLabel(label)], origins)]


@pytest.mark.parametrize(
    ("pattern", "value", "nearest"),
    [
        ("spring-newz-*", "spring-news-5", "spring-news-5"),
        ("noel-*", "Noël 2026 search", "Noël 2026 search"),  # compared as far as the pattern says something
        ("*-sael", "summer-sale", "summer-sale"),
        ("*noel*", "promo_Noël_2026", "promo_Noël_2026"),
        ("spring_news", "spring-news", "spring-news"),  # the same, but for a sign
        ("spring-*", "linen dresses", ""),
        ("spring-*", "(not set)", ""),
    ],
)
def test_of_a_label_that_nothing_carries_the_nearest_there_is_is_found(pattern: str, value: str, nearest: str) -> None:
    assert unseen({"campaign": pattern}, Origin(campaign=value), Origin(campaign="winter")) == [nearest]


def test_a_label_is_carried_as_tracking_finds_it() -> None:
    assert unseen({"campaign": "Spring-*"}, Origin(campaign=" spring-1 ")) == []
    assert unseen({"coupon": "spring10"}, Origin(coupon="WELCOME|SPRING10")) == []
    assert unseen({"coupon": "SPRING1O"}, Origin(coupon="WELCOME|SPRING10")) == ["SPRING10"]
    assert unseen({"campaign": ["x", "summer"]}, Origin(campaign="summer")) == []


def test_labels_that_belong_together_are_carried_only_together() -> None:
    rule: dict[str, object] = {"source": "google", "campaign": "spring-newz"}
    origins = [Origin(source="google", campaign="winter"), Origin(source="bing", campaign="spring-newz")]
    assert unseen(rule, *origins) == [""]
    assert unseen(rule, *origins, Origin(source="google", campaign="spring-news")) == ["spring-news"]
    assert unseen(rule, *origins, Origin(source="google", campaign="spring-newz")) == []


values = st.lists(st.sampled_from(["spring-news", "spring-nws", "sprig", "news", "x", "Spring News"]), max_size=6)


@given(values, values)
def test_what_comes_nearest_does_not_depend_on_when_it_was_seen(early: list[str], late: list[str]) -> None:
    label = label_of(Rule.model_validate({"campaign": ["spring-newz-*", "newspaper"]}))
    one, other = ([Origin(campaign=value) for value in found] for found in (early, late))
    assert still_unseen(still_unseen([UnseenLabel(label)], one), other) == still_unseen(
        [UnseenLabel(label)], [*one, *other]
    )
