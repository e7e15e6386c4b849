"""Files and databases of one's own."""
