"""What the world says: one file per source, a room per kind. Imports config only; no connector imports another."""

__project__ = "vigie"
