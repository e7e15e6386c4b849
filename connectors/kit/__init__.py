"""What several connectors are built of; no vendor is named in here."""
