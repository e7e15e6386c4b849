"""The page's server: in a thread of the service, begun and ended with it."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from config.errors import PlanError, Problem
from config.settings import FILE
from config.web_settings import EXPOSED, Web
from worker.deployment import Deployment
from worker.store.engine import Store
from worker.web.page import build_page

log = logging.getLogger("vigie")

AT_ONCE = 100  # connections
LAST_SECONDS = 2  # for what is under way when the service ends


@contextmanager
def serving(at: Deployment, store: Store) -> Iterator[None]:
    """Answer requests meanwhile; those under way at the end are finished. Raises PlanError where it cannot listen."""
    web = at.settings.web
    listener = _listen(web)
    server = uvicorn.Server(
        uvicorn.Config(
            build_page(at, store),
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,  # an address holds a link
            server_header=False,
            proxy_headers=False,
            limit_concurrency=AT_ONCE,
            timeout_graceful_shutdown=LAST_SECONDS,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="web")
    thread.start()
    log.info("the page %s is open at %s", web.address, web.listen, extra={"event": "page_opened"})
    if web.is_exposed:
        log.warning(EXPOSED, extra={"event": "page_exposed"})
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _listen(web: Web) -> socket.socket:
    host, port = web.listens_at
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = f"cannot listen at {web.listen}: {os.strerror(error.errno) if error.errno else error}"
        remedy = "name another port in web.listen, or end what uses this one"
        raise PlanError([Problem(FILE, 0, f"web: the page {reason}; {remedy}")]) from error
