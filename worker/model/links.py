"""PURE. Signed links: each lets one person do one thing with one flag, for thirty days.

What is signed stands in the link itself, so nothing is stored for it: purpose, flag, episode, person, expiry. A link is
no login: whoever holds it can do that one thing, and doing it twice is doing it once.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.model.response import ResponseKind

LIFE = timedelta(days=30)
KEY_BYTES = 32
SEAL_BYTES = 16  # of the 32: 128 bits are beyond guessing, and RFC 2104 allows half
LONGEST = 200  # characters: nothing longer was signed by us


@dataclass(frozen=True, slots=True)
class Link:
    """What a link allows, to whom, until when."""

    purpose: ResponseKind
    flag_id: int
    episode: int
    person: str
    expires_at: datetime  #: to the second


class LinkRefused(Exception):
    """A link that is not ours, is for something else, or is too old. ``link``: what it says, where we signed it."""

    def __init__(self, *, is_too_old: bool = False, link: Link | None = None) -> None:
        self.is_too_old = is_too_old
        self.link = link
        super().__init__("the link is too old" if is_too_old else "the link is not valid")


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Makes links to the pages at an address, signed with the newest key."""

    key: bytes
    base_url: str

    def links_for(self, flag_id: int, episode: int, person: str, now: datetime) -> dict[ResponseKind, str]:
        """The address of each thing that ``person`` can do with a flag."""
        base = self.base_url.rstrip("/")
        links = (Link(purpose, flag_id, episode, person, now + LIFE) for purpose in ResponseKind)
        return {link.purpose: f"{base}/{link.purpose}/{signed(self.key, link)}" for link in links}


def signed(key: bytes, link: Link) -> str:
    """The link's token: letters, digits, ``-`` and ``_``. Raises ValueError for a key that is too short."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    parts = (link.purpose, link.flag_id, link.episode, int(link.expires_at.timestamp()), link.person)
    said = "|".join(map(str, parts)).encode()
    seal = hmac.digest(key, said, "sha256")[:SEAL_BYTES]
    return urlsafe_b64encode(said + seal).rstrip(b"=").decode()


def read_link(keys: Sequence[bytes], purpose: str, token: str, now: datetime) -> Link:
    """The link that a token is, if one of the keys signed it for this purpose. Raises LinkRefused for any other.

    A token is believed only where signing what it says gives the very same token: no other spelling of it is one.
    """
    link = _said(token)
    same = [hmac.compare_digest(signed(key, link), token) for key in keys]  # all of them, however early one matches
    if not any(same) or link.purpose != purpose:
        raise LinkRefused
    if link.expires_at <= now:
        raise LinkRefused(is_too_old=True, link=link)
    return link


def _said(token: str) -> Link:
    """What a token says, true or not. Raises LinkRefused where it says nothing."""
    if not token.isascii() or len(token) > LONGEST:
        raise LinkRefused
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        purpose, flag_id, episode, expires, person = raw[:-SEAL_BYTES].decode().split("|", 4)
        return Link(
            ResponseKind(purpose), int(flag_id), int(episode), person, datetime.fromtimestamp(int(expires), UTC)
        )
    except (ValueError, OverflowError, OSError):
        raise LinkRefused from None


#: flag, episode and person -> what can be done about it -> where
LinksFor = Callable[[int, int, str], Mapping[ResponseKind, str]]
