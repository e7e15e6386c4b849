"""What is asked of Google Analytics 4, and what it says of its answers beside the figures.

Source:
    developers.google.com/analytics/devguides/reporting/data/v1 (api-schema), read 2026-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.vocabulary import Measure
from connectors.base import Quality
from connectors.kit.tolerance import Tolerance


@dataclass(frozen=True)
class Report:
    """What is asked for: dimensions with the labels they give, and metrics with the measures they are."""

    labels: Mapping[str, str]
    metrics: Mapping[str, Measure]
    by_day: bool = True

    @property
    def dimensions(self) -> list[str]:
        """All dimensions, the day first."""
        return [*(["date"] if self.by_day else []), *self.labels]

    @property
    def order(self) -> list[dict[str, Any]]:
        """A total order, without which pages may overlap; without days, what is largest first."""
        if not self.by_day:
            return [{"metric": {"metric_name": name}, "desc": True} for name in self.metrics]
        return [{"dimension": {"dimension_name": name, "order_type": "ALPHANUMERIC"}} for name in self.dimensions]


SESSION = {
    "sessionCampaignName": "campaign",
    "sessionCampaignId": "campaign_id",
    "sessionSource": "source",
    "sessionMedium": "medium",
    "sessionDefaultChannelGroup": "channel",
}
TAGS = {"sessionManualAdContent": "content", "sessionManualTerm": "term"}
VISITS = {
    "sessions": Measure.SESSIONS,
    "totalUsers": Measure.VISITORS,
    "newUsers": Measure.NEW_VISITORS,
    "engagedSessions": Measure.ENGAGED_SESSIONS,
    "userEngagementDuration": Measure.ENGAGEMENT_SECONDS,
    "screenPageViews": Measure.PAGE_VIEWS,
    "ecommercePurchases": Measure.ORDERS,
    "purchaseRevenue": Measure.REVENUE,
}
COSTS = {
    "advertiserAdCost": Measure.SPEND,
    "advertiserAdClicks": Measure.CLICKS,
    "advertiserAdImpressions": Measure.IMPRESSIONS,
}
ADS = Report(SESSION, COSTS)  # a report of its own: Google joins no cost with the tags of an ad
FIRST = Report({}, {"sessions": Measure.SESSIONS})
ANY_COST = Report({"sessionCampaignName": "campaign"}, {"advertiserAdCost": Measure.SPEND}, by_day=False)


@dataclass
class Said:
    """What Google says of the answers it gave: remarks on quality, and metrics that the account may not see."""

    qualities: dict[Quality, str] = field(default_factory=dict)
    tolerance: Tolerance = field(default_factory=Tolerance)
    hidden: set[str] = field(default_factory=set)
    currency: str = ""

    def add(self, metadata: Any) -> None:
        """Keep what stands in an answer's metadata."""
        self.currency = metadata.currency_code or self.currency
        if metadata.data_loss_from_other_row:
            self.qualities[Quality.OTHER_ROW] = "some origins are folded into (other)"
        if metadata.subject_to_thresholding:
            self.qualities[Quality.THRESHOLDED] = "rows of few visitors are left out"
        for sample in metadata.sampling_metadatas:
            share = f"{sample.samples_read_count} of {sample.sampling_space_size} events were read"
            self.qualities[Quality.SAMPLED] = share
        for reason in metadata.data_truncation_reasons:
            self.qualities[Quality.TRUNCATED] = reason.data_truncation_message
        self.hidden |= {one.metric_name for one in metadata.schema_restriction_response.active_metric_restrictions}
