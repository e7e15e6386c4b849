"""The HTTP session of all connectors, against a server that does to it what servers do."""

import html
import json
import traceback
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulators.web_server import (
    Answer,
    Seen,
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
    gzipped,
    huge,
    in_chunks,
    json_answer,
    redirect,
    reset,
    reset_within,
    stalling,
    text_answer,
    too_many,
)
from smtp_server import authority, self_signed, signed_by

from config.authorities import certificates, trust
from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from connectors.kit.http import LONGEST_WAIT, Http, RequestLimits, retry_after
from connectors.kit.paging import pages
from connectors.kit.parsing import read_json
from connectors.kit.text import Mask
from worker.service.wiring import deploy

OK = json_answer({"orders": 3})
NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
QUICK = RequestLimits(connect_seconds=5, read_seconds=5, deadline_seconds=20, max_bytes=1 << 20, tries=3)

Make = Callable[..., Http]


@pytest.fixture
def own_authority(tmp_path: Path) -> Iterator[Path]:
    """A company's authority, in a folder; forgotten at the end."""
    folder = tmp_path / "authority"
    folder.mkdir()
    authority(folder)
    yield folder
    trust(None)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[WebServer]:
    """A second host, which nobody should ever reach."""
    with WebServer() as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    """What the session would have slept."""
    return []


@pytest.fixture
def make(slept: list[float]) -> Make:
    def build(limits: RequestLimits = QUICK, **options: Any) -> Http:
        return Http("shop", limits=limits, sleep=slept.append, **options)

    return build


def said(error: SourceError) -> str:
    """Everything that could be printed of an error, its traceback with what it came from included."""
    told = "".join(traceback.format_exception(error))
    return "\n".join([str(error), repr(error), getattr(error, "sample", ""), told])


class TestAnAnswer:
    def test_numbers_with_a_point_stay_exact(self, server: WebServer, make: Make) -> None:
        server.on("/x", bytes_answer(b'{"revenue": 0.1, "spend": 1250.50, "rate": 1e-7, "orders": 12}'))
        answer = make().get_json(server.url("/x"))
        assert answer == {
            "revenue": Decimal("0.1"),
            "spend": Decimal("1250.50"),
            "rate": Decimal("0.0000001"),
            "orders": 12,
        }
        assert isinstance(answer["revenue"], Decimal)

    def test_parameters_arrive_as_they_were_given(self, server: WebServer, make: Make) -> None:
        server.on("/x", OK)
        make().get_json(server.url("/x"), {"since": "2026-03-01", "campaign": "été & soldes/50 %"})
        assert server.seen[0].query == {"since": "2026-03-01", "campaign": "été & soldes/50 %"}

    def test_a_body_tried_again_is_sent_whole_again(self, server: WebServer, make: Make) -> None:
        server.on("/x", too_many("1"), OK)
        make().post_json(server.url("/x"), json={"query": "é"})
        assert [seen.json for seen in server.seen] == [{"query": "é"}, {"query": "é"}]

    def test_the_program_gives_its_name(self, server: WebServer, make: Make) -> None:
        server.on("/x", OK)
        make(headers={"X-Api-Key": "k"}).get_json(server.url("/x"))
        assert server.seen[0].headers["User-Agent"] == "vigie"
        assert server.seen[0].headers["X-Api-Key"] == "k"

    @pytest.mark.parametrize(
        "answer",
        [
            gzipped(b'{"orders": 3}'),
            in_chunks(b'{"ord', b'ers": 3}'),
            bytes_answer(b'\xef\xbb\xbf{"orders": 3}'),
            bytes_answer(b'{"orders": 3}', kind="text/html"),
        ],
        ids=["compressed", "in chunks", "with a byte order mark", "called a page"],
    )
    def test_json_is_read_however_it_is_sent(self, answer: Answer, server: WebServer, make: Make) -> None:
        server.on("/x", answer)
        assert make().get_json(server.url("/x")) == {"orders": 3}


