"""The only place that runs SQL. Functions take the connection of the transaction they belong to."""
