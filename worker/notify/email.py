"""A message as mail: built so that nothing in it can add a header or a recipient, then handed over once."""

import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from config.errors import DeliveryError
from config.settings import Mail
from worker.letter import Deliver, Letter

SMTP_SECONDS = 60

#: every header a mail of ours has, in the order in which they are set; anything else is a break-in
_HEADERS = (
    "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type",
)  # fmt: skip


def one_line(text: str) -> str:
    """Text that can stand in a header: no control, nothing that decodes into one."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return re.sub(r"=\?", "= ?", plain)[:200]


def as_bytes(letter: Letter, sender: str) -> bytes:
    """The mail, ready to be sent. Raises DeliveryError where its headers are not exactly the expected ones."""
    name, address = parseaddr(sender)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(one_line(name), addr_spec=address)
    message["To"] = Address(one_line(letter.name), addr_spec=letter.recipient)
    message["Subject"] = one_line(letter.subject)
    message["Message-ID"] = letter.rfc_id
    message["Date"] = format_datetime(letter.written_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    content = message.as_bytes()
    found = message_from_bytes(content, policy=policy.SMTP).keys()
    if sorted(found) != sorted(_HEADERS):
        raise DeliveryError(f"a mail to {letter.recipient} would have other headers than ours", permanent=True)
    return content


def deliver_to_folder(folder: Path, sender: str) -> Deliver:
    """Write each mail as an .eml file; the same message always to the same file."""

    def deliver(letter: Letter) -> None:
        mailbox = re.sub(r"[^A-Za-z0-9._-]", "_", letter.recipient.partition("@")[0])
        number = re.sub(r"[^A-Za-z0-9]", "", letter.rfc_id.partition("@")[0])[:12]
        target = folder / f"{letter.written_at:%Y%m%d-%H%M%S}-{mailbox}-{number}.eml"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_whole(target, as_bytes(letter, sender))
        except OSError as error:
            raise DeliveryError(f"{target} cannot be written: {error.strerror}", permanent=False) from error

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
        envelope_from = parseaddr(mail.from_)[1]
        try:
            server = _connect(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                f"{mail.host}:{mail.port} does not take mail: {_words(error)}", permanent=False
            ) from error
        try:
            secret = password() if mail.username else None
            if mail.username and secret:
                server.login(mail.username, secret)
            server.sendmail(envelope_from, [letter.recipient], content)
        except smtplib.SMTPAuthenticationError as error:
            reason = f"{mail.host} refuses the login of {mail.username}: check mail: password"
            raise DeliveryError(reason, permanent=False) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise DeliveryError(f"{code} {_decoded(words)}", permanent=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            reason = f"{error.smtp_code} {_decoded(error.smtp_error)}"
            raise DeliveryError(reason, permanent=error.smtp_code >= 500) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{mail.host} broke off: {_words(error)}", permanent=False) from error
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.close()  # the message is taken or not; what QUIT answers changes nothing

    return deliver


def _connect(mail: Mail) -> smtplib.SMTP:
    """A connection as safe as asked; never one that is less."""
    host = mail.host or ""
    context = ssl.create_default_context()
    if mail.security == "tls":
        return smtplib.SMTP_SSL(host, mail.port, timeout=SMTP_SECONDS, context=context)
    server = smtplib.SMTP(host, mail.port, timeout=SMTP_SECONDS)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
    except (smtplib.SMTPException, OSError):
        server.close()
        raise
    return server


def _words(error: Exception) -> str:
    return one_line(str(error) or type(error).__name__)


def _decoded(words: bytes | str) -> str:
    return one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)
