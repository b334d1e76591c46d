"""What stands between a browser and the page: whose it is, and what it may ask for.

The threats, and what is done about each:

- another site, open in the same browser, that asks this server for something (also by DNS rebinding): the `Host` must
  be a loopback name, the `Origin` of everything but plain reading must be the page's own, and no site may frame it;
- another browser on this machine that guesses names or forges calls: a browser is known by a cookie that no script can
  read; gradio's own ids of a page, of its event streams and of uploaded files are bound to the browser that made them;
- gradio's routes that the page does not use (a description of its interface, direct calls, a proxy, editors): closed;
- text that a model wrote and that would make the browser load something: a content security policy of this host alone.

Not covered: programs that the person runs themself, which can read their files; and cookies are shared by all servers
on one loopback name, whatever their port.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from affectgraph.agents.web_sessions import new_token, owner_of
from affectgraph.agents.web_words import LANGUAGES

__all__ = ["COOKIE", "Guard", "Uploads", "loopback", "token_in"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "affectgraph_browser"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR_S = 365 * 24 * 3600
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LARGEST_EVENT = 2_000_000
_REMEMBERED = 20_000

_PAGE = re.compile(rf"/({'|'.join(LANGUAGES)})/?")
_PLAIN = re.compile(
    rf"/|/favicon\.ico|/page/[a-z.]+|/({'|'.join(LANGUAGES)})/"
    r"(config|theme\.css|favicon\.ico|(assets|static|svelte)/.*|gradio_api/(startup-events|theme\.css|app_id))"
)
# What needs a browser that is known.
_OWNED = re.compile(
    rf"/export/[\w-]+|/({'|'.join(LANGUAGES)})/gradio_api/"
    r"(queue/(join|data)|upload|upload_progress|cancel|reset|heartbeat/[\w-]+|file=.*)"
)
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob:; "
    "worker-src 'self' blob:; object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; "
    "form-action 'self'"
)
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"permissions-policy": b"camera=(self), microphone=(self), geolocation=(), interest-cohort=()",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


def loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    return host.strip("[]").lower() in _LOOPBACK


def token_in(cookies: str) -> str | None:
    """The token of a browser from its `Cookie` header; None where it has none that is well formed."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(cookies)
    except CookieError:
        return None
    token = jar[COOKIE].value if COOKIE in jar else ""
    return token if _TOKEN.fullmatch(token) else None


