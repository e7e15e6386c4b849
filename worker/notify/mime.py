"""A outgoing -> the bytes of a mail, in which nothing can add a header, a part or a recipient."""

import re
import unicodedata
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime, parseaddr
from html import escape, unescape

from config.addresses import check_email
from config.errors import DeliveryError
from worker.model.message import NoTransport, OutgoingMessage, Picture
from worker.notify.headers import REGISTRY

MAIL_BYTES = 200_000  # of a whole mail, as it travels

#: every header a mail of ours has, in the order in which they are set; anything else is a break-in
_HEADERS = (
    "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
)  # fmt: skip
_THREAD = ("In-Reply-To", "References")
_ATTEMPT = "X-Vigie-Attempt"

_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=^_`{|}~.-]+@[A-Za-z0-9.-]+>")
_CID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}")

#: seven bits: a server that does not announce 8BITMIME must not be sent anything else
_POLICY = policy.SMTP.clone(cte_type="7bit", header_factory=REGISTRY)


def one_line(text: str) -> str:
    """Text that can stand in a header: no control, nothing that decodes into one."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"=\?", "= ?", plain)[:200].strip()


def as_bytes(outgoing: OutgoingMessage, sender: str) -> bytes:
    """The mail, ready to be sent. What is too large goes without its last pictures, then without its HTML.

    Raises DeliveryError where its headers or parts are not exactly the expected ones, or its text alone is too large.
    """
    for one in _ever_lighter(outgoing):
        content = _as_bytes(one, sender)
        if len(content) <= MAIL_BYTES:
            return content
    size = f"{len(content) // 1000} kB, above the limit of {MAIL_BYTES // 1000} kB"
    raise DeliveryError(f"the mail to {outgoing.recipient} is {size}", permanent=True)


def _ever_lighter(outgoing: OutgoingMessage) -> Iterator[OutgoingMessage]:
    """The outgoing, then without its last picture, and so on; at last its text alone, which says it all."""
    for count in range(len(outgoing.pictures), -1, -1):
        html = outgoing.html
        for picture in outgoing.pictures[count:]:
            html = _without(picture, html)
        yield outgoing._replace(pictures=outgoing.pictures[:count], html=html)
    yield outgoing._replace(pictures=(), html="")


def _without(picture: Picture, html: str) -> str:
    """The HTML with what the picture shows said in words, where it has them."""
    shown = rf"""<img\b[^>]*\bsrc=(["'])cid:{re.escape(picture.cid)}\1[^>]*>"""

    def said(image: re.Match[str]) -> str:
        alternative = re.search(r"""\balt=(["'])(.*?)\1""", image[0])
        return escape(unescape(alternative[2])) if alternative else ""

    return re.sub(shown, said, html)


def _as_bytes(outgoing: OutgoingMessage, sender: str) -> bytes:
    message = EmailMessage(policy=_POLICY)
    message["From"] = _sender(sender)
    try:
        _set_headers(message, outgoing)
        message.set_content(_body(outgoing.text))
        if outgoing.html:
            message.add_alternative(_body(outgoing.html), subtype="html")
            _add_pictures(message, outgoing.pictures)
        content = _unbroken(message.as_bytes())
    except (ValueError, MessageError) as error:
        raise DeliveryError(
            f"cannot build a mail for {one_line(outgoing.recipient)}: {words(error)}", permanent=True
        ) from error
    _check(content, outgoing)
    return content


def _set_headers(message: EmailMessage, outgoing: OutgoingMessage) -> None:
    """Raises ValueError or MessageError for what cannot stand in a header."""
    message["To"] = _address(outgoing.name, outgoing.recipient)
    message["Subject"] = one_line(outgoing.subject)
    message["Message-ID"] = outgoing.rfc_id
    if outgoing.references:
        if not _ID.fullmatch(outgoing.references):
            raise ValueError("what it answers is not one Message-ID")
        for name in _THREAD:
            message[name] = outgoing.references
    message["Date"] = format_datetime(outgoing.written_at)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"  # Source: [MS-OXCMAIL] 2.2.3.2.14: Exchange minds nothing else
    if outgoing.attempt:
        message[_ATTEMPT] = str(outgoing.attempt)


def _add_pictures(message: EmailMessage, pictures: tuple[Picture, ...]) -> None:
    """Put them beside the HTML that shows them. Raises ValueError for one whose name is none."""
    _, html = message.iter_parts()
    assert isinstance(html, MIMEPart)
    for picture in pictures:
        if not _CID.fullmatch(picture.cid):
            raise ValueError("the name of a picture is not one word")
        html.add_related(
            picture.png, "image", "png", cid=f"<{picture.cid}>", disposition="inline", filename=f"{picture.cid}.png"
        )


def _check(content: bytes, outgoing: OutgoingMessage) -> None:
    """Read the mail as any program would. Raises DeliveryError where it is not what was meant."""
    parsed = message_from_bytes(content, policy=policy.SMTP)
    wanted = [
        *_HEADERS,
        *(_THREAD if outgoing.references else ()),
        *([_ATTEMPT] if outgoing.attempt else ()),
        *(() if outgoing.html else ("Content-Transfer-Encoding",)),
    ]
    recipients = [address.addr_spec for address in parsed["To"].addresses]
    is_read = parsed["Subject"] == one_line(outgoing.subject)
    if sorted(parsed.keys()) != sorted(wanted) or recipients != [outgoing.recipient] or not is_read:
        raise DeliveryError(f"a mail to {outgoing.recipient} would have other headers than ours", permanent=True)
    if [part.get_content_type() for part in parsed.walk()] != _parts(outgoing):
        raise DeliveryError(f"a mail to {outgoing.recipient} would have other parts than ours", permanent=True)


def _parts(outgoing: OutgoingMessage) -> list[str]:
    """Every part a outgoing has, each before those inside it."""
    if not outgoing.html:
        return ["text/plain"]
    related = ["multipart/related"] if outgoing.pictures else []
    pictures = ["image/png"] * len(outgoing.pictures)
    return ["multipart/alternative", "text/plain", *related, "text/html", *pictures]


def _unbroken(content: bytes) -> bytes:
    """The mail with each header beginning on its own line.

    What just fits into a line without the header's name is folded right behind that name, and a line with a bare
    name is what RFC 5322 (3.2.2) advises against: programs show such a subject with a blank in front, or none.
    """
    head, end, body = content.partition(b"\r\n\r\n")
    return re.sub(rb"(?m)^([A-Za-z-]+:)\r\n ", rb"\1 ", head) + end + body


def _sender(sender: str) -> Address:
    name, address = parseaddr(sender)
    try:
        return _address(name, address)
    except (ValueError, MessageError) as error:
        raise NoTransport(f"'{one_line(sender)}' is not a valid address: check mail.from") from error


def _address(name: str, address: str) -> Address:
    """One address. Raises ValueError or MessageError for what is none, or is none that every server takes.

    A name keeps no sign that separates addresses: a long one is folded, and loses its quotes on the way.
    """
    shown = " ".join(re.sub(r'[,;:<>@()\[\]"\\]', " ", one_line(name)).split())
    return Address(shown, addr_spec=check_email(address))


def _body(text: str) -> str:
    """Text without what no mail may carry, nor what would show it otherwise than it is written."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)


_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, marks of direction, halves of characters, line separators


def words(error: Exception) -> str:
    """What went wrong, as one line."""
    return one_line(str(error) or type(error).__name__)
