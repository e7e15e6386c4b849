"""A message as mail: handed to a server once, as safely as asked, or written to a folder."""

import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

from config.authorities import trusting
from config.errors import DeliveryError, PlanError
from config.settings import Mail
from worker.model.message import Deliver, NoTransport, OutgoingMessage, Unanswered
from worker.notify.mime import as_bytes, one_line, words

SMTP_SECONDS = 60  # for each answer of the server
ANSWER_SECONDS = 300  # for the one after the mail itself, which may be looked through for viruses first
LOGIN_PAUSE = timedelta(minutes=15)  # a wrong password is not tried over and over
_LOGIN_WANTED = (530, 535, 538)  # RFC 4954: what is refused is not the recipient


def deliver_to_folder(folder: Path, sender: str) -> Deliver:
    """Write each mail as an .eml file; the same message always to the same file."""

    def deliver(message: OutgoingMessage) -> None:
        mailbox = re.sub(r"[^A-Za-z0-9._-]", "_", message.recipient.partition("@")[0])
        number = re.sub(r"[^A-Za-z0-9]", "", message.rfc_id.partition("@")[0])[:12]
        target = folder / f"{message.written_at:%Y%m%d-%H%M%S}-{mailbox}-{number}.eml"
        content = as_bytes(message, sender)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_whole(target, content)
        except OSError as error:
            raise NoTransport(f"{target} cannot be written: {error.strerror}") from error

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

    def deliver(message: OutgoingMessage) -> None:
        content = as_bytes(message, mail.from_)
        server = _connect(mail)
        try:
            _log_in(server, mail, password)
            _hand_over(server, mail, message.recipient, content)
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{mail.host} dropped the connection: {words(error)}", permanent=False) from error
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.close()  # the message is taken or not; what QUIT answers changes nothing

    return deliver


def _connect(mail: Mail) -> smtplib.SMTP:
    """A connection as safe as asked; never one that is less. Raises NoTransport."""
    try:
        server = _opened(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise NoTransport(f"cannot connect to the mail server {mail.host}:{mail.port}: {words(error)}") from error
    try:
        if mail.security == "starttls":
            server.starttls(context=trusting(ssl.create_default_context()))
        server.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        raise NoTransport(f"cannot connect to the mail server {mail.host}:{mail.port}: {words(error)}") from error
    return server


def _opened(mail: Mail) -> smtplib.SMTP:
    host = mail.host or ""
    if mail.security == "tls":
        return smtplib.SMTP_SSL(host, mail.port, timeout=SMTP_SECONDS, context=trusting(ssl.create_default_context()))
    return smtplib.SMTP(host, mail.port, timeout=SMTP_SECONDS)


def _log_in(server: smtplib.SMTP, mail: Mail, password: Callable[[], str | None]) -> None:
    """Say who we are, where a name is set. Raises NoTransport; its words never hold a status of the password."""
    try:
        secret = password() if mail.username else None
        if mail.username and secret:
            _authenticate(server, mail.username, secret)
    except PlanError as error:
        raise NoTransport(f"mail.password: {error.problems[0].message}") from error
    except UnicodeEncodeError:
        raise NoTransport("mail.password: a mail server accepts ASCII characters only", pause=LOGIN_PAUSE) from None
    except smtplib.SMTPAuthenticationError as error:
        reason = f"{mail.host} rejected the login of {mail.username}: check mail.password"
        raise NoTransport(reason, pause=LOGIN_PAUSE) from error


def _authenticate(server: smtplib.SMTP, username: str, password: str) -> None:
    """Log in by one mechanism: ``login`` tries them all, and a wrong password counts each time."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    server.user, server.password = username, password
    if "PLAIN" in offered:
        server.auth("PLAIN", server.auth_plain)
    elif "LOGIN" in offered:
        server.auth("LOGIN", server.auth_login)
    else:
        raise NoTransport("the mail server supports neither PLAIN nor LOGIN authentication", pause=LOGIN_PAUSE)


def _hand_over(server: smtplib.SMTP, mail: Mail, recipient: str, content: bytes) -> None:
    """The dialogue of one mail, to one recipient. Raises DeliveryError with the server's own words."""
    code, said = server.mail(parseaddr(mail.from_)[1])
    if code >= 500:
        reason = f"{mail.host} rejects mail from {mail.from_}: {code} {_decoded(said)}"
        raise NoTransport(reason, pause=LOGIN_PAUSE)
    _expect((250,), code, said)
    _expect((250, 251), *server.rcpt(recipient))
    _expect((354,), *server.docmd("DATA"))
    server.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
    _expect((250,), *_last_answer(server))


def _expect(wanted: tuple[int, ...], code: int, said: bytes) -> None:
    """Raise what an answer means unless it is the one wanted: 5xx is for good, a login wanted stops every mail."""
    reason = f"{code} {_decoded(said)}"
    if code in _LOGIN_WANTED:
        raise NoTransport(reason, pause=LOGIN_PAUSE)
    if code not in wanted:
        raise DeliveryError(reason, permanent=code >= 500)


def _last_answer(server: smtplib.SMTP) -> tuple[int, bytes]:
    """What is said of a mail handed over whole. Raises Unanswered where nothing is: it may have been taken."""
    try:
        if server.sock:
            server.sock.settimeout(ANSWER_SECONDS)
        return server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unanswered(f"no answer after the whole mail was handed over: {words(error)}") from error


def _decoded(said: bytes) -> str:
    return one_line(said.decode("utf-8", "replace"))
