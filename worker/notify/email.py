"""A message as mail: built so that nothing in it can add a header or a recipient, then handed over once."""

import os
import re
import smtplib
import ssl
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from config.errors import DeliveryError, PlanError
from config.settings import Mail
from worker.letter import Deliver, Letter, NoWayOut, Unanswered

SMTP_SECONDS = 60  # for each answer of the server
ANSWER_SECONDS = 300  # for the one after the mail itself, which may be looked through for viruses first
LOGIN_PAUSE = timedelta(minutes=15)  # a wrong password is not tried over and over
_LOGIN_WANTED = (530, 535, 538)  # RFC 4954: what is refused is not the recipient

#: every header a mail of ours has, in the order in which they are set; anything else is a break-in
_HEADERS = (
    "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type",
)  # fmt: skip

#: seven bits: a server that does not announce 8BITMIME must not be sent anything else
_POLICY = policy.SMTP.clone(cte_type="7bit")


def one_line(text: str) -> str:
    """Text that can stand in a header: no control, nothing that decodes into one."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"=\?", "= ?", plain)[:200].strip()


def as_bytes(letter: Letter, sender: str) -> bytes:
    """The mail, ready to be sent. Raises DeliveryError where its headers are not exactly the expected ones."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = _sender(sender)
    try:
        message["To"] = _address(letter.name, letter.recipient)
        message["Subject"] = one_line(letter.subject)
        message["Message-ID"] = letter.rfc_id
        message["Date"] = format_datetime(letter.written_at)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_body(letter.text))
        message.add_alternative(_body(letter.html), subtype="html")
        content = _unbroken(message.as_bytes())
    except (ValueError, MessageError) as error:
        raise DeliveryError(
            f"no mail can be made for {one_line(letter.recipient)}: {_words(error)}", permanent=True
        ) from error
    found = message_from_bytes(content, policy=policy.SMTP)
    recipients = [address.addr_spec for address in found["To"].addresses]
    if sorted(found.keys()) != sorted(_HEADERS) or recipients != [letter.recipient]:
        raise DeliveryError(f"a mail to {letter.recipient} would have other headers than ours", permanent=True)
    return content


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
        raise NoWayOut(f"'{one_line(sender)}' is not one address: check mail: from") from error


def _address(name: str, address: str) -> Address:
    """One address. Raises ValueError or MessageError for what is none, or is none that every server takes.

    A name keeps no sign that separates addresses: a long one is folded, and loses its quotes on the way.
    """
    if not (address and address.isascii()):
        raise ValueError("the address is not in plain letters")
    return Address(" ".join(re.sub(r'[,;:<>@()\[\]"\\]', " ", one_line(name)).split()), addr_spec=address)


def _body(text: str) -> str:
    """Text without what no mail may carry, nor what would show it otherwise than it is written."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)


_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, marks of direction, halves of characters, line separators


def deliver_to_folder(folder: Path, sender: str) -> Deliver:
    """Write each mail as an .eml file; the same message always to the same file."""

    def deliver(letter: Letter) -> None:
        mailbox = re.sub(r"[^A-Za-z0-9._-]", "_", letter.recipient.partition("@")[0])
        number = re.sub(r"[^A-Za-z0-9]", "", letter.rfc_id.partition("@")[0])[:12]
        target = folder / f"{letter.written_at:%Y%m%d-%H%M%S}-{mailbox}-{number}.eml"
        content = as_bytes(letter, sender)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_whole(target, content)
        except OSError as error:
            raise NoWayOut(f"{target} cannot be written: {error.strerror}") from error

    return deliver


def _write_whole(target: Path, content: bytes) -> None:
    """All of the file or nothing of it, for its owner's eyes."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def deliver_by_smtp(mail: Mail, password: Callable[[], str | None]) -> Deliver:
    """Hand each mail to an SMTP server. The password is asked for only when it is needed, and never in the clear."""

    def deliver(letter: Letter) -> None:
        content = as_bytes(letter, mail.from_)
        server = _connect(mail)
        try:
            _log_in(server, mail, password)
            _hand_over(server, mail, letter.recipient, content)
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{mail.host} broke off: {_words(error)}", permanent=False) from error
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.close()  # the message is taken or not; what QUIT answers changes nothing

    return deliver


