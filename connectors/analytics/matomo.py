"""Visits, goals and orders of one site of a Matomo, by its days: one bulk request for each week.

A day stands under its campaigns, its other channels, and the rest of its total: nothing counts twice, and the day adds
up to what Matomo says of the whole site.

Source:
    github.com/matomo-org/matomo at f09912c (5.2.0-b5; plugins Referrers, Goals, VisitsSummary and their expected
    answers), plugin MarketingCampaignsReporting 5.0.2, read 2026-11; answers recorded in tests/support/fixtures/matomo.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar
from urllib.parse import unquote_plus

from pydantic import Field

from config.addresses import WebAddress
from config.fields import LARGEST
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import OTHER, Measure, SourceKind
from connectors.analytics.matomo_bulk import Answers, Bulk, complaint
from connectors.base import Context, Covered, Item, Note, Origin, Quality, Reading, SourceInfo
from connectors.kit.days import chunks
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits

CHUNK = 7  # days of one request: a week of a busy site fits into one answer, and is soon archived where it is not yet
EXACT = 6  # decimals kept of money: Matomo adds it up in floating point, as 640.8099999999998
OTHERS = "Others"  # the row that Matomo folds small ones into, in English; tracked values have no capital letter

_PLUGIN = "MarketingCampaignsReporting"
_NAME, _TAGS = f"{_PLUGIN}_CampaignName", f"{_PLUGIN}_CampaignSourceMedium"
_BETWEEN = " - "  # what the plugin puts between source and medium
_CHANNELS = {1: "Direct", 2: "Organic Search", 3: "Referral", 7: "Organic Social"}  # by Matomo's type of referrer

_OF_SITE = {"site": {"method": "SitesManager.getSiteFromId"}, "its goals": {"method": "Goals.getGoals"}}
_OF_ALL = {
    "visits": {"method": "VisitsSummary.get"},
    "orders": {"method": "Goals.get", "idGoal": "ecommerceOrder"},
    "channels": {"method": "Referrers.getReferrerType"},
}
_OF_CORE = {"campaigns": {"method": "Referrers.getCampaigns"}}
_OF_PLUGIN = {
    "names": {"method": f"{_PLUGIN}.getName"},
    "tags": {"method": f"{_PLUGIN}.getSourceMedium", "flat": "1"},
    "sources": {"method": f"{_PLUGIN}.getSource", "showColumns": "nb_visits"},
    "mediums": {"method": f"{_PLUGIN}.getMedium", "showColumns": "nb_visits"},
}

_VISITS = (Measure.SESSIONS, Measure.VISITORS, Measure.ENGAGED_SESSIONS, Measure.ENGAGEMENT_SECONDS)
_GOALS = (Measure.CONVERSIONS, Measure.CONVERSION_VALUE)
_SALES = (Measure.ORDERS, Measure.ITEMS, Measure.REVENUE)
_COLUMNS = {"nb_visits", "nb_uniq_visitors", "nb_actions", "bounce_count", "sum_visit_length"}  # that tell of visits

Amounts = dict[Measure, Decimal | int | None]
Part = tuple[Origin, Amounts]


class MatomoOptions(SourceEntry):
    """``site`` is Matomo's idSite; ``goals`` are the ids of those that count as conversions, all where left out."""

    identity: ClassVar[tuple[str, ...]] = ("url", "site")

    url: WebAddress
    site: Annotated[int, Field(ge=1)]
    token: Secret
    goals: Annotated[tuple[Annotated[int, Field(ge=1)], ...] | None, Field(min_length=1)] = None
    with_tax: bool = False
    with_shipping: bool = False


@dataclass(frozen=True, slots=True)
class _Site:
    """What Matomo says of the site, and so which measures it knows."""

    about: Record
    currency: str
    measures: frozenset[str]

    def reading(self, day: date, origin: Origin, amounts: Amounts) -> Reading:
        known = {measure.value: amount for measure, amount in amounts.items() if measure in self.measures}
        return Reading(day, origin._replace(currency=self.currency), known)


