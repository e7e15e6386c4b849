"""A Matomo 5 on loopback: its reporting API as a bulk request, with or without MarketingCampaignsReporting.

It holds ``Traffic`` and works its reports out of it. What is odd about it is odd here: an empty day is a list, sums are
texts, the rows beyond a number are one called "Others" in the asker's language, errors come with status 200, labels are
decoded once more than they were tracked while the values beside them are not, a report that is not archived yet is as
empty as one of a day without a visit, and who shows wrong tokens is let in no more.
"""

import html
import re
import socket
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qsl, quote_plus, unquote_plus

from simulators.vendor import Simulator, only, refuse
from simulators.web_server import Answer, Handler, Seen, json_answer, text_answer

DAY = timedelta(days=1)
TOKEN = "canary-0123456789abcdef0123456789ab"
PLUGIN = "MarketingCampaignsReporting"
NOTHING = Decimal(0)
CAMPAIGN = 6  # of the types of referrer
TYPES = {1: "Direct Entry", 2: "Search Engines", 3: "Websites", CAMPAIGN: "Campaigns", 7: "Social Networks"}
OTHERS = {"en": "Others", "fr": "Autres", "de": "Andere"}
ALLOWED = 20  # wrong tokens, before an address is blocked
BAD_TOKEN = "Unable to authenticate with the provided token. It is either invalid"
PAGE = '<!DOCTYPE html>\n<html><body><div class="content"><h2>{}</h2><p>Go Back</p></div></body></html>\n'


class Traffic(NamedTuple):
    """What came one way on one day. Conversions may come without a visit: their visitor came back another way."""

    day: date
    type: int = 1
    name: str = ""
    source: str = ""
    medium: str = ""
    visits: int = 1
    visitors: int = 1  #: as counted in a row of its own
    bounces: int = 0
    seconds: int = 0
    goals: Mapping[int, tuple[int, Decimal]] = {}  #: goal -> conversions and what they are worth
    orders: int = 0
    items: int = 0
    net: Decimal = NOTHING
    tax: Decimal = NOTHING
    shipping: Decimal = NOTHING


