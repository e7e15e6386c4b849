"""The page as a web application: its addresses, the form it reads, and what is said where something is wrong."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from config.errors import VigieError
from config.fields import Language
from worker.deployment import Deployment
from worker.model.links import Link, LinkRefused
from worker.store.engine import Store
from worker.web.guard import Guard
from worker.web.site import PageAnswer, Site, refused
from worker.wording import LANGUAGES

log = logging.getLogger("vigie")

BODY_BYTES = 16 * 1024  # a note of a thousand signs, however it is written
BODY_SECONDS = 10
FIELDS = 10

STYLE = Path(__file__).with_name("style.css")


def build_page(at: Deployment, store: Store) -> ASGIApp:
    """The application."""
    site = Site(at, store)

    async def flag(request: Request) -> Response:
        given = await _form(request) if request.method == "POST" else None
        return await run_in_threadpool(_answer, site, request, given)

    routes = [
        Route("/style.css", _style),
        Route("/{purpose}/{token}", flag, methods=["GET", "POST"]),
    ]
    application = Starlette(routes=routes, exception_handlers={HTTPException: _refuse})
    application.router.redirect_slashes = False
    return Guard(application, at.settings.web, lambda scope: _response(refused(421, language_of(scope))))


def _answer(site: Site, request: Request, given: dict[str, str] | None) -> Response:
    """What is said to one request; whatever goes wrong is a page too, never a traceback."""
    purpose, token = request.path_params["purpose"], request.path_params["token"]
    language = language_of(request.scope)
    try:
        return _response(site.show(purpose, token) if given is None else site.carry_out(purpose, token, given))
    except LinkRefused as refusal:
        own = _language_for(site, refusal.link)
        return _response(refused(403, own or language, is_too_old=refusal.is_too_old))
    except VigieError as error:
        log.error("the page: %s", error, extra={"event": "page_failed"})
        return _response(refused(503, language))
    except Exception:
        log.critical("the page failed", exc_info=True, extra={"event": "page_failed"})
        return _response(refused(500, language))


def _language_for(site: Site, link: Link | None) -> Language | None:
    """The language of whom a refused link was made for, where that can be told."""
    try:
        return site.language_of(link)
    except VigieError:
        return None


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises HTTPException for what no form of ours sends."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403)
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > BODY_BYTES:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=FIELDS))
    except ValueError:
        raise HTTPException(400) from None


async def _style(_: Request) -> Response:
    return FileResponse(STYLE, media_type="text/css")


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _response(refused(error.status_code, language_of(request.scope)))
    response.headers.update(error.headers or {})
    return response


def _response(answer: PageAnswer) -> Response:
    if answer.location:
        return RedirectResponse(answer.location, answer.status)
    return HTMLResponse(answer.text, answer.status)


def language_of(scope: Scope) -> Language:
    """The first of our languages that a browser names; English where it names none."""
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1").lower()
    named = [part.split(";")[0].split("-")[0].strip() for part in accepted.split(",")]
    return next((language for name in named for language in LANGUAGES if language == name), "en")
