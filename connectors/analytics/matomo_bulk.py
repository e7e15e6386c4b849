"""One bulk request to a Matomo: many questions on one site, their answers by day, and what its refusals mean.

Source:
    github.com/matomo-org/matomo at f09912c (core/API, plugins/API, plugins/Login), read 2026-11.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.parsing import read_json

EMPTY: tuple[Any, ...] = ([], {})
BLOCKED = 3600.0  # seconds that Matomo, as it is installed, keeps an address out after failed logins

_BLOCKED = re.compile(r"failed log-?ins|failed attempts|not allowed to log ?in|connexions échouées", re.IGNORECASE)
_UNSEEN = re.compile(r"'view' access|unexpected website", re.IGNORECASE)
_PROGRAM = re.compile(r"/(index|matomo|piwik)\.php$")  # the first answers questions, the others take in visits
_PASSING = re.compile(r"SQLSTATE|deadlock|gone away|lock wait|too many connections|timed? ?out", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answers:
    """What each report says, by day."""

    source: str
    reports: Mapping[str, Record]

    @property
    def has_plugin(self) -> bool:
        """Whether campaigns have source and medium."""
        return "names" in self.reports

    @property
    def days(self) -> set[str]:
        """The days that any report has."""
        return {day for report in self.reports.values() for day in report.values}

    def tell(self, day: date) -> bool:
        """Whether any report has something on the day. Matomo does not even name one that is ten years ahead."""
        named = [str(day) in report.values for report in self.reports.values()]
        if any(named) and not all(named):
            raise SourceMisread(f"{self.source}: not all reports have {day}")
        return all(named) and any(report.values[str(day)] not in EMPTY for report in self.reports.values())

    def total(self, name: str, day: date) -> Record | None:
        """A report that is one row; None where it is empty: that is written as a list."""
        report = self.reports[name]
        return None if report.values[str(day)] in EMPTY else report.record(str(day))

    def rows(self, name: str, day: date) -> list[Record]:
        """A report of many rows."""
        return list(self.reports[name].records(str(day)))

    def labels(self, name: str, day: date) -> set[str]:
        """What the rows of a report are called, those that have a name."""
        return {label for row in self.rows(name, day) if isinstance(label := row.values.get("label"), str)}


class Bulk:
    """Asks all questions in one request: Matomo counts failed logins, and a cloud counts requests."""

    def __init__(self, source: str, url: str, site: int, token: str, limits: RequestLimits) -> None:
        self.source = source
        self.site = site
        self._url = f"{re.sub(_PROGRAM, '', url)}/index.php"
        self._token = token
        self._http = Http(source, secrets=[token], judge=self._judge, limits=limits)

    def ask(self, questions: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """The answer to each question, which may be a complaint.

        The token goes into the body, where Matomo wants it; what makes it refuse in JSON, into the address.
        """
        frame = {"module": "API", "method": "API.getBulkRequest", "format": "JSON", "language": "en"}
        every = {"idSite": str(self.site), "language": "en"}
        urls = {f"urls[{place}]": urlencode({**one, **every}) for place, one in enumerate(questions.values())}
        answers = self._http.post_json(self._url, params=frame, data={"token_auth": self._token, **urls})
        if not isinstance(answers, list) or len(answers) != len(questions):
            raise SourceMisread(self._http.say(f"does not answer {len(questions)} questions with as many answers"))
        return dict(zip(questions, answers, strict=True))

    def answers(self, found: Mapping[str, Any], reports: Iterable[str]) -> Answers:
        """The reports among the answers; one without any day is an empty list."""
        values = {name: {} if found[name] == [] else found[name] for name in reports}
        return Answers(self.source, {name: Record.of(f"{self.source}: {name}", said) for name, said in values.items()})

    def accept(self, method: str, answer: Any, sites: str) -> None:
        """Raise what an answer complains of, if it does; ``sites`` are those that the token may see."""
        if words := complaint(answer):
            refusal = self._refusal(f"{method}: {words}")
            there = f"; it may see {sites}" if sites and _UNSEEN.search(words) else ""
            refusal.args = (self._http.say(f"{refusal}{there}"),)
            raise refusal

    def refuse(self, reason: str) -> SourceRefused:
        """A refusal in our own words."""
        return SourceRefused(self._http.say(reason))

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """A refusal of the whole request, with a status or without. A token is not tried twice: Matomo counts that."""
        words = _reason(answer) if answer.status >= 400 or answer.content.startswith(b'{"result"') else ""
        if _BLOCKED.search(words) or _UNSEEN.search(words) or (words and answer.status < 400):
            return self._refusal(words)
        if answer.status == 404:
            wrong = f"there is no Matomo at {self._url}"
            return SourceRefused(f"{wrong}: write as 'url' the address it is opened at, with its folder")
        if answer.status in (401, 403):
            remedy = "make a new one under Administration > Personal > Security > Auth tokens"
            said = self._http.words(words)
            return SourceRefused(f"Matomo does not take the token ({answer.status}): {remedy}; it says: {said}")
        return None

    def _refusal(self, words: str) -> SourceError:
        """What Matomo's words mean for whoever set this up."""
        said = self._http.words(html.unescape(words))
        if _BLOCKED.search(words):
            remedy = "unblock it under Administration > Diagnostic > Brute Force Log, and see who uses an old token"
            return SourceUnavailable(f"Matomo blocks this address: {remedy}; it says: {said}", retry_after=BLOCKED)
        if _UNSEEN.search(words):
            remedy = "correct 'site', or give its user the view permission under Administration > System > Users"
            return SourceRefused(f"Matomo shows the token no site {self.site}: {remedy}; it says: {said}")
        if _PASSING.search(words):
            return SourceUnavailable(f"Matomo is in trouble: {said}")
        return SourceRefused(f"Matomo does not take the request: {said}")


def complaint(answer: Any) -> str:
    """Matomo's words where an answer is an error, which has no status of its own; else nothing."""
    is_error = isinstance(answer, dict) and answer.get("result") == "error"
    return str(answer.get("message")) if is_error else ""


def _reason(answer: HttpAnswer) -> str:
    """Matomo's words of refusal, out of JSON or the heading of a page."""
    try:
        words = complaint(read_json(answer.content))
    except ValueError:
        words = ""
    page = answer.content.decode("utf-8", "replace")
    heading = re.search(r"<h2>(.{1,1000}?)</h2>", page, re.DOTALL)
    return words or (heading[1] if heading else page)
