"""Mails as they lie in the folder, read as a mail program reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from conftest import Vigie


@dataclass(frozen=True)
class Mail:
    """One .eml file, read as a mail program reads it."""

    to: str
    subject: str
    text: str
    html: str
    rfc_id: str


def mails(made: Vigie) -> list[Mail]:
    """Every mail in the folder, oldest first."""
    return [_read(path) for path in sorted((made.folder / "outbox").glob("*.eml"))]


def _read(path: Path) -> Mail:
    found = message_from_bytes(path.read_bytes(), policy=policy.default)
    bodies = [found.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (str(body.get_content()).replace("\r\n", "\n") if body else "" for body in bodies)
    return Mail(str(found["To"].addresses[0].addr_spec), found["Subject"], text, html, found["Message-ID"])


def fresh(made: Vigie, *arguments: str, today: str | None = None, code: int = 0) -> list[Mail]:
    """Run once, and give the mails that came of it."""
    before = {mail.rfc_id for mail in mails(made)}
    answer = made("run", "--once", *arguments, today=today)
    assert answer.code == code, answer.err
    return [mail for mail in mails(made) if mail.rfc_id not in before]


def addressed(found: Sequence[Mail]) -> list[tuple[str, str]]:
    return sorted((mail.to.partition("@")[0], mail.subject) for mail in found)


def flags(made: Vigie, *arguments: str) -> list[dict[str, Any]]:
    answer = made("flags", "--json", *arguments)
    assert answer.code == 0, answer.err
    return list(answer.json)


def orders(*counts: int, campaign: str = "news") -> str:
    """A file with so many orders on the first of April, of May, of June; it covers the months up to the last day."""
    lines = [f"2026-{month:02}-01,{campaign},{count}" for month, count in enumerate(counts, 4)]
    last = date(2026, 4 + len(counts), 1) - timedelta(days=1)
    return "\n".join(["day,campaign,orders", *lines, f"{last},{campaign},0"]) + "\n"
