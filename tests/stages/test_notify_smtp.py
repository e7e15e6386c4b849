"""The way out: what a mail is made of, what nothing can put into it, and what each answer of a server means."""

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from smtp_server import DRIP, DROP, HOST, SILENCE, SmtpServer, self_signed

from config.addresses import check_email
from config.authorities import certificates, trust
from config.errors import DeliveryError, PlanError, Problem
from config.settings import Mail
from worker.model.message import NoTransport, OutgoingMessage, Silent, Unanswered
from worker.notify import smtp as way_out
from worker.notify.mime import as_bytes
from worker.notify.smtp import deliver_by_smtp, deliver_to_folder

SENDER = "Vigie <vigie@shop.example>"
TO = "content@shop.example"
PASSWORD = "correct horse battery staple"

#: by hand, in the order in which they stand in a mail
HEADERS = [
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Date",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]

HOSTILE = [
    "plain\r\nBcc: evil@x.com",
    "plain\nBcc: evil@x.com",
    "plain\rBcc: evil@x.com",
    "plain\r\n\r\nsecond body",
    "plain\r\n\tBcc: evil@x.com",
    "plain\x0bBcc: evil@x.com",
    "plain\x0cBcc: evil@x.com",
    "plain\x85Bcc: evil@x.com",
    "plain\u2028Bcc: evil@x.com",
    "plain\u2029Bcc: evil@x.com",
    "=?utf-8?q?Promo=0D=0ABcc:_evil=40x=2Ecom?=",
    "=?utf-8?b?UHJvbW8NCkJjYzogZXZpbEB4LmNvbQ==?=",
    "=?UTF-8?Q?Promo=0ABcc:_evil=40x=2Ecom?=",
    "before =?utf-8?q?=0D=0ABcc:_evil=40x=2Ecom?= after",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0D=0ABcc:_evil=40x=2Ecom=3F=3D?=",
    "=\u200b?utf-8?q?Promo=0D=0ABcc:_evil=40x=2Ecom?=",
    "==?utf-8?q?Promo=0D=0ABcc:_evil=40x=2Ecom?=",
    "=\x00?utf-8?q?=0D=0ABcc:_evil=40x=2Ecom?=",
    "=?iso-8859-1?q?=0D=0ATo:_evil=40x=2Ecom?=" * 6,
    "=?" * 200,
    "Name <a@b>, c@d",
    "Name <evil@x.com>",
    '"Name" <evil@x.com>',
    '", "evil" <evil@x.com>, "',
    "evil@x.com",
    "evil@x.com, " * 15,
    "a" * 180 + ", evil@x.com",
    "é" * 60 + ", evil@x.com",
    "ü, " * 60,
    "group: evil@x.com, other@x.com;",
    "Zoé (comment), evil@x.com",
    "back\\slash\\",
    '"',
    "To: evil@x.com",
    "Subject: other\r\nTo: evil@x.com",
    "\x00",
    "nul\x00in the middle",
    "\x1b[31mred\x1b[0m\x07",
    "\u202egnp.exe\u202c",
    "\u2066left\u2069\u200b\u200d\ufeff",
    "half \ud83d a character \udc00",
    "x" * 10_240,
    "é" * 10_240,
    "many words of a long text " * 400,
    " \t \r\n ",
    "",
    "\r\n.\r\nMAIL FROM:<evil@x.com>\r\nRCPT TO:<evil@x.com>\r\nDATA\r\n",
    ".",
    "..\r\n.\r\n...",
    "From evil\nFrom evil",
    "--===============\r\nContent-Type: text/html",
    "{0.__class__} {{7*7}} ${x} %(y)s",
    "🦆" * 300,
]  # fmt: skip


def message(**other: Any) -> OutgoingMessage:
    """A message, with what a test wants otherwise."""
    usual = OutgoingMessage(
        recipient=TO,
        name="Zoé Petit",
        subject="Printemps 2026 : l'été est en avance",
        text="Bonjour Zoé,\n\n1 234,50 € dépensés.\n",
        html="<!doctype html>\n<html lang='fr'><p>Bonjour Zoé</p></html>\n",
        rfc_id="<0123456789abcdef0123456789abcdef@shop.example>",
        written_at=datetime(2026, 5, 20, 6, 30, tzinfo=UTC),
    )
    return usual._replace(**other)


def mail(server: SmtpServer, **other: Any) -> Mail:
    """The settings that lead to a server."""
    return Mail.model_validate(
        {"host": HOST, "port": server.port, "security": server.security, "from": SENDER, **other}
    )


def never() -> str:
    """The password of a test in which nobody may ask for it."""
    raise AssertionError("the password was asked for")


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def part(content: bytes, kind: str) -> str:
    """The text of a part, line ends as in Python."""
    found = parsed(content).get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def in_words(header: object) -> str:
    return str(make_header(decode_header(str(header))))


# --- what a mail is made of ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one_server() -> Any:
    with SmtpServer() as server:
        yield server


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_adds_a_header_or_a_recipient(one_server: SmtpServer, hostile: str) -> None:
    before = len(one_server.asked_for)
    deliver_by_smtp(mail(one_server), never)(message(name=hostile, subject=hostile, text=hostile, html=f"<p>{hostile}"))
    got = one_server.taken[-1]
    assert (got.sender, got.recipients) == ("vigie@shop.example", [TO])
    assert one_server.asked_for[before:] == [TO]
    assert got.message.keys() == HEADERS
    assert [address for _, address in getaddresses([str(got.message["To"])])] == [TO]
    assert got.rfc_id == message().rfc_id
    assert in_words(got.message["Subject"]).isprintable()
    assert in_words(got.message["To"]).isprintable()


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_every_mail_is_whole_lines_of_seven_bits_and_two_readable_parts(hostile: str) -> None:
    content = as_bytes(message(name=hostile, subject=hostile, text=hostile, html=f"<p>{hostile}"), SENDER)
    assert max(content) < 128
    assert b"\0" not in content
    lines = content.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert [one.get_content_type() for one in parsed(content).walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    shown = part(content, "plain")
    assert all(character.isprintable() or character in "\n\t\u00a0\u202f" for character in shown)


@given(subject=st.text(), name=st.text(), text=st.text(), recipient=st.one_of(st.just(TO), st.text(), st.emails()))
@example(subject="=?utf-8?q?=0A?=", name=", " * 40, text="\ud800", recipient="a@b,c@d")
def test_any_letter_becomes_a_mail_to_its_one_recipient_or_is_refused_in_words(
    subject: str, name: str, text: str, recipient: str
) -> None:
    one = message(subject=subject, name=name, text=text, html=f"<p>{text}", recipient=recipient)
    try:
        content = as_bytes(one, SENDER)
    except DeliveryError:
        assert recipient != TO
        return
    assert parsed(content).keys() == HEADERS
    assert [address.addr_spec for address in parsed(content)["To"].addresses] == [recipient]


@pytest.mark.parametrize(
    "recipient",
    [
        "", "content", "a@b, c@d", "a@b;c@d", "a@b>\r\nRCPT TO:<evil@x.com", "Name <a@b>", "é@shop.example",
        "a@é.example", "a..b@shop.example", ".a@shop.example", "a@shop..example", "a b@shop.example", "a@b\x00c",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused_for_good_before_a_server_hears_of_it(recipient: str) -> None:
    with SmtpServer() as server:
        with pytest.raises(DeliveryError) as refused:
            deliver_by_smtp(mail(server), never)(message(recipient=recipient))
        assert (refused.value.permanent, server.connections) == (True, 0)


def is_address(value: str) -> bool:
    """What ``vigie check`` takes for one."""
    try:
        return bool(check_email(value))
    except ValueError:
        return False


#: what looks like an address, right or wrong: atoms and labels with too many dots, signs and lengths
LIKE_ADDRESSES = st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,66}@[A-Za-z0-9.-]{1,80}", fullmatch=True)


@given(recipient=st.one_of(LIKE_ADDRESSES, st.emails(), st.text(max_size=20)))
@example(recipient="a..b@b.example")
@example(recipient="=?utf-8?q?x?=@b.example")
@example(recipient="a" * 64 + "@" + "b" * 63 + ".example")
def test_a_mail_can_be_made_for_just_the_addresses_that_check_takes(recipient: str) -> None:
    if is_address(recipient):
        assert parsed(as_bytes(message(recipient=recipient), SENDER)).keys() == HEADERS
        return
    with pytest.raises(DeliveryError) as refused:
        as_bytes(message(recipient=recipient), SENDER)
    assert refused.value.permanent


@pytest.mark.parametrize("sender", ["Vigie", "", "Vigie, Inc <vigie@shop.example>", "Vigie <vigie@é.example>"])
def test_a_wrong_sender_is_the_settings_fault_and_no_letters(sender: str) -> None:
    with pytest.raises(NoTransport, match=r"check mail\.from") as refused:
        as_bytes(message(), sender)
    assert not refused.value.permanent


@pytest.mark.parametrize("domain", ["shop.example", "marketing." * 10 + "example", "b" * 63 + ".example"])
def test_the_message_id_stays_in_one_piece(domain: str) -> None:
    rfc_id = f"<0123456789abcdef0123456789abcdef@{domain}>"
    head = as_bytes(message(rfc_id=rfc_id), SENDER).partition(b"\r\n\r\n")[0]
    assert f"\r\nMessage-ID: {rfc_id}\r\n".encode() in head


@pytest.mark.parametrize(
    "rfc_id", ["=?utf-8?q?=3Ca=40b=3E=0D=0ABcc:_evil=40x=2Ecom?=", "<a@b>\r\nBcc: evil@x.com", "<a@b>, <c@d>"]
)
def test_an_id_that_would_become_a_header_adds_none(rfc_id: str) -> None:
    with suppress(DeliveryError):  # where the email package decodes it, nothing leaves
        assert parsed(as_bytes(message(rfc_id=rfc_id), SENDER)).keys() == HEADERS


@pytest.mark.parametrize("length", range(60, 90))
def test_each_header_begins_on_its_own_line_however_long_it_is(length: int) -> None:
    subject = ("Coupon letter no. 17 is over budget " * 3)[: length - 1] + "!"
    content = as_bytes(message(subject=subject), SENDER)
    assert subject[:20].encode() in next(line for line in content.splitlines() if line.startswith(b"Subject:"))
    assert message_from_bytes(content, policy=policy.SMTP)["Subject"] == subject


def test_a_mail_says_when_it_was_written_and_that_no_person_wrote_it() -> None:
    found = parsed(as_bytes(message(), SENDER))
    assert found["Date"] == "Wed, 20 May 2026 06:30:00 +0000"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["X-Auto-Response-Suppress"] == "All"
    assert found["From"] == "Vigie <vigie@shop.example>"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoé Petit", "Zoé Petit <content@shop.example>"),
        ("Lea Martin", "Lea Martin <content@shop.example>"),
        ("O'Brien, Pat (marketing)", "O'Brien Pat marketing <content@shop.example>"),
        ("", "content@shop.example"),
    ],
)
def test_a_name_is_shown_without_the_signs_that_separate_addresses(name: str, shown: str) -> None:
    assert in_words(parsed(as_bytes(message(name=name), SENDER))["To"]) == shown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Léa, l’été : 1\u202f234,50\u00a0€ – « déjà »\n", "<p>Léa, l’été : 1\u202f234,50\u00a0€ – « déjà »</p>\n"),
        ("Lea, spring: €1,234.50 – “already”\n", "<p>Lea, spring: €1,234.50 – “already”</p>\n"),
        ("é\n" * 5, "é\n" * 5),  # short lines, which go out as they are where eight bits are allowed
    ],
)
def test_accents_no_break_spaces_and_signs_arrive_as_they_were_written(text: str, html: str) -> None:
    with SmtpServer() as server:
        deliver_by_smtp(mail(server), never)(message(text=text, html=html, subject="Été : 5 %"))
        got = server.taken[0]
    assert (part(got.content, "plain"), part(got.content, "html")) == (text, html)
    assert got.message["Subject"] == "Été : 5 %"