class TestTryingAgain:
    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
    def test_what_may_pass_is_asked_again(self, status: int, server: WebServer, make: Make, slept: list[float]) -> None:
        server.on("/x", too_many("2", status=status), OK)
        assert make().get_json(server.url("/x")) == {"orders": 3}
        assert slept == [2.0]

    @pytest.mark.parametrize(
        "fault",
        [reset, reset_within(b'{"orders": 3}'), cut_with_length(b'{"orders": 3}', 5), cut_chunks(b'{"orders"')],
        ids=["reset", "reset in the body", "cut", "cut in chunks"],
    )
    def test_a_line_that_breaks_is_tried_again(self, fault: Answer, server: WebServer, make: Make) -> None:
        server.on("/x", fault, OK)
        assert make().get_json(server.url("/x")) == {"orders": 3}
        assert len(server.seen) == 2

    @pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 410, 422, 451])
    def test_what_will_not_pass_is_asked_once(
        self, status: int, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", too_many("2", status=status), OK)
        with pytest.raises(SourceRefused):
            make().get_json(server.url("/x"))
        assert len(server.seen) == 1
        assert slept == []

    def test_after_the_last_try_the_wait_asked_for_goes_to_the_schedule(
        self, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", too_many("3"))
        with pytest.raises(SourceUnavailable) as caught:
            make().get_json(server.url("/x"))
        assert caught.value.retry_after == 3
        assert len(server.seen) == QUICK.tries
        assert slept == [3.0, 3.0]

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("3600", 3600), ("315360000", LONGEST_WAIT), ("Fri, 31 Dec 2094 23:59:59 GMT", LONGEST_WAIT)],
        ids=["an hour", "ten years", "a date far off"],
    )
    def test_a_long_wait_is_not_slept_here(
        self, header: str, seconds: float, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", too_many(header), OK)
        with pytest.raises(SourceUnavailable) as caught:
            make().get_json(server.url("/x"))
        assert caught.value.retry_after == seconds
        assert slept == []
        assert len(server.seen) == 1

    @pytest.mark.parametrize("header", [None, "soon", "-5", "", "1e3", "Wed, 99 Foo 2026"])
    def test_without_a_wait_that_can_be_read_the_session_picks_a_short_one(
        self, header: str | None, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", too_many(header), too_many(header), OK)
        assert make().get_json(server.url("/x")) == {"orders": 3}
        first, second = slept
        assert 0 <= first <= 1
        assert 0 <= second <= 2

    def test_a_wait_that_ends_behind_the_deadline_is_not_begun(
        self, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", too_many("25"), OK)
        with pytest.raises(SourceUnavailable):
            make(RequestLimits(deadline_seconds=20)).get_json(server.url("/x"))
        assert slept == []

    def test_the_gap_a_vendor_asks_for_is_kept_between_two_requests(
        self, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", OK)
        http = make(RequestLimits(gap_seconds=1000))
        http.get_json(server.url("/x"))
        assert slept == []
        http.get_json(server.url("/x"))
        assert len(slept) == 1
        assert 990 < slept[0] <= 1000


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120),
            (" 7 ", 7),
            ("1.5", 1.5),
            ("0", 1),
            ("Wed, 21 Oct 2026 07:28:30 GMT", 30),
            ("Wed, 21 Oct 2026 09:28:30 +0200", 30),
            ("Wed, 21 Oct 2026 07:28:30", 30),
            ("Wed, 21 Oct 2026 07:00:00 GMT", 1),
            ("Wed, 21 Oct 2036 07:28:00 GMT", LONGEST_WAIT),
            ("315360000", LONGEST_WAIT),
            ("9" * 400, LONGEST_WAIT),
            (None, None),
            ("", None),
            ("-5", None),
            ("soon", None),
            ("1e3", None),
            ("1 minute", None),
            ("Wed, 21 Oct 2026 07:28:30 +9999999999", None),
            ("Fri, 31 Dec 9999 23:59:59 -2300", LONGEST_WAIT),
        ],
    )
    def test_seconds_and_dates_are_read_and_kept_within_reason(self, header: str | None, seconds: float | None) -> None:
        assert retry_after(header, NOW) == seconds

    @settings(max_examples=60)
    @given(st.one_of(st.text(), st.from_regex(r"\w{3}, \d{1,3} \w{3} \d{1,6} \d{1,3}:\d{1,3}:\d{1,3} [-+]?\w{0,8}")))
    def test_no_header_whatsoever_breaks_it(self, header: str) -> None:
        seconds = retry_after(header, NOW)
        assert seconds is None or 1 <= seconds <= LONGEST_WAIT


class TestTheDeadline:
    SOON = RequestLimits(connect_seconds=5, read_seconds=5, deadline_seconds=0.3, tries=3)

    @pytest.mark.parametrize(
        "fault",
        [
            dripping(b"1" * 2000),
            dripping_until_closed(b"1" * 2000),
            dripping_headers(),
            stalling(b'{"orders": 3}'),
            blackhole,
        ],
        ids=["body", "body without a length", "headers", "half a body", "nothing at all"],
    )
    def test_it_holds_however_slowly_the_answer_comes(self, fault: Answer, server: WebServer, make: Make) -> None:
        server.on("/x", fault)
        with pytest.raises(SourceUnavailable, match=r"deadline|in time"):
            make(self.SOON).get_json(server.url("/x"))
        assert len(server.seen) == 1

    def test_it_holds_on_a_line_that_was_used_before(self, server: WebServer, make: Make) -> None:
        server.on("/x", OK, dripping(b"1" * 2000))
        http = make(self.SOON)
        assert http.get_json(server.url("/x")) == {"orders": 3}
        with pytest.raises(SourceUnavailable, match="deadline"):
            http.get_json(server.url("/x"))

    def test_it_holds_on_a_secure_line(self, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate, key = self_signed(tmp_path, "IP:127.0.0.1")
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
        with WebServer((certificate, key)) as server:
            server.on("/x", OK, dripping(b"1" * 2000), dripping_headers())
            http = make(self.SOON)
            assert http.get_json(server.url("/x")) == {"orders": 3}
            for _ in range(2):
                with pytest.raises(SourceUnavailable, match="deadline"):
                    http.get_json(server.url("/x"))

    def test_the_session_goes_on_after_one_that_was_cut(self, server: WebServer, make: Make) -> None:
        server.on("/x", dripping(b"1" * 2000), OK)
        http = make(self.SOON)
        with pytest.raises(SourceUnavailable):
            http.get_json(server.url("/x"))
        assert http.get_json(server.url("/x")) == {"orders": 3}

    @pytest.mark.parametrize("fault", [blackhole, stalling(b'{"orders": 3}')], ids=["at all", "after half of it"])
    def test_a_server_that_says_nothing_more_is_tried_again(self, fault: Answer, server: WebServer, make: Make) -> None:
        server.on("/x", fault)
        with pytest.raises(SourceUnavailable, match="no answer in time"):
            make(RequestLimits(read_seconds=0.1, tries=2)).get_json(server.url("/x"))
        assert len(server.seen) == 2


class TestWhatIsNotAnAnswer:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<!doctype html><title>Sign in</title>",
            b'{"orders": 3',
            b'{"orders": }',
            b"{'orders': 3}",
            b'{"orders": NaN}',
            b'{"orders": Infinity}',
            b'{"orders": -Infinity}',
            b'{"revenue": 1e999}',
            b'{"revenue": 1e1000000}',
            b'{"revenue": 1e99999999999999999999}',
            b'{"revenue": 1e-99999999999}',
            b'{"orders": 3, "orders": 4}',
            b'{"a": [{"orders": 3, "orders": 3}]}',
            b'{"name": "\xe9t\xe9"}',
            b"[" * 101 + b"]" * 101,
            b'{"a":' * 5000 + b"1" + b"}" * 5000,
            b"[" * 100_000,
            b'{"orders": 3} {"orders": 4}',
            b"9" * 5000,
        ],
        ids=lambda body: repr(body[:24]),
    )
    def test_json_that_is_not_strict_is_misread_and_not_asked_again(
        self, body: bytes, server: WebServer, make: Make
    ) -> None:
        server.on("/x", bytes_answer(body))
        with pytest.raises(SourceMisread, match="shop: answered 200 with application/json, which is not the JSON"):
            make().get_json(server.url("/x"))
        assert len(server.seen) == 1

    @pytest.mark.parametrize(
        ("page", "told"),
        [
            (
                "<html><head><title>502 Bad Gateway</title></head>\r\n<h1>502 Bad Gateway</h1>\r\n<hr>nginx</html>",
                "Bad Gateway nginx",
            ),
            (
                "<!DOCTYPE html><title>Tea shop</title><script>if (a<b) c()</script><p>Closed for&nbsp;tea &amp; more",
                "Tea shop Closed for tea & more",
            ),
            (
                "<br />\n<b>Fatal error</b>:  Out of memory in <b>/srv/x.php</b> on line <b>5</b>",
                "Fatal error: Out of memory in /srv/x.php on line 5",
            ),
            (
                "<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript</noscript></body>",
                "Just a moment...",
            ),
            ("<p>", ""),
        ],
        ids=["nginx", "maintenance", "php", "challenge", "nothing"],
    )
    def test_of_an_error_page_is_told_what_a_reader_would_see(
        self, page: str, told: str, server: WebServer, make: Make
    ) -> None:
        server.on("/x", text_answer(page, status=502, kind="text/html"))
        with pytest.raises(SourceUnavailable) as caught:
            make(RequestLimits(tries=1)).get_json(server.url("/x"))
        assert str(caught.value).endswith(f"is in trouble (502): {told}")

    def test_a_page_in_the_place_of_json_is_told_by_its_title(self, server: WebServer, make: Make) -> None:
        server.on("/x", text_answer("<html><title>Sign in</title></html>", kind="text/html"))
        with pytest.raises(SourceMisread, match=r"which is not the JSON it documents: Sign in$"):
            make().get_json(server.url("/x"))

    @pytest.mark.parametrize("form", ["can&#97;ry-secret", "can<b></b>ary-secret", "canary&#45;secret"])
    def test_a_page_hides_no_secret_in_its_tags_and_signs(self, form: str, server: WebServer, make: Make) -> None:
        server.on("/x", text_answer(f"<html><p>key {form} is wrong", status=400, kind="text/html"))
        with pytest.raises(SourceRefused) as caught:
            make(secrets=["canary-secret"]).get_json(server.url("/x"))
        assert "key *** is wrong" in said(caught.value)

    def test_the_sample_of_a_page_is_kept_short_and_on_one_line(self, server: WebServer, make: Make) -> None:
        server.on("/x", text_answer("<h1>Sign in</h1>\r\n\x1b[31m\u202e" + "please " * 500, kind="text/html"))
        with pytest.raises(SourceMisread, match="text/html") as caught:
            make().get_json(server.url("/x"))
        assert caught.value.sample.startswith("Sign in [31mplease please")
        assert len(caught.value.sample) <= 200
        assert caught.value.sample.isprintable()

    def test_the_vendors_words_follow_the_refusal_on_one_line(self, server: WebServer, make: Make) -> None:
        server.on("/x", text_answer("scope\n\x07 read_orders\x1b[2J\u202e missing", status=403))
        with pytest.raises(SourceRefused) as caught:
            make().get_json(server.url("/x"))
        place = f"shop: {server.url('/x')}"
        assert str(caught.value) == f"{place} refuses the credentials (403): scope read_orders[2J missing"

    def test_a_body_cut_anywhere_is_never_taken_for_a_whole_one(self, server: WebServer, make: Make) -> None:
        body = json.dumps([{"day": "2026-03-01", "orders": 3}, {"day": "2026-03-02", "orders": 14}]).encode()
        http = make(RequestLimits(tries=1))
        assert len(body) > 50
        for place in range(0, len(body), 5):
            for fault in (cut_with_length(body, place), cut_without_length(body, place), cut_chunks(body[:place])):
                server.on("/x", fault)
                with pytest.raises((SourceUnavailable, SourceMisread)):
                    http.get_json(server.url("/x"))

    def test_a_compression_that_is_broken_is_no_answer(self, server: WebServer, make: Make) -> None:
        server.on("/x", bytes_answer(b"this was never compressed", Content_Encoding="gzip"))
        with pytest.raises(SourceUnavailable, match="broke off"):
            make().get_json(server.url("/x"))

    def test_a_refusal_is_one_even_if_its_page_is_cut_or_too_large(self, server: WebServer, make: Make) -> None:
        for fault in (cut_with_length(b"no such key", 4, status=401), gzip_bomb(8, status=401)):
            server.on("/x", fault)
            with pytest.raises(SourceRefused, match="refuses the credentials"):
                make().get_json(server.url("/x"))
        assert len(server.seen) == 2

    @pytest.mark.parametrize(
        ("status", "error", "words"),
        [
            (204, SourceMisread, "not the JSON it documents"),
            (300, SourceRefused, "redirects elsewhere, and does not say where"),
            (304, SourceRefused, "redirects elsewhere, and does not say where"),
            (400, SourceRefused, r"does not take the request \(400\)"),
            (401, SourceRefused, r"refuses the credentials \(401\)"),
            (403, SourceRefused, r"refuses the credentials \(403\)"),
            (404, SourceRefused, r"does not take the request \(404\)"),
            (408, SourceUnavailable, r"is in trouble \(408\)"),
            (429, SourceUnavailable, r"wants fewer requests \(429\)"),
            (500, SourceUnavailable, r"is in trouble \(500\)"),
            (503, SourceUnavailable, r"is in trouble \(503\)"),
        ],
    )
    def test_each_status_says_what_to_do(
        self, status: int, error: type[SourceError], words: str, server: WebServer, make: Make
    ) -> None:
        server.on("/x", bytes_answer(b"", status=status))
        with pytest.raises(error, match=words):
            make(RequestLimits(tries=1)).get_json(server.url("/x"))

    def test_where_nobody_listens_there_is_no_connection(self, make: Make, slept: list[float]) -> None:
        with WebServer() as gone:
            url = gone.url("/x")
        with pytest.raises(SourceUnavailable, match="did not answer: no connection"):
            make().get_json(url)
        assert len(slept) == QUICK.tries - 1

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "shop.example",
            "://",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "http://",
            "http://[::1",
            "http://shop..example/",
            f"http://{'a' * 70}.example/",
            "http://127.0.0.1:99999/",
            "http://127.0.0.1:port/",
            "http://a b/",
            "javascript:alert(1)",
        ],
    )
    def test_what_is_no_address_is_refused(self, url: str, make: Make, slept: list[float]) -> None:
        with pytest.raises(SourceRefused, match="is not an address that can be asked"):
            make().get_json(url)
        assert slept == []


