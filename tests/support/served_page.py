"""The page behind the links, really served on loopback, over a plan whose April target was missed."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from worker.deployment import Deployment
from worker.model.links import LinkSigner
from worker.model.response import ResponseKind
from worker.service.pipeline import PassResult, run_once
from worker.service.wiring import deploy, writable_store
from worker.store.engine import Store
from worker.store.keys import signing_key
from worker.web.server import serving

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-04-01
ends: 2026-06-30
people:
  lead: {name: Léa Martin, email: lead@shop.example}
  content: {name: Zoé Petit, email: content@shop.example, language: fr}
actions:
  news:
    name: Spring newsletter
    techniques: [email]
    responsible: content
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_least: 10, per: month}]
  ads:
    name: Search ads
    responsible: lead
    tracked_by: {campaign: ads}
    budget: {amount: 100, per: month}
    costs: [{on: 2026-05-01, amount: 130, what: clicks}]
"""
SOURCES = "shop: {connector: csv_file, path: shop.csv}\n"
FIGURES = "day,campaign,orders\n2026-04-01,news,7\n2026-04-30,news,0\n"

#: flag 1 is April's missed target; flag 2 May's budget, which runs until the end of the month
MISSED, OVER = 1, 2
NOW = datetime(2026, 5, 4, 8, 12, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]  #: names in small letters
    text: str


@dataclass
class Served:
    """The page, and the store behind it."""

    at: Deployment
    store: Store
    clock: Clock
    port: int

    def path(
        self, purpose: ResponseKind | str, flag_id: int = MISSED, person: str = "content", episode: int = 1
    ) -> str:
        """Where a link made now leads to."""
        with self.store.write() as connection:
            key = signing_key(connection, self.clock())
        links = LinkSigner(key, "https://vigie.shop.example").links_for(flag_id, episode, person, self.clock())
        return urlsplit(links[ResponseKind(purpose)]).path

    def url(self, path: str) -> str:
        """The same for a browser on this machine."""
        return f"http://127.0.0.1:{self.port}{path}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request, exactly as given."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as line:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read().decode())

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, None, **headers)

    def post(self, path: str, **fields: str) -> Reply:
        body = urlencode(fields).encode()
        return self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def write_plan(
    folder: Path, plan: str = PLAN, figures: str = FIGURES, *, address: str = "https://vigie.shop.example"
) -> int:
    """Write a configuration with a page; gives the port it will listen at."""
    (folder / "plans/p").mkdir(parents=True)
    for name, text in (("plan.yaml", plan), ("sources.yaml", SOURCES), ("shop.csv", figures)):
        (folder / "plans/p" / name).write_text(text, encoding="utf-8")
    return write_settings(folder, address)


def write_settings(folder: Path, address: str = "https://vigie.shop.example") -> int:
    """Settings with a page at a port of its own; gives the port."""
    port = free_port()
    web = f"web: {{address: '{address}', listen: '127.0.0.1:{port}'}}\n"
    (folder / "vigie.yaml").write_text(f"mail: {{folder: outbox/}}\n{web}", encoding="utf-8")
    return port


def judge(folder: Path) -> PassResult:
    """Run once, at the page's own time."""
    at = deploy(folder, now=Clock())
    with writable_store(at) as store:
        return run_once(at, store)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """The page of what was written."""
    clock = Clock()
    at = deploy(folder, now=clock)
    with writable_store(at) as store, serving(at, store):
        yield Served(at, store, clock, at.settings.web.listens_at[1])
