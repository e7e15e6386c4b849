"""Numbers only: numpy in, numbers out. Pure."""