class Matomo:
    """Reads one site of a Matomo."""

    Options: ClassVar[type[SourceEntry]] = MatomoOptions
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar[frozenset[str]] = frozenset({*_VISITS, *_GOALS, *_SALES})
    lookback: ClassVar = 3  # days: visits that come in late, archives that are made at night
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits(read_seconds=300, deadline_seconds=600, tries=3)

    def __init__(self, options: MatomoOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Ask of the last two days all that a reading asks, and say what there is."""
        site, answers = self._ask("last2")
        remarks = {
            f"the plugin {_PLUGIN} is off: campaigns have neither source nor medium": "names" in answers.reports,
            "e-commerce is off for this site: it knows no orders": Measure.ORDERS in site.measures,
            "the site has no goal: it knows no conversions": Measure.CONVERSIONS in site.measures,
        }
        account = f"{site.about.text('name')} ({site.about.text('main_url')})"
        lacks = tuple(remark for remark, has in remarks.items() if not has)
        since = site.about.text("ts_created")[:10]  # in UTC, of a site in another zone: near enough to be told
        first = Record(site.about.where, {"ts_created": since}).day("ts_created")
        zone = site.about.text("timezone")
        return SourceInfo(account, zone, site.currency, site.measures, since=first, remarks=lacks)

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the days of ``window`` up to the last one Matomo tells of: what follows may not be archived yet."""
        known_from = window.start
        for week in chunks(window, CHUNK):
            site, answers = self._ask(f"{week.start},{week.last}")
            days = [day for day in week if answers.tell(day)]
            if days:
                yield Covered(Window(known_from, days[-1] + DAY), site.measures)
                known_from = days[-1] + DAY
            for day in days:
                yield from self._day(day, site, answers)

    def _day(self, day: date, site: _Site, answers: Answers) -> Iterator[Item]:
        """A reading for each campaign and channel; last what the site has beside them, if anything."""
        has_plugin = "names" in answers.reports
        labels = [answers.labels(name, day) for name in (("names", "tags") if has_plugin else ("campaigns",))]
        if any(OTHERS in label.split(_BETWEEN) for some in labels for label in some):
            yield Note(day, Quality.OTHER_ROW, "Matomo folded small campaigns together")
        rest = self._total(day, answers)
        campaigns = self._campaigns if has_plugin else self._campaigns_of_core
        for origin, amounts in [*campaigns(day, answers), *self._channels(day, answers)]:
            rest = _less(rest, amounts)
            yield site.reading(day, origin, amounts)
        if _says(rest):
            yield site.reading(day, Origin(), rest)

    # The figures.

    def _total(self, day: date, answers: Answers) -> Amounts:
        """What the whole site had."""
        visits, orders = answers.total("visits", day), answers.total("orders", day)
        goals = [answers.total(name, day) for name in self._goals()]
        total = self._amounts(visits, goals, orders)
        return total if self.options.goals else _less(total, _goal(orders))  # orders are a goal among all of them

    def _row(self, row: Record) -> Amounts:
        """What a campaign or channel had. It may have goals and no visit: somebody came back another way."""
        found = row.record("goals") if row.values.get("goals", []) != [] else Record(row.where, {})
        wanted = "|".join(map(str, self.options.goals or ["[0-9]+"]))
        goals = [found.record(key) for key in found.values if re.fullmatch(f"idgoal=({wanted})", key)]
        visits = row if _COLUMNS & row.values.keys() else None
        return self._amounts(visits, goals, found.maybe_record("idgoal=ecommerceOrder"))

    def _amounts(self, visits: Record | None, goals: Iterable[Record | None], orders: Record | None) -> Amounts:
        total: Amounts = {**_visits(visits), **self._sales(orders), **dict.fromkeys(_GOALS, 0)}
        for goal in goals:
            total = _less(total, _goal(goal), -1)
        return total

    def _sales(self, row: Record | None) -> Amounts:
        """``revenue`` is all that was paid. The subtotal is not used: in some shops it holds the tax, in others not."""
        if row is None:
            return dict.fromkeys(_SALES, 0)
        tax = 0 if self.options.with_tax else _money(row, "revenue_tax")
        shipping = 0 if self.options.with_shipping else _money(row, "revenue_shipping")
        revenue = _money(row, "revenue") - tax - shipping
        return dict(zip(_SALES, (row.count("nb_conversions"), row.count("items"), revenue), strict=True))

    # The origins.

    def _channels(self, day: date, answers: Answers) -> Iterator[Part]:
        for row in answers.rows("channels", day):
            if channel := _CHANNELS.get(row.count("referrer_type")):
                yield Origin(channel=channel), self._row(row)

    def _campaigns_of_core(self, day: date, answers: Answers) -> Iterator[Part]:
        for row in answers.rows("campaigns", day):
            yield Origin(campaign=_campaign(row.text("label"))), self._row(row)

    def _campaigns(self, day: date, answers: Answers) -> Iterator[Part]:
        """Each campaign by source and medium, then what is left of it: visits that had neither."""
        tagged, left = answers.rows("tags", day), dict[str, Amounts]()
        for row in answers.rows("names", day):
            if not (tagged and _is_of_core(row)):
                name, amounts = row.text("label"), self._row(row)
                left[name] = _less(left[name], amounts, -1) if name in left else amounts
        sources, mediums = answers.labels("sources", day), answers.labels("mediums", day)
        for row in tagged:
            # Matomo decodes labels, and not what stands beside them: "summer+sale" is "summer sale" in its reports
            tags, name = unquote_plus(row.text(_TAGS)), unquote_plus(row.maybe_text(_NAME) or "")
            if OTHERS in (tags, name):  # a part of what is left of the campaigns
                continue
            amounts = self._row(row)
            if whole := next((known for known in (name, OTHERS) if name and known in left), None):
                left[whole] = _less(left[whole], amounts)
            source, medium = _apart(tags, sources, mediums)
            yield Origin(campaign=name, source=source, medium=medium), amounts
        yield from ((Origin(campaign=_campaign(name)), amounts) for name, amounts in left.items() if _says(amounts))

    # The questions.

    def _goals(self) -> dict[str, dict[str, str]]:
        """The reports on the goals that count."""
        chosen = {f"goal {goal}": {"method": "Goals.get", "idGoal": str(goal)} for goal in self.options.goals or ()}
        return chosen or {"goals": {"method": "Goals.get"}}

    def _ask(self, days: str) -> tuple[_Site, Answers]:
        """The site and what its reports say, in one request; ``days`` is what Matomo calls a date."""
        span = {"period": "day", "date": days, "filter_limit": "-1", "format_metrics": "0"}
        reports = {**_OF_ALL, **self._goals(), **_OF_CORE, **_OF_PLUGIN}
        asked = {**_OF_SITE, **{name: {**question, **span} for name, question in reports.items()}}
        found = self._bulk.ask(asked)
        is_off = f"{_PLUGIN} is not enabled" in complaint(found["names"])
        in_use = (*_OF_ALL, *self._goals(), *(_OF_CORE if is_off else _OF_PLUGIN))
        for name in (*_OF_SITE, *in_use):
            self._bulk.accept(asked[name]["method"], found[name])
        return self._site(found), self._bulk.answers(found, in_use)

    def _site(self, found: Mapping[str, Any]) -> _Site:
        about = Record.of(f"{self.context.source}: site {self.options.site}", found["site"])
        listed = found["its goals"]
        if isinstance(listed, dict):  # as PHP writes a list that does not begin at the beginning
            listed = list(listed.values())
        goals = {goal.count("idgoal"): goal for goal in Record(about.where, {"goal": listed}).records("goal")}
        if absent := sorted(set(self.options.goals or ()) - goals.keys()):
            there = ", ".join(f"{number} {goal.text('name')}" for number, goal in goals.items()) or "none"
            raise self._bulk.refuse(f"the site has no goal {absent[0]}: correct 'goals'; it has {there}")
        sales = _SALES if about.flag("ecommerce") else ()
        return _Site(about, about.currency("currency"), frozenset({*_VISITS, *(_GOALS if goals else ()), *sales}))

    @cached_property
    def _bulk(self) -> Bulk:
        token = self.context.reveal(self.options.token)
        return Bulk(self.context.source, self.options.url, self.options.site, token, self.limits)


def _visits(row: Record | None) -> Amounts:
    """Visits. A Matomo can be told not to count visitors: then they are unknown."""
    if row is None:
        return dict.fromkeys(_VISITS, 0)
    visits = row.count("nb_visits")
    engaged = visits - row.count("bounce_count")
    seconds = row.count("sum_visit_length")
    return dict(zip(_VISITS, (visits, row.maybe_count("nb_uniq_visitors"), engaged, seconds), strict=True))


def _goal(row: Record | None) -> Amounts:
    if row is None:
        return dict.fromkeys(_GOALS, 0)
    return dict(zip(_GOALS, (row.count("nb_conversions"), _money(row, "revenue")), strict=True))


def _money(row: Record, name: str) -> Decimal:
    amount = row.amount(name)
    return round(amount, EXACT) if abs(amount) < LARGEST else row.refuse(f"{name} is too large")


def _less(whole: Amounts, part: Amounts, sign: int = 1) -> Amounts:
    """What is left without a part, or with it where ``sign`` is -1; unknown where either is."""
    left = dict(whole)
    for measure, amount in part.items():
        known = whole[measure]
        left[measure] = None if known is None or amount is None else known - sign * amount
    return left


def _says(amounts: Amounts) -> bool:
    """Whether it is more than nothing at all."""
    return any(amount is None or amount for amount in amounts.values())


def _campaign(label: str) -> str:
    return OTHER if label == OTHERS else label


def _is_of_core(row: Record) -> bool:
    """Whether a name is no visit's own: on a day without any, the plugin gives Matomo's, which may be the source."""
    return "referrerName==" in (row.maybe_text("segment") or "")


def _apart(tags: str, sources: set[str], mediums: set[str]) -> tuple[str, str]:
    """Source and medium of ``source - medium``, where either may be missing; both empty where nobody can tell."""
    parts = tags.split(_BETWEEN)
    ways = [(_BETWEEN.join(parts[:place]), _BETWEEN.join(parts[place:])) for place in range(len(parts) + 1)]
    known = [(source, medium) for source, medium in ways if source in {"", *sources} and medium in {"", *mediums}]
    if len(known) == 1:
        return known[0]
    return (parts[0], parts[1]) if len(parts) == 2 and not known else ("", "")
