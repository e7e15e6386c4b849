"""One day of a Matomo: whether it is made whole, what it came to, and under which campaigns and channels."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote_plus

from config.errors import SourceMisread
from config.vocabulary import OTHER, Measure
from connectors.analytics.matomo_bulk import Answers
from connectors.analytics.matomo_figures import Amounts, Basis, less, says
from connectors.base import Origin
from connectors.kit.fields import Record
from connectors.kit.tolerance import Tolerance

OTHERS = "Others"  # the row that Matomo folds small ones into, in English; tracked values have no capital letter
PLUGIN = "MarketingCampaignsReporting"
CAMPAIGN = 6  # of Matomo's types of referrer
CHANNELS = {1: "Direct", 2: "Organic Search", 3: "Referral", 7: "Organic Social"}

_NAME, _TAGS = f"{PLUGIN}_CampaignName", f"{PLUGIN}_CampaignSourceMedium"
_BETWEEN = " - "  # what the plugin puts between source and medium
_OF_A_PART = ("_new_visit", "_returning_visit")  # columns of some of the visits, which have archives of their own
_COUNTS = (Measure.SESSIONS, Measure.CONVERSIONS, Measure.ORDERS)
_SEGMENT = re.compile(r"(?:^|;)(?:campaignName|referrerName)==([^;]*)$")

#: what an origin came to; None where its row cannot be read
Part = tuple[Origin, Amounts | None]


@dataclass(frozen=True, slots=True)
class MatomoDay:
    """What the reports say of a day. Rows that cannot be read are left out, and ``tolerance`` tells them."""

    day: date
    answers: Answers
    goals: tuple[str, ...]  #: the reports on the goals that count
    basis: Basis
    tolerance: Tolerance

    @property
    def is_folded(self) -> bool:
        """Whether Matomo folded small campaigns together."""
        names = ("names", "tags") if self.answers.has_plugin else ("campaigns",)
        labels = (label for name in names for label in self.answers.labels(name, self.day))
        return any(OTHERS in label.split(_BETWEEN) for label in labels)

    def total(self) -> Amounts | None:
        """What the whole site had; None where that cannot be read."""
        site = Record(self.answers.source, {})
        return self.tolerance.read("total", "of the site", site, lambda _: self._total())

    def lacks(self) -> str:
        """What shows that Matomo has not archived the day whole; nothing where it has, or nobody can tell.

        Each report, and each part of the visits, has an archive of its own. Where that is not made, the answer is as
        empty as where nothing happened: the others tell which it is.

        Source:
            github.com/matomo-org/matomo, core/Archive.php and plugins/Goals/API.php; archives recorded of a 5.0.2.
        """
        for name, column in {"visits": "nb_visits", **dict.fromkeys(("orders", *self.goals), "nb_conversions")}.items():
            row = self._whole(name)
            if row and column not in row.values and any(key.endswith(_OF_A_PART) for key in row.values):
                return f"its {name} are there for a part of the visits only"
        came = self._by_type()
        try:
            total = self._total()
        except SourceMisread:
            return ""
        for measure in _COUNTS:
            if not total[measure] and any(amounts[measure] for amounts in came.values()):
                return f"its channels have {measure}, the whole day has none"
        has_campaigns = CAMPAIGN in came and came[CAMPAIGN][Measure.SESSIONS]
        if self.answers.rows("names" if self.answers.has_plugin else "campaigns", self.day):
            return ""
        if has_campaigns or (total[Measure.SESSIONS] and not self.answers.rows("channels", self.day)):
            return "its visits are there without their campaigns"
        return ""

    def parts(self) -> Iterator[Part]:
        """Campaigns, and the channels beside them: nothing counts twice."""
        yield from self._campaigns() if self.answers.has_plugin else self._campaigns_of_core()
        for row in self.answers.rows("channels", self.day):
            kind = self.tolerance.read("type of channel", _label(row), row, lambda row: row.count("referrer_type"))
            if channel := CHANNELS.get(kind or 0):
                yield Origin(channel=channel), self.tolerance.read("channel", channel, row, self.basis.row)

    def _total(self) -> Amounts:
        return self.basis.total(self._whole("visits"), map(self._whole, self.goals), self._whole("orders"))

    def _whole(self, name: str) -> Record | None:
        return self.answers.total(name, self.day)

    def _by_type(self) -> dict[int, Amounts]:
        """What each channel had, of those that can be read."""
        silent = Tolerance()
        rows = self.answers.rows("channels", self.day)
        came = (silent.read("", "", row, lambda row: (row.count("referrer_type"), self.basis.row(row))) for row in rows)
        return dict(filter(None, came))

    def _campaigns_of_core(self) -> Iterator[Part]:
        for row in self.answers.rows("campaigns", self.day):
            if name := self._name(row):
                yield Origin(campaign=_campaign(name)), self._amounts(name, row)

    def _campaigns(self) -> Iterator[Part]:
        """Each campaign by source and medium, then what is left of it: visits that had neither."""
        tagged = self.answers.rows("tags", self.day)
        left = self._names(but_those_of_core=bool(tagged))
        alike = {_decoded(name): name for name in left}
        sources, mediums = (self.answers.labels(name, self.day) for name in ("sources", "mediums"))
        for row in tagged:
            tags, name = self.tolerance.read("tags of campaign", _label(row), row, _tags_of) or (OTHERS, OTHERS)
            if OTHERS in (tags, name):  # a part of what is left of the campaigns
                continue
            whole = name if name in left else alike.get(_decoded(name))
            if whole and html.unescape(whole) == name:  # what stands beside labels has no entities any more
                name = whole
            amounts = self.tolerance.read("tagged campaign", name or tags, row, self.basis.row)
            whole = whole or (OTHERS if name and OTHERS in left else None)
            if whole and amounts and (of_all := left[whole]):
                left[whole] = less(of_all, amounts)
            source, medium = _apart(tags, sources, mediums)
            yield Origin(campaign=name, source=source, medium=medium), amounts
        yield from ((Origin(campaign=_campaign(name)), rest) for name, rest in left.items() if not rest or says(rest))

    def _names(self, *, but_those_of_core: bool) -> dict[str, Amounts | None]:
        """What each campaign had, whatever its source and medium."""
        left: dict[str, Amounts | None] = {}
        for row in self.answers.rows("names", self.day):
            if not (but_those_of_core and _is_of_core(row)) and (name := self._name(row)):
                amounts, before = self._amounts(name, row), left.get(name)
                left[name] = amounts if name not in left else before and amounts and less(before, amounts, -1)
        return left

    def _name(self, row: Record) -> str | None:
        return self.tolerance.read("name of campaign", _label(row), row, _tracked)

    def _amounts(self, name: str, row: Record) -> Amounts | None:
        return self.tolerance.read("campaign", name, row, self.basis.row)


def _label(row: Record) -> str:
    return str(row.values.get("label", ""))


def _tracked(row: Record) -> str:
    """A campaign's name as it was tracked.

    Matomo decodes the label of a row like a web address, though it was decoded when it was tracked: of ``a+b`` it makes
    ``a b``. In the row's segment the name stands as it was.
    """
    label, found = row.text("label"), _SEGMENT.search(str(row.values.get("segment")))
    name = unquote_plus(found[1]) if found else label
    return name if _decoded(name) == html.unescape(label) else label


def _tags_of(row: Record) -> tuple[str, str]:
    """Source with medium, and the name: as they were tracked."""
    return row.text(_TAGS), row.maybe_text(_NAME) or ""


def _decoded(name: str) -> str:
    """What Matomo makes of a name in the label of a row."""
    return html.unescape(unquote_plus(name))


def _campaign(label: str) -> str:
    return OTHER if label == OTHERS else label


def _is_of_core(row: Record) -> bool:
    """Whether a name is no visit's own: on a day without any, the plugin gives Matomo's, which may be the source."""
    return "referrerName==" in str(row.values.get("segment"))


def _apart(tags: str, sources: set[str], mediums: set[str]) -> tuple[str, str]:
    """Source and medium of ``source - medium``, where either may be missing; both empty where nobody can tell."""
    parts = tags.split(_BETWEEN)
    ways = [(_BETWEEN.join(parts[:place]), _BETWEEN.join(parts[place:])) for place in range(len(parts) + 1)]
    known = [way for way in ways if _decoded(way[0]) in {"", *sources} and _decoded(way[1]) in {"", *mediums}]
    if len(known) == 1:
        return known[0]
    return (parts[0], parts[1]) if len(parts) == 2 and not known else ("", "")
