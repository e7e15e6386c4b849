"""Figures that look like a fault of their source."""