def site_entry(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A site as SitesManager tells of it."""
    entry = {"idsite": number, "name": "Boutique locale", "main_url": "https://shop.example"}
    entry |= {"ts_created": "2025-09-30 00:00:00", "ecommerce": 1, "timezone": "Europe/Paris", "currency": "EUR"}
    return {**entry, "type": "website", "timezone_name": "France", "currency_name": "Euro", **changes}


def goal_entry(number: int, name: str) -> dict[str, Any]:
    """A goal as Goals tells of it."""
    return {"idsite": 1, "idgoal": number, "name": name, "match_attribute": "manually", "revenue": 0, "deleted": 0}


class _Said(Exception):
    """An error of one question."""


class Matomo(Simulator):
    """One Matomo, with one site that its token sees."""

    entry: ClassVar = 'web: {{connector: matomo, url: "{url}", site: 1, token: {{env: MATOMO_TOKEN}}}}\n'
    secrets: ClassVar = {"MATOMO_TOKEN": TOKEN}

    def __init__(self, traffic: Iterable[Traffic] = (), *, port: int = 0) -> None:
        super().__init__(port)
        self.site = site_entry()
        self.goals: Any = [goal_entry(1, "Inscription newsletter"), goal_entry(2, "Page contact vue")]
        self.unique: dict[date, int] = {}  #: visitors of a day, where they are fewer than those of its rows
        self.has_plugin = True
        self.counts_visitors = True
        self.texts_only = False  #: every number as a text, as some database drivers give them
        self.rows_kept, self.subrows_kept = 1000, 50
        self.today = date(2026, 4, 2)
        self.failed_logins = 0
        self.complaints: dict[str, str] = {}  #: method -> the error it answers with
        self.unarchived: dict[str, set[date]] = {}  #: method -> days it has nothing of, as they are not archived yet
        self.in_part: dict[str, set[date]] = {}  #: method -> days of which it has the new visitors alone
        self.hold(traffic)

    def hold(self, traffic: Iterable[Traffic]) -> None:
        """Hold this, in the place of what it held."""
        self._by_day: dict[date, list[Traffic]] = defaultdict(list)
        for one in traffic:
            self._by_day[one.day].append(one)

    # The request.

    def answer(self, seen: Seen) -> Answer:
        """Sent at once: otherwise half of every answer waits 40 ms for the other to be acknowledged."""
        answer = self._answer(seen)

        def send(handler: Handler) -> None:
            handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answer(handler)

        return send

    def _answer(self, seen: Seen) -> Answer:
        """A bulk request; a refusal of its token as JSON only where the address says that it is one of the API."""
        if seen.path != "/index.php":
            raise refuse(404, "Not Found")
        asked = {**seen.query, **(seen.form if seen.method == "POST" else {})}
        in_json = {"module", "method"} <= seen.query.keys()
        if self.failed_logins >= ALLOWED:
            return _refusal(500, "Too many failed logins. Please wait and try logging in again later.", in_json)
        if "token_auth" in seen.query:
            return self._wrong_token(f"{BAD_TOKEN}, expired or is required to be sent as a POST parameter.", in_json)
        if asked.get("token_auth") != TOKEN:
            return self._wrong_token(f"{BAD_TOKEN} or expired.", in_json)
        if asked.get("module") != "API" or asked.get("format", "xml").lower() != "json":
            return text_answer('<?xml version="1.0" encoding="utf-8" ?>\n<result />', kind="text/xml")
        if asked.get("method") != "API.getBulkRequest":
            return json_answer(self._said(asked, {}))
        urls = [value for name, value in asked.items() if name.startswith("urls[")]
        above = {name: value for name, value in asked.items() if name in ("language", "idSite", "period", "date")}
        return json_answer([self._said(dict(parse_qsl(url)), above) for url in urls])

    def _wrong_token(self, words: str, in_json: bool) -> Answer:
        self.failed_logins += 1
        return _refusal(401, words, in_json)

    def _said(self, asked: dict[str, str], above: dict[str, str]) -> Any:
        try:
            return self._report({**above, **asked})
        except _Said as said:
            return {"result": "error", "message": str(said)}

    def _report(self, asked: dict[str, str]) -> Any:
        method = asked.pop("method", "")
        module, _, action = method.partition(".")
        known = self._known().get(method)
        if module == PLUGIN and not self.has_plugin:
            raise _Said(
                f"The plugin {module} is not enabled. You can activate the plugin on Settings &gt; Plugins page."
            )
        if method in self.complaints:
            raise _Said(self.complaints[method])
        if known is None:
            raise _Said(f"The method '{action}' does not exist or is not available in the module '{module}'.")
        if method == "SitesManager.getSitesWithAtLeastViewAccess":
            return [self.site]
        if asked.get("idSite") != str(self.site["idsite"]):
            raise _Said(f"An unexpected website was found in the request: website id was set to '{asked['idSite']}' .")
        if method in ("SitesManager.getSiteFromId", "Goals.getGoals"):
            return self.site if module == "SitesManager" else self.goals
        only(asked, *_PARAMETERS, complain=lambda name: refuse(400, f"Matomo would not heed '{name}'"))
        days, is_range = self._days(asked)
        answers = {str(day): self._of_day(method, day, known(self._by_day.get(day, []), asked)) for day in days}
        return answers if is_range else next(iter(answers.values()))

    def _of_day(self, method: str, day: date, answer: Any) -> Any:
        if day in self.unarchived.get(method, ()):
            return []
        if answer and day in self.in_part.get(method, ()):
            answer = {name if name.endswith("_new_visit") else f"{name}_new_visit": answer[name] for name in answer}
        return self._in_texts(answer)

    def _known(self) -> dict[str, Callable[[list[Traffic], dict[str, str]], Any]]:
        return {
            "SitesManager.getSiteFromId": lambda *_: None,
            "SitesManager.getSitesWithAtLeastViewAccess": lambda *_: None,
            "Goals.getGoals": lambda *_: None,
            "VisitsSummary.get": self._summary,
            "Goals.get": self._goals,
            "Referrers.getReferrerType": self._types,
            "Referrers.getCampaigns": self._campaigns,
            f"{PLUGIN}.getName": self._names,
            f"{PLUGIN}.getSource": self._sources,
            f"{PLUGIN}.getMedium": self._mediums,
            f"{PLUGIN}.getSourceMedium": self._tags,
        }

    def _days(self, asked: Mapping[str, str]) -> tuple[list[date], bool]:
        """The days asked for, and whether they come by their names."""
        for name in ("period", "date"):
            if name not in asked:
                raise _Said(f"Please specify a value for '{name}'.")
        if asked["period"] != "day":
            raise _Said(f"The period '{asked['period']}' is not supported. Try any of the following instead: day, week")
        if last := re.fullmatch(r"last(\d+)", asked["date"]):
            return [self.today - DAY * back for back in reversed(range(int(last[1])))], True
        try:
            days = [date.fromisoformat(part) for part in asked["date"].split(",")]
        except ValueError:
            raise _Said(f"Date format must be: YYYY-MM-DD, or 'today' or 'yesterday': '{asked['date']}'") from None
        until = min(days[-1], date(self.today.year + 10, 12, 31))
        if until < days[0]:  # as Matomo does where a range lies more than ten years ahead
            return [until], True
        return [days[0] + DAY * place for place in range((until - days[0]).days + 1)], len(days) > 1

    def _in_texts(self, value: Any) -> Any:
        if not self.texts_only:
            return value
        if isinstance(value, dict):
            return {name: self._in_texts(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._in_texts(inner) for inner in value]
        return value if value is None or isinstance(value, str) else str(value)

    # The reports.

    def _summary(self, all_of_it: list[Traffic], _: dict[str, str]) -> Any:
        came = [one for one in all_of_it if one.visits]
        if not came:
            return []
        visits = sum(one.visits for one in came)
        bounces = sum(one.bounces for one in came)
        unique = self.unique.get(came[0].day, sum(one.visitors for one in came))
        visitors = {"nb_uniq_visitors": unique} if self.counts_visitors else {}
        counts = {"nb_users": 0, "nb_visits": visits, "nb_actions": 2 * visits, "bounce_count": bounces}
        seconds = sum(one.seconds for one in came)
        return {**visitors, **counts, "sum_visit_length": seconds, "bounce_rate": f"{100 * bounces // visits}%"}

    def _goals(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        if not all_of_it:
            return []
        goals, goal = _goals_of(all_of_it), asked.get("idGoal")
        if goal:
            empty = _order([]) if goal == "ecommerceOrder" else {"nb_conversions": 0, "revenue": 0}
            return _with_new(goals.get(f"idgoal={goal}", empty))
        return _with_new(_of_all_goals(goals))

    def _types(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        rows = self._rows(all_of_it, asked, lambda one: str(one.type), self.rows_kept)
        for row in rows:
            row["referrer_type"] = int(row["label"])
            row["label"] = TYPES.get(row["referrer_type"], "Something new")
        return rows

    def _campaigns(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        if self.has_plugin and asked.get("flat") == "1":
            raise _Said("The DataTable cannot be manipulated: Metadata for report Referrers.getCampaigns not found")
        rows = self._rows(_tagged(all_of_it), asked, lambda one: one.name or one.source, self.rows_kept)
        for row in rows:
            row["segment"] = f"referrerType==campaign;referrerName=={quote_plus(row['label'])}"
        return self._decoded(rows)

    def _names(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        """Where no visit of the day has a name, those of the report without the plugin."""
        rows = self._decoded(self._rows(_tagged(all_of_it), asked, lambda one: one.name, self.rows_kept))
        return rows or self._campaigns(all_of_it, asked)

    def _sources(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        return self._decoded(self._rows(_tagged(all_of_it), asked, lambda one: one.source, self.rows_kept))

    def _mediums(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        return self._decoded(self._rows(_tagged(all_of_it), asked, lambda one: one.medium, self.rows_kept))

    def _tags(self, all_of_it: list[Traffic], asked: dict[str, str]) -> Any:
        """Source and medium with their campaigns, flat. What had neither is missing; so is what had no name, where
        another of the same source and medium has one.
        """
        if asked.get("flat") != "1":
            raise _Said("the simulator knows this report flat only")
        flat, whole = [], {"language": asked.get("language", "fr"), "filter_limit": "-1"}
        for above in self._rows(_tagged(all_of_it), whole, _source_medium, self.rows_kept):
            within = [one for one in _tagged(all_of_it) if _source_medium(one) == above["label"]]
            tags = {f"{PLUGIN}_CampaignSourceMedium": above["label"]}
            below = self._rows(within, whole, lambda one: one.name, self.subrows_kept)
            for row in below:
                label = f"{above['label']} - {row['label']}"
                flat.append({**row, "label": label, **tags, f"{PLUGIN}_CampaignName": row["label"]})
            flat += [] if below else [{**above, **tags}]
        return self._decoded(flat)[: _limit(asked)]

    def _rows(
        self,
        traffic: Iterable[Traffic],
        asked: Mapping[str, str],
        key: Callable[[Traffic], str],
        kept: int,
    ) -> list[dict[str, Any]]:
        """The rows of a report, the largest first; those beyond ``kept`` are one."""
        groups: dict[str, list[Traffic]] = defaultdict(list)
        for one in traffic:
            if label := key(one):
                groups[label].append(one)
        ordered = sorted(groups.items(), key=lambda item: -sum(one.visits for one in item[1]))
        if len(ordered) > kept:
            rest = [one for _, group in ordered[kept - 1 :] for one in group]
            ordered = [*ordered[: kept - 1], (OTHERS[asked.get("language", "fr")], rest)]
        return [self._row(label, group, asked) for label, group in ordered][: _limit(asked)]

    def _row(self, label: str, group: Sequence[Traffic], asked: Mapping[str, str]) -> dict[str, Any]:
        visits = sum(one.visits for one in group)
        if asked.get("showColumns") == "nb_visits":
            return {"label": label, "nb_visits": visits}
        goals = _goals_of(group)
        converted = {"goals": goals, **_of_all_goals(goals)} if goals else {}
        if not visits:
            return {"label": label, **converted}
        unique = {"nb_uniq_visitors": sum(one.visitors for one in group)} if self.counts_visitors else {}
        counts = {"nb_visits": visits, "nb_actions": str(2 * visits), "nb_users": 0, "max_actions": 6}
        sums = {
            "sum_visit_length": str(sum(one.seconds for one in group)),
            "bounce_count": str(sum(one.bounces for one in group)),
        }
        segment = f"campaignName=={quote_plus(label)}"
        return {"label": label, **unique, **counts, **sums, "nb_visits_converted": "0", **converted, "segment": segment}

    def _decoded(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Matomo decodes labels as if they were out of an address, and entities wherever they are."""
        return [
            {name: html.unescape(value) if isinstance(value, str) else value for name, value in row.items()}
            | {"label": html.unescape(unquote_plus(row["label"]))}
            for row in rows
        ]


_PARAMETERS = (
    "idSite",
    "period",
    "date",
    "idGoal",
    "flat",
    "showColumns",
    "filter_limit",
    "format_metrics",
    "language",
)


def _refusal(status: int, words: str, in_json: bool) -> Answer:
    if in_json:
        return json_answer({"result": "error", "message": words}, status=status)
    return text_answer(PAGE.format(words), status=status, kind="text/html; charset=utf-8")


def _limit(asked: Mapping[str, str]) -> int | None:
    """How many rows are given: a hundred, where nobody asks for more."""
    limit = int(asked.get("filter_limit", 100))
    return None if limit < 0 else limit


def _tagged(traffic: Iterable[Traffic]) -> list[Traffic]:
    return [one for one in traffic if one.type == CAMPAIGN]


def _source_medium(one: Traffic) -> str:
    return " - ".join(part for part in (one.source, one.medium) if part)


def _goals_of(group: Sequence[Traffic]) -> dict[str, Any]:
    """Conversions and orders by goal; a goal that nobody reached is left out."""
    reached: dict[int, tuple[int, Decimal]] = {}
    for one in group:
        for goal, (number, worth) in one.goals.items():
            before = reached.get(goal, (0, NOTHING))
            reached[goal] = (before[0] + number, before[1] + worth)
    goals: dict[str, Any] = {
        f"idgoal={goal}": {"nb_conversions": number, "revenue": float(worth)}
        for goal, (number, worth) in reached.items()
    }
    bought = [one for one in group if one.orders or one.net]
    return {**goals, "idgoal=ecommerceOrder": _order(bought)} if bought else goals


def _order(bought: Sequence[Traffic]) -> dict[str, Any]:
    orders, items, net, tax, shipping = 0, 0, NOTHING, NOTHING, NOTHING
    for one in bought:
        orders, items = orders + one.orders, items + one.items
        net, tax, shipping = net + one.net, tax + one.tax, shipping + one.shipping
    return {
        "nb_conversions": orders,
        "revenue": float(net + tax + shipping),
        "revenue_subtotal": float(net + tax),
        "revenue_tax": float(tax),
        "revenue_shipping": float(shipping),
        "revenue_discount": 0,
        "items": items,
    }


def _with_new(row: dict[str, Any]) -> dict[str, Any]:
    """Matomo tells new visitors apart, by columns of their own."""
    every = {**row, "conversion_rate": "0%"}
    return {**every, **{f"{name}_new_visit": value for name, value in every.items()}}


def _of_all_goals(goals: Mapping[str, Any]) -> dict[str, Any]:
    """Matomo's sum of all goals, which has the orders in it."""
    revenue = sum((Decimal(str(goal["revenue"])) for goal in goals.values()), NOTHING)
    return {"nb_conversions": sum(goal["nb_conversions"] for goal in goals.values()), "revenue": float(revenue)}


def example(port: int = 0) -> Matomo:
    """A small shop's site in March 2026: two campaigns, a newsletter on Tuesdays, and what comes by itself."""
    traffic: list[Traffic] = []
    for place in range(31):
        day = date(2026, 3, 1) + DAY * place
        ways = [(1, "", "", ""), (2, "", "", ""), (3, "", "", ""), (CAMPAIGN, "spring_2026", "google", "cpc")]
        ways += [(CAMPAIGN, "nl_march", "newsletter", "email")] if day.weekday() == 1 else []
        ways += [(7, "", "", "")] if place % 3 else []
        for number, (way, name, source, medium) in enumerate(ways):
            visits, is_sale = 5 + (7 * place + 3 * number) % 11, (place + number) % 3 == 0
            one = Traffic(day, way, name, source, medium, visits, visits - number % 2, visits // 3, 97 * visits)
            if number % 2:
                one = one._replace(goals={2: (1 + place % 2, Decimal("2.50"))})
            if is_sale:
                net, tax, shipping = Decimal(3900 + 10 * place) / 100, Decimal("8.00"), Decimal("4.90")
                one = one._replace(orders=1, items=1 + number % 2, net=net, tax=tax, shipping=shipping)
            traffic.append(one)
    return Matomo(traffic, port=port)
