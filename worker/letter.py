"""PURE. What is sent to one person, and the shape of a way of sending it."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Letter(NamedTuple):
    """What is sent to one person."""

    recipient: str
    name: str
    subject: str
    text: str
    html: str
    rfc_id: str
    written_at: datetime


#: hands a letter over, or raises DeliveryError
Deliver = Callable[[Letter], None]
