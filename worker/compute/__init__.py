"""Attribution, money and sums: everything derived."""
