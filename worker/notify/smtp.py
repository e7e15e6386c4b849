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
from threading import Event

from config.authorities import trusting
from config.errors import DeliveryError, PlanError
from config.settings import Mail
from worker.model.message import Deliver, NoTransport, OutgoingMessage, Silent, Unanswered
from worker.notify.mime import as_bytes, one_line, words
from worker.notify.patience import Patience, Watched, WatchedTls

SMTP_SECONDS = 30  # for each answer of the server
DIALOGUE_SECONDS = 120  # for all of them, up to the end of the mail
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


def deliver_by_smtp(mail: Mail, password: Callable[[], str | None], stop: Event | None = None) -> Deliver:
    """Hand each mail to an SMTP server. The password is asked for only when it is needed, and never in the clear.

    Once ``stop`` is set, a mail under way has a few seconds left.
    """

    def deliver(message: OutgoingMessage) -> None:
        content = as_bytes(message, mail.from_)
        with Patience(stop or Event(), DIALOGUE_SECONDS) as patience:
            server = _connect(mail, patience)
            try:
                _log_in(server, mail, password)
                _hand_over(server, mail, message.recipient, content)
                _taken(server, patience)
            except (smtplib.SMTPException, OSError) as error:
                raise _broken(mail, error, patience) from error
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    server.close()  # the message is taken or not; what QUIT answers changes nothing

    return deliver


def _broken(mail: Mail, error: Exception, patience: Patience) -> DeliveryError:
    """What a line that broke means: one that was cut breaks at once, of one that falls silent others learn too."""
    if patience.is_over or TimeoutError in (type(error), type(error.__context__)):
        return Silent(f"{mail.host} fell silent: {words(error)}")
    return DeliveryError(f"{mail.host} dropped the connection: {words(error)}", permanent=False)


def _connect(mail: Mail, patience: Patience) -> smtplib.SMTP:
    """A connection as safe as asked; never one that is less. Raises NoTransport."""
    try:
        server = _opened(mail, patience)
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


def _opened(mail: Mail, patience: Patience) -> smtplib.SMTP:
    host = mail.host or ""
    if mail.security == "tls":
        context = trusting(ssl.create_default_context())
        return WatchedTls(patience, host, mail.port, timeout=SMTP_SECONDS, context=context)
    return Watched(patience, host, mail.port, timeout=SMTP_SECONDS)


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


def _taken(server: smtplib.SMTP, patience: Patience) -> None:
    """See that a mail handed over whole was taken. Raises DeliveryError; Unanswered where nothing is said of it."""
    patience.renew(ANSWER_SECONDS)
    try:
        if server.sock:
            server.sock.settimeout(ANSWER_SECONDS)
        code, said = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unanswered(f"no answer after the whole mail was handed over: {words(error)}") from error
    _expect((250,), code, said)


def _expect(wanted: tuple[int, ...], code: int, said: bytes) -> None:
    """Raise what an answer means unless it is the one wanted: 5xx is for good, a login wanted stops every mail."""
    reason = f"{code} {_decoded(said)}"
    if code in _LOGIN_WANTED:
        raise NoTransport(reason, pause=LOGIN_PAUSE)
    if code not in wanted:
        raise DeliveryError(reason, permanent=code >= 500)


def _decoded(said: bytes) -> str:
    return one_line(said.decode("utf-8", "replace"))
