"""The application behind the page: gradio's, once for each language, with our own routes around it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Sequence
from html import escape as html_escape
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from affectgraph.agents.counselling import Counsellor
from affectgraph.agents.sessions import session_file
from affectgraph.agents.web_events import Events
from affectgraph.agents.web_guard import Guard, Uploads, token_in
from affectgraph.agents.web_page import build_page, page_theme
from affectgraph.agents.web_sessions import WebSessions, owner_of
from affectgraph.agents.web_words import LANGUAGES, Words, preferred, words
from affectgraph.backends.errors import AffectgraphError

__all__ = ["WebServer", "web_app"]

# Below the folder of uploads nothing of these lies; a second lock.
_BLOCKED = ("people", "memory", "personas", "sessions.sqlite")
_HERE = Path(__file__).parent
_FILES = {"web.css": "text/css", "web.js": "text/javascript", "icon.svg": "image/svg+xml"}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#0f766e"/>'
    '<path d="M8 19c3-8 6-8 8-2s5 5 8-4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>'
)
# Gradio's template advertises itself, with addresses elsewhere.
_FOREIGN = re.compile(r'\s*<(?:meta\s[^>]*(?:og:|twitter:)[^>]*|link rel="manifest"[^>]*|link[^>]*https?://[^>]*)/?>')
# What a screen reader is told of gradio's parts: selector -> the text of `Words`.
_NAMES = {
    "#say textarea": "write_label",
    "#say [role=group]": "write_label",
    "#say .upload-button": "upload",
    "#say [type=file]": "upload",
    "#say .microphone-button": "record",
    "#say .submit-button": "send",
    "#chat [role=log]": "conversation",
    "#chat [data-testid=user]": "you",
    "#chat [data-testid=bot]": "program",
}
_LANGUAGE = re.compile(r'<html\s+lang="[^"]*"')


class WebServer(uvicorn.Server):
    """Ends at once: the pages that are open hold a connection each, which gradio ends when it is told to."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the open connections, then as uvicorn does."""
        guard = self.config.app
        assert isinstance(guard, Guard)
        for stopping in guard.stopping:
            stopping.set()
        await super().shutdown(sockets)


def web_app(counsellor: Counsellor, sessions: WebSessions, uploads: Uploads, *, largest: int) -> Guard:
    """The whole application, an ASGI one.

    Args:
        counsellor: for the notice.
        sessions: the conversations.
        uploads: whose files are whose.
        largest: bytes of an upload.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    stopping = []
    _routes(app, sessions)
    for language in LANGUAGES:
        w = words(language)
        events = Events(sessions, w, gr.update, uploads.release)
        page = build_page(w, _notice(counsellor, w), events, _owner)
        app = gr.mount_gradio_app(
            app,
            page,
            path=f"/{language}",
            server_name="127.0.0.1",
            footer_links=[],
            run_history=False,  # it would keep what people write in the browser
            allowed_paths=[],
            blocked_paths=[str((counsellor.settings.data_dir / part).absolute()) for part in _BLOCKED],
            show_error=False,
            max_file_size=largest,
            ssr_mode=False,
            enable_monitoring=False,
            pwa=False,
            mcp_server=False,
            theme=page_theme(),
        )
        stopping.append(page.app.stop_event)
    return Guard(app, uploads, _finished, stopping)


def _owner(request: gr.Request) -> str:
    token = token_in(request.headers.get("cookie", ""))
    if token is None:  # the guard lets no such request through
        raise PermissionError("this browser is not known")
    return owner_of(token)


def _notice(counsellor: Counsellor, w: Words) -> Sequence[str]:
    settings = counsellor.settings
    kept = [line.format(path=session_file(settings)) for line in w.notice]
    names = {name for name in settings.roles.model_dump().values() if name}
    remote = any(settings.backend(name).kind == "remote" for name in names)
    return [
        *kept,
        *([w.notice_remote] if remote else []),
        *([counsellor.graph.notice] if counsellor.graph.notice else []),
    ]


def _routes(app: FastAPI, sessions: WebSessions) -> None:
    @app.get("/")
    def front(request: Request) -> Response:
        return RedirectResponse(f"/{preferred(request.headers.get('accept-language', ''))}/", status_code=307)

    @app.get("/page/{name}")
    def file(name: str) -> Response:
        if name not in _FILES:
            return PlainTextResponse("there is nothing here", status_code=404)
        text = _ICON if name == "icon.svg" else (_HERE / name).read_text(encoding="utf-8")
        return Response(text, media_type=_FILES[name])

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(_ICON, media_type=_FILES["icon.svg"])

    # Straight from the store: no copy of the conversation lies in a folder of downloads.
    @app.get("/export/{name}")
    def export(name: str, request: Request) -> Response:
        token = token_in(request.headers.get("cookie", ""))
        try:
            text = sessions.get(owner_of(token or ""), name).export()
        except AffectgraphError as error:
            return PlainTextResponse(str(error), status_code=404)
        headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
        return Response(text + "\n", media_type="application/json", headers=headers)


def _finished(language: str, html: str) -> str:
    """Gradio's page with our language, style and script, and without what names other hosts."""
    w = words(language if language in LANGUAGES else "en")
    html = _LANGUAGE.sub(f'<html lang="{w.tag}"', _FOREIGN.sub("", html), count=1)
    # Gradio takes its own texts (of the upload, the recorder) from the browser's language; this page has its own.
    spoken = f"Object.defineProperty(navigator,'language',{{get:()=>'{'zh-CN' if w.language == 'zh' else 'en'}'}})"
    named = html_escape(json.dumps({part: getattr(w, name) for part, name in _NAMES.items()}, ensure_ascii=False))
    added = (
        f'<meta name="affectgraph-names" content="{named}">'
        f"<title>affectgraph - {w.title}</title><meta name='referrer' content='no-referrer'>"
        f"<link rel='icon' type='image/svg+xml' href='/page/icon.svg'><script>{spoken};</script>"
        "<script src='/page/web.js'></script>"
    )
    return html.replace("<head>", f"<head>{added}", 1).replace(
        "</head>", "<link rel='stylesheet' href='/page/web.css'></head>", 1
    )