def _connect(mail: Mail) -> smtplib.SMTP:
    """A connection as safe as asked; never one that is less. Raises NoWayOut."""
    try:
        server = _opened(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise NoWayOut(f"{mail.host}:{mail.port} does not take mail: {_words(error)}") from error
    try:
        if mail.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        raise NoWayOut(f"{mail.host}:{mail.port} does not take mail: {_words(error)}") from error
    return server


def _opened(mail: Mail) -> smtplib.SMTP:
    host = mail.host or ""
    if mail.security == "tls":
        return smtplib.SMTP_SSL(host, mail.port, timeout=SMTP_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, mail.port, timeout=SMTP_SECONDS)


def _log_in(server: smtplib.SMTP, mail: Mail, password: Callable[[], str | None]) -> None:
    """Say who we are, where a name is set. Raises NoWayOut; its words never hold a sign of the password."""
    try:
        secret = password() if mail.username else None
        if mail.username and secret:
            _authenticate(server, mail.username, secret)
    except PlanError as error:
        raise NoWayOut(f"mail: password: {error.problems[0].message}") from error
    except UnicodeEncodeError:
        raise NoWayOut("mail: password: only ASCII can be sent to a mail server", pause=LOGIN_PAUSE) from None
    except smtplib.SMTPAuthenticationError as error:
        reason = f"{mail.host} refuses the login of {mail.username}: check mail: password"
        raise NoWayOut(reason, pause=LOGIN_PAUSE) from error


def _authenticate(server: smtplib.SMTP, username: str, password: str) -> None:
    """Log in by one mechanism: ``login`` tries them all, and a wrong password counts each time."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    server.user, server.password = username, password
    if "PLAIN" in offered:
        server.auth("PLAIN", server.auth_plain)
    elif "LOGIN" in offered:
        server.auth("LOGIN", server.auth_login)
    else:
        raise NoWayOut("the mail server offers no login that Vigie knows: PLAIN or LOGIN", pause=LOGIN_PAUSE)


def _hand_over(server: smtplib.SMTP, mail: Mail, recipient: str, content: bytes) -> None:
    """The dialogue of one mail, to one recipient. Raises DeliveryError with the server's own words."""
    code, said = server.mail(parseaddr(mail.from_)[1])
    if code >= 500:
        reason = f"{mail.host} takes no mail from {mail.from_}: {code} {_decoded(said)}"
        raise NoWayOut(reason, pause=LOGIN_PAUSE)
    _expect((250,), code, said)
    _expect((250, 251), *server.rcpt(recipient))
    _expect((354,), *server.docmd("DATA"))
    server.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
    _expect((250,), *_last_answer(server))


def _expect(wanted: tuple[int, ...], code: int, said: bytes) -> None:
    """Raise what an answer means unless it is the one wanted: 5xx is for good, a login wanted stops every mail."""
    reason = f"{code} {_decoded(said)}"
    if code in _LOGIN_WANTED:
        raise NoWayOut(reason, pause=LOGIN_PAUSE)
    if code not in wanted:
        raise DeliveryError(reason, permanent=code >= 500)


def _last_answer(server: smtplib.SMTP) -> tuple[int, bytes]:
    """What is said of a mail handed over whole. Raises Unanswered where nothing is: it may have been taken."""
    try:
        if server.sock:
            server.sock.settimeout(ANSWER_SECONDS)
        return server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unanswered(f"no answer after the whole mail was handed over: {_words(error)}") from error


def _words(error: Exception) -> str:
    return one_line(str(error) or type(error).__name__)


def _decoded(said: bytes) -> str:
    return one_line(said.decode("utf-8", "replace"))
