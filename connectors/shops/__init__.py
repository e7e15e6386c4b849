"""Orders, revenue, refunds, new customers."""
