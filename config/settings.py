"""The deployment: database, mail, where the plans are. From ``vigie.yaml`` and ``VIGIE_*``, which wins.

The only place that reads the environment.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from config.errors import PlanError, Problem
from config.fields import Model
from config.sources import Secret
from config.validation import validated
from config.yaml_file import Document, parse_yaml, read_text

FILE = "vigie.yaml"
COMMAND_SECONDS = 30  # a password store that asks nothing answers well within


class Mail(Model):
    """How mail leaves: an SMTP server, or a folder that .eml files are written to."""

    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    from_: Annotated[str, Field(alias="from")] = "Vigie <vigie@localhost>"
    folder: str | None = None

    @model_validator(mode="after")
    def _one_way_out(self) -> "Mail":
        if self.host and self.folder:
            raise ValueError("mail goes to a 'host' or to a 'folder', not both")
        if self.username and self.security == "none":
            raise ValueError("a password is not sent over a connection in the clear: use security: starttls or tls")
        return self

    @property
    def is_set(self) -> bool:
        """Whether there is any way out."""
        return bool(self.host or self.folder)


class Limits(Model):
    """Ceilings that keep a flood from filling the disk."""

    origins_per_day: Annotated[int, Field(ge=1)] = 500


class Settings(Model):
    """Everything the deployment decides. ``folder`` is the configuration folder, which relative paths start from."""

    database: str = "sqlite:///vigie.db"
    mail: Mail = Mail()
    limits: Limits = Limits()
    folder: Annotated[Path, Field(exclude=True)] = Path()

    @property
    def database_url(self) -> str:
        """The database's URL, a relative SQLite path taken from the configuration folder."""
        prefix = "sqlite:///"
        path = self.database.removeprefix(prefix)
        if self.database.startswith(prefix) and path and path != ":memory:" and not path.startswith("/"):
            return f"{prefix}{(self.folder / path).resolve()}"
        return self.database


def load_settings(folder: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``folder/vigie.yaml`` (which may be absent) and ``VIGIE_*``. Raises PlanError with every problem."""
    path = folder / FILE
    document = parse_yaml(read_text(path, FILE), FILE) if path.exists() else Document(FILE, "", {}, {})
    problems = list(document.problems)
    value = {} if document.value is None else document.value
    if not isinstance(value, dict):
        raise PlanError([*problems, Problem(FILE, 1, "must hold keys such as database: and mail:")])
    settings = validated(Settings, _with_environment(value, environ), document, problems)
    if settings is None or problems:
        raise PlanError(problems)
    return settings.model_copy(update={"folder": folder})


def _with_environment(value: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """``VIGIE_DATABASE`` and ``VIGIE_<SECTION>_<KEY>`` over what the file says."""
    merged = dict(value)
    if database := environ.get("VIGIE_DATABASE"):
        merged["database"] = database
    for section, model in (("mail", Mail), ("limits", Limits)):
        for name, field in model.model_fields.items():
            key = field.alias or name
            variable = f"VIGIE_{section.upper()}_{key.upper()}"
            if variable in environ:
                given = {"env": variable} if name == "password" else environ[variable]
                inner = merged.get(section)
                merged[section] = {**(inner if isinstance(inner, dict) else {}), key: given}
    return merged


def configuration_folder(given: str | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder asked for: ``--config``, else ``VIGIE_CONFIG``, else the current one."""
    return Path(given or environ.get("VIGIE_CONFIG") or ".").resolve()


def reveal(secret: Secret, folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The secret itself. Raises PlanError naming where it was looked for, never what was found."""
    try:
        if secret.env:
            return environ[secret.env]
        if secret.file:
            return (folder / secret.file).expanduser().read_text(encoding="utf-8").strip()
        command = [str(part) for part in secret.command or ()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True)  # noqa: S603, the user's own
        return done.stdout.strip()
    except KeyError:
        raise _no_secret(f"the environment variable {secret.env} is not set") from None
    except OSError as error:
        raise _no_secret(f"{secret.file or 'the command'} cannot be used: {error.strerror}") from None
    except subprocess.SubprocessError:
        raise _no_secret(
            f"the command {(secret.command or ('?',))[0]} failed or took over {COMMAND_SECONDS} s"
        ) from None


def _no_secret(message: str) -> PlanError:
    return PlanError([Problem("secret", 0, message)])
