"""The deployment: database, mail, the page, where the plans are. From ``vigie.yaml`` and ``VIGIE_*``, which wins.

The only place that reads the environment.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from config.addresses import check_email
from config.authorities import certificates
from config.errors import Mistake, PlanError, Problem, shortened
from config.fields import Id, Model
from config.files import COMMAND_SECONDS, MAX_BYTES, TooLarge, printed_by, read_regular, reason
from config.loading.document import Document, Place
from config.loading.respelling import respelled
from config.loading.validation import accepted, validated
from config.loading.yaml import parse_yaml, read_text
from config.message import Message, message
from config.sources import Secret
from config.web_settings import Web

FILE = "vigie.yaml"
_CHANNELS = "VIGIE_CHANNELS_"  # begins a variable that holds a channel's address


def _sender(value: str) -> str:
    try:
        ((_, address),) = getaddresses([value])
        check_email(address)
    except ValueError:
        raise Mistake("'{value}' is not a sender: write it as Vigie <vigie@shop.example>", value=value) from None
    return value


class Mail(Model):
    """How mail leaves: an SMTP server, or a folder that .eml files are written to."""

    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    from_: Annotated[str, Field(alias="from"), AfterValidator(_sender)] = "Vigie <vigie@localhost>"
    folder: str | None = None

    @model_validator(mode="after")
    def _one_way_out(self) -> "Mail":
        if self.host and self.folder:
            raise Mistake("mail goes to a 'host' or into a 'folder', not both: remove one")
        if self.username and self.security == "none":
            raise Mistake("a password is not sent over an unencrypted connection: use security: starttls or tls")
        return self

    @property
    def is_set(self) -> bool:
        """Whether there is any way out."""
        return bool(self.host or self.folder)


class Limits(Model):
    """Ceilings that keep a flood from filling the disk."""

    origins_per_day: Annotated[int, Field(ge=1)] = 500


class Settings(Model):
    """Everything the deployment decides."""

    database: str = "sqlite:///vigie.db"
    mail: Mail = Mail()
    web: Web = Web()
    channels: dict[Id, Secret] = {}
    limits: Limits = Limits()
    ca: str | None = None  #: a file of certificate authorities to trust as well
    _folder: Path = PrivateAttr(default=Path())

    def in_folder(self, folder: Path) -> "Settings":
        """The same settings, their relative paths starting from ``folder``."""
        settings = self.model_copy()
        settings._folder = folder  # noqa: SLF001, one of our own
        return settings

    @property
    def folder(self) -> Path:
        """The configuration folder, which relative paths start from."""
        return self._folder

    @property
    def authorities(self) -> str | None:
        """The certificates in ``ca``, as PEM. Raises Mistake where there is none in it."""
        return None if self.ca is None else certificates(self.folder / Path(self.ca).expanduser())

    @property
    def database_url(self) -> str:
        """The database's URL, a relative SQLite path taken from the configuration folder."""
        prefix = "sqlite:///"
        path = self.database.removeprefix(prefix)
        if self.database.startswith(prefix) and path and path != ":memory:" and not path.startswith("/"):
            return f"{prefix}{(self.folder / path).resolve()}"
        return self.database


@dataclass(frozen=True)
class _Overlaid(Document):
    """The file with the environment laid over it: a mistake is told where it was made."""

    variables: Mapping[Place, str] = field(default_factory=dict)

    def problem(self, place: Place, what: Message | str) -> Problem:
        """An error in the environment, or at a place of the file."""
        variable = self.variables.get(place[:2])
        return Problem(variable, 0, what) if variable else super().problem(place, what)