def test_lines_that_begin_with_a_dot_arrive_whole_and_end_nothing() -> None:
    text = "first\n.\n..\n...three\n.end\nQUIT\n"
    with SmtpServer() as server:
        deliver_by_smtp(mail(server), never)(message(text=text))
        assert [part(got.content, "plain") for got in server.taken] == [text]


# --- what the answers of a server mean -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "answer", "permanent"),
    [
        ("MAIL", "421 4.3.2 going down", False),
        ("MAIL", "451 4.7.1 greylisted", False),
        ("RCPT", "421 4.3.2 going down", False),
        ("RCPT", "450 4.2.0 greylisted", False),
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "554 5.7.1 not wanted", True),
        ("DATA", "451 4.3.0 try later", False),
        ("DATA", "554 5.0.0 no valid recipients", True),
        ("DOT", "421 4.3.2 going down", False),
        ("DOT", "452 4.3.1 disk full", False),
        ("DOT", "552 5.2.2 mailbox full", True),
        ("DOT", "554 5.6.0 looks like spam", True),
    ],
)
def test_a_4xx_is_tried_later_and_a_5xx_is_for_good_in_the_servers_own_words(
    phase: str, answer: str, permanent: bool
) -> None:
    with SmtpServer() as server:
        server.answer(phase, answer)
        with pytest.raises(DeliveryError) as refused:
            deliver_by_smtp(mail(server), never)(message())
        assert (refused.value.permanent, server.taken) == (permanent, [])
    assert answer in str(refused.value)
    assert not isinstance(refused.value, NoTransport)


