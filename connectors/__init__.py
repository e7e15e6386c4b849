"""What the world says: one file per source. Imports config only; no connector imports another."""

__project__ = "vigie"
