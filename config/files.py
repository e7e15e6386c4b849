"""What a user names, opened with care: only regular files, and never more of them than was bargained for."""

import errno
import os
import select
import stat
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from config.message import Message, marked, message

MAX_BYTES = 1 << 20  # of what people write by hand
COMMAND_SECONDS = 30  # a password store that asks nothing answers well within

_NOT_A_FILE = marked("Not a regular file")


class TooLarge(OSError):
    """There is more of it than may be read."""


def open_regular(path: Path) -> BinaryIO:
    """A regular file, links followed, to read its bytes. Raises OSError for any other: none of them is waited for."""
    _refuse_other(path.stat())  # first, as opening a device can set it in motion
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb")
    try:
        _refuse_other(os.fstat(descriptor))
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: Path, most: int = MAX_BYTES) -> bytes:
    """A regular file, whole. Raises TooLarge beyond ``most`` bytes, OSError where it cannot be read."""
    with open_regular(path) as file:
        return _at_most(most, file.read(most + 1))


def reason(path: Path, error: OSError) -> Message:
    """Why a file could not be opened, for people."""
    if isinstance(error, FileNotFoundError):
        for link in (path, path.parent):
            if link.is_symlink() and not link.exists():
                return message("the link leads to {target}, which does not exist", target=os.path.realpath(link))
    return Message(error.strerror or str(error))


def printed_by(command: Sequence[str], most: int = MAX_BYTES) -> bytes:
    """What a program prints. Raises TooLarge, OSError, and SubprocessError where it fails or takes too long."""
    end = time.monotonic() + COMMAND_SECONDS
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603, the user's own
        try:
            content = _at_most(most, _read_until(end, process, most + 1))
            code = process.wait(max(0, end - time.monotonic()))
        finally:
            process.kill()
    if code:
        raise subprocess.CalledProcessError(code, command[0])
    return content


def _read_until(end: float, process: "subprocess.Popen[bytes]", most: int) -> bytes:
    assert process.stdout
    parts, size = [], 0
    while size < most:
        left = end - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            raise subprocess.TimeoutExpired(process.args, COMMAND_SECONDS)
        part = os.read(process.stdout.fileno(), 1 << 16)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _refuse_other(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, _NOT_A_FILE)


def _at_most(most: int, content: bytes) -> bytes:
    if len(content) > most:
        raise TooLarge(errno.EFBIG, os.strerror(errno.EFBIG))
    return content
