"""The words of the field: measures, dimensions, units, grains. Every member says its unit and meaning."""

from enum import StrEnum
from typing import Self

from config.message import Message, marked


class Unit(StrEnum):
    """What a number counts. A KPI's unit decides how it is written for people."""

    COUNT = "count"  #: a number of things
    MONEY = "money"  #: an amount in a currency
    SECONDS = "seconds"  #: a duration
    SHARE = "share"  #: a part of a whole, 0.025 is 2.5 %
    RATIO = "ratio"  #: one amount over another of the same unit
    POSITION = "position"  #: a rank, 1 is first
    POINTS = "points"  #: a score, -100 to 100 for the net promoter score
    WEIGHT = "weight"  #: an average times what it was weighted with; only ever divided


class Measure(StrEnum):
    """A raw additive amount from a source. Money is in the currency of its origin."""

    unit: Unit
    meaning: str

    def __new__(cls, value: str, unit: Unit, meaning: str) -> Self:
        """A member that is its id, and knows its unit."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.unit = unit
        member.meaning = meaning
        return member

    SESSIONS = "sessions", Unit.COUNT, "visits to the site"
    VISITORS = (
        "visitors",
        Unit.COUNT,
        "unique visitors of a day; summed over days they are visitor-days",
    )
    NEW_VISITORS = "new_visitors", Unit.COUNT, "visitors never seen before"
    ENGAGED_SESSIONS = (
        "engaged_sessions",
        Unit.COUNT,
        "visits that lasted, converted or saw two pages",
    )
    ENGAGEMENT_SECONDS = (
        "engagement_seconds",
        Unit.SECONDS,
        "time the site was in front of the visitor",
    )
    PAGE_VIEWS = "page_views", Unit.COUNT, "pages seen"
    CONVERSIONS = (
        "conversions",
        Unit.COUNT,
        "key events or goals; a source may attribute fractions",
    )
    CONVERSION_VALUE = "conversion_value", Unit.MONEY, "value the source gives to the conversions"
    ORDERS = "orders", Unit.COUNT, "orders placed"
    ITEMS = "items", Unit.COUNT, "articles sold"
    REVENUE = (
        "revenue",
        Unit.MONEY,
        "net sales: after discounts and refunds, without tax and shipping",
    )
    REFUNDS = (
        "refunds",
        Unit.MONEY,
        "money given back, on the day it was; already taken off revenue",
    )
    NEW_CUSTOMERS = "new_customers", Unit.COUNT, "customers who ordered for the first time"
    SPEND = "spend", Unit.MONEY, "what the marketing cost: ad platforms and the plan's paid costs"
    IMPRESSIONS = "impressions", Unit.COUNT, "times an ad was shown"
    CLICKS = "clicks", Unit.COUNT, "times an ad was clicked"
    EMAILS_SENT = "emails_sent", Unit.COUNT, "marketing e-mails sent"
    EMAILS_DELIVERED = "emails_delivered", Unit.COUNT, "marketing e-mails that arrived"
    EMAILS_OPENED = "emails_opened", Unit.COUNT, "marketing e-mails opened"
    EMAILS_CLICKED = "emails_clicked", Unit.COUNT, "marketing e-mails with a click"
    UNSUBSCRIBES = "unsubscribes", Unit.COUNT, "people who left the list"
    SEARCH_IMPRESSIONS = (
        "search_impressions",
        Unit.COUNT,
        "times the site was shown in search results",
    )
    SEARCH_CLICKS = "search_clicks", Unit.COUNT, "clicks from search results"
    POSITION_WEIGHT = "position_weight", Unit.WEIGHT, "average position times search impressions"
    RESPONSES = "responses", Unit.COUNT, "answers to the survey"
    PROMOTERS = "promoters", Unit.COUNT, "answers of 9 or 10 out of 10"
    PASSIVES = "passives", Unit.COUNT, "answers of 7 or 8 out of 10"
    DETRACTORS = "detractors", Unit.COUNT, "answers of 0 to 6 out of 10"
    SATISFIED = "satisfied", Unit.COUNT, "answers that say satisfied"
    SCORE_SUM = "score_sum", Unit.POINTS, "sum of the scores given"


#: id -> measure, for those that have a column of their own; a source may declare others
BUILT_IN: dict[str, Measure] = {measure.value: measure for measure in Measure}


class Dimension(StrEnum):
    """A label that slices a measure. One combination of values is an origin."""

    CAMPAIGN = "campaign"
    CAMPAIGN_ID = "campaign_id"
    SOURCE = "source"
    MEDIUM = "medium"
    CHANNEL = "channel"
    CONTENT = "content"
    TERM = "term"
    COUPON = "coupon"  #: may hold several values separated by ``|``
    KEYWORD = "keyword"
    LANDING_PAGE = "landing_page"
    REFERRER = "referrer"


class Scope(StrEnum):
    """What a figure, a promise, a change or a problem is about."""

    PLAN = "plan"
    OBJECTIVE = "objective"
    ACTION = "action"
    BUDGET = "budget"  #: one that several actions share
    UNATTRIBUTED = "unattributed"  #: what belongs to no action
    SOURCE = "source"
    PERSON = "person"
    KPI = "kpi"


class Grain(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"  #: ISO, from Monday
    MONTH = "month"
    QUARTER = "quarter"
    OCCURRENCE = "occurrence"  #: one turn of a recurring action
    TO_DATE = "to_date"  #: from the start of the action or plan up to today


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class SourceKind(StrEnum):
    """What sort of tool a source is: it decides for which measures the source speaks."""

    SHOP = "shop"
    ADS = "ads"
    ANALYTICS = "analytics"
    EMAIL = "email"
    SEARCH = "search"
    SURVEY = "survey"
    FILE = "file"  #: figures somebody prepared: a CSV file, a query


#: Values that say "there is no value": they never match a tracking pattern.
NOT_A_VALUE = frozenset({"", "(not set)", "(none)", "(other)"})

#: Where what the cap on origins folded together goes, and what a source calls the rest.
OTHER = marked("(other)")

#: Shown where a breakdown has no value.
NOT_SET = marked("(not set)")

#: Google's default channel groups (support.google.com/analytics/answer/9756891, read 2026-11):
#: a closed list, kept when origins are folded together; a channel of any other name may be invented.
CHANNELS = frozenset(
    {
        "Affiliates", "Audio", "Cross-network", "Direct", "Display", "Email", "Mobile Push Notifications",
        "Organic Search", "Organic Shopping", "Organic Social", "Organic Video", "Paid Other", "Paid Search",
        "Paid Shopping", "Paid Social", "Paid Video", "Referral", "SMS", "Unassigned", "AI Assistant",
    }
)  # fmt: skip


def label(value: str, dimension: Dimension | None) -> Message:
    """A label for people: Google's channels have names in every language, any other is as its source has it."""
    if value in (OTHER, NOT_SET) or (dimension is Dimension.CHANNEL and value in CHANNELS):
        return Message(value)
    return Message("{text}", (("text", value),))


