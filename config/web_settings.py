"""The page that the links in mails lead to: what the deployment says of it."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from config.addresses import read_any_address
from config.fields import Model


def _site(value: str) -> str:
    address = read_any_address(value)
    if urlsplit(address).path:
        raise ValueError(f"'{value}' says too much: the page needs a host of its own, as https://vigie.shop.example")
    return address


def _listener(value: str) -> str:
    host, _, port = value.rpartition(":")
    try:
        if host != "localhost":
            ip_address(host.removeprefix("[").removesuffix("]"))
        if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
            raise ValueError
    except ValueError:
        raise ValueError(f"'{value}' is not where to listen: write address and port, as 127.0.0.1:8787") from None
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
EXPOSED = (
    "web: the page listens beyond this machine and its address is not https: whoever reads along can use the links. "
    "Listen on 127.0.0.1 behind a web server with a certificate, and write address: https://…"
)