class TestSize:
    @pytest.mark.parametrize(
        ("answer", "mebibytes"), [(huge(4), 1), (gzip_bomb(64), 1)], ids=["as it is", "compressed"]
    )
    def test_more_than_the_cap_is_refused_without_holding_it(
        self, answer: Answer, mebibytes: int, server: WebServer, make: Make
    ) -> None:
        server.on("/x", answer)
        http = make(RequestLimits(max_bytes=mebibytes << 20))
        tracemalloc.start()
        with pytest.raises(SourceMisread, match=f"answers with more than {mebibytes} MiB"):
            http.get_json(server.url("/x"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 << 20
        assert len(server.seen) == 1

    def test_as_much_as_the_cap_is_taken(self, server: WebServer, make: Make) -> None:
        server.on("/x", bytes_answer(b'"' + b"a" * 998 + b'"'))
        assert make(RequestLimits(max_bytes=1000)).get_json(server.url("/x")) == "a" * 998


class TestCredentials:
    KEY, LOGIN, IN_URL = "canary-in-a-header", "canary-in-the-login", "canary-in-the-address"

    @pytest.fixture
    def http(self, make: Make) -> Http:
        """A session with a secret in each place where vendors want one."""
        return make(
            RequestLimits(tries=1),
            secrets=[self.KEY, self.LOGIN, self.IN_URL],
            headers={"X-Api-Key": self.KEY},
            auth=("user", self.LOGIN),
        )

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed_and_carries_nothing_away(
        self, status: int, server: WebServer, elsewhere: WebServer, http: Http
    ) -> None:
        server.on("/x", redirect(elsewhere.url(f"/y?token={self.IN_URL}"), status))
        with pytest.raises(SourceRefused) as caught:
            http.get_json(server.url("/x"), {"token": self.IN_URL})
        assert str(caught.value) == (
            f"shop: {server.url('/x')} redirects to {elsewhere.url('/y')}: use that address in sources.yaml"
        )
        assert server.seen[0].headers["X-Api-Key"] == self.KEY
        assert elsewhere.seen == []
        assert "canary" not in said(caught.value)

    @pytest.mark.parametrize(
        ("to", "told"),
        [("/fr/", "{server}/fr/"), ("https://127.0.0.1/x?a=1#b", "https://127.0.0.1/x"), ("?lang=fr", "{server}/x")],
    )
    def test_a_redirect_is_told_by_scheme_host_and_path_and_never_by_its_query(
        self, to: str, told: str, server: WebServer, http: Http
    ) -> None:
        server.on("/x", redirect(to))
        with pytest.raises(SourceRefused) as caught:
            http.get_json(server.url("/x"))
        assert f" redirects to {told.format(server=server.url(''))}: use that address" in str(caught.value)

    def test_the_body_of_a_redirect_is_not_taken_in(self, server: WebServer, http: Http) -> None:
        server.on("/x", gzip_bomb(64, status=302, Location="/y"))
        tracemalloc.start()
        with pytest.raises(SourceRefused, match="redirects "):
            http.get_json(server.url("/x"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 << 20

    @pytest.mark.parametrize("to", ["", "/login", "http://[::1", "javascript:alert(1)", "//", "\u202ehttp://a"])
    def test_a_redirect_to_nowhere_is_refused_as_well(self, to: str, server: WebServer, http: Http) -> None:
        server.on("/x", redirect(quote(to, safe=":/[]()")))
        with pytest.raises(SourceRefused, match="redirects "):
            http.get_json(server.url("/x"))

    def test_a_redirect_that_names_a_login_does_not_pass_it_on(self, server: WebServer, http: Http) -> None:
        server.on("/x", redirect("https://somebody:something@shop.example/"))
        with pytest.raises(SourceRefused, match=r"redirects to https://shop\.example/:") as caught:
            http.get_json(server.url("/x"))
        assert "something" not in said(caught.value)

    FAULTS: tuple[Answer, ...] = (
        echoing(200),
        echoing(400),
        echoing(401),
        echoing(404),
        echoing(429),
        echoing(500),
        reset,
        cut_with_length(b"{}", 1),
        huge(2),
        text_answer("<html>", kind="text/html"),
        bytes_answer(b"broken", Content_Encoding="gzip"),
    )

    @pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
    def test_no_error_repeats_a_secret(self, fault: Answer, server: WebServer, make: Make) -> None:
        http = make(
            RequestLimits(tries=1, max_bytes=1 << 20),
            secrets=[self.KEY, self.LOGIN, self.IN_URL],
            headers={"X-Api-Key": self.KEY},
            auth=("user", self.LOGIN),
        )
        server.on(f"/{self.IN_URL}/x", fault)
        with pytest.raises(SourceError) as caught:
            http.get_json(server.url(f"/{self.IN_URL}/x"), {"token": self.IN_URL})
        assert "canary" not in said(caught.value)
        assert b64encode(f"user:{self.LOGIN}".encode()).decode() not in said(caught.value)

    @pytest.mark.parametrize(
        "secret", ["a/b+c=d", 'say "friend" & <enter>', "clé d'été", "two  spaces", "100%", "a\\b"]
    )
    def test_a_secret_is_masked_however_it_is_written(self, secret: str, server: WebServer, make: Make) -> None:
        server.on("/x", echoing(401))
        with pytest.raises(SourceRefused) as caught:
            make(secrets=[secret]).get_json(server.url("/x"), {"key": secret})
        forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
        assert "***" in str(caught.value)
        assert not [form for form in forms if form in said(caught.value)]

    def test_half_a_secret_is_not_left_where_an_answer_is_cut(self, server: WebServer, make: Make) -> None:
        secret = "0123456789abcdefghij"
        http = make(RequestLimits(tries=1), secrets=[secret])
        for padding in (*range(16384 - 25, 16384 + 3), *range(180, 203)):
            server.on("/x", bytes_answer(b" " * padding + secret.encode() + b" " * 20_000, status=400))
            with pytest.raises(SourceRefused) as caught:
                http.get_json(server.url("/x"))
            assert "0123" not in str(caught.value), padding

    @pytest.mark.parametrize("secret", ["two\nlines", " space before", "dash – pasted", "\u0142"])
    def test_a_credential_that_no_header_can_hold_is_refused_and_not_shown(
        self, secret: str, server: WebServer, make: Make
    ) -> None:
        server.on("/x", OK)
        for options in ({"headers": {"X-Api-Key": secret}}, {"auth": ("user – name", secret)}):
            with pytest.raises(SourceRefused, match="hold a sign that no header can") as caught:
                make(**options).get_json(server.url("/x"))
            assert secret not in said(caught.value)
        assert server.seen == []

    def test_the_environment_decides_nothing(
        self,
        server: WebServer,
        elsewhere: WebServer,
        make: Make,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, elsewhere.url())
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login robot password canary\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        server.on("/x", OK)
        assert make().get_json(server.url("/x")) == {"orders": 3}
        assert elsewhere.seen == []
        assert "Authorization" not in server.seen[0].headers

    def test_a_certificate_nobody_vouches_for_gets_no_credential(self, tmp_path: Path, http: Http) -> None:
        with WebServer(self_signed(tmp_path, "IP:127.0.0.1")) as server:
            server.on("/x", OK)
            with pytest.raises(
                SourceRefused, match="its certificate is not trusted: self-signed certificate"
            ) as caught:
                http.get_json(server.url("/x"), {"token": self.IN_URL})
            assert server.seen == []
        assert "canary" not in said(caught.value)

    def test_an_authority_of_ones_own_is_trusted_once_it_is_named(
        self, tmp_path: Path, make: Make, own_authority: Path
    ) -> None:
        with WebServer(signed_by(own_authority, tmp_path)) as server:
            server.on("/x", OK)
            with pytest.raises(SourceRefused, match=r"is named by 'ca' in vigie\.yaml"):
                make().get_json(server.url("/x"))
            trust(certificates(own_authority / "ca.pem"))
            assert make().get_json(server.url("/x")) == {"orders": 3}
            trust(None)
            with pytest.raises(SourceRefused, match="not trusted"):
                make().get_json(server.url("/x"))
            assert len(server.seen) == 1

    def test_the_settings_of_a_deployment_name_its_authority(
        self, tmp_path: Path, make: Make, own_authority: Path
    ) -> None:
        (own_authority / "vigie.yaml").write_text("ca: ca.pem\n")
        deploy(own_authority)
        with WebServer(signed_by(own_authority, tmp_path)) as server:
            server.on("/x", OK)
            assert make().get_json(server.url("/x")) == {"orders": 3}

    def test_an_own_authority_takes_nothing_from_the_others(
        self, tmp_path: Path, make: Make, own_authority: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trust(certificates(own_authority / "ca.pem"))
        known = self_signed(tmp_path, "IP:127.0.0.1")
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(known[0]))
        with WebServer(known) as server:
            server.on("/x", OK)
            assert make().get_json(server.url("/x")) == {"orders": 3}

    def test_a_server_without_tls_is_no_question_of_trust(self, server: WebServer, http: Http) -> None:
        with pytest.raises(SourceUnavailable, match="no secure connection") as caught:
            http.get_json(server.url("/x").replace("http:", "https:"), {"token": self.IN_URL})
        assert "canary" not in said(caught.value)


class TestTheMask:
    @settings(max_examples=60)
    @given(st.text(alphabet="abc/+&é\"'<% ", min_size=6), st.text(alphabet="xyz.,"), st.text(alphabet="xyz.,"))
    def test_nothing_of_a_secret_is_left_in_a_text(self, secret: str, before: str, after: str) -> None:
        for written in (secret, quote(secret), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret)):
            assert Mask([secret])(before + written + after) == f"{before}***{after}"

    def test_without_a_secret_the_text_is_as_it_was(self) -> None:
        assert Mask([])("a text") == "a text"
        assert Mask([""])("a text") == "a text"

    def test_of_two_secrets_the_longer_goes_first(self) -> None:
        assert Mask(["key", "key-of-the-house"])("key-of-the-house, key") == "***, ***"


class TestStrictJson:
    values = st.recursive(
        st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )

    @settings(max_examples=60)
    @given(values)
    def test_what_was_written_is_read(self, value: Any) -> None:
        assert read_json(json.dumps(value).encode()) == value

    @settings(max_examples=60)
    @given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
    def test_an_amount_is_read_to_its_last_digit(self, amount: Decimal) -> None:
        assert read_json(f"[{amount:f}]".encode()) == [amount]

    @settings(max_examples=60)
    @given(st.binary() | st.text(alphabet='[]{}",:\\01eE+-.nul aNIfty').map(str.encode))
    def test_any_bytes_are_read_or_refused(self, content: bytes) -> None:
        with suppress(ValueError):
            read_json(content)

    def test_brackets_inside_a_text_are_no_levels(self) -> None:
        text = '[{"' * 300
        assert read_json(json.dumps([text, text]).encode()) == [text, text]

    def test_a_hundred_levels_are_read(self) -> None:
        assert read_json(b"[" * 100 + b"]" * 100)

    @pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, '"' * 200_001, '"' + "a" * 2_000_000, "\\" * 200_001])
    def test_a_text_that_never_ends_is_refused_in_one_go(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            read_json(("[" * 101 + text).encode())


class TestALogin:
    """A token is got before the first request, and once more where it is no longer taken."""

    def guarded(self, server: WebServer, *taken: str) -> list[str]:
        """A path that takes one token after the other, and a login that gives them in their order."""
        given: list[str] = []

        def answer(seen: Seen) -> Answer:
            token = seen.headers.get("Authorization", "").removeprefix("Bearer ")
            return OK if given and token == taken[min(len(given), len(taken)) - 1] else text_answer("no", status=401)

        server.decide(answer)
        return given

    def login(self, given: list[str], *tokens: str) -> Callable[[], dict[str, str]]:
        def log_in() -> dict[str, str]:
            given.append(tokens[min(len(given), len(tokens) - 1)])
            return {"Authorization": f"Bearer {given[-1]}"}

        return log_in

    def test_it_is_got_once(self, server: WebServer, make: Make) -> None:
        given = self.guarded(server, "first")
        http = make(login=self.login(given, "first"))
        assert [http.get_json(server.url("/x")) for _ in range(3)] == [{"orders": 3}] * 3
        assert (given, len(server.seen)) == (["first"], 3)

    def test_one_that_expired_is_got_anew_and_the_request_made_again(self, server: WebServer, make: Make) -> None:
        given = self.guarded(server, "first", "second")
        http = make(login=self.login(given, "first", "second"))
        assert http.get_json(server.url("/x")) == {"orders": 3}
        server.decide(
            lambda seen: OK if seen.headers["Authorization"] == "Bearer second" else text_answer("", status=401)
        )
        assert http.get_json(server.url("/x")) == {"orders": 3}
        assert given == ["first", "second"]

    def test_a_new_one_that_is_refused_too_is_the_end(self, server: WebServer, make: Make) -> None:
        given: list[str] = []
        server.decide(lambda _: text_answer("no", status=401))
        http = make(login=self.login(given, "canary-1", "canary-2"))
        for _ in range(2):
            with pytest.raises(SourceRefused, match="refuses the credentials"):
                http.get_json(server.url("/x"))
        assert len(given) == 2  # one for each call
        assert len(server.seen) == 3

    def test_what_a_login_gave_is_a_secret(self, server: WebServer, make: Make) -> None:
        server.decide(lambda _: echoing(500))
        http = make(RequestLimits(tries=1), login=self.login([], "canary-token"))
        with pytest.raises(SourceUnavailable) as caught:
            http.get_json(server.url("/x"))
        assert "canary-token" not in said(caught.value)


class TestAJudge:
    """A connector knows what its vendor means, beyond the status."""

    def test_an_error_inside_a_good_answer_is_raised_and_tried_again_where_that_helps(
        self, server: WebServer, make: Make, slept: list[float]
    ) -> None:
        server.on("/x", json_answer({"error": "throttled"}), OK)

        def judge(answer: Any) -> SourceError | None:
            busy = b"throttled" in answer.content
            return SourceUnavailable("wants patience", retry_after=7) if busy else None

        assert make(judge=judge).get_json(server.url("/x")) == {"orders": 3}
        assert slept == [7]

    def test_its_words_stand_in_the_place_of_the_status_and_are_masked(self, server: WebServer, make: Make) -> None:
        server.on("/x", text_answer("key canary-7 has no right", status=401))
        http = make(secrets=["canary-7"], judge=lambda answer: SourceRefused(f"tick a box: {answer.content.decode()}"))
        with pytest.raises(SourceRefused, match=r"^shop: tick a box: key \*\*\* has no right$"):
            http.get_json(server.url("/x"))
        assert len(server.seen) == 1

    def test_one_that_has_nothing_to_say_leaves_it_to_the_status(self, server: WebServer, make: Make) -> None:
        server.on("/x", text_answer("no", status=403))
        with pytest.raises(SourceRefused, match="refuses the credentials"):
            make(judge=lambda _: None).get_json(server.url("/x"))


class TestPaging:
    def test_the_items_of_every_page_come_in_order(self, server: WebServer, make: Make) -> None:
        server.on("/p", *(json_answer({"items": [n, n + 1], "next": n + 2 if n < 4 else None}) for n in (0, 2, 4)))
        http = make()

        def fetch(cursor: int) -> tuple[list[Any], int | None]:
            answer = http.get_json(server.url("/p"), {"from": cursor})
            return answer["items"], answer["next"]

        assert list(pages("shop", 0, fetch)) == [[0, 1], [2, 3], [4, 5]]
        assert [seen.query["from"] for seen in server.seen] == ["0", "2", "4"]

    def test_a_page_is_fetched_only_when_it_is_wanted(self) -> None:
        asked: list[int] = []

        def fetch(cursor: int) -> tuple[list[int], int | None]:
            asked.append(cursor)
            return [cursor], cursor + 1

        every = pages("shop", 0, fetch)
        assert next(every) == [0]
        assert asked == [0]

    def test_an_empty_page_in_the_middle_is_no_end(self) -> None:
        answers: dict[str, tuple[list[int], str | None]] = {"a": ([1], "b"), "b": ([], "c"), "c": ([2], None)}
        assert list(pages("shop", "a", answers.__getitem__)) == [[1], [], [2]]

    @pytest.mark.parametrize("circle", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
    def test_cursors_that_go_round_are_noticed(self, circle: dict[str, str]) -> None:
        asked: list[str] = []

        def fetch(cursor: str) -> tuple[list[Any], str | None]:
            asked.append(cursor)
            return [{"page": len(asked)}], circle[cursor]

        with pytest.raises(SourceMisread, match="shop: its pages go round in a circle"):
            list(pages("shop", "a", fetch))
        assert len(asked) == len(circle)

    def test_the_same_page_under_a_new_cursor_is_noticed_before_it_is_counted_twice(self) -> None:
        page = [{"id": 1, "revenue": Decimal("1.10")}, {"id": 2, "revenue": None}]
        got: list[list[Any]] = []
        with pytest.raises(SourceMisread, match="gave the same page twice"):
            got.extend(pages("shop", 0, lambda cursor: (list(page), cursor + 1)))
        assert got == [page]

    def test_pages_without_end_are_ended(self) -> None:
        with pytest.raises(SourceMisread, match="never end"):
            list(pages("shop", 0, lambda cursor: ([cursor], cursor + 1), most=50))
