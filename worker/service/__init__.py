"""The service: what builds it, one pass, the schedule."""
