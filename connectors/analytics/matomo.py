"""Visits, goals and orders of one site of a Matomo, by its days: one bulk request for each week.

A day stands under its campaigns, its other channels, and the rest of its total: nothing counts twice, and the day adds
up to what Matomo says of the whole site.

Source:
    github.com/matomo-org/matomo at f09912c (5.2.0-b5; plugins Referrers, Goals, VisitsSummary and their expected
    answers), plugin MarketingCampaignsReporting 5.0.2, read 2026-11; answers recorded in tests/support/fixtures/matomo.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import Field

from config.addresses import WebAddress
from config.errors import SourceMisread
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.analytics.matomo_bulk import Answers, Bulk, complaint
from connectors.analytics.matomo_day import PLUGIN, MatomoDay
from connectors.analytics.matomo_figures import GOALS, SALES, VISITS, Amounts, Basis, less, says
from connectors.base import Context, Covered, Item, Note, Origin, Quality, Reading, Remark, SourceInfo
from connectors.kit.days import chunks
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.tolerance import Tolerance

CHUNK = 7  # days of one request: a week of a busy site fits into one answer, and is soon archived where it is not yet

_OF_SITE = {"site": {"method": "SitesManager.getSiteFromId"}, "its goals": {"method": "Goals.getGoals"}}
_SITES = {"sites": {"method": "SitesManager.getSitesWithAtLeastViewAccess", "limit": "10"}}  # where 'site' is wrong
_OF_ALL = {
    "visits": {"method": "VisitsSummary.get"},
    "orders": {"method": "Goals.get", "idGoal": "ecommerceOrder"},
    "channels": {"method": "Referrers.getReferrerType"},
}
_OF_CORE = {"campaigns": {"method": "Referrers.getCampaigns"}}
_OF_PLUGIN = {
    "names": {"method": f"{PLUGIN}.getName"},
    "tags": {"method": f"{PLUGIN}.getSourceMedium", "flat": "1"},
    "sources": {"method": f"{PLUGIN}.getSource", "showColumns": "nb_visits"},
    "mediums": {"method": f"{PLUGIN}.getMedium", "showColumns": "nb_visits"},
}


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

    def reading(self, day: date, origin: Origin, amounts: Amounts | None) -> Reading:
        """What an origin came to; unknown where there are no amounts."""
        every = dict.fromkeys((*VISITS, *GOALS, *SALES)) if amounts is None else amounts
        known = {measure.value: amount for measure, amount in every.items() if measure in self.measures}
        return Reading(day, origin._replace(currency=self.currency), known)


class Matomo:
    """Reads one site of a Matomo."""

    Options: ClassVar[type[SourceEntry]] = MatomoOptions
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar[frozenset[str]] = frozenset({*VISITS, *GOALS, *SALES})
    lookback: ClassVar = 3  # days: visits that come in late, archives that are made at night
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits(read_seconds=300, deadline_seconds=600, tries=3)

    def __init__(self, options: MatomoOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Read the last days as a reading does, and say what there is."""
        site, answers = self._ask(f"last{CHUNK}")
        remarks = {
            f"the plugin {PLUGIN} is off: campaigns have neither source nor medium": answers.has_plugin,
            "e-commerce is off for this site: it knows no orders": Measure.ORDERS in site.measures,
            "the site has no goal: it knows no conversions": Measure.CONVERSIONS in site.measures,
        }
        lacks = [remark for remark, has in remarks.items() if not has]
        days = [Record(site.about.where, {"day": day}).day("day") for day in sorted(answers.days)]
        said = self._told([(days, site, answers)], days[0]) if days else ()
        account = f"{site.about.text('name')} ({site.about.text('main_url')})"
        since = site.about.text("ts_created")[:10]  # in UTC, of a site in another zone: near enough to be told
        return SourceInfo(
            account,
            site.about.text("timezone"),
            site.currency,
            site.measures,
            since=Record(site.about.where, {"ts_created": since}).day("ts_created"),
            remarks=(*lacks, *(item.text for item in said if isinstance(item, Remark))),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the days of ``window`` up to the last one Matomo tells of: what follows may not be archived yet.

        A day that is archived in part is left out, and asked for again by the next reading.
        """
        weeks = ((week, *self._ask(f"{week.start},{week.last}")) for week in chunks(window, CHUNK))
        yield from self._told(weeks, window.start)

    def _told(self, weeks: Iterable[tuple[Iterable[date], _Site, Answers]], known_from: date) -> Iterator[Item]:
        tolerance, halves, has_whole = Tolerance(), dict[date, str](), False
        for week, site, answers in weeks:
            days, stop = self._until_misread(week, answers, tolerance)
            lacking = {day.day: lacks for day, lacks in days if lacks}
            halves |= lacking
            yield from (Remark(f"day {day}: Matomo has not archived it whole: {why}") for day, why in lacking.items())
            if whole := [day for day, lacks in days if not lacks]:
                until = whole[-1].day + DAY
                yield from (Covered(part, site.measures) for part in _without(halves, Window(known_from, until)))
                known_from, has_whole = until, True
                yield from self._days(whole, site)
            if stop:
                raise stop
        if len(halves) > 1 and not has_whole:
            raise SourceMisread(f"{self.context.source}: no day is archived whole: {next(iter(halves.values()))}")
        yield from tolerance.ended()

    def _until_misread(
        self, week: Iterable[date], answers: Answers, tolerance: Tolerance
    ) -> tuple[list[tuple[MatomoDay, str]], SourceMisread | None]:
        """The days that Matomo tells of and what each lacks, up to one whose reports are not as documented."""
        days: list[tuple[MatomoDay, str]] = []
        try:
            for day in week:
                if answers.tell(day):
                    told = self._day(day, answers, tolerance)
                    days.append((told, told.lacks()))
        except SourceMisread as error:
            return days, error
        return days, None

    def _day(self, day: date, answers: Answers, tolerance: Tolerance) -> MatomoDay:
        basis = Basis(self.options.goals or (), self.options.with_tax, self.options.with_shipping)
        return MatomoDay(day, answers, tuple(self._goals()), basis, tolerance)

    def _days(self, days: Iterable[MatomoDay], site: _Site) -> Iterator[Item]:
        """A reading for each campaign and channel; last what the site has beside them, if anything."""
        for day in days:
            if day.is_folded:
                yield Note(day.day, Quality.OTHER_ROW, "Matomo folded small campaigns together")
            rest, parts = day.total(), list(day.parts())
            day.tolerance.prove()
            yield from day.tolerance.told(day.day)
            for origin, amounts in parts:
                rest = rest and less(rest, amounts or {})
                yield site.reading(day.day, origin, amounts)
            if rest is None or says(rest):
                yield site.reading(day.day, Origin(), rest)

    # The questions.

    def _goals(self) -> dict[str, dict[str, str]]:
        """The reports on the goals that count."""
        chosen = {f"goal {goal}": {"method": "Goals.get", "idGoal": str(goal)} for goal in self.options.goals or ()}
        return chosen or {"goals": {"method": "Goals.get"}}

    def _ask(self, days: str) -> tuple[_Site, Answers]:
        """The site and what its reports say, in one request; ``days`` is what Matomo calls a date."""
        span = {"period": "day", "date": days, "filter_limit": "-1", "format_metrics": "0"}
        reports = {**_OF_ALL, **self._goals(), **_OF_CORE, **_OF_PLUGIN, **_SITES}
        asked = {**_OF_SITE, **{name: {**question, **span} for name, question in reports.items()}}
        found = self._bulk.ask(asked)
        is_off = f"{PLUGIN} is not enabled" in complaint(found["names"])
        in_use = (*_OF_ALL, *self._goals(), *(_OF_CORE if is_off else _OF_PLUGIN))
        for name in (*_OF_SITE, *in_use):
            self._bulk.accept(asked[name]["method"], found[name], _listed(found["sites"]))
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
        sales = SALES if about.flag("ecommerce") else ()
        return _Site(about, about.currency("currency"), frozenset({*VISITS, *(GOALS if goals else ()), *sales}))

    @cached_property
    def _bulk(self) -> Bulk:
        token = self.context.reveal(self.options.token)
        return Bulk(self.context.source, self.options.url, self.options.site, token, self.limits)


def _listed(sites: Any) -> str:
    """Some sites by their numbers and names; nothing where Matomo does not say."""
    every = sites if isinstance(sites, list) else ()
    return ", ".join(f"{site.get('idsite')} {site.get('name')}" for site in every if isinstance(site, dict))


def _without(days: Iterable[date], window: Window) -> Iterator[Window]:
    """The parts of a window that have none of some days, which are in order."""
    start = window.start
    for day in days:
        if day in window:
            if start < day:
                yield Window(start, day)
            start = day + DAY
    if start < window.end:
        yield Window(start, window.end)
