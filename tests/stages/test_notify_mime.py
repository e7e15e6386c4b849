"""What a mail is made of beside its words: its thread, its pictures, its size, and which attempt it is."""

import struct
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtp_server import HOST, SmtpServer

from config.errors import DeliveryError
from config.settings import Mail
from worker.model.message import OutgoingMessage, Picture
from worker.notify.mime import MAIL_BYTES, as_bytes, one_line
from worker.notify.smtp import deliver_by_smtp, deliver_to_folder

SENDER = "Vigie <vigie@shop.example>"
FIRST = "<00112233445566778899aabbccddeeff@shop.example>"

#: by hand, in the order in which they stand in a mail
PLAIN = [
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


def png(kilobytes: int = 1, seed: int = 0) -> bytes:
    """A real picture of noise, which nothing makes smaller, of about that size."""
    width, height = 64, kilobytes * 16
    rows = b"".join(b"\0" + Random(seed * 10_000 + row).randbytes(width) for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b"")]
    body = [struct.pack(">I", len(data)) + kind + data + _sum(kind + data) for kind, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def _sum(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


def message(pictures: Sequence[Picture] = (), **other: Any) -> OutgoingMessage:
    """A message whose HTML shows its pictures, with what a test wants otherwise."""
    shown = "".join(
        f'<p>Before</p><img src="cid:{one.cid}" alt="Orders &amp; {one.cid}" width="64">' for one in pictures
    )
    usual = OutgoingMessage(
        recipient="content@shop.example",
        name="Zoé Petit",
        subject="Printemps 2026 : l'été est en avance",
        text="Bonjour Zoé,\n\n87 commandes pour 100.\n",
        html=f"<!doctype html>\n<html lang='fr'>{shown}<p>Bonjour Zoé</p></html>\n",
        rfc_id="<0123456789abcdef0123456789abcdef@shop.example>",
        written_at=datetime(2026, 5, 20, 6, 30, tzinfo=UTC),
        pictures=tuple(pictures),
    )
    return usual._replace(**other)


def built(one: OutgoingMessage) -> EmailMessage:
    return message_from_bytes(as_bytes(one, SENDER), policy=policy.default)


def kinds(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def html_of(message: EmailMessage) -> str:
    found = message.get_body(("html",))
    assert found is not None
    return str(found.get_content())


def text_of(message: EmailMessage) -> str:
    found = message.get_body(("plain",))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def pictures_in(message: EmailMessage) -> dict[str, bytes]:
    return {
        str(part["Content-ID"]): part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.walk()
        if part.get_content_type() == "image/png"
    }


# --- words in headers ----------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    [
        "à",
        "évaluer",
        "été",
        "d’autres",
        "Printemps",
        "2026",
        "1",
        "impossible",
        "Éluard",
        "– « web »",
        "d\u202fun",
        "x" * 50,
    ]
)


def _as_old_programs_read(value: str) -> str:
    return str(make_header(decode_header(value.replace("\r\n", ""))))


@given(st.lists(_WORDS, min_size=1, max_size=14).map(" ".join))
def test_a_subject_and_a_name_are_read_with_every_space_where_it_was_written(words: str) -> None:
    """By RFC 2047, the subject also by Python's parser, which adds spaces to long names; no line is over 78 signs."""
    made = as_bytes(message(subject=words, name=words), f"{words} <vigie@shop.example>")
    raw = message_from_bytes(made, policy=policy.compat32)
    found = message_from_bytes(made, policy=policy.default)
    shown = one_line(words)
    assert (found["Subject"], _as_old_programs_read(raw["Subject"])) == (shown, shown)
    assert _as_old_programs_read(raw["To"]) == f"{shown} <content@shop.example>"
    assert _as_old_programs_read(raw["From"]) == f"{shown} <vigie@shop.example>"
    assert found["To"].addresses[0].addr_spec == "content@shop.example"
    head = made.partition(b"\r\n\r\n")[0].decode("ascii")
    assert all(len(line) <= 78 for line in head.split("\r\n"))


# --- threads -------------------------------------------------------------------------------------------------------


def test_a_later_mail_of_an_episode_answers_the_first_one() -> None:
    found = built(message(references=FIRST))
    assert (found["In-Reply-To"], found["References"]) == (FIRST, FIRST)
    assert sorted(found.keys()) == sorted([*PLAIN, "In-Reply-To", "References"])


def test_the_first_mail_of_an_episode_answers_none() -> None:
    assert built(message()).keys() == PLAIN


@pytest.mark.parametrize("domain", ["shop.example", "marketing." * 10 + "example", "b" * 63 + ".example"])
@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_the_id_of_the_first_mail_stays_in_one_piece(header: str, domain: str) -> None:
    first = f"<0123456789abcdef0123456789abcdef-undelivered@{domain}>"
    head = as_bytes(message(references=first), SENDER).partition(b"\r\n\r\n")[0]
    assert f"\r\n{header}: {first}\r\n".encode() in head + b"\r\n"


@pytest.mark.parametrize(
    "references",
    [
        "<a@b>\r\nBcc: evil@x.com", "<a@b>\n", "<a@b> <c@d>", "<a@b>, <c@d>", "a@b", "<a b@c>", "<é@b>", "<@>",
        "=?utf-8?q?=3Ca=40b=3E=0D=0ABcc:_evil=40x=2Ecom?=", "<=?utf-8?q?a?=@b>\r\n\r\nbody",
    ],
)  # fmt: skip
def test_what_is_not_one_id_makes_no_mail(references: str) -> None:
    with pytest.raises(DeliveryError, match="what it answers is not one Message-ID") as refused:
        as_bytes(message(references=references), SENDER)
    assert refused.value.permanent


# --- attempts ------------------------------------------------------------------------------------------------------


def test_a_mail_that_may_have_arrived_already_says_which_attempt_it_is() -> None:
    found = built(message(attempt=3))
    assert found["X-Vigie-Attempt"] == "3"
    assert sorted(found.keys()) == sorted([*PLAIN, "X-Vigie-Attempt"])


# --- pictures ------------------------------------------------------------------------------------------------------


def test_pictures_stand_beside_the_html_that_shows_them_and_the_text_stands_alone() -> None:
    shown = [Picture("orders", png()), Picture("spend.total-2", png(seed=1))]
    found = built(message(shown))
    assert kinds(found) == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "image/png",
    ]  # fmt: skip
    assert pictures_in(found) == {"<orders>": shown[0].png, "<spend.total-2>": shown[1].png}
    assert 'src="cid:orders"' in html_of(found)
    assert text_of(found) == message().text
    inline = [part.get_content_disposition() for part in found.walk() if part.get_content_maintype() == "image"]
    assert inline == ["inline", "inline"]