class _Owned:
    """Who owns what, the latest ones; the first who shows a thing owns it."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def owns(self, owner: str, thing: str) -> bool:
        with self._lock:
            if len(self._owners) > _REMEMBERED:
                self._owners.popitem(last=False)
            return self._owners.setdefault(thing, owner) == owner


class Uploads:
    """Which browser uploaded which file. Two that upload the same bytes share a file and own it both."""

    def __init__(self) -> None:
        self._owners: dict[Path, set[str]] = {}
        self._lock = threading.Lock()

    def add(self, owner: str, files: Sequence[str]) -> None:
        """`owner` has uploaded `files`."""
        with self._lock:
            for file in files:
                self._owners.setdefault(Path(file).resolve(), set()).add(owner)

    def owns(self, owner: str, file: str) -> bool:
        """Whether `owner` uploaded `file`."""
        with self._lock:
            return owner in self._owners.get(Path(file).resolve(), ())

    def release(self, owner: str, files: Sequence[Path]) -> None:
        """`owner` needs them no more; deleted where nobody else does."""
        with self._lock:
            for file in {file.resolve() for file in files}:
                owners = self._owners.get(file, set())
                owners.discard(owner)
                if not owners:
                    self._owners.pop(file, None)
                    file.unlink(missing_ok=True)


class Guard:
    """The outermost ASGI application.

    Args:
        app: what is guarded.
        uploads: whose files are whose.
        page: what a page becomes before it is sent, by its language.
        stopping: what to set for the open connections to end.
    """

    def __init__(
        self, app: App, uploads: Uploads, page: Callable[[str, str], str], stopping: Sequence[asyncio.Event] = ()
    ) -> None:
        self.stopping = stopping
        self._app = app
        self._uploads = uploads
        self._page = page
        self._hashes = _Owned()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the module."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path = str(scope["path"])
        page = _PAGE.fullmatch(path)
        if (refusal := _refused(scope, headers, page is not None)) is not None:
            await _say(send, *refusal)
            return
        token = token_in(headers.get("cookie", ""))
        if page is not None:
            await self._app(scope, receive, self._finished_page(send, page.group(1), token))
        elif _PLAIN.fullmatch(path):
            await self._app(scope, receive, _with_headers(send))
        elif token is None:
            await _say(send, 403, "this browser is not known yet; open the page first")
        else:
            await self._owned(owner_of(token), scope, receive, send)

    async def _owned(self, owner: str, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        route = path.partition("/gradio_api/")[2]
        query = parse_qs(scope["query_string"].decode("latin-1"))
        hashes = query.get("session_hash", [])
        if route.startswith("heartbeat/"):
            hashes = [route.removeprefix("heartbeat/")]
        files = [unquote(route.removeprefix("file="))] if route.startswith("file=") else []
        if route in ("queue/join", "cancel", "reset"):
            body = await _body(receive)
            if body is None:
                await _say(send, 413, "the message is too long")
                return
            given = _json(body)
            hashes = [str(given.get("session_hash"))] if isinstance(given, dict) else []
            files = list(_paths(given))
            receive = _replayed(body, receive)
        if not all(self._hashes.owns(owner, name) for name in hashes) or not all(
            self._uploads.owns(owner, file) for file in files
        ):
            await _say(send, 403, "this belongs to another browser")
            return
        if route == "upload":
            send = self._recorded(send, owner)
        await self._app(scope, receive, _with_headers(send))

    def _recorded(self, send: Send, owner: str) -> Send:
        """Notes the paths that gradio gives for uploaded files, before the browser has them."""
        found = bytearray()
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                found.extend(message.get("body", b""))
                paths = _json(bytes(found)) if status == 200 and not message.get("more_body") else None
                if isinstance(paths, list):
                    self._uploads.add(owner, [path for path in paths if isinstance(path, str)])
            await send(message)

        return sent

    def _finished_page(self, send: Send, language: str, token: str | None) -> Send:
        """The page as we want it, with a cookie for a browser that has none."""
        start: Message = {}
        found = bytearray()

        async def sent(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                return  # what a test client is told of templates
            found.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            text = bytes(found)
            if start["status"] == 200:
                text = self._page(language, text.decode("utf-8")).encode("utf-8")
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            cookie = f"{COOKIE}={token or new_token()}; Path=/; Max-Age={_YEAR_S}; HttpOnly; SameSite=Lax"
            added = [(b"content-length", str(len(text)).encode()), (b"set-cookie", cookie.encode())]
            wrapped = _with_headers(send)
            await wrapped({**start, "headers": [*kept, *added]})
            await wrapped({"type": "http.response.body", "body": text})

        return sent


def _refused(scope: Scope, headers: dict[str, str], page: bool) -> tuple[int, str] | None:
    """Why a request is not answered at all."""
    host = headers.get("host", "")
    if not loopback(urlsplit(f"//{host}").hostname or ""):
        return 403, "this page is for the machine it runs on; open it as http://127.0.0.1"
    path = str(scope["path"])
    if not (page or _PLAIN.fullmatch(path) or _OWNED.fullmatch(path)):
        return 404, "there is nothing here"
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return 403, "this was asked from another site"
    # A browser that tells where a request comes from may come from anywhere to the page, but not to what is behind it.
    site = headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") and not (page or path == "/"):
        return 403, "this was asked from another site"
    return None


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [(name, value) for name, value in message["headers"] if name.lower() not in _HEADERS]
            types = [value for name, value in others if name.lower() == b"content-type"]
            # What holds the person's words stays in no cache; the scripts of the page may.
            private = not any(b"javascript" in value or b"css" in value or b"font" in value for value in types)
            if private:
                others = [(name, value) for name, value in others if name.lower() != b"cache-control"]
                others.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*others, *_HEADERS.items()]}
        await send(message)

    return sent


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it is too long."""
    found = bytearray()
    while True:
        message = await receive()
        found.extend(message.get("body", b""))
        if len(found) > _LARGEST_EVENT:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(found)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _paths(value: Any) -> Iterator[str]:
    """The files that an event names, however deep."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if isinstance(item.get("path"), str):
                yield item["path"]
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


async def _say(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    wrapped = _with_headers(send)
    await wrapped({"type": "http.response.start", "status": status, "headers": headers})
    await wrapped({"type": "http.response.body", "body": body})
