"""Invented figures that look like a site's, a search engine's and a survey's: for demonstrations, marked as such.

Every day is drawn from its own seed, so that any window read again gives the same figures.
"""

import math
import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from config.fields import Day, Line, Model
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Origin, Reading, SourceInfo

WEEK = (0.96, 0.94, 0.97, 1.0, 1.06, 1.12, 0.95)  # Monday to Sunday

CHANNELS = {
    "Organic Search": ("google", "organic", 0.36, 0.66, 74),
    "Direct": ("(direct)", "(none)", 0.27, 0.58, 66),
    "Paid Search": ("google", "cpc", 0.13, 0.55, 49),
    "Email": ("newsletter", "email", 0.09, 0.71, 83),
    "Organic Social": ("instagram", "social", 0.08, 0.41, 31),
    "Referral": ("coupons.example", "referral", 0.07, 0.52, 58),
}  # source, medium, share of the visits, share of them engaged, seconds a visit


class Boost(Model):
    """A campaign that brings visits of its own while it runs; ``to`` is included."""

    campaign: Line
    from_: Annotated[Day, Field(alias="from")]
    to: Day
    visits: Annotated[int, Field(ge=1, le=1_000_000)]  # a day


class SimulatedOptions(SourceEntry):
    """``figures`` says of what; ``visits`` a day on average; ``keywords`` with the position each ends the year at."""

    figures: Literal["web", "search", "survey"]
    seed: int = 2017
    visits: Annotated[int, Field(ge=1, le=1_000_000)] = 7_500
    campaigns: tuple[Boost, ...] = ()
    keywords: dict[str, Annotated[Decimal, Field(ge=1, le=100)]] = {}
    simulated: Literal[True] = True  #: nothing can say otherwise


class Simulated:
    """Draws figures from a seeded generator."""

    Options: ClassVar[type[SourceEntry]] = SimulatedOptions
    kind: ClassVar = SourceKind.FILE  # until its entry says which
    provides: ClassVar[frozenset[str]] = frozenset(Measure)
    lookback: ClassVar = 0
    rereads: ClassVar = False

    def __init__(self, options: SimulatedOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Always there."""
        return SourceInfo(f"invented {self.options.figures} figures", measures=MEASURES[self.options.figures])

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the invented figures of each day."""
        yield Covered(window, MEASURES[self.options.figures])
        draw = {"web": self._web, "search": self._search, "survey": self._survey}[self.options.figures]
        for day in window:
            chance = random.Random(f"{self.options.seed} {self.options.figures} {day}")  # noqa: S311
            yield from draw(day, chance)

    def _web(self, day: date, chance: random.Random) -> Iterator[Reading]:
        season = 1 + 0.10 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 80) / 365)
        visits = self.options.visits * WEEK[day.weekday()] * season
        for channel, (source, medium, share, engaged, seconds) in CHANNELS.items():
            count = round(visits * share * chance.gauss(1, 0.06))
            origin = Origin(source=source, medium=medium, channel=channel)
            yield Reading(day, origin, _visits(count, engaged, seconds, chance))
        for boost in self.options.campaigns:
            if boost.from_ <= day <= boost.to:
                count = max(1, round(boost.visits * WEEK[day.weekday()] * chance.gauss(1, 0.2)))
                origin = Origin(campaign=boost.campaign, source="newsletter", medium="email", channel="Email")
                yield Reading(day, origin, _visits(count, 0.74, 88, chance))

    def _search(self, day: date, chance: random.Random) -> Iterator[Reading]:
        for place, (keyword, goal) in enumerate(self.options.keywords.items()):
            shown = max(0, round((420 - 60 * place) * WEEK[day.weekday()] * chance.gauss(1, 0.12)))
            year_left = 1 - day.timetuple().tm_yday / 365
            position = max(1.0, float(goal) + 4 * year_left + chance.gauss(0, 0.25))
            figures = {
                Measure.SEARCH_IMPRESSIONS: Decimal(shown),
                Measure.SEARCH_CLICKS: Decimal(round(shown * 0.32 / position)),
                Measure.POSITION_WEIGHT: Decimal(round(position * shown)),
            }
            yield Reading(day, Origin(keyword=keyword, source="google", medium="organic"), _plain(figures))

    def _survey(self, day: date, chance: random.Random) -> Iterator[Reading]:
        answers = [min(10, max(0, round(chance.gauss(8.3, 1.6)))) for _ in range(chance.randint(8, 22))]
        promoters = sum(answer >= 9 for answer in answers)
        detractors = sum(answer <= 6 for answer in answers)
        figures = {
            Measure.RESPONSES: Decimal(len(answers)),
            Measure.PROMOTERS: Decimal(promoters),
            Measure.PASSIVES: Decimal(len(answers) - promoters - detractors),
            Measure.DETRACTORS: Decimal(detractors),
            Measure.SATISFIED: Decimal(sum(answer >= 7 for answer in answers)),
            Measure.SCORE_SUM: Decimal(sum(answers)),
        }
        yield Reading(day, Origin(), _plain(figures))


def _visits(count: int, engaged: float, seconds: int, chance: random.Random) -> dict[str, Decimal | None]:
    visitors = round(count * 0.88)
    return _plain(
        {
            Measure.SESSIONS: Decimal(count),
            Measure.VISITORS: Decimal(visitors),
            Measure.NEW_VISITORS: Decimal(round(visitors * 0.41)),
            Measure.ENGAGED_SESSIONS: Decimal(round(count * engaged)),
            Measure.ENGAGEMENT_SECONDS: Decimal(round(count * seconds * chance.gauss(1, 0.03))),
            Measure.PAGE_VIEWS: Decimal(round(count * 3.4)),
        }
    )


def _plain(figures: dict[Measure, Decimal]) -> dict[str, Decimal | None]:
    return {measure.value: amount for measure, amount in figures.items()}


MEASURES: dict[str, frozenset[str]] = {
    "web": frozenset(_visits(1, 1, 1, random.Random(0))),  # noqa: S311
    "search": frozenset({Measure.SEARCH_IMPRESSIONS, Measure.SEARCH_CLICKS, Measure.POSITION_WEIGHT}),
    "survey": frozenset(
        {
            Measure.RESPONSES,
            Measure.PROMOTERS,
            Measure.PASSIVES,
            Measure.DETRACTORS,
            Measure.SATISFIED,
            Measure.SCORE_SUM,
        }
    ),
}
