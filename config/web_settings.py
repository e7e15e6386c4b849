"""The page that the links in mails lead to: what the deployment says of it."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from config.addresses import read_any_address
from config.errors import Mistake
from config.fields import Model
from config.message import message


def _site(value: str) -> str:
    address = read_any_address(value)
    if urlsplit(address).path:
        raise Mistake(
            "'{value}' has a path: the page needs a host of its own, such as https://vigie.shop.example", value=value
        )
    return address


def _listener(value: str) -> str:
    host, _, port = value.rpartition(":")
    try:
        if host != "localhost":
            ip_address(host.removeprefix("[").removesuffix("]"))
        if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            raise ValueError
    except ValueError:
        raise Mistake(
            "'{value}' is not an address to listen on: write address and port, such as 127.0.0.1:8787", value=value
        ) from None
    return value


class Web(Model):
    """The page that the links in mails lead to. There is none without an address."""

    address: Annotated[str, AfterValidator(_site)] | None = None
    listen: Annotated[str, AfterValidator(_listener)] = "127.0.0.1:8787"

    @property
    def host(self) -> str:
        """The host that the links name."""
        return urlsplit(self.address or "").hostname or ""

    @property
    def is_safe(self) -> bool:
        """Whether browsers come by https."""
        return (self.address or "").startswith("https:")

    @property
    def listens_at(self) -> tuple[str, int]:
        """Address and port to listen at."""
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)

    @property
    def is_exposed(self) -> bool:
        """Whether links travel in the clear where others can read them."""
        host, _ = self.listens_at
        is_local = host == "localhost" or ip_address(host).is_loopback
        return bool(self.address) and not is_local and not self.is_safe


#: what is said where the page is exposed
EXPOSED = message(
    "web: the page listens beyond this machine without https: anyone on the network can read its links and use them. "
    "Listen on 127.0.0.1 behind a web server with a certificate, and set address: https://…"
)
