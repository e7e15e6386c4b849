"""Connector id -> class, through the entry-point group ``vigie.connectors``: anyone can add theirs."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from config.errors import SourceRefused
from config.sources import SourceEntry
from connectors.base import Connector

GROUP = "vigie.connectors"


@cache
def _installed() -> dict[str, EntryPoint]:
    """Every connector by its id, in the order of the ids. Nobody can put theirs in the place of one of ours."""
    ours_last = sorted(
        entry_points(group=GROUP), key=lambda entry: (entry.name, entry.module.startswith("connectors."))
    )
    return {entry.name: entry for entry in ours_last}


def connector_class(id: str) -> type[Connector]:
    """The connector's class, loaded only now. Raises SourceRefused where it is unknown or cannot be loaded."""
    entry = _installed().get(id)
    if entry is None:
        raise SourceRefused(f"there is no connector '{id}'; there are {', '.join(_installed())}")
    try:
        return cast(type[Connector], entry.load())
    except ImportError as error:
        raise SourceRefused(f"the connector '{id}' needs something that is not installed: {error}") from error
    except (AttributeError, SyntaxError) as error:
        raise SourceRefused(f"the connector '{id}' ({entry.value}) cannot be loaded: {error}") from error


class OptionModels(Mapping[str, type[SourceEntry]]):
    """Connector id -> the model of its options; a connector is loaded when its options are asked for."""

    def __getitem__(self, id: str) -> type[SourceEntry]:
        if id not in _installed():
            raise KeyError(id)
        return connector_class(id).Options

    def __iter__(self) -> Iterator[str]:
        return iter(_installed())

    def __len__(self) -> int:
        return len(_installed())

    def __contains__(self, id: object) -> bool:
        return id in _installed()
