"""PURE. What is sent to one person, the shape of a way of sending it, and how it can fail beside a plain refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from config.errors import DeliveryError


class Picture(NamedTuple):
    """A picture shown inside a letter's HTML, as ``<img src="cid:…">``."""

    cid: str
    png: bytes


class OutgoingMessage(NamedTuple):
    """What is sent to one person: as mail, or through a channel, which takes the text alone."""

    recipient: str
    name: str
    subject: str
    text: str
    html: str
    rfc_id: str
    written_at: datetime
    references: str = ""  #: the Message-ID of the first mail of its thread
    pictures: tuple[Picture, ...] = ()  #: the first ones matter most
    attempt: int = 0  #: which attempt it is, where a copy of an earlier one may have arrived
    channel: str = ""  #: empty for mail


#: hands a letter over, or raises DeliveryError
Deliver = Callable[[OutgoingMessage], None]


class NoTransport(DeliveryError):
    """Nothing can leave just now, whoever it is for: no server, no login, no folder. Nobody is tried for ``pause``."""

    def __init__(self, message: str, *, pause: timedelta = timedelta(0)) -> None:
        super().__init__(message, permanent=False)
        self.pause = pause


class Silent(DeliveryError):
    """The server fell silent before the letter was handed over whole: the next one would wait as long for nothing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=False)


class Unanswered(DeliveryError):
    """The letter was handed over whole, and nobody said whether it was taken: it may have arrived, or not."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written. ``key`` is made of what it tells: the same news makes no second message."""

    key: str
    person: str
    name: str
    recipient: str
    language: str
    subject: str
    text: str
    html: str
    references: str = ""  #: the Message-ID of the first mail of its thread
    pictures: tuple[Picture, ...] = ()  #: what its HTML shows, the first ones mattering most


class MessageState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    UNANSWERED = "unanswered"  #: handed over whole once, and nobody said whether it was taken
    UNANSWERED_TWICE = "unanswered_twice"  #: twice or more often
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"  #: nobody took it yet, and another message tells what it told


MAIL = ""  #: the channel of what goes out as mail
