"""The REST interface of Magento: who asks, lists from one row on, whose stores there are, refusals.

Source:
    github.com/AdobeDocs/commerce-webapi (get-started, rest/use-rest) and its admin-schema-2.4.9.yaml, of 2026-08.
    A store in the address of orders changes nothing: magento/devdocs#9405, AdobeDocs/commerce-webapi#171.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.errors import SourceError, SourceRefused
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.parsing import read_json

Key = tuple[str, int]  # when a row was made, and its id: what the lists are put in order by

PAGE = 100

_NAMES = {"orders": "order", "creditmemos": "credit memo"}
_BOXES = {  # by what the refusal names
    "actions_view": "Sales > Operations > Orders",
    "creditmemo": "Sales > Operations > Credit Memos",
    "Backend::store": "Stores > Settings > All Stores",
}


@dataclass(frozen=True, slots=True)
class Integration:
    """The four secrets of an integration, which sign each request; or its token alone."""

    token: str = field(repr=False)
    signing: tuple[str, str, str] | None = field(default=None, repr=False)  #: consumer key, its secret, token's secret

    def http(self, source: str, judge: Any, limits: RequestLimits) -> Http:
        """A session of this integration."""
        if not self.signing:
            bearer = {"Authorization": f"Bearer {self.token}"}
            return Http(source, secrets=[self.token], headers=bearer, judge=judge, limits=limits)
        from requests_oauthlib import OAuth1

        key, secret, token_secret = self.signing
        auth = OAuth1(key, secret, self.token, token_secret, signature_method="HMAC-SHA256")
        return Http(source, secrets=[self.token, *self.signing], auth=auth, judge=judge, limits=limits)


class MagentoRest:
    """Requests to one shop, of all its stores."""

    def __init__(self, source: str, url: str, integration: Integration, limits: RequestLimits) -> None:
        self.source = source
        self.url = url
        self._is_signed = integration.signing is not None
        self._http = integration.http(source, self._judge, limits)

    def rows(self, resource: str, wanted: Mapping[str, str], fields: str) -> Iterator[Record]:
        """The rows of all pages."""
        for page in self.pages(resource, wanted, fields):
            yield from page

    def pages(self, resource: str, wanted: Mapping[str, str], fields: str) -> Iterator[list[Record]]:
        """Page after page: each begins behind the last row of the one before, so that no change of the list hides any.

        Asked for by number, rows behind one that leaves the list would move to the page before, and a page beyond the
        last one would be the last one again.
        """
        last: Key | None = None
        while True:
            answer = self.page(resource, wanted, fields, last)
            rows = self.records(answer.items("items") if answer.has("items") else [], resource)
            left = answer.count("total_count") - len(rows)
            if left > 0 and not rows:
                answer.refuse(f"has {left} {resource}, and none on page 1")
            keys = [(row.text("created_at"), row.count("entity_id")) for row in rows]
            if keys != sorted(set(keys)) or (last and keys and keys[0] <= last):
                answer.refuse(f"gives {resource} a second time, or out of the order of their making")
            yield rows
            if left <= 0:
                return
            last = keys[-1]

    def page(
        self,
        resource: str,
        wanted: Mapping[str, str],
        fields: str,
        last: Key | None = None,
        size: int = PAGE,
    ) -> Record:
        """One page of what is behind ``last``, as it came."""
        criteria = _criteria(wanted, last, size) | {"fields": f"items[{fields}],total_count"}
        return Record.of(self._where(resource), self._http.get_json(f"{self._base}/{resource}", criteria))

    def records(self, items: Any, resource: str) -> list[Record]:
        """Each by its own name: "shop: order 727"."""
        rows = Record(self._where(resource), {"row": items}).records("row")
        return [Record.of(self._where(f"{_NAMES[resource]} {row.id('entity_id')}"), row.values) for row in rows]

    def stores(self) -> list[Record]:
        """Every store view. Raises SourceRefused where the integration may not see them."""
        told = self._http.get_json(f"{self._base}/store/storeConfigs")
        return [*Record(self._where("storeConfigs"), {"store": told}).records("store")]

    def refused(self, what: str) -> SourceRefused:
        """What somebody has to change."""
        return SourceRefused(self._http.say(what))

    @property
    def _base(self) -> str:
        return f"{self.url}/rest/all/V1"

    def _where(self, what: str) -> str:
        return f"{self.source}: {what}"

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """A refusal in words that say what to change."""
        if answer.status not in (400, 401, 403, 404):
            return None
        words = _message(answer.content)
        if answer.status == 404:
            return SourceRefused(f"there is no Magento at {self.url}: write the shop's address as url: {words}")
        if "isn't authorized to access" in words:
            box = next((box for right, box in _BOXES.items() if right in words), "what it names")
            return SourceRefused(f"the integration may not do this; in System > Integrations tick {box}: {words}")
        if answer.status == 401 and not self._is_signed:
            hint = "allow it alone in Stores > Configuration > Services > OAuth, or give all four secrets"
            return SourceRefused(f"refuses the access token: {hint}: {words}")
        if answer.status in (401, 403):
            return SourceRefused(f"refuses the secrets of the integration ({answer.status}): {words}")
        return SourceRefused(f"does not take the request (400): {words}")


def _criteria(wanted: Mapping[str, str], last: Key | None, size: int) -> dict[str, str]:
    """The query: groups of conditions, one of each of which holds, for the rows behind ``last`` in order of making.

    Source: rest/use-rest/performing-searches: OR within a filter group, AND between groups.
    """
    groups = [[(condition, value)] for condition, value in wanted.items()]
    if last:
        at, id = last
        groups += [[("created_at gteq", at)], [("created_at gt", at), ("entity_id gt", str(id))]]
    query: dict[str, str] = {}
    for group, conditions in enumerate(groups):
        for number, (condition, value) in enumerate(conditions):
            field, kind = condition.split()
            place = f"searchCriteria[filter_groups][{group}][filters][{number}]"
            query |= {f"{place}[field]": field, f"{place}[value]": value, f"{place}[condition_type]": kind}
    for rank, field in enumerate(("created_at", "entity_id")):
        sort = f"searchCriteria[sortOrders][{rank}]"
        query |= {f"{sort}[field]": field, f"{sort}[direction]": "ASC"}
    return query | {"searchCriteria[pageSize]": str(size), "searchCriteria[currentPage]": "1"}


def _message(content: bytes) -> str:
    """What Magento says, its placeholders filled in; nothing of a page, which may say anything."""
    try:
        body = read_json(content)
        message, parameters = str(body["message"]), body.get("parameters") or {}
        named: dict[Any, Any] = parameters if isinstance(parameters, dict) else dict(enumerate(parameters, 1))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "(no word of Magento's)"
    for placeholder, value in named.items():
        message = message.replace(f"%{placeholder}", str(value))
    return message[:200]