@pytest.mark.parametrize(
    ("phase", "answer"),
    [
        ("MAIL", "550 5.7.1 sender not allowed"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("RCPT", "530 5.7.0 authentication required"),
        ("DATA", "530 5.7.0 must issue a STARTTLS command first"),
    ],
)
def test_what_is_refused_whoever_it_is_for_loses_nobodys_mail(phase: str, answer: str) -> None:
    with SmtpServer() as server:
        server.answer(phase, answer)
        with pytest.raises(NoTransport) as refused:
            deliver_by_smtp(mail(server), never)(message())
    assert (refused.value.permanent, refused.value.pause.total_seconds()) == (False, 900)
    assert answer in str(refused.value)


@pytest.mark.parametrize("answer", [DROP, SILENCE])
def test_no_answer_after_the_final_dot_leaves_it_open_whether_the_mail_arrived(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(way_out, "ANSWER_SECONDS", 0.2)  # not five minutes
    with SmtpServer() as server:
        server.answer("DOT", answer)
        with pytest.raises(Unanswered, match="no answer after the whole mail was handed over") as refused:
            deliver_by_smtp(mail(server), never)(message())
        assert (refused.value.permanent, len(server.heard)) == (False, 1)


@pytest.mark.parametrize(("phase", "answer"), [("MAIL", DROP), ("RCPT", DROP), ("DATA", DROP), ("RCPT", SILENCE)])
def test_a_line_that_breaks_before_the_mail_is_tried_later(
    monkeypatch: pytest.MonkeyPatch, phase: str, answer: str
) -> None:
    monkeypatch.setattr(way_out, "SMTP_SECONDS", 1 if answer == SILENCE else 60)
    kind, said = (Silent, "fell silent") if answer == SILENCE else (DeliveryError, "dropped the connection")
    with SmtpServer() as server:
        server.answer(phase, answer)
        with pytest.raises(DeliveryError, match=rf"127\.0\.0\.1 {said}") as refused:
            deliver_by_smtp(mail(server), never)(message())
        assert (refused.value.permanent, type(refused.value), server.heard) == (False, kind, [])


@pytest.mark.parametrize(("phase", "kind"), [("MAIL", Silent), ("RCPT", Silent), ("DATA", Silent), ("DOT", Unanswered)])
@pytest.mark.parametrize("answer", [SILENCE, DRIP])
def test_a_service_that_stops_waits_for_no_server(
    monkeypatch: pytest.MonkeyPatch, phase: str, kind: type[DeliveryError], answer: str
) -> None:
    monkeypatch.setattr("worker.notify.patience.STOP_SECONDS", 0.1)
    stop = Event()
    stop.set()
    with SmtpServer() as server:
        server.answer(phase, answer)
        with pytest.raises(kind):
            deliver_by_smtp(mail(server), never, stop)(message())


def test_a_mail_under_way_is_still_handed_over_when_the_service_stops() -> None:
    stop = Event()
    stop.set()
    with SmtpServer() as server:
        deliver_by_smtp(mail(server), never, stop)(message())
        assert len(server.taken) == 1


@pytest.mark.parametrize(("phase", "kind"), [("MAIL", Silent), ("DATA", Silent), ("DOT", Unanswered)])
def test_a_server_that_speaks_on_and_on_and_says_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, phase: str, kind: type[DeliveryError]
) -> None:
    monkeypatch.setattr(way_out, "DIALOGUE_SECONDS", 1)
    monkeypatch.setattr(way_out, "ANSWER_SECONDS", 1)
    with SmtpServer() as server:
        server.answer(phase, DRIP)
        with pytest.raises(kind):
            deliver_by_smtp(mail(server), never)(message())


def test_a_line_that_breaks_inside_the_mail_is_no_success() -> None:
    with SmtpServer() as server:
        server.answer("INSIDE", DROP)
        with pytest.raises(DeliveryError) as refused:
            deliver_by_smtp(mail(server), never)(message())
        assert (refused.value.permanent, server.heard) == (False, [])


def test_a_server_that_is_not_there_is_named() -> None:
    with SmtpServer() as server:
        nobody = mail(server)
    with pytest.raises(NoTransport, match=rf"cannot connect to the mail server 127\.0\.0\.1:{nobody.port}"):
        deliver_by_smtp(nobody, never)(message())


def test_the_same_letter_goes_out_under_the_same_id_at_every_try() -> None:
    with SmtpServer() as server:
        server.answer("DOT", "451 4.3.0 later", "451 4.3.0 later", "250 taken")
        deliver = deliver_by_smtp(mail(server), never)
        for _ in range(2):
            with pytest.raises(DeliveryError):
                deliver(message())
        deliver(message())
        assert [got.rfc_id for got in server.heard] == [message().rfc_id] * 3


# --- encryption and login ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"), f"IP:{HOST}")


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The certificate, and this machine believes it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return certificate


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_and_its_password_travel_encrypted(trusted: tuple[Path, Path], security: Any) -> None:
    with SmtpServer(security, trusted, {"vigie": PASSWORD}) as server:
        deliver_by_smtp(mail(server, username="vigie", password={"env": "X"}), lambda: PASSWORD)(message())
        assert (len(server.taken), server.logins) == (1, [True])
        lines = [line.split()[0].lower() for line in bytes(server.in_clear).splitlines()]
        assert lines == ([b"ehlo", b"starttls"] if security == "starttls" else [])


@pytest.mark.parametrize("username", [None, "vigie"])
def test_a_server_that_offers_no_starttls_gets_nothing(username: str | None) -> None:
    with SmtpServer("none") as server:
        with pytest.raises(NoTransport, match="STARTTLS extension not supported"):
            deliver_by_smtp(mail(server, security="starttls", username=username), never)(message())
        assert (server.heard, server.asked_for, bytes(server.in_clear).split()[0]) == ([], [], b"ehlo")
        assert len(bytes(server.in_clear).splitlines()) == 1


def test_a_server_that_takes_back_its_starttls_gets_nothing(trusted: tuple[Path, Path]) -> None:
    with SmtpServer("starttls", trusted) as server:
        server.answer("STARTTLS", "454 4.7.0 not now")
        with pytest.raises(NoTransport, match="454"):
            deliver_by_smtp(mail(server, username="vigie"), never)(message())
        assert (server.heard, server.asked_for) == ([], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_gets_nothing(certificate: tuple[Path, Path], security: Any) -> None:
    with SmtpServer(security, certificate, {"vigie": PASSWORD}) as server:
        with pytest.raises(NoTransport, match="certificate verify failed"):
            deliver_by_smtp(mail(server, username="vigie"), never)(message())
        assert (server.heard, server.asked_for, server.logins) == ([], [], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_server_is_trusted_by_an_authority_of_ones_own(certificate: tuple[Path, Path], security: Any) -> None:
    with SmtpServer(security, certificate) as server:
        trust(certificates(certificate[0]))
        try:
            deliver_by_smtp(mail(server), never)(message())
        finally:
            trust(None)
        assert len(server.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: Any
) -> None:
    other = self_signed(tmp_path, "DNS:mail.other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other[0]))
    with SmtpServer(security, other, {"vigie": PASSWORD}) as server:
        with pytest.raises(NoTransport, match="certificate verify failed"):
            deliver_by_smtp(mail(server, username="vigie"), never)(message())
        assert (server.heard, server.asked_for, server.logins) == ([], [], [])


def test_a_wrong_password_is_tried_once_and_told_without_the_password(trusted: tuple[Path, Path]) -> None:
    with SmtpServer("starttls", trusted, {"vigie": PASSWORD}) as server:
        with pytest.raises(NoTransport) as refused:
            deliver_by_smtp(mail(server, username="vigie"), lambda: "wrong-secret")(message())
        assert (server.logins, server.heard) == ([False], [])
    assert str(refused.value) == "127.0.0.1 rejected the login of vigie: check mail.password"
    assert (refused.value.permanent, refused.value.pause.total_seconds()) == (False, 900)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        (PlanError([Problem("secret", 0, "the variable SMTP_PASSWORD is not set")]), "SMTP_PASSWORD is not set"),
        ("pässword", "accepts ASCII characters only"),
    ],
)  # fmt: skip
def test_a_password_that_cannot_be_had_or_sent_is_told_in_words(
    trusted: tuple[Path, Path], password: str | PlanError, says: str
) -> None:
    def ask() -> str:
        if isinstance(password, PlanError):
            raise password
        return password

    with SmtpServer("starttls", trusted, {"vigie": PASSWORD}) as server:
        with pytest.raises(NoTransport, match=says) as refused:
            deliver_by_smtp(mail(server, username="vigie"), ask)(message())
        assert server.heard == []
    assert "ä" not in str(refused.value)


def test_a_server_without_any_login_is_told_so(trusted: tuple[Path, Path]) -> None:
    with SmtpServer("starttls", trusted) as server, pytest.raises(NoTransport, match="neither PLAIN nor LOGIN"):
        deliver_by_smtp(mail(server, username="vigie"), lambda: PASSWORD)(message())


# --- the folder ----------------------------------------------------------------------------------------------------


def test_a_mail_becomes_one_whole_file_for_its_owners_eyes(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        deliver_to_folder(tmp_path / "new" / "outbox", SENDER)(message())
    finally:
        os.umask(previous)
    found = list((tmp_path / "new" / "outbox").iterdir())
    assert [path.suffix for path in found] == [".eml"]
    assert stat.S_IMODE(found[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "outbox").stat().st_mode) == 0o700
    content = found[0].read_bytes()
    assert parsed(content).keys() == HEADERS
    assert (part(content, "plain"), part(content, "html")) == (message().text, message().html)


def test_the_same_message_twice_is_one_file(tmp_path: Path) -> None:
    deliver = deliver_to_folder(tmp_path, SENDER)
    deliver(message())
    deliver(message())
    assert len(list(tmp_path.iterdir())) == 1


def test_two_messages_of_one_moment_to_one_person_are_two_files(tmp_path: Path) -> None:
    deliver = deliver_to_folder(tmp_path, SENDER)
    deliver(message())
    deliver(message(rfc_id="<123456789abcdef0123456789abcdef0@shop.example>"))
    assert len(list(tmp_path.glob("*.eml"))) == 2


@pytest.mark.parametrize(
    "recipient", ["../../up@shop.example", "/etc/x@shop.example", "..@shop.example", "a|b%$@x.example"]
)
def test_no_recipient_leads_out_of_the_folder(tmp_path: Path, recipient: str) -> None:
    folder = tmp_path / "outbox"
    with suppress(DeliveryError):
        deliver_to_folder(folder, SENDER)(message(recipient=recipient))
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} <= {folder}


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands here", encoding="utf-8")
    with pytest.raises(NoTransport, match="cannot be written") as refused:
        deliver_to_folder(tmp_path / "taken", SENDER)(message())
    assert str(tmp_path / "taken") in str(refused.value)
    assert not refused.value.permanent


def test_a_write_that_fails_leaves_neither_a_mail_nor_a_piece_of_one(tmp_path: Path) -> None:
    target = tmp_path / "20260520-063000-content-0123456789ab.eml"
    target.mkdir()  # nothing can take its place
    with pytest.raises(NoTransport, match="cannot be written"):
        deliver_to_folder(tmp_path, SENDER)(message())
    assert list(tmp_path.iterdir()) == [target]
