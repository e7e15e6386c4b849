"""Addresses as a user writes them: of mail; of the web https, unless the way there is one's own."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from config.errors import Mistake

_OWN = (".local", ".lan", ".internal", ".intranet", ".home.arpa", ".localhost")

#: an address of mail that every server takes: atoms and labels between single dots (RFC 5321, 4.1.2 and 4.5.3.1)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@)(?=.{{1,254}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def check_email(value: str) -> str:
    """The address itself. Raises ValueError for what is not exactly one.

    None may hold ``=?``, which begins an encoded word and is read as what it stands for.
    """
    if not _EMAIL.fullmatch(value) or "=?" in value:
        raise Mistake("'{value}' is not an e-mail address: write one such as claire@shop.example", value=value)
    return value


def is_own(host: str) -> bool:
    """Whether a host is this machine or one of its own network: what is sent there in the clear stays at home."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.lower().endswith(_OWN)
    return address.is_loopback or (address.is_private and not address.is_unspecified)


def read_any_address(value: str) -> str:
    """``http`` or ``https``, a host, perhaps a path; without the slash at its end. Raises Mistake."""
    text = value.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or any(sign.isspace() for sign in text):
        raise Mistake("'{value}' is not a web address: write it as https://shop.example", value=value)
    if parts.username or parts.password:
        raise Mistake("remove the user and password from the web address: they are options of their own")
    if parts.query or parts.fragment:
        raise _too_long(value, "?" if parts.query else "#")
    return text


def read_address(value: str) -> str:
    """The same; plain http only to an own host, as credentials would travel in the clear. Raises Mistake."""
    text = read_any_address(value)
    parts = urlsplit(text)
    if parts.scheme == "http" and not is_own(parts.hostname or ""):
        raise Mistake("'{value}' would send the credentials unencrypted: write https://", value=value)
    return text


def ends_before(*inside: str) -> AfterValidator:
    """For the address of a shop or site: refuses what is copied with a part that leads inside, as ``/wp-admin``."""

    def check(value: str) -> str:
        for sign in inside:
            if f"{sign}/" in f"{urlsplit(value).path}/":
                raise _too_long(value, sign)
        return value

    return AfterValidator(check)


def _too_long(value: str, sign: str) -> Mistake:
    return Mistake("'{value}' is too long: end the address before the {sign}", value=value, sign=sign)


AnyWebAddress = Annotated[str, AfterValidator(read_any_address)]
WebAddress = Annotated[str, AfterValidator(read_address)]
