"""Values that every room understands. Pure."""