_SALES = (SourceKind.SHOP, SourceKind.FILE, SourceKind.ANALYTICS, SourceKind.ADS)
_ADS = (SourceKind.ADS, SourceKind.FILE, SourceKind.ANALYTICS, SourceKind.SHOP)
_TRAFFIC = (SourceKind.ANALYTICS, SourceKind.FILE, SourceKind.SHOP)
_CONVERSIONS = (SourceKind.ANALYTICS, SourceKind.FILE, SourceKind.SHOP, SourceKind.ADS)
_EMAIL = (SourceKind.EMAIL, SourceKind.FILE)
_SEARCH = (SourceKind.SEARCH, SourceKind.FILE, SourceKind.ANALYTICS)
_SURVEY = (SourceKind.SURVEY, SourceKind.FILE)

#: For each measure, the kinds of source that may speak for it, the first present being the authority.
AUTHORITIES: dict[Measure, tuple[SourceKind, ...]] = {
    **dict.fromkeys((Measure.ORDERS, Measure.ITEMS, Measure.REVENUE), _SALES),
    **dict.fromkeys((Measure.REFUNDS, Measure.NEW_CUSTOMERS), _SALES),
    **dict.fromkeys((Measure.SPEND, Measure.IMPRESSIONS, Measure.CLICKS), _ADS),
    **dict.fromkeys((Measure.SESSIONS, Measure.VISITORS, Measure.NEW_VISITORS), _TRAFFIC),
    **dict.fromkeys((Measure.ENGAGED_SESSIONS, Measure.ENGAGEMENT_SECONDS, Measure.PAGE_VIEWS), _TRAFFIC),
    **dict.fromkeys((Measure.CONVERSIONS, Measure.CONVERSION_VALUE), _CONVERSIONS),
    **dict.fromkeys((Measure.EMAILS_SENT, Measure.EMAILS_DELIVERED, Measure.EMAILS_OPENED), _EMAIL),
    **dict.fromkeys((Measure.EMAILS_CLICKED, Measure.UNSUBSCRIBES), _EMAIL),
    **dict.fromkeys((Measure.SEARCH_IMPRESSIONS, Measure.SEARCH_CLICKS, Measure.POSITION_WEIGHT), _SEARCH),
    **dict.fromkeys((Measure.RESPONSES, Measure.PROMOTERS, Measure.PASSIVES), _SURVEY),
    **dict.fromkeys((Measure.DETRACTORS, Measure.SATISFIED, Measure.SCORE_SUM), _SURVEY),
}