def test_a_mail_with_pictures_passes_any_server_unchanged() -> None:
    """Seven bits, whole lines, none over 78 signs but in a text: base64 as RFC 2045 wants it."""
    shown = [Picture("orders", png(5)), Picture("spend", png(9, seed=1))]
    with SmtpServer() as server:
        settings = {"host": HOST, "port": server.port, "security": "none", "from": SENDER}
        deliver_by_smtp(Mail.model_validate(settings), lambda: None)(message(shown))
        content = server.taken[0].content
    lines = content.split(b"\r\n")
    assert max(content) < 128
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 78
    assert list(pictures_in(message_from_bytes(content, policy=policy.default)).values()) == [p.png for p in shown]


def test_the_file_of_a_mail_shows_its_pictures(tmp_path: Path) -> None:
    shown = Picture("orders", png())
    deliver_to_folder(tmp_path, SENDER)(message([shown]))
    (path,) = tmp_path.glob("*.eml")
    assert pictures_in(message_from_bytes(path.read_bytes(), policy=policy.default)) == {"<orders>": shown.png}


@pytest.mark.parametrize("cid", ["", "a b", "a>\r\nBcc: evil@x.com", "<a>", "é", '"', "a" * 200, "-"])
def test_a_picture_whose_name_is_none_makes_no_mail(cid: str) -> None:
    with pytest.raises(DeliveryError, match="the name of a picture") as refused:
        as_bytes(message(pictures=(Picture(cid, png()),)), SENDER)
    assert refused.value.permanent


# --- size ----------------------------------------------------------------------------------------------------------


def test_a_mail_that_would_be_too_large_goes_without_its_last_pictures_and_says_what_they_show() -> None:
    """A third more in base64: of three pictures of 60 kB, two come to 162 kB and three to 243."""
    found = built(message([Picture(name, png(60, seed)) for seed, name in enumerate(("first", "second", "third"))]))
    assert list(pictures_in(found)) == ["<first>", "<second>"]
    assert "cid:third" not in html_of(found)
    assert "<p>Before</p>Orders &amp; third<p>Bonjour" in html_of(found)
    assert 'src="cid:second"' in html_of(found)


def test_a_picture_without_words_leaves_nothing_behind() -> None:
    html = '<!doctype html>\n<p>Before</p><img src="cid:big"><p>After</p>\n'
    found = built(message([Picture("big", png(200))], html=html))
    assert "<p>Before</p><p>After</p>" in html_of(found)


def test_a_mail_that_just_fits_keeps_all_its_pictures() -> None:
    one = message([Picture("orders", png(60))])
    room = MAIL_BYTES - len(as_bytes(one, SENDER))
    lines = "x" * 60 + "\n"
    fits = one._replace(text=one.text + lines * ((room - 1000) // 62))
    assert MAIL_BYTES - 2000 < len(as_bytes(fits, SENDER)) <= MAIL_BYTES
    assert list(pictures_in(built(fits))) == ["<orders>"]


def test_a_mail_whose_html_is_too_large_goes_as_its_text_alone() -> None:
    html = "<p>" + "much to say " * 20_000
    found = built(message([Picture("orders", png())], html=html))
    assert kinds(found) == ["text/plain"]
    assert text_of(found) == message().text


def test_a_mail_whose_text_alone_is_too_large_is_refused_in_words() -> None:
    with pytest.raises(DeliveryError, match=r"content@shop\.example is 2\d\d kB, above the limit of 200 kB") as refused:
        as_bytes(message(text="much to say\n" * 18_000), SENDER)
    assert refused.value.permanent


@pytest.mark.parametrize("sizes", [(150,), (40, 40, 40, 40, 40), (1,) * 40, (190, 1), (1, 190)])
def test_no_mail_is_ever_larger_than_200_kb(sizes: tuple[int, ...]) -> None:
    shown = [Picture(f"p{seed}", png(size, seed)) for seed, size in enumerate(sizes)]
    assert len(as_bytes(message(shown), SENDER)) <= 200_000
