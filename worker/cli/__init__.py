"""The command line: the door."""
