"""Who must know of what, and what became of it."""
