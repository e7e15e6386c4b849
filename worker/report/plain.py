"""Text from outside, for a terminal."""

import re

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


def plain(text: object) -> str:
    """Text without what could steer a terminal."""
    return _CONTROLS.sub("", str(text))


def plain_lines(text: str) -> str:
    """The same for several lines."""
    return "\n".join(plain(line) for line in text.splitlines())
