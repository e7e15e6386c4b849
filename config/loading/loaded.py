"""A plan as every room is handed it. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.loading.document import Document
from config.plan import Plan
from config.sources import SourceEntry
from config.vocabulary import Unit


@dataclass(frozen=True)
class LoadedPlan:
    """A plan that holds together, with its sources and the text it came from."""

    id: str
    folder: Path
    plan: Plan
    sources: Mapping[str, SourceEntry]
    documents: tuple[Document, Document] = field(repr=False)

    @property
    def digest(self) -> str:
        """Changes when either file does, and with nothing else."""
        text = "\0".join(document.text for document in self.documents)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def declared(self) -> dict[str, Unit]:
        """The measures its sources declare themselves, with their units."""
        return {id: unit for entry in self.sources.values() for id, unit in entry.measures.items()}
