"""What the world says: one file per source, a room per kind. Imports config only; no connector imports another.

For authors of connectors this is the one stable import: ``from connectors import Origin, Reading, Http``. What
``__all__`` lists keeps its name and its meaning; modules further inside may move. Names are loaded when they are first
asked for (PEP 562), so that importing the package costs nothing. How to write a connector: docs/connectors.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
    from config.periods import Window, calendar_periods
    from config.sources import Secret, SourceEntry
    from config.vocabulary import Dimension, Measure, SourceKind, Unit
    from connectors.base import (
        Buyer,
        Connector,
        Context,
        Counted,
        Covered,
        Gone,
        Item,
        KnowsBuyers,
        Note,
        Origin,
        Quality,
        Reading,
        Remark,
        Restates,
        SourceInfo,
        Unlabelled,
    )
    from connectors.kit.days import chunks, day_of, span_of, start_of
    from connectors.kit.fields import Record
    from connectors.kit.header import TableOptions, measures_of, table_of
    from connectors.kit.http import Http, HttpAnswer, RequestLimits
    from connectors.kit.leaving_out import origin_if_told, read_each
    from connectors.kit.paging import overlapping, pages
    from connectors.kit.sales import ShopOptions, buyer, by_day, coupons, host_of, tags_of, without_query
    from connectors.kit.table import BadTable, Table
else:

    def __getattr__(name: str) -> Any:
        """The object of a name in ``__all__``, from the first of the modules that has it."""
        if name in __all__:
            for module in map(import_module, _MODULES):
                if hasattr(module, name):
                    return globals().setdefault(name, getattr(module, name))
        raise AttributeError(f"module 'connectors' has no attribute '{name}'")


__project__ = "vigie"

__all__ = [
    "BadTable",
    "Buyer",
    "Connector",
    "Context",
    "Counted",
    "Covered",
    "Dimension",
    "Gone",
    "Http",
    "HttpAnswer",
    "Item",
    "KnowsBuyers",
    "Measure",
    "Note",
    "Origin",
    "Quality",
    "Reading",
    "Record",
    "Remark",
    "RequestLimits",
    "Restates",
    "Secret",
    "ShopOptions",
    "SourceEntry",
    "SourceError",
    "SourceInfo",
    "SourceKind",
    "SourceMisread",
    "SourceRefused",
    "SourceUnavailable",
    "Table",
    "TableOptions",
    "Unit",
    "Unlabelled",
    "Window",
    "buyer",
    "by_day",
    "calendar_periods",
    "chunks",
    "coupons",
    "day_of",
    "host_of",
    "measures_of",
    "origin_if_told",
    "overlapping",
    "pages",
    "read_each",
    "span_of",
    "start_of",
    "table_of",
    "tags_of",
    "without_query",
]

#: where the names are looked for; the module that loads requests comes last
_MODULES = (
    "config.errors",
    "config.periods",
    "config.sources",
    "config.vocabulary",
    "connectors.base",
    "connectors.kit.days",
    "connectors.kit.fields",
    "connectors.kit.header",
    "connectors.kit.leaving_out",
    "connectors.kit.paging",
    "connectors.kit.sales",
    "connectors.kit.table",
    "connectors.kit.http",
)