def load_settings(folder: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``folder/vigie.yaml`` (which may be absent) and ``VIGIE_*``. Raises PlanError with every problem."""
    problems: list[Problem] = []
    settings = _settings(folder / FILE, environ, problems)
    if settings is None or problems:
        raise PlanError(it.in_folder(folder) if it.file == FILE else it for it in shortened(problems))
    return settings.in_folder(folder)


def _settings(path: Path, environ: Mapping[str, str], problems: list[Problem]) -> Settings | None:
    document = _document(path, problems)
    value = {} if document.value is None else document.value
    if not isinstance(value, dict):
        problems.append(Problem(FILE, 1, message("the file must hold keys such as database: and mail:")))
        return None
    if not accepted(Settings, value):
        value = respelled(Settings, value, document, problems)
    variables = _variables(environ, value.get("channels"))
    overlaid = _Overlaid(FILE, document.text, None, document.lines, variables=variables)
    settings = validated(Settings, _with_environment(value, environ, variables), overlaid, problems)
    try:
        _ = settings and settings.in_folder(path.parent).authorities
    except Mistake as error:
        problems.append(overlaid.problem(("ca",), message("{key}: {problem}", key="ca", problem=error.message)))
    return settings


def _document(path: Path, problems: list[Problem]) -> Document:
    if not os.path.lexists(path):
        return Document(FILE, "", {}, {})
    try:
        document = parse_yaml(read_text(path, FILE), FILE)
    except PlanError as error:
        problems += error.problems
        return Document(FILE, "", {}, {})
    problems += document.problems
    return document


def _variables(environ: Mapping[str, str], channels: Any) -> dict[Place, str]:
    """Where each variable that is set belongs: ``VIGIE_DATABASE``, ``VIGIE_<SECTION>_<KEY>``."""
    places: list[Place] = [("database",), ("ca",)]
    for section, model in (("mail", Mail), ("web", Web), ("limits", Limits)):
        places += ((section, field.alias or name) for name, field in model.model_fields.items())
    named = {place: "_".join(("vigie", *map(str, place))).upper() for place in places}
    known = {str(id).replace("-", "_"): id for id in channels} if isinstance(channels, dict) else {}
    for variable in environ:
        if variable.startswith(_CHANNELS):
            id = variable.removeprefix(_CHANNELS).lower()
            named["channels", known.get(id, id)] = variable
    return {place: variable for place, variable in named.items() if environ.get(variable)}


def _with_environment(
    value: dict[str, Any], environ: Mapping[str, str], variables: Mapping[Place, str]
) -> dict[str, Any]:
    """What the environment says, over what the file says."""
    merged = dict(value)
    for (section, *rest), variable in variables.items():
        is_secret = section == "channels" or rest == ["password"]
        given = {"env": variable} if is_secret else environ[variable]
        if rest:
            inner = merged.get(str(section))
            merged[str(section)] = {**(inner if isinstance(inner, dict) else {}), str(rest[0]): given}
        else:
            merged[str(section)] = given
    for way, other in (("host", "folder"), ("folder", "host")):
        if ("mail", way) in variables and ("mail", other) not in variables:
            merged["mail"].pop(other, None)
    return merged


def configuration_folder(given: str | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder asked for: ``--config``, else ``VIGIE_CONFIG``, else the current one."""
    return Path(given or environ.get("VIGIE_CONFIG") or ".").resolve()


def reveal(secret: Secret, folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The secret itself. Raises PlanError naming where it was looked for, never what was found."""
    try:
        found = _revealed(secret, folder, environ)
    except KeyError:
        raise _no_secret(message("the environment variable {name} is not set", name=secret.env)) from None
    except TooLarge:
        why = message("{place} cannot be used: larger than {size} MiB", place=_where(secret), size=MAX_BYTES >> 20)
        raise _no_secret(why) from None
    except OSError as error:
        why = reason(folder / (secret.file or ""), error)
        raise _no_secret(message("{place} cannot be used: {reason}", place=_where(secret), reason=why)) from None
    except RuntimeError:
        raise _no_secret(message("{place} cannot be used: no such home folder", place=_where(secret))) from None
    except ValueError:  # which may hold the secret itself
        raise _no_secret(message("{place} cannot be used: it is not text in UTF-8", place=_where(secret))) from None
    except subprocess.SubprocessError:
        why = message("{place} failed, or took longer than {count} s", place=_where(secret), count=COMMAND_SECONDS)
        raise _no_secret(why) from None
    if not found.strip():
        raise _no_secret(_nothing(secret))
    return found


def _revealed(secret: Secret, folder: Path, environ: Mapping[str, str]) -> str:
    if secret.env:
        return environ[secret.env]
    if secret.file:
        return read_regular(folder / Path(secret.file).expanduser()).decode().strip()
    return printed_by([str(part) for part in secret.command or ()]).decode().strip()


def _nothing(secret: Secret) -> Message:
    if secret.env:
        return message("the environment variable {name} is empty", name=secret.env)
    if secret.file:
        return message("{place} is empty", place=secret.file)
    return message("{place} prints nothing", place=_where(secret))


def _where(secret: Secret) -> Message | str:
    return secret.file or message("the command {program}", program=(secret.command or ("?",))[0])


def _no_secret(why: Message) -> PlanError:
    return PlanError([Problem("secret", 0, why)])
