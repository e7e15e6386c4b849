"""Newer reference rates from the bank, asked for once a day, and only where some money still wants them."""

import logging
from datetime import date

from config.errors import SourceError
from worker.model.currency import Ask
from worker.store import exchange
from worker.store.engine import Store

log = logging.getLogger("vigie")


def refresh_exchange_rates(store: Store, plan_id: int, today: date, ask: Ask) -> bool:
    """Take in newer quotes where figures are newer than the last one known; gives whether there are any.

    Without the bank everything goes on with the rates there are: a quote is carried forward for a month.
    """
    with store.write() as connection:
        lacking = exchange.currencies_behind(connection, plan_id)
        if not lacking or not exchange.note_asked(connection, today):
            return False
    try:
        quotes = [quote for quote in ask() if quote.currency in lacking]
    except SourceError as error:
        log.warning("the reference rates stay as they are: %s", error, extra={"event": "rates_unavailable"})
        return False
    with store.write() as connection:
        exchange.put_quotes(connection, quotes)
    return bool(quotes)
