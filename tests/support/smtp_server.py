"""A real SMTP server on loopback that answers as a test says, and keeps what it heard.

    with SmtpServer() as server:
        server.answer("RCPT bo@shop.example", "550 5.1.1 no such user")
        ...
        assert [mail.recipients for mail in server.taken] == [["al@shop.example"]]

A phase is ``MAIL``, ``RCPT``, ``RCPT <address>``, ``DATA`` (the command), ``INSIDE`` (while the mail comes in),
``DOT`` (the mail is in whole) or ``STARTTLS``. An answer is a reply of the protocol, ``DROP``, ``SILENCE`` or ``DRIP``.
"""

import asyncio
import shutil
import ssl
import subprocess
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

DROP = "drop"  #: the connection is cut
SILENCE = "silence"  #: nothing is ever said
DRIP = "drip"  #: something is said, ever on, and it comes to no end

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Mail:
    """One mail that came in whole: up to and with the final dot, whatever was answered then."""

    sender: str
    recipients: list[str]
    content: bytes
    answer: str

    @property
    def message(self) -> EmailMessage:
        """As Python's own package reads it."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def rfc_id(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])


@dataclass
class SmtpServer:
    """``security`` is what it offers; ``users`` may log in, and must, where there are any."""

    security: Literal["none", "starttls", "tls"] = "none"
    certificate: tuple[Path, Path] | None = None
    users: dict[str, str] = field(default_factory=dict)
    port: int = 0
    heard: list[Mail] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)  #: every address of a RCPT, in order
    logins: list[bool] = field(default_factory=list)  #: every login, and whether it was the right one
    connections: int = 0
    holds: threading.Event = field(default_factory=threading.Event)  #: somebody waits for an answer that does not come
    in_clear: bytearray = field(default_factory=bytearray)  #: what was said before, or without, encryption
    _answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def taken(self) -> list[Mail]:
        """The mails it answered 250 to."""
        return [mail for mail in self.heard if mail.answer.startswith("250")]

    def answer(self, phase: str, *answers: str, always: bool = False) -> None:
        """What to answer in a phase, one after the other; then, or else, all is well."""
        self._answers[phase] = [*answers] * (1000 if always else 1)

    def next_answer(self, *phases: str) -> str | None:
        """What a test wants answered now in one of some phases."""
        return next((self._answers[phase].pop(0) for phase in phases if self._answers[phase]), None)

    # --- running in a thread of its own ---

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(ready))
        finally:
            self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self.protocols: list[_Protocol] = []
        implicit = self._context() if self.security == "tls" else None
        listener = await self._loop.create_server(self._protocol, HOST, 0, ssl=implicit)
        self.port = listener.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        listener.close()
        for protocol in self.protocols:
            protocol.cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    def _protocol(self) -> "_Protocol":
        self.connections += 1
        options: dict[str, Any] = {"hostname": "mail.test", "loop": self._loop, "ident": "test"}
        if self.security == "starttls":
            options["tls_context"] = self._context()
        if self.users:
            options |= {"authenticator": self._authenticate, "auth_required": True}
        else:
            options["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"]
        made = _Protocol(self, **options)
        made._auth_require_tls = self.security == "starttls"  # encryption from the first byte is none that it knows of
        self.protocols.append(made)
        return made

    def _context(self) -> ssl.SSLContext:
        assert self.certificate is not None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certificate)
        return context

    def _authenticate(self, _server: object, _session: object, _envelope: object, _how: str, given: Any) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and self.users.get(given.login.decode()) == given.password.decode()
        self.logins.append(is_right)
        return AuthResult(success=is_right, handled=False)

    async def say(self, protocol: "_Protocol", answer: str) -> str:
        """Give a scripted answer, or keep the silence, or cut the line."""
        if answer in (SILENCE, DRIP):
            self.holds.set()
        if answer == SILENCE:
            await self._over.wait()
        while answer == DRIP and not self._over.is_set() and not protocol.is_cut:
            protocol.drip()
            await asyncio.sleep(0.05)
        if answer in (SILENCE, DROP, DRIP):
            protocol.cut()
            raise ConnectionResetError
        return answer


class _Handler:
    """What aiosmtpd asks at each step."""

    def __init__(self, owner: SmtpServer) -> None:
        self.owner = owner

    async def handle_MAIL(  # noqa: N802
        self, server: "_Protocol", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        scripted = self.owner.next_answer("MAIL")
        if scripted:
            return await self.owner.say(server, scripted)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: "_Protocol", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.owner.asked_for.append(address)
        scripted = self.owner.next_answer(f"RCPT {address}", "RCPT")
        if scripted:
            return await self.owner.say(server, scripted)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: "_Protocol", session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.owner.next_answer("DOT") or "250 taken"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.owner.heard.append(Mail(str(envelope.mail_from), list(map(str, envelope.rcpt_tos)), content, answer))
        return await self.owner.say(server, answer)


class _Protocol(SMTP):
    def __init__(self, owner: SmtpServer, **options: Any) -> None:
        super().__init__(_Handler(owner), **options)
        self.owner = owner

    def data_received(self, data: bytes) -> None:
        if self.owner.security != "tls" and self._tls_protocol is None:
            self.owner.in_clear += data
        super().data_received(data)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        scripted = self.owner.next_answer("DATA")
        if scripted:
            await self.push(await self.owner.say(self, scripted))
        elif self.owner.next_answer("INSIDE"):
            await self.push("354 go on")
            await self._reader.readline()
            await self.owner.say(self, DROP)
        else:
            await super().smtp_DATA(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        scripted = self.owner.next_answer("STARTTLS")
        if scripted:
            await self.push(await self.owner.say(self, scripted))
        else:
            await super().smtp_STARTTLS(arg)

    @property
    def is_cut(self) -> bool:
        """Whether nobody is there any more."""
        return self.transport is None or self.transport.is_closing()

    def drip(self) -> None:
        """Say a little of an answer."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(b"250-")

    def cut(self) -> None:
        """End the connection without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


def self_signed(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate that nobody vouches for, and its key. ``names`` such as ``IP:127.0.0.1`` or ``DNS:localhost``."""
    _openssl(
        folder, "req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=mail.test", "-keyout", "key.pem",
        "-out", "certificate.pem", "-addext", f"subjectAltName={','.join(names)}",
    )  # fmt: skip
    return folder / "certificate.pem", folder / "key.pem"


def authority(folder: Path) -> None:
    """A certificate authority as companies run their own: ``ca.pem`` and its key."""
    _openssl(
        folder, "req", "-x509", *_KEY, "-days", "2", "-subj", "/CN=The company", "-keyout", "ca.key", "-out", "ca.pem",
        "-addext", "keyUsage=critical,keyCertSign",
    )  # fmt: skip


def signed_by(authority: Path, folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine that an authority vouches for, and its key."""
    _openssl(
        folder, "req", *_KEY, "-subj", "/CN=shop.test", "-keyout", "key.pem", "-out", "request.pem",
    )  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
    _openssl(
        folder, "x509", "-req", "-in", "request.pem", "-days", "2", "-extfile", "names", "-CAcreateserial",
        "-CA", str(authority / "ca.pem"), "-CAkey", str(authority / "ca.key"), "-out", "certificate.pem",
    )  # fmt: skip
    return folder / "certificate.pem", folder / "key.pem"


_KEY = ("-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def _openssl(folder: Path, *arguments: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True)
