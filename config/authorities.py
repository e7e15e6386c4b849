"""Whose certificates are trusted, beside those the system vouches for: the deployment's own authorities."""

import ssl
from pathlib import Path

from config.errors import Mistake
from config.files import read_regular, reason

_own: list[str] = []  # PEM; those of the one deployment that a process works for


def certificates(path: Path) -> str:
    """The certificates in a file, as PEM. Raises Mistake where there is none."""
    try:
        text = read_regular(path).decode("ascii", "ignore")  # comments may hold anything
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except ssl.SSLError:
        raise Mistake("the file holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----") from None
    except OSError as error:
        raise Mistake("cannot be read: {reason}", reason=reason(path, error)) from None
    return text


def trust(authorities: str | None) -> None:
    """Trust these (PEM) as well, on every connection made from now on; None: no own ones any more."""
    _own[:] = [authorities] if authorities else []


def trusting(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, trusting the own authorities too."""
    for authorities in _own:
        context.load_verify_locations(cadata=authorities)
    return context
