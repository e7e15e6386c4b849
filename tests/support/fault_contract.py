"""What a connector to a vendor does when the vendor, or the way to it, fails: a test file subclasses ``FaultContract``.

    class TestShopifyInTrouble(FaultContract):
        connector_class = Shopify
        canaries = (TOKEN,)

        @pytest.fixture
        def vendor(self) -> Iterator[Simulator]: ...   # holds some figures of WINDOW; may be the file's own fixture

        @pytest.fixture
        def connector(self, vendor: Simulator) -> Connector: ...

The connector's class says by ``limits`` how far its requests may go; here they are made short. Nothing sleeps.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from connector_contract import Known, told
from simulators.vendor import Simulator
from simulators.web_server import (
    Answer,
    WebServer,
    blackhole,
    bytes_answer,
    cut_chunks,
    cut_with_length,
    cut_without_length,
    dripping,
    dripping_headers,
    dripping_until_closed,
    echoing,
    gzip_bomb,
    huge,
    redirect,
    reset,
    reset_within,
    stalling,
    text_answer,
    too_many,
)

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from connectors.base import Buyer, Connector, Covered, Reading, Remark
from connectors.kit.http import LONGEST_WAIT, RequestLimits

WINDOW = Window(date(2026, 3, 10), date(2026, 3, 13))
SHORT = RequestLimits(connect_seconds=0.15, read_seconds=0.15, deadline_seconds=0.15, max_bytes=1 << 20, tries=3)
USUAL = RequestLimits(connect_seconds=5, read_seconds=5, deadline_seconds=20, max_bytes=1 << 20, tries=3)

PAGE = "<html><head><title>Please wait</title></head><body>Checking your browser</body></html>"
HALF = b'[{"id": 1, "total": "10.00"}, {"id": 2, "tot'

PASSING = {
    "429 with seconds": too_many("1"),
    "429 alone": too_many(),
    "503": too_many("2", status=503),
    "500 with a page": text_answer(PAGE, status=500, kind="text/html"),
    "502": text_answer("Bad Gateway", status=502),
    "a line that is reset": reset,
    "a line that is reset within the body": reset_within(b'{"rows": []}' * 50),
    "a body cut before its length": cut_with_length(HALF * 10, 200),
    "chunks without an end": cut_chunks(b'{"rows":', b" ["),
}

RETRY_AFTER = ["0", "120.5", "-5", "soon", "86400000", "Wed, 21 Oct 2099 07:28:00 GMT"]  # all forms: test_http.py

SLOW = {
    "no word": blackhole,
    "a body byte by byte": dripping(b'{"rows": []}' + b" " * 5_000),
    "a body byte by byte, without a length": dripping_until_closed(b'{"rows": []}' + b" " * 5_000),
    "headers without end": dripping_headers(),
    "half a body and silence": stalling(b'{"rows": []}' + b" " * 5_000),
}

NO_ANSWERS = {
    "a page": text_answer(PAGE, kind="text/html"),
    "a page that says it is JSON": text_answer(PAGE, kind="application/json"),
    "half of it": cut_without_length(HALF, len(HALF)),
    "nothing": bytes_answer(b""),
    "not a number": bytes_answer(b'{"rows": [{"value": NaN}], "data": NaN}'),
    "a key twice": bytes_answer(b'{"rows": [], "rows": [{"value": 1}]}'),
    "latin 1": bytes_answer('{"rows": "été"}'.encode("latin-1")),
}

SHAPES = [b"[]", b"{}", b"null", b'"ok"', b"5", b"[[]]", b"[null]", b'[{"a": 1}]', b'{"data": null}', b'{"data": []}']

LARGE = {"a bomb": gzip_bomb(64), "a huge one": huge(40)}


def totals(items: Iterator[Any]) -> dict[tuple[date, str, str], Known]:
    """(day, currency, measure) -> what is known of it, whatever the origins; who bought counts as a measure."""
    known: dict[tuple[date, str, str], Known] = {}
    for item in items:
        amounts: Mapping[str, Any] = {}
        if isinstance(item, Reading):
            amounts = item.measures
        elif isinstance(item, Buyer):
            amounts = {"buyers": 1}
        for measure, amount in amounts.items():
            key = (item.day, item.origin.currency, measure)
            total, has_gap = known.get(key, (0, False))
            known[key] = (total + (amount or 0), has_gap or amount is None)
    return {key: value for key, value in known.items() if value != (0, False)}


class FaultContract:
    """Subclass it in a connector's test file."""

    connector_class: ClassVar[Any]
    canaries: ClassVar[tuple[str, ...]] = ()  #: the secrets that the connector holds
    window: ClassVar[Window] = WINDOW
    logins: ClassVar[int] = 0  #: requests for a token before the first real one
    #: field -> why another value of it may change the figures without being wrong
    free: ClassVar[Mapping[str, str]] = {}
    drifts: ClassVar[int] = 80  #: distorted answers tried

    @pytest.fixture(autouse=True)
    def slept(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """What would have been slept."""
        slept: list[float] = []
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=slept.append)
        monkeypatch.setattr("connectors.kit.http.time", clock)
        monkeypatch.setattr(self.connector_class, "limits", USUAL)
        return slept

    def read(self, connector: Connector) -> dict[tuple[date, str, str], Known]:
        return totals(connector.read(self.window))

    def fails(self, connector: Connector, *, check: bool = True) -> SourceError:
        """The error of a reading, which tells no secret; and so does that of ``check``."""
        with pytest.raises(SourceError) as caught:
            list(connector.read(self.window))
        errors = [caught.value]
        if check:
            with pytest.raises(SourceError) as checked:
                connector.check()
            errors.append(checked.value)
        for error in errors:
            assert not [canary for canary in self.canaries if canary.lower() in told(error).lower()]
        return caught.value

    @pytest.mark.parametrize("fault", PASSING.values(), ids=list(PASSING))
    def test_trouble_that_passes_changes_nothing(self, vendor: Simulator, connector: Connector, fault: Answer) -> None:
        undisturbed = self.read(connector)
        assert undisturbed
        vendor.fail(fault, None, fault)
        assert self.read(connector) == undisturbed

    @pytest.mark.parametrize("header", RETRY_AFTER)
    def test_any_retry_after_is_kept_within_reason(
        self, vendor: Simulator, connector: Connector, slept: list[float], header: str
    ) -> None:
        undisturbed = self.read(connector)
        vendor.fail(too_many(header))
        try:
            found = self.read(connector)
        except SourceUnavailable as error:
            asked = error.retry_after
            found = undisturbed
        else:
            asked = None
        assert found == undisturbed
        assert asked is None or 1 <= asked <= LONGEST_WAIT
        assert all(wait > 0 for wait in slept)

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_trouble_that_stays_is_told_and_not_hammered(
        self, vendor: Simulator, connector: Connector, status: int
    ) -> None:
        vendor.fail_always(too_many(status=status))
        assert isinstance(self.fails(connector, check=False), SourceUnavailable)
        assert vendor.calls <= USUAL.tries + self.logins

    @pytest.mark.parametrize("fault", SLOW.values(), ids=list(SLOW))
    def test_a_slow_answer_ends_at_the_deadline(
        self, vendor: Simulator, connector: Connector, fault: Answer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(self.connector_class, "limits", SHORT)
        vendor.fail_always(fault)
        assert isinstance(self.fails(connector, check=False), SourceUnavailable)

    @pytest.mark.parametrize("fault", NO_ANSWERS.values(), ids=list(NO_ANSWERS))
    def test_what_is_no_answer_is_told_as_such(self, vendor: Simulator, connector: Connector, fault: Answer) -> None:
        vendor.fail_always(fault)
        assert isinstance(self.fails(connector), SourceMisread)

    @pytest.mark.parametrize("body", SHAPES, ids=lambda body: body.decode())
    def test_an_answer_of_another_shape_gives_no_figure(
        self, vendor: Simulator, connector: Connector, body: bytes
    ) -> None:
        vendor.fail_always(bytes_answer(body))
        try:
            found = self.read(connector)
        except (SourceMisread, SourceRefused):
            found = {}
        assert not found

    @pytest.mark.parametrize("fault", LARGE.values(), ids=list(LARGE))
    def test_an_answer_too_large_is_refused(self, vendor: Simulator, connector: Connector, fault: Answer) -> None:
        vendor.fail_always(fault)
        assert isinstance(self.fails(connector, check=False), SourceMisread)

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_nothing_is_sent_to_another_host(self, vendor: Simulator, connector: Connector, status: int) -> None:
        with WebServer() as elsewhere:
            vendor.fail_always(redirect(elsewhere.url("/stolen"), status))
            assert isinstance(self.fails(connector), SourceRefused)
            assert not elsewhere.seen

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_an_error_page_that_repeats_the_request_tells_no_secret(
        self, vendor: Simulator, connector: Connector, status: int
    ) -> None:
        vendor.fail_always(echoing(status))
        self.fails(connector)

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_credentials_are_not_tried_again_and_again(
        self, vendor: Simulator, connector: Connector, status: int
    ) -> None:
        vendor.fail_always(text_answer("no", status=status))
        assert isinstance(self.fails(connector, check=False), SourceRefused)
        assert vendor.calls <= 2 + 2 * self.logins

    def test_whichever_request_fails_the_days_before_are_whole(self, vendor: Simulator, connector: Connector) -> None:
        undisturbed = self.read(connector)
        before = vendor.calls
        self.read(connector)
        assert vendor.calls > before
        for place in range(vendor.calls - before):
            vendor.heal()
            vendor.fail(*[None] * place, *[too_many(status=503)] * USUAL.tries)
            items: list[Any] = []
            with pytest.raises(SourceUnavailable):
                items.extend(_kept(connector.read(self.window), items))
            days = {item.day for item in items if isinstance(item, Reading)}
            whole = {key: value for key, value in totals(iter(items)).items() if key[0] < max(days)} if days else {}
            assert whole == {key: value for key, value in undisturbed.items() if days and key[0] < max(days)}

    def test_a_field_that_drifts_is_noticed_or_does_not_matter(self, vendor: Simulator, connector: Connector) -> None:
        bodies: list[bytes] = []
        vendor.distort(partial(_noting, bodies))
        undisturbed = self.read(connector)
        every = [
            (place, path, name, drift)
            for place, body in enumerate(bodies)
            for path in _paths(_decoded(body))
            if not self.free.keys() & set(map(str, path))
            for name, drift in DRIFTS.items()
            if not (name == "missing" and isinstance(path[-1], int))  # a row that is gone leaves no trace
        ]
        tried = random.Random(7).sample(every, min(self.drifts, len(every)))
        assert tried
        for place, path, name, drift in tried:
            vendor.distort(_at(place, partial(_drifted, path=path, drift=drift)))
            try:
                items = list(connector.read(self.window))
            except SourceError:
                continue
            found, unknown = totals(iter(items)), _not_spoken_for(connector, items)
            gaps = {(key[0], key[2]) for key, (_, has_gap) in found.items() if has_gap}  # in whatever currency
            gaps |= {(day, "buyers") for day, measure in gaps if measure == "new_customers"}
            wrong = {
                key: value
                for key, value in found.items()
                if undisturbed.get(key) != value and (key[0], key[2]) not in gaps
            }
            days = {day for day, _ in gaps} | _named_as_missing(items, self.window)
            lost = {key for key in undisturbed if key not in found and key[0] not in days and key[2] not in unknown}
            assert (wrong, lost) == ({}, set()), f"{name} at {path} of answer {place}"


def _kept(items: Iterator[Any], into: list[Any]) -> Iterator[Any]:
    for item in items:
        into.append(item)
        yield from ()


def _not_spoken_for(connector: Connector, items: Sequence[Any]) -> frozenset[str]:
    """The measures it could provide and says that it does not know."""
    said = [item.measures for item in items if isinstance(item, Covered)]
    return connector.provides - frozenset().union(*said) if said else frozenset()


def _named_as_missing(items: Sequence[Any], window: Window) -> set[date]:
    """The days it does not speak of, where it says so."""
    covered = [item.window for item in items if isinstance(item, Covered)]
    remarks = [item.text for item in items if isinstance(item, Remark)]
    return {
        day
        for day in window
        if not any(day in part for part in covered) and any(f"day {day}" in text for text in remarks)
    }


def _noting(bodies: list[bytes], body: bytes) -> bytes:
    bodies.append(body)
    return body


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _at(place: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change the answer of one place in the order of the answers."""
    count = iter(range(10**9))
    return lambda body: change(body) if next(count) == place else body


Path = tuple[str | int, ...]
GONE = object()

#: what may become of a field
DRIFTS: dict[str, Callable[[Any], Any]] = {
    "missing": lambda _: GONE,
    "null": lambda _: None,
    "a word": lambda _: "abc",
    "a number with a comma": lambda _: "1,234.5",
    "a share": lambda _: "12 %",
    "an object": lambda value: {"value": value},
    "a list": lambda value: [value],
    "a truth": lambda _: True,
}


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of an answer, of long lists those of the first two items."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for name, part in inner:
        yield from _paths(part, (*path, name))


def _drifted(body: bytes, path: Path, drift: Callable[[Any], Any]) -> bytes:
    value = json.loads(body, parse_float=Decimal)
    holder = value
    for name in path[:-1]:
        holder = holder[name]
    changed = drift(holder[path[-1]])
    if changed is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = changed
    return json.dumps(value, default=float).encode()
